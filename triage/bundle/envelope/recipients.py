"""Who can open an envelope: keys of the lab, as age and OpenSSH spell them.

A line a key: `age1…`, made by `age-keygen`, or `ssh-ed25519 AAAA…`. What OpenSSH writes behind a
key is left out: it is the name of a person, or of a computer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from triage.bundle.checking import sshsig
from triage.bundle.envelope import bech32
from triage.errors import UsageError, why

AGE = "age"
X25519 = "X25519"
_LONGEST_FILE = 64 * 1024
MOST = 20
"""Recipients of one envelope. age itself has no limit; a longer list is a mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One key that opens an envelope."""

    kind: str
    """`X25519` or `ssh-ed25519`: what age calls its stanza."""
    raw: bytes
    """The 32 bytes of the public key, of that kind."""

    @property
    def name(self) -> str:
        """What people compare: an age key as it is spelled, of an SSH key the fingerprint."""
        if self.kind == X25519:
            return bech32.encode(AGE, self.raw)
        return sshsig.ed25519(self.raw).fingerprint


def of(said: Iterable[str]) -> tuple[Recipient, ...]:
    """What `--to` says: keys, and files with a key a line. Each once. Raises UsageError."""
    lines = [line for each in said for line in _lines(each)]
    found = tuple(dict.fromkeys(map(of_line, lines)))
    if len(found) > MOST:
        raise UsageError(
            f"{len(found)} keys are to open the bundle, and {MOST} is the most.",
            hint="Name the lab's own keys alone.",
        )
    return found


def of_line(line: str) -> Recipient:
    """One key. Raises UsageError."""
    try:
        if line.startswith(f"{sshsig.ED25519} "):
            return Recipient(kind=sshsig.ED25519, raw=_raw(sshsig.parse_public(line)))
        prefix, raw = bech32.decode(line)
    except ValueError as error:
        raise _no_recipient(line, why(error)) from error
    if prefix != AGE or len(raw) != 32:
        raise _no_recipient(line, "a key of another kind")
    return Recipient(kind=X25519, raw=raw)


def _lines(said: str) -> list[str]:
    if said.startswith((f"{AGE}1", f"{sshsig.ED25519} ")):
        return [said.strip()]
    path = Path(said)
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST_FILE + 1)
        text = content.decode("utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--to {said} is no key, and no file that can be read: {why(error)}.",
            hint="Give age1…, 'ssh-ed25519 AAAA…', or a file with such a key a line.",
        ) from error
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines or len(content) > _LONGEST_FILE:
        raise UsageError(
            f"{said} names no key of a lab.",
            hint="A key a line is wanted: age1… or ssh-ed25519 AAAA…, as OpenSSH has it.",
        )
    return lines


def _raw(key: sshsig.PublicKey) -> bytes:
    raw = key.blob[-32:]
    if sshsig.ed25519(raw).blob != key.blob:
        raise ValueError("no ed25519 key")
    return raw


def _no_recipient(line: str, reason: str) -> UsageError:
    shown = "what it is given" if "SECRET" in line.upper() else line[:60]
    return UsageError(
        f"A bundle cannot be closed for {shown}: {reason}.",
        hint="The lab's public key is wanted: age1… or ssh-ed25519 AAAA… (FIDO keys only sign).",
    )
