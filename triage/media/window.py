"""Content as a walk sees it: its beginning, and a few bounded reads further on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

ReadAt = Callable[[int, int], bytes]
"""Offset and length to bytes, fewer only at the end. What it raises comes through."""

MOST_READS = 32
"""Beyond the beginning."""
MOST_BYTES = 65536
"""That one look gives."""
_PAGE = 4096
_FURTHEST = 1 << 62
"""No content is as long; offsets beyond are a header's invention."""


@dataclass(frozen=True, slots=True)
class InMemory:
    """Content that has been read already."""

    content: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end."""
        return self.content[max(0, offset) : max(0, offset) + max(0, length)]


class Window:
    """What a walk may look at. Nothing is beyond the end, and after the last read."""

    __slots__ = ("_head", "_left", "_page", "_page_at", "_read_at")

    def __init__(self, head: bytes, read_at: ReadAt | None = None) -> None:
        """`head`: the content's beginning. Without `read_at` there is no more than that."""
        self._head = head
        self._read_at = read_at
        self._left = MOST_READS
        self._page, self._page_at = b"", 0

    def at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, or as many as there are."""
        if offset < 0 or length <= 0:
            return b""
        found = self._head[offset : offset + length]
        if self._read_at is None or len(found) == length:
            return found[:MOST_BYTES]
        return self._further(self._read_at, offset, min(length, MOST_BYTES)) or found

    def number(self, offset: int, length: int, order: Literal["big", "little"] = "big") -> int:
        """The number of so many bytes there; 0 beyond the end."""
        raw = self.at(offset, length)
        return int.from_bytes(raw, order) if len(raw) == length else 0

    def _further(self, read_at: ReadAt, offset: int, length: int) -> bytes:
        begin = offset - self._page_at
        if begin < 0 or begin + length > len(self._page):
            if self._left == 0 or offset > _FURTHEST:
                return b""
            self._left -= 1
            self._page, self._page_at, begin = read_at(offset, max(length, _PAGE)), offset, 0
        return self._page[begin : begin + length]
