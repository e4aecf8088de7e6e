"""Bytes over which others are laid in memory: nothing is written, and what is read is as if it
had been."""

from bisect import bisect_right
from collections.abc import Mapping

from triage.sources.bytes import Bytes, MadeBytes
from triage.sources.reader import TOO_SHORT, ContentError

Laid = bytes | tuple[int, int]
"""What lies over: bytes, or from where in the same bytes, and how many."""


class OverlaidBytes(MadeBytes):
    """Where nothing is laid over, each byte is in its own place."""

    def __init__(self, held: Bytes, over: Mapping[int, Laid]) -> None:
        """`over`: by where it begins; what overlaps is cut off by the one behind it."""
        self._held, self._over = held, over
        self._starts = sorted(over)
        self.size, self.sector_size = held.size, held.sector_size

    def _at(self, offset: int) -> tuple[int, int]:
        """Index of what lies over that byte, or -1, and where that ends."""
        place = bisect_right(self._starts, offset) - 1
        following = self._starts[place + 1] if place + 1 < len(self._starts) else self.size
        if place < 0:
            return -1, following
        laid = self._over[self._starts[place]]
        length = len(laid) if isinstance(laid, bytes) else laid[1]
        end = self._starts[place] + length
        return (place, min(end, following)) if offset < end else (-1, following)

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Bytes` has it."""
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        pieces: list[bytes] = []
        while length > 0:
            place, end = self._at(offset)
            piece = min(length, end - offset)
            pieces.append(self._piece(place, offset, piece))
            offset += piece
            length -= piece
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _piece(self, place: int, offset: int, length: int) -> bytes:
        laid: Laid = (offset, length)
        if place >= 0:
            laid, start = self._over[self._starts[place]], self._starts[place]
            if isinstance(laid, bytes):
                return laid[offset - start : offset - start + length]
            laid = (laid[0] + offset - start, length)
        data = self._held.read_at(*laid)
        if len(data) != length:
            raise ContentError(TOO_SHORT)
        return data

    def below(self, offset: int, length: int) -> int | None:
        """As `Bytes` has it."""
        place, end = self._at(offset)
        return self._held.below(offset, length) if place < 0 and offset + length <= end else None
