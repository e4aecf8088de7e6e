"""What was named as sources, and the refusal of files that are plainly no image of a disk.

A picture that is taken for a disk is "a disk with no findings". So a file that begins as pictures,
archives, documents … do is refused, unless a table or a file system lies in it after all: disks
can be made that begin with any bytes.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from triage.coordinator.listing import volumes_of
from triage.devices.attached import identify
from triage.devices.opening import open_read_only
from triage.devices.other_files import HEAD_BYTES, OtherFile, other_file
from triage.errors import UsageError
from triage.evidence import WHOLE_DEVICE, Device, SourceKind, Volume

ALL_THE_SAME = "To take its bytes for a disk all the same, add --as-image."


def given(paths: Sequence[str | Path], *, as_image: bool = False) -> tuple[Device, ...]:
    """The devices, images and folders at those paths, `d0`, `d1` …

    `as_image`: whatever a file holds is taken for a disk. Raises SourceError; UsageError for a
    file that is something else.
    """
    devices = tuple(identify(path, f"d{number}") for number, path in enumerate(paths))
    for device in devices:
        if device.kind is SourceKind.IMAGE and not as_image:
            _refuse_other_file(device)
    return devices


def _refuse_other_file(device: Device) -> None:
    other = _other(device)
    if other is None:
        return
    listing = volumes_of(device)  # in a worker: what lies in it is parsed there alone
    if listing.trouble or any(map(_is_there, listing.volumes)):
        return
    raise UsageError(
        f"{device.path} is {other.what}, not an image of a disk.",
        hint=f"{other.hint} {ALL_THE_SAME}",
    )


def _other(device: Device) -> OtherFile | None:
    descriptors = open_read_only(device)
    try:
        return other_file(os.pread(descriptors[0], HEAD_BYTES, 0), device.size)
    except OSError:
        return None
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _is_there(volume: Volume) -> bool:
    """Whether a table names it, or something in it was recognised."""
    return bool(volume.file_system) or volume.description not in ("", WHOLE_DEVICE)
