"""One algorithm's sorted digests, memory-mapped: a filter in front, an index, and the rows.

An absent digest is nearly always refused by the filter (one 64-bit word). A present one costs one
step in the index, which stands for the digest's leading bits, and a search in a bucket of two to
four rows. Single look-ups use plain memory views: numpy's calls cost more than the look-up.
"""

import mmap
import struct
from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt

from triage.hashsets.layout import MOST_INDEX_BITS, PIECE_SHIFT, SetHeader, TableHeader
from triage.hashsets.pieces import PIECE, PartPieces
from triage.hashsets.records import Bytes

Rows = npt.NDArray[np.int64]

ABSENT = -1
_Code = Literal["Q", "I"]
FILTER_BITS = 12
"""Bits of filter for each digest: about one absent digest in eighty passes."""
_BUCKET = 3
"""Rows in a bucket, on average, at most about this many."""
_LONG_BUCKET = 64
"""Longer ones, which only digests that are not random make, are searched by halves."""
_HEAD = struct.Struct(">II").unpack_from
"""A digest's first eight bytes as two numbers: Python is slow at one of sixty-four bits."""
_WORDS_SHIFT = PIECE_SHIFT - 3
"""From a word of the filter to its piece."""
_PAIRS = [1 << (bits & 63) | 1 << (bits >> 6) for bits in range(4096)]


def index_bits(rows: int) -> int:
    """How many leading bits the index of so many rows stands for: 0 to 24."""
    return min(MOST_INDEX_BITS, max(0, (rows // _BUCKET).bit_length() - 1))


def filter_words(rows: int) -> int:
    """64-bit words of the filter for so many rows."""
    return max(1, -(-rows * FILTER_BITS // 64))


def heads(digests: Bytes) -> npt.NDArray[np.uint64]:
    """The first eight bytes of each digest, as numbers that sort as the digests do."""
    return np.ascontiguousarray(digests[:, :8]).view(">u8").ravel().astype(np.uint64)


def word_numbers(head: npt.NDArray[np.uint64], words: int) -> npt.NDArray[np.uint64]:
    """Which word of the filter stands for each digest."""
    return ((head >> np.uint64(32)) * np.uint64(words)) >> np.uint64(32)


def word_masks(head: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The four bits that each digest sets in its word."""
    mask = np.zeros(len(head), dtype=np.uint64)
    for shift in (0, 6, 12, 18):
        mask |= np.uint64(1) << ((head >> np.uint64(shift)) & np.uint64(63))
    return mask


def opaque(rows: Bytes) -> npt.NDArray[np.void]:
    """The rows as values of one piece, which numpy copies and compares several times as fast."""
    return np.ascontiguousarray(rows).view(f"V{rows.shape[1]}").ravel()


class DigestTable:
    """Looks up digests of one algorithm in a mapped file."""

    def __init__(
        self,
        file: mmap.mmap,
        layout: SetHeader,
        table: TableHeader,
        pieces_of: Callable[[str], PartPieces],
    ) -> None:
        """`pieces_of`: of a part, those that are asked before anything in them is believed."""
        self.algorithm = table.algorithm
        self.rows = table.rows
        self._file = file
        self._width = table.width
        self._prefix = table.prefix
        self._shift = 64 - table.index_bits
        self._upper_shift = 32 - table.index_bits
        self._words = table.filter_words
        view = memoryview(file)
        self._views: list[memoryview] = [view]
        self._start = self._offset(layout, "rows")
        self._filter = self._view(view, layout, "filter", "Q")
        self._index = self._view(view, layout, "index", "I")
        self._links = self._view(view, layout, "links", "I") if table.linked else None
        self._rows_held, self._index_held, self._filter_held = (
            pieces_of(f"{self.algorithm}.{part}") for part in ("rows", "index", "filter")
        )
        self._links_held = pieces_of(f"{self.algorithm}.links") if table.linked else None
        self._filter_seen = self._filter_held.seen

    def find(self, digest: bytes) -> int:
        """The number of the digest's entry, or ABSENT."""
        upper, lower = _HEAD(digest)
        mask = _PAIRS[lower & 4095] | _PAIRS[lower >> 12 & 4095]
        word = upper * self._words >> 32
        if not self._filter_seen[word >> _WORDS_SHIFT]:
            self._filter_held.check(word >> _WORDS_SHIFT)
        if self._filter[word] & mask != mask:
            return ABSENT
        bucket = upper >> self._upper_shift
        if self._index_held.left:
            self._index_held.check_bytes(bucket * 4, bucket * 4 + 8)
        low, high = self._index[bucket], self._index[bucket + 1]
        if self._rows_held.left:
            self._rows_held.check_bytes(low * self._width, high * self._width)
        row = self._search(digest[self._prefix :], low, high)
        if row < 0 or self._links is None or self._links_held is None:
            return row
        self._links_held.check_bytes(row * 4, row * 4 + 4)
        return self._links[row]

    def find_many(self, digests: Bytes) -> Rows:
        """The numbers of the entries of `n` digests (rows), ABSENT where there is none."""
        head = heads(digests)
        words = np.frombuffer(self._filter, dtype=np.uint64)
        mask, numbers = word_masks(head), word_numbers(head, self._words)
        if self._filter_held.left:
            self._filter_held.check_places(numbers.astype(np.int64) * 8)
        candidates = np.flatnonzero(words[numbers] & mask == mask)
        found = np.full(len(digests), ABSENT, dtype=np.int64)
        rows = self._search_many(digests[candidates], head[candidates])
        if self._links is not None and self._links_held is not None and len(rows):
            self._links_held.check_places(rows[rows >= 0] * 4)
            links = np.frombuffer(self._links, dtype=np.uint32)
            rows = np.where(rows >= 0, links[np.maximum(rows, 0)].astype(np.int64), ABSENT)
        found[candidates] = rows
        return found

    def take(self, rows: Rows) -> Bytes:
        """The whole digests of these rows."""
        out = np.empty((len(rows), self._prefix + self._width), dtype=np.uint8)
        out[:, self._prefix :] = self._array()[rows]
        if self._prefix:
            index = np.frombuffer(self._index, dtype=np.uint32)
            buckets = np.searchsorted(index, rows.astype(np.uint32), side="right") - 1
            leading = (buckets.astype(np.uint64) << np.uint64(self._shift)).astype(">u8")
            out[:, : self._prefix] = leading.view(np.uint8).reshape(-1, 8)[:, : self._prefix]
        return out

    def links(self) -> npt.NDArray[np.uint32] | None:
        """Row to entry; None: row i is of entry i."""
        return None if self._links is None else np.frombuffer(self._links, dtype=np.uint32)

    def close(self) -> None:
        """Let go of the mapping."""
        for view in reversed(self._views):
            view.release()

    def _search(self, rest: bytes, low: int, high: int) -> int:
        if high - low > _LONG_BUCKET:
            return self._search_by_halves(rest, low, high)
        width = self._width
        start, end = self._start + low * width, self._start + high * width
        at = self._file.find(rest, start, end)
        while at > 0 and (at - start) % width:
            at = self._file.find(rest, at + 1, end)
        return low + (at - start) // width if at > 0 else ABSENT

    def _search_by_halves(self, rest: bytes, low: int, high: int) -> int:
        width, end = self._width, high
        while low < high:
            middle = (low + high) // 2
            start = self._start + middle * width
            if self._file[start : start + width] < rest:
                low = middle + 1
            else:
                high = middle
        start = self._start + low * width
        return low if low < end and self._file[start : start + width] == rest else ABSENT

    def _search_many(self, digests: Bytes, head: npt.NDArray[np.uint64]) -> Rows:
        index = np.frombuffer(self._index, dtype=np.uint32)
        bucket = (head >> np.uint64(self._shift)) if self._shift < 64 else np.zeros_like(head)
        if self._index_held.left:
            self._index_held.check_places(bucket.astype(np.int64) * 4)
            self._index_held.check_places(bucket.astype(np.int64) * 4 + 7)
        low = index[bucket].astype(np.int64)
        high = index[bucket + np.uint64(1)].astype(np.int64)
        if self._rows_held.left:
            self._check_buckets(low, high)
        found = np.full(len(digests), ABSENT, dtype=np.int64)
        rest = opaque(digests[:, self._prefix :])
        table = opaque(self._array())
        open_ = np.flatnonzero(high > low)
        for step in range(_LONG_BUCKET):
            if not len(open_):
                break
            same = table[low[open_] + step] == rest[open_]
            found[open_[same]] = low[open_[same]] + step
            open_ = open_[~same]
            open_ = open_[low[open_] + step + 1 < high[open_]]
        for number in open_:
            found[number] = self._search_by_halves(
                rest[number].tobytes(), int(low[number]), int(high[number])
            )
        return found

    def _check_buckets(self, low: Rows, high: Rows) -> None:
        """The rows of these buckets; nearly all lie in one piece, or on both sides of an end."""
        there = high > low
        first, last = low[there] * self._width, high[there] * self._width - 1
        self._rows_held.check_places(first)
        self._rows_held.check_places(last)
        for long in np.flatnonzero(last - first > PIECE):
            self._rows_held.check_bytes(int(first[long]), int(last[long]) + 1)

    def _array(self) -> Bytes:
        length = self.rows * self._width
        flat = np.frombuffer(self._file, dtype=np.uint8, count=length, offset=self._start)
        return flat.reshape(self.rows, self._width)

    def _offset(self, layout: SetHeader, part: str) -> int:
        section = layout.section(f"{self.algorithm}.{part}")
        return section.offset if section else 0

    def _view(
        self, file: memoryview, layout: SetHeader, part: str, code: Literal["Q", "I"]
    ) -> memoryview:
        section = layout.section(f"{self.algorithm}.{part}")
        if section is None:
            return memoryview(b"")
        view = file[section.offset : section.offset + section.length]
        cast: memoryview = view.cast("B").cast(code)
        self._views += [view, cast]
        return cast
