"""What was asked for. Values only."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from triage.bundle.envelope.recipients import Recipient
from triage.case import Case
from triage.coordinator.secrets_tried import Secrets
from triage.errors import HashSetError
from triage.evidence import Device
from triage.languages import Language
from triage.profile import Profile

if TYPE_CHECKING:
    from triage.hashsets.hash_set import HashSet

Unlock = Callable[["HashSet"], bytes]
"""Gives the key of a sealed hash set."""


def refuse_sealed(hash_set: "HashSet") -> bytes:
    """What happens to a sealed set when nobody can be asked."""
    raise HashSetError(
        f"The hash set {hash_set.file_name} is sealed.",
        hint="Give --key with a key that opens it, or start at a terminal, where its passphrase is "
        "asked for. On the stick `seek hash-set unlock FILE` does for every scan.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One scan, as it was asked for."""

    devices: tuple[Device, ...]
    profile: Profile
    """As it will be applied: `--time-limit` and the like are already in it."""
    profile_file: str
    """The shipped name, or the path."""
    out: Path
    """The folder in which the bundle's folder is made."""
    hash_sets: tuple[Path, ...] = ()
    """Files; one that cannot be used ends the scan before it begins."""
    hash_sets_in: tuple[Path, ...] = ()
    """Folders of them; what cannot be used there is left out, and said."""
    set_signers: Path | None = None
    """Who may sign hash sets, an OpenSSH allowed_signers file; None: there is no such list."""
    case: Case = field(default_factory=Case)
    recipients: tuple[Recipient, ...] = ()
    """Who alone can read the bundle: keys of the lab; none: whoever has it."""
    passwords: Path | None = None
    """A list of them, to be tried where an archive is encrypted."""
    key: Path | None = None
    time_limit: float = 0.0
    """Seconds; 0: none."""
    unlock: Unlock = refuse_sealed
    """Gives the key of a sealed hash set."""
    secrets: Secrets | None = None
    """What opens encrypted volumes; None: nobody tries."""
    workers: int = 0
    """Examining processes; 0: one for each core."""
    clock: str = ""
    """What the agent says of the machine's clock."""
    language: Language = Language.ENGLISH
    """Of the report."""
