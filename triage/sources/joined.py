"""Bytes joined of stretches of others: one after the other, in turn, or the same in each."""

from bisect import bisect_right
from collections.abc import Sequence

from triage.sources.bytes import Bytes, MadeBytes, PiecedBytes, all_of
from triage.sources.reader import TOO_SHORT, ContentError


class JoinedBytes(PiecedBytes):
    """Of several parts: to derive from."""

    def _place(self, offset: int) -> tuple[Bytes, int, int]:
        """Which part, where in it, and how many bytes there."""
        raise NotImplementedError

    def piece(self, offset: int, most: int) -> bytes:
        """As `PiecedBytes` has it."""
        part, at, there = self._place(offset)
        return all_of(part, at, min(most, there))

    def below(self, offset: int, length: int) -> int | None:
        """As `Bytes` has it."""
        if not 0 <= offset < self.size:
            return None
        part, at, there = self._place(offset)
        return part.below(at, length) if length <= there else None


class ConcatenatedBytes(JoinedBytes):
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

    def _place(self, offset: int) -> tuple[Bytes, int, int]:
        which = bisect_right(self._starts, offset) - 1
        part, within = self._parts[which], offset - self._starts[which]
        return part, within, part.size - within


class StripedBytes(JoinedBytes):
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
        number, within = divmod(offset, self._stripe)
        row, which = divmod(number, len(self._parts))
        return self._parts[which], row * self._stripe + within, self._stripe - within


class MirroredBytes(MadeBytes):
    """The same in each: of the first that can be read."""

    def __init__(self, parts: Sequence[Bytes]) -> None:
        """`parts`: at least one; those that are shorter than the first are no help at its end."""
        self._parts = parts
        self.size = parts[0].size
        self.sector_size = parts[0].sector_size

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Bytes` has it."""
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        failed = ContentError(TOO_SHORT)
        for part in self._parts:
            try:
                return all_of(part, offset, length)
            except ContentError as error:
                failed = error
        raise failed

    def below(self, offset: int, length: int) -> int | None:
        """As `Bytes` has it."""
        return self._parts[0].below(offset, length)


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
