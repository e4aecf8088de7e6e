"""What was asked for. Values only."""

from dataclasses import dataclass, field
from pathlib import Path

from triage.case import Case
from triage.evidence import Device
from triage.profile import Profile


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
    case: Case = field(default_factory=Case)
    key: Path | None = None
    time_limit: float = 0.0
    """Seconds; 0: none."""
    workers: int = 0
    """Examining processes; 0: one for each core."""
    clock: str = ""
    """What the agent says of the machine's clock."""
