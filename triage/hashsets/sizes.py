"""Which sizes a set's entries have, so that files of other sizes need not be read at all.

Exact, not probable: sizes below a limit are bits, the others a sorted list. The limit is the one
that makes the part smallest.
"""

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from triage.hashsets.records import UNKNOWN_SIZE, distinct

_LIMITS = [0, *(1 << bits for bits in range(16, 33))]
_SEALED_LIMIT = 1 << 26
_MANY = 1 << 20
_PAD = 4096
_NO_SIZE = (1 << 64) - 1


class Sizes:
    """The sizes in one set. `size in sizes` is exact."""

    def __init__(self, data: bytes | memoryview, limit: int, *, complete: bool) -> None:
        """Raises ValueError if `data` cannot be what it is said to be."""
        bits = limit // 8
        if limit < 0 or limit % 8 or bits > len(data) or (len(data) - bits) % 8:
            raise ValueError("the sizes of a set have an impossible length")
        self.complete = complete
        """Every entry that can match exactly carries its size: only then may files be passed by."""
        self._limit = limit
        view = memoryview(data)
        self._bits = view[:bits]
        self._large = view[bits:].cast("B").cast("Q")

    def __contains__(self, size: int) -> bool:
        """Whether any entry has that size, bytes."""
        if size < self._limit:
            return bool(self._bits[size >> 3] >> (size & 7) & 1)
        at = bisect_left(self._large, size)
        return at < len(self._large) and self._large[at] == size


class SizeGate:
    """Whether a file of some size can be in any of several sets; if not, it need not be read."""

    def __init__(self, sizes: Sequence[Sizes]) -> None:
        self._sizes = tuple(sizes)
        self.on = bool(sizes) and all(each.complete for each in sizes)
        """Off as soon as one set has an entry without a size: then nothing may be passed by."""

    def may_match(self, size: int) -> bool:
        """False only if no entry of any set can have this size, bytes."""
        return not self.on or any(size in each for each in self._sizes)


class SizeCollector:
    """Gathers the different sizes while a set is compiled."""

    def __init__(self) -> None:
        self._pending: list[npt.NDArray[np.uint64]] = []
        self._count = 0
        self._distinct = np.empty(0, dtype=np.uint64)

    def add(self, sizes: npt.NDArray[np.int64]) -> None:
        """Take the known ones among these."""
        new = distinct(sizes[sizes != UNKNOWN_SIZE].astype(np.uint64))
        self._pending.append(new)
        self._count += len(new)
        if self._count > 1 << 22:
            self._settle()

    def part(self, *, sealed: bool) -> tuple[bytes, int]:
        """The part's bytes, and its limit. A sealed one's length does not depend on the sizes."""
        self._settle()
        limit = self._limit(sealed=sealed)
        below = self._distinct[self._distinct < limit]
        bits = np.zeros(limit // 8, dtype=np.uint8)
        np.bitwise_or.at(
            bits, below >> np.uint64(3), np.uint8(1) << (below & np.uint64(7)).astype(np.uint8)
        )
        large = self._distinct[self._distinct >= limit]
        padding = -len(large) % _PAD if sealed else 0
        padded = np.concatenate([large, np.full(padding, _NO_SIZE, dtype=np.uint64)])
        return bits.tobytes() + padded.astype("<u8").tobytes(), limit

    def _settle(self) -> None:
        self._distinct = distinct(np.concatenate([self._distinct, *self._pending]))
        self._pending, self._count = [], 0

    def _limit(self, *, sealed: bool) -> int:
        if sealed:
            return _SEALED_LIMIT if len(self._distinct) > _MANY else 0
        large = len(self._distinct) - np.searchsorted(self._distinct, np.array(_LIMITS, np.uint64))
        costs = [limit // 8 + 8 * int(n) for limit, n in zip(_LIMITS, large, strict=True)]
        return _LIMITS[costs.index(min(costs))]
