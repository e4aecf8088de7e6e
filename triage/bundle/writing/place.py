"""Where a bundle may go, and what its folder is called."""

import os
from collections.abc import Iterable
from pathlib import Path

from triage.bundle.format.shown import size
from triage.bundle.writing import backing
from triage.bundle.writing.durable import storage_errors
from triage.errors import BundleError, EvidenceStickError, StickFullError
from triage.evidence import Device, SourceKind


def refuse_evidence(destination: Path, devices: Iterable[Device]) -> None:
    """Raise EvidenceStickError if writing to `destination` could write to what is being scanned.

    `destination` need not exist yet: what counts is the nearest folder above it that does.
    """
    existing = nearest_existing(destination)
    under = backing.of_path(existing)
    for device in devices:
        if _lies_on(existing, under, device):
            raise EvidenceStickError(
                f"{destination} lies on {device.path}, which is being scanned.",
                hint="Nothing is ever written to evidence. Give --out a folder on another device.",
            )


def nearest_existing(path: Path) -> Path:
    """The path itself, or the nearest folder above it that exists; links followed."""
    resolved = path.resolve()
    while not resolved.exists():
        resolved = resolved.parent
    return resolved


def check_writable(destination: Path) -> None:
    """Raise EvidenceStickError if it is plain that no bundle can be written there."""
    existing = nearest_existing(destination)
    if not existing.is_dir():
        raise EvidenceStickError(
            f"{existing} is not a folder.", hint="Give --out a folder on the evidence stick."
        )
    if not os.access(existing, os.W_OK | os.X_OK):
        raise EvidenceStickError(
            f"{existing} cannot be written to.",
            hint="It is read-only or belongs to somebody else. Give --out another folder.",
        )


def check_room(destination: Path, least: int) -> None:
    """Raise StickFullError if there is clearly not enough room to close a bundle there."""
    with storage_errors(str(destination)):
        room = os.statvfs(nearest_existing(destination))
    free = room.f_bavail * room.f_frsize
    if free < least:
        raise StickFullError(
            f"{destination} has {size(free)} of room left; a scan needs at least {size(least)}.",
            hint="Free some space on it, or give --out another folder or stick.",
        )


def _lies_on(existing: Path, under: backing.Backing, device: Device) -> bool:
    match device.kind:
        case SourceKind.DEVICE:
            return bool(under.blocks & _blocks(Path(device.path)))
        case SourceKind.IMAGE:
            return bool(under.files & {_identity(Path(p)) for p in device.parts or (device.path,)})
        case SourceKind.DIRECTORY:
            source = _identity(Path(device.path))
            return any(_identity(folder) == source for folder in (existing, *existing.parents))


def _blocks(path: Path) -> set[str]:
    try:
        return backing.of_device(path).blocks
    except OSError as error:
        raise EvidenceStickError(
            f"Cannot tell which disk {path} is: {os.strerror(error.errno or 0)}.",
            hint="Nothing is written before that is certain. Is it still plugged in?",
        ) from error


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def new_folder(destination: Path, name: str) -> Path:
    """Make it; if the name is taken, it gets a number. Raises BundleError."""
    for number in range(1, 1000):
        folder = destination / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder
    raise BundleError(
        f"There are 999 bundles called {name}.", hint="Set the clock, or use another folder."
    )
