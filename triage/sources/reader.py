"""Bytes of a device or image, from descriptors that are already open. No path is needed here.

A worker process inherits the descriptors and builds a Reader from `(fds, sizes)` alone, so it
can read evidence after it has given up the right to open anything.
"""

import os
from bisect import bisect_right
from collections.abc import Callable, Sequence
from copy import copy
from itertools import accumulate

READ_FAILED = "the device could not be read there"
LAYER_FAILED = "the layer that it lies in could not be read there"
TOO_SHORT = "content is shorter than its size"
NOT_OPENED = "the file system gives no content for it"
CHANGED = "the file changed while it was read"

PIECE = 4096
"""Bytes; what is tried one by one around a bad sector."""


BadPlaces = list[tuple[int, int]]
"""First and last byte of each piece that could not be read."""


class ContentError(Exception):
    """Content cannot be read, or not all of it. `reason` is a short phrase that repeats."""

    def __init__(self, reason: str) -> None:
        """`reason`: one of the phrases above."""
        super().__init__(reason)
        self.reason = reason


def piece_by_piece(
    read_into: Callable[[int, memoryview], int], offset: int, length: int, there: int
) -> tuple[bytes, BadPlaces]:
    """`length` bytes from `offset`, zeros for the pieces that fail, and which those are.

    `there`: where they lie on the device, whose sectors the pieces are aligned to.
    """
    out = bytearray(max(0, length))
    view, bad, done = memoryview(out), BadPlaces(), 0
    while done < len(out):
        end = min(len(out), done + PIECE - (there + done) % PIECE)
        piece = view[done:end]
        try:
            read_into(offset + done, piece)
        except ContentError:
            piece[:] = bytes(len(piece))
            bad.append((offset + done, offset + end - 1))
        done = end
    return bytes(out), bad


class Reader:
    """Read-only bytes over one descriptor, or over the parts of a split image in order; all of
    them, or a stretch."""

    __slots__ = ("_end", "_fds", "_first", "_start", "_starts", "sector_size", "serial", "size")

    def __init__(
        self,
        fds: Sequence[int],
        sizes: Sequence[int],
        *,
        sector_size: int = 512,
        serial: str = "",
    ) -> None:
        """`fds` open for reading only, `sizes` their bytes, both in the order of the parts.
        `serial`: the drive's own number, where it is known."""
        if len(fds) != len(sizes) or not fds:
            raise ValueError("a reader needs one size for each descriptor, and at least one")
        self._fds = tuple(fds)
        self._first = fds[0] if len(fds) == 1 else -1
        ends = list(accumulate(sizes))
        self._starts = [0, *ends[:-1]]
        self._start = 0
        self.size = self._end = ends[-1]
        self.sector_size, self.serial = sector_size, serial

    def stretch(self, start: int, size: int) -> "Reader":
        """`size` bytes from `start`, or as many as there are: a partition of a device."""
        own = copy(self)
        own._start = self._start + start
        own.size = max(0, min(size, self.size - start))
        return own

    def with_what_follows(self) -> "Reader":
        """From the same place to the end of the device: a file system may be longer than its
        slot."""
        own = copy(self)
        own.size = self._end - self._start
        return own

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`; fewer only at the end. Raises ContentError."""
        if offset < 0 or length <= 0 or offset >= self.size:
            return b""
        length = min(length, self.size - offset)
        if self._first >= 0:
            try:
                data = os.pread(self._first, length, self._start + offset)
            except OSError as error:
                raise ContentError(READ_FAILED) from error
            if len(data) == length:
                return data
        buffer = bytearray(length)
        return bytes(memoryview(buffer)[: self.read_into(offset, memoryview(buffer))])

    def read_into(self, offset: int, view: memoryview) -> int:
        """Fill `view` from `offset`; how many bytes were there. Raises ContentError."""
        if offset < 0:
            return 0
        wanted = min(len(view), max(0, self.size - offset))
        done = 0
        while done < wanted:
            got = self._read_part(self._start + offset + done, view[done:wanted])
            if got == 0:
                break
            done += got
        return done

    def _read_part(self, offset: int, view: memoryview) -> int:
        """`offset`: in the device."""
        part = bisect_right(self._starts, offset) - 1
        if part + 1 < len(self._starts):
            view = view[: self._starts[part + 1] - offset]
        try:
            return os.preadv(self._fds[part], [view], offset - self._starts[part])
        except OSError as error:
            raise ContentError(READ_FAILED) from error

    def salvage(self, offset: int, length: int) -> tuple[bytes, BadPlaces]:
        """The same bytes piece by piece, zeros for those that fail.

        And the first and last byte of each piece that failed. Pieces are aligned on the device, so
        the same bad place is always told in the same way.
        """
        there = self._start + offset
        return piece_by_piece(self.read_into, offset, min(length, self.size - offset), there)

    def below(self, offset: int, length: int) -> int:
        """Where these bytes lie on the device: the beginning is enough to know it."""
        return self._start + offset
