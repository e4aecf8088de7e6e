"""Devices that disappear in mid-scan: told from bad sectors, which are not everywhere."""

import os
from collections.abc import Iterator, Sequence

from triage.evidence import FileEntry, SourceKind
from triage.findings import Result
from triage.wire.messages import OpenedDevice

GONE = "the device disappeared"
IN_A_ROW = 8
"""Entries with read errors, and none without, before the device itself is asked."""
PLACES = 16
PIECE = 4096


class Gone:
    """Hears results, and asks a device whose every read fails whether it is still there."""

    def __init__(self, opened: Sequence[OpenedDevice]) -> None:
        """`opened` may still be filled."""
        self.devices: set[str] = set()
        self._opened = opened
        self._failed: dict[str, int] = {}

    def holds(self, entry: FileEntry) -> bool:
        """Whether the entry lies on a device that is gone."""
        return entry.volume_id.partition("v")[0] in self.devices

    def hear(self, entries: Sequence[FileEntry], results: Sequence[Result]) -> Iterator[str]:
        """The devices that these results show to be gone."""
        for entry, result in zip(entries, results, strict=True):
            if not result.bad:
                if self._failed and result.bytes_read:
                    self._failed.pop(entry.volume_id.partition("v")[0], None)
                continue
            device_id = entry.volume_id.partition("v")[0]
            self._failed[device_id] = self._failed.get(device_id, 0) + 1
            if self._failed[device_id] % IN_A_ROW or device_id in self.devices:
                continue
            if not self._answers(device_id):
                self.devices.add(device_id)
                yield device_id

    def _answers(self, device_id: str) -> bool:
        """Whether any of a few places all over the device can be read, past what is in memory."""
        for opened in self._opened:
            if opened.device.id != device_id or opened.device.kind is SourceKind.DIRECTORY:
                continue
            for descriptor, size in zip(opened.descriptors, opened.sizes, strict=True):
                for number in range(PLACES):
                    at = size // PLACES * number // PIECE * PIECE
                    if _reads(descriptor, at):
                        return True
            return False
        return True


def _reads(descriptor: int, at: int) -> bool:
    try:
        os.posix_fadvise(descriptor, at, PIECE, os.POSIX_FADV_DONTNEED)
        return bool(os.pread(descriptor, PIECE, at))
    except OSError:
        return False
