"""What the recognisers see of one content: its beginning, and a bounded number of further reads."""

from collections.abc import Callable
from typing import NamedTuple

from triage.evidence import HEAD_BYTES
from triage.sources import ContentError

ReadAt = Callable[[int, int], bytes]
"""Bytes at an offset, fewer at the end. May raise ContentError."""

MOST_BYTES = 1024 * 1024
"""Read of one content beyond its beginning."""
MOST_READS = 48


class Container(NamedTuple):
    """Content that holds other content, into which nobody looks."""

    kind: str
    """One of `kinds.KINDS`."""
    locked: bool = False
    """It is encrypted, or something inside it is."""


class Probe:
    """Reads that never fail: what cannot be read, or is not there, is empty."""

    __slots__ = ("_bytes_left", "_content", "_read_at", "_reads_left", "head", "path", "size")

    def __init__(self, content: bytes, size: int, path: str, read_at: ReadAt | None) -> None:
        """`content`: all of it, or the beginning and `read_at` for the rest."""
        self._content = content
        self.head = content[:HEAD_BYTES]
        self.size = size
        self.path = path
        self._read_at = read_at
        self._bytes_left = MOST_BYTES
        self._reads_left = MOST_READS

    def at(self, offset: int, length: int) -> bytes:
        """Bytes at an offset that the content itself may have named: any number will do."""
        if offset < 0 or offset >= self.size or length <= 0:
            return b""
        length = min(length, self.size - offset)
        if offset + length <= len(self.head):
            return self.head[offset : offset + length]
        length = min(length, self._bytes_left)
        if not length or not self._reads_left:
            return b""
        self._bytes_left -= length
        self._reads_left -= 1
        if self._read_at is None:
            return self._content[offset : offset + length]
        try:
            return self._read_at(offset, length)
        except ContentError:
            return b""

    def behind(self, offset: int) -> "Probe":
        """The same without its first bytes, and with what is left of its reads."""
        size = max(0, self.size - offset)
        return Probe(
            self.at(offset, HEAD_BYTES), size, self.path, lambda at, n: self.at(offset + at, n)
        )

    def end(self, length: int) -> bytes:
        """The last bytes, at most so many."""
        return self.at(max(0, self.size - length), min(length, self.size))


def number(data: bytes, offset: int, length: int) -> int:
    """Little-endian; what lies beyond the data counts as zero."""
    return int.from_bytes(data[offset : offset + length], "little")


def big_number(data: bytes, offset: int, length: int) -> int:
    """Big-endian; zero where the data is too short."""
    piece = data[offset : offset + length]
    return int.from_bytes(piece, "big") if len(piece) == length else 0
