"""The spool: packed entries in an unnamed temporary file, read where they lie.

It is mapped and not read: entries are taken in the order of their places on a device, which is not
the order in which they were listed, and a system call for each would cost more than the entry.
"""

import mmap
import os
import tempfile
from collections.abc import Iterable, Sequence
from itertools import accumulate


class Spool:
    """Grows at its end; whatever was put in can be read at any time, by its start and length."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - `close` gives it back
        self._end = 0
        self._mapped: mmap.mmap | None = None

    def put(self, packed: bytes | bytearray, lengths: Iterable[int]) -> list[int]:
        """Put entries in that lie one behind the other; where each of them begins."""
        _write_all(self._file.fileno(), packed)
        *starts, self._end = accumulate(lengths, initial=self._end)
        return starts

    def read(self, starts: Sequence[int], lengths: Sequence[int]) -> list[bytes]:
        """Those at each start, of each length."""
        if not starts:
            return []
        mapped = self._mapped
        if mapped is None or len(mapped) < self._end:
            mapped = self._map()
        pairs = zip(starts, lengths, strict=True)
        return [mapped[start : start + length] for start, length in pairs]

    def close(self) -> None:
        """Give it back."""
        self._unmap()
        self._file.close()

    def _map(self) -> mmap.mmap:
        self._unmap()
        self._mapped = mmap.mmap(self._file.fileno(), self._end, access=mmap.ACCESS_READ)
        return self._mapped

    def _unmap(self) -> None:
        if self._mapped is not None:
            self._mapped.close()
            self._mapped = None


def _write_all(descriptor: int, data: bytes | bytearray) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
