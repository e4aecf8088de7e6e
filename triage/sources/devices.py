"""Which devices are attached, and what a path given by the agent is."""

import os
import stat
from pathlib import Path

from triage.errors import SourceError
from triage.evidence import Device, SourceKind
from triage.sources.images import format_of, parts_of
from triage.sources.opening import ROOT_HINT, explained


def identify(path: str | Path, device_id: str) -> Device:
    """What `path` is: a block device, an image file or a folder. Raises SourceError."""
    try:
        real = Path(path).resolve(strict=True)
        mode = real.stat().st_mode
    except OSError as error:
        raise explained(path, error) from error
    except RuntimeError as error:
        raise SourceError(f"{path} is a loop of symbolic links", hint="Name the file.") from error
    if stat.S_ISDIR(mode):
        return _folder(real, device_id)
    if stat.S_ISREG(mode):
        return _image(real, device_id)
    raise SourceError(
        f"{path} is neither a block device, an image file nor a folder",
        hint="`seek devices` lists what is attached.",
    )


def _folder(path: Path, device_id: str) -> Device:
    if not os.access(path, os.R_OK | os.X_OK):
        raise SourceError(f"{path} cannot be read", hint=ROOT_HINT)
    return Device(id=device_id, kind=SourceKind.DIRECTORY, path=str(path), size=0)


def _image(path: Path, device_id: str) -> Device:
    try:
        other = format_of(path)
        parts = parts_of(path)
        size = sum(part.stat().st_size for part in parts)
    except OSError as error:
        raise explained(path, error) from error
    if other:
        name, command = other
        raise SourceError(
            f"{path.name} is an image in the format {name}, which is not read yet",
            hint=f"Make it raw first: {command}",
        )
    if size == 0:
        raise SourceError(f"{path} is empty", hint="Was it copied to the end?")
    return Device(
        id=device_id,
        kind=SourceKind.IMAGE,
        path=str(parts[0]),
        size=size,
        parts=tuple(map(str, parts)) if len(parts) > 1 else (),
    )
