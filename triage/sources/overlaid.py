"""Bytes over which others are laid in memory: nothing is written, and what is read is as if it
had been."""

from bisect import bisect_right
from collections.abc import Mapping

from triage.sources.bytes import Bytes, PiecedBytes, all_of

Laid = bytes | tuple[int, int]
"""What lies over: bytes, or from where in the same bytes, and how many."""


class OverlaidBytes(PiecedBytes):
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

    def piece(self, offset: int, most: int) -> bytes:
        """As `PiecedBytes` has it."""
        place, end = self._at(offset)
        length = min(most, end - offset)
        if place < 0:
            return all_of(self._held, offset, length)
        laid, within = self._over[self._starts[place]], offset - self._starts[place]
        if isinstance(laid, bytes):
            return laid[within : within + length]
        return all_of(self._held, laid[0] + within, length)

    def below(self, offset: int, length: int) -> int | None:
        """As `Bytes` has it."""
        place, end = self._at(offset)
        return self._held.below(offset, length) if place < 0 and offset + length <= end else None
