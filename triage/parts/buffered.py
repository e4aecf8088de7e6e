"""Content that is read in small steps, one behind the other, and fetched in large ones."""

from triage.parts.part import ReadAt

_PAGE = 256 * 1024


class Buffered:
    """The same content, its last page in memory."""

    __slots__ = ("_at", "_content", "_page", "size")

    def __init__(self, content: ReadAt) -> None:
        """`content`: as its reader gives it."""
        self._content = content
        self._page, self._at = b"", 0
        self.size = content.size

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end. Raises ContentError."""
        if offset < 0 or length <= 0:
            return b""
        if length > _PAGE // 4:
            return self._content.read_at(offset, length)
        begin = offset - self._at
        if not 0 <= begin <= len(self._page) - length:
            self._page, self._at, begin = self._content.read_at(offset, _PAGE), offset, 0
        return self._page[begin : begin + length]
