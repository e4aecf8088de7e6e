"""The keys of volumes that were unlocked: in memory that is never swapped, for as long as a scan.

Workers get a descriptor of it that only reads. Nothing of it is ever in a file, a bundle or a log.
"""

import ctypes
import mmap
import os
from contextlib import suppress

from triage.wire.volume_keys import MOST_BYTES, packed


class Keyring:
    """A context manager: leaving it wipes the keys."""

    def __init__(self) -> None:
        self._file = os.memfd_create("seek-keys", os.MFD_CLOEXEC)
        os.ftruncate(self._file, MOST_BYTES)
        self._memory = mmap.mmap(self._file, MOST_BYTES)
        _keep_from_swap(self._memory)
        self.descriptor = os.open(f"/proc/self/fd/{self._file}", os.O_RDONLY | os.O_CLOEXEC)
        """For workers; it cannot be written by."""
        self.keys: dict[str, bytes] = {}

    def __enter__(self) -> "Keyring":
        return self

    def __exit__(self, *_: object) -> None:
        self.keys.clear()
        self._memory[:] = bytes(MOST_BYTES)
        self._memory.close()
        os.close(self._file)
        os.close(self.descriptor)

    def add(self, volume_id: str, key: bytes) -> None:
        """Workers that read from now on have it. Raises WorkerError."""
        body = packed(self.keys | {volume_id: key})
        self.keys[volume_id] = key
        self._memory[: len(body)] = body


def _keep_from_swap(memory: mmap.mmap) -> None:
    """man 2 mlock. Where that many bytes may not be locked, it is done without."""
    with suppress(ValueError, BufferError):
        first = ctypes.c_char.from_buffer(memory)
        ctypes.CDLL(None).mlock(ctypes.byref(first), ctypes.c_size_t(len(memory)))
        del first
