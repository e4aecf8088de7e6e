"""Which evidence partitions belong to this stick: signed files that came with the boot partition."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from seek_stick import programs
from seek_stick.block_devices import text

FORMAT = "seek-enrolment 1"
NAMESPACE = "seek-enrolment@v1"
SIGNER = "seek-stick"
STICK = Path("/run/seek/stick")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """One evidence partition that was enrolled when the stick was made."""

    id: str
    partition_uuid: str
    disk_serial: str


def enrolments(folder: Path = STICK) -> list[Enrolment]:
    """Every enrolment whose signature is the stick's own; the others are as good as absent."""
    found = []
    for path in sorted((folder / "enrolled").glob("*.json")):
        if signed_by_stick(path, folder):
            found += parsed(text(path))
    return found


def parsed(document: str) -> list[Enrolment]:
    """Read one enrolment; a file of another format is none."""
    try:
        fields = json.loads(document)
        if fields["format"] != FORMAT:
            return []
        return [
            Enrolment(
                id=str(fields["id"]),
                partition_uuid=str(fields["partition_uuid"]).lower(),
                disk_serial=str(fields["disk_serial"]),
            )
        ]
    except (ValueError, KeyError, TypeError):
        return []


def signed_by_stick(path: Path, folder: Path) -> bool:
    """Check the signature against the public key in the boot partition."""
    key = text(folder / "stick.pub")
    signature = path.with_suffix(".json.sig")
    if not key or not signature.exists():
        return False
    signers = folder / "signers"
    signers.write_text(f'{SIGNER} namespaces="{NAMESPACE}" {key}\n')
    done = programs.run(
        *("ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", SIGNER, "-n", NAMESPACE, "-s", str(signature)),
        stdin=path.read_bytes(),
    )
    return done.returncode == 0
