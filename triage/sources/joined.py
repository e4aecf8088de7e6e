"""Bytes joined of stretches of others: one after the other, in turn, or the same in each."""

from bisect import bisect_right
from collections.abc import Sequence

from triage.sources.bytes import Bytes, MadeBytes
from triage.sources.reader import TOO_SHORT, ContentError


class ConcatenatedBytes(MadeBytes):
    """One after the other."""

    def __init__(self, parts: Sequence[Bytes]) -> None:
        """`parts`: at least one."""
        self._parts = [part for part in parts if part.size > 0]
        self._starts: list[int] = []
        self.size = 0
        for part in self._parts:
            self._starts.append(self.size)
            self.size += part.size
        self.sector_size = max((part.sector_size for part in parts), default=512)

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Bytes` has it."""
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        pieces: list[bytes] = []
        while length > 0:
            which = bisect_right(self._starts, offset) - 1
            within = offset - self._starts[which]
            piece = min(length, self._parts[which].size - within)
            data = self._parts[which].read_at(within, piece)
            if len(data) != piece:
                raise ContentError(TOO_SHORT)
            pieces.append(data)
            offset += piece
            length -= piece
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def below(self, offset: int, length: int) -> int | None:
        """As `Bytes` has it."""
        if not 0 <= offset < self.size:
            return None
        which = bisect_right(self._starts, offset) - 1
        within = offset - self._starts[which]
        part = self._parts[which]
        return part.below(within, length) if within + length <= part.size else None


class StripedBytes(MadeBytes):
    """In turn, a stripe of each."""

    def __init__(self, parts: Sequence[Bytes], stripe: int) -> None:
        """`stripe`: bytes of each in its turn. Raises ContentError."""
        if not 512 <= stripe <= 1 << 30 or not parts:
            raise ContentError(f"stripes of {stripe:,} bytes, which cannot be")
        self._parts, self._stripe = parts, stripe
        rows = min(part.size for part in parts) // stripe
        self.size = rows * stripe * len(parts)
        self.sector_size = max(part.sector_size for part in parts)

    def _place(self, offset: int) -> tuple[Bytes, int, int]:
        """Which part, where in it, and how many bytes there."""
        number, within = divmod(offset, self._stripe)
        row, which = divmod(number, len(self._parts))
        return self._parts[which], row * self._stripe + within, self._stripe - within

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Bytes` has it."""
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        pieces: list[bytes] = []
        while length > 0:
            part, at, there = self._place(offset)
            piece = min(length, there)
            data = part.read_at(at, piece)
            if len(data) != piece:
                raise ContentError(TOO_SHORT)
            pieces.append(data)
            offset += piece
            length -= piece
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def below(self, offset: int, length: int) -> int | None:
        """As `Bytes` has it."""
        part, at, there = self._place(offset)
        return part.below(at, length) if length <= there else None


class RefusedBytes(MadeBytes):
    """What is named and cannot be read: the reason is its volume's."""

    def __init__(self, size: int, reason: str) -> None:
        """`size`: bytes that it would have; none of them is there."""
        self.reason = reason
        self.size = 0
        self.would_be = size

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Bytes` has it."""
        raise ContentError(self.reason)
