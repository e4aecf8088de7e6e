"""Search among PDQ values: all within a distance, exactly, in a millisecond or two.

Multi-index search (Norouzi, Punjani, Fleet: "Fast Exact Search in Hamming Space with Multi-Index
Hashing"): 256 bits are cut into 16 bands of 16. Two values that differ in at most 31 bits differ
in at most one bit of some band, so it is enough to look at the values whose band is the query's,
or one bit from it: 17 of 65,536 buckets in each band.

The index is two arrays that can be written to a file and mapped:

    offsets   16 x 65,537 u32: where each bucket of each band begins, and where the last one ends
    numbers   16 x n u32: the numbers of the values, by band and bucket

That is 64 bytes a value and 4 MB, beside the 32 bytes of the value itself. `seek hash-set build`
writes them into the compiled set, where every process that searches maps them.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from triage.alike import FURTHEST
from triage.errors import HashSetError
from triage.hashsets.records import Bytes

WIDTH = 32
"""Bytes of a value."""
OFFSETS, NUMBERS = "pdq.offsets", "pdq.numbers"
"""The names of the index's two parts in a compiled set."""

_BANDS = 16
_BUCKETS = 1 << 16
_FEW = 8192
"""So few values are compared one by one: it is as quick, and there is no index to make."""
_FLIPS = np.array([0, *(1 << bit for bit in range(16))], dtype=np.uint16)
_FIRST = (np.arange(_BANDS, dtype=np.int64) * (_BUCKETS + 1))[:, None]

Numbers = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]


class Neighbours(NamedTuple):
    """What a search found: three columns of the same length, by query, then by distance."""

    queries: Numbers
    """Row of the query."""
    values: Numbers
    """Number of the value in the set."""
    distances: Numbers
    """Bits in which they differ, 0 to 256."""


class PerceptualIndex:
    """Searches the PDQ values of one set."""

    def __init__(
        self,
        values: Bytes,
        offsets: bytes | memoryview | None = None,
        numbers: bytes | memoryview | None = None,
    ) -> None:
        """`values`: n x 32. With the two parts of a written index they are used as they are;
        without, the index is made in memory (0.7 s for a million). Raises HashSetError if the parts
        do not belong to so many values.
        """
        self._words = words_of(values)
        self._offsets, self._numbers = _parts(self._words, offsets, numbers)

    def __len__(self) -> int:
        """How many values there are."""
        return len(self._words)

    @classmethod
    def of_hashes(cls, hashes: Sequence[bytes]) -> Self:
        """An index of a few hashes that no file holds."""
        return cls(np.frombuffer(b"".join(hashes), dtype=np.uint8).reshape(-1, WIDTH))

    @property
    def memory(self) -> int:
        """Bytes of the values and of the index together."""
        parts = self._words.nbytes + self._numbers.nbytes
        return parts + (self._offsets.nbytes if len(self._numbers) else 0)

    def search(self, queries: Bytes, distance: int = FURTHEST) -> Neighbours:
        """Every value within `distance` bits of each query (q x 32).

        Raises HashSetError if the index was altered, ValueError if `distance` is above FURTHEST.
        """
        if not 0 <= distance <= FURTHEST:
            raise ValueError(f"the index is exact up to {FURTHEST} bits, not {distance}")
        found = [self._search(row, query, distance) for row, query in enumerate(words_of(queries))]
        if not found:
            empty = np.zeros(0, dtype=np.int64)
            return Neighbours(empty, empty, empty)
        return Neighbours(*(np.concatenate(column) for column in zip(*found, strict=True)))

    def _search(self, row: int, query: Words, distance: int) -> Neighbours:
        candidates = self._candidates(query) if len(self._numbers) else None
        near = self._words if candidates is None else self._words.take(candidates, axis=0)
        differ = distances(near, query)
        within = np.flatnonzero(differ <= distance)
        hits = within if candidates is None else candidates[within]
        values, first = np.unique(hits, return_index=True)
        bits = differ[within][first].astype(np.int64)
        order = np.argsort(bits, kind="stable")
        return Neighbours(np.full(len(order), row), values[order].astype(np.int64), bits[order])

    def _candidates(self, query: Words) -> npt.NDArray[np.uint32]:
        """Numbers of the values in the buckets beside the query's; some stand in more than one."""
        bands = query.view(">u2").astype(np.uint16)
        buckets = (bands[:, None] ^ _FLIPS).astype(np.int64) + _FIRST
        begins = self._offsets[buckets].astype(np.int64)
        counts = (self._offsets[buckets + 1] - begins).ravel()
        begins = (begins + np.arange(_BANDS)[:, None] * len(self._words)).ravel()
        sums = np.cumsum(counts)
        try:
            places = np.repeat(begins - (sums - counts), counts) + np.arange(sums[-1])
            candidates: npt.NDArray[np.uint32] = self._numbers[places]
        except (ValueError, IndexError) as error:
            raise _altered() from error
        if len(candidates) and int(candidates.max()) >= len(self._words):
            raise _altered()
        return candidates


def words_of(values: Bytes) -> Words:
    """n x 32 bytes to n x 4 words; a mapped array is not copied."""
    return np.ascontiguousarray(values, dtype=np.uint8).view(np.uint64).reshape(-1, 4)


def index_parts(values: Bytes) -> Iterator[tuple[str, Iterator[memoryview]]]:
    """The two parts of an index of `values` (n x 32), to be written; none for a few values.

    They come band by band: beside the values (which may be mapped) it takes 14 bytes a value.
    """
    if len(values) > _FEW:
        words = words_of(values)
        yield OFFSETS, (_offsets_of(words, band).data.cast("B") for band in range(_BANDS))
        yield NUMBERS, (_numbers_of(words, band).data.cast("B") for band in range(_BANDS))


def _parts(
    words: Words, offsets: bytes | memoryview | None, numbers: bytes | memoryview | None
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    if len(words) <= _FEW:
        return np.zeros(0, np.uint32), np.zeros(0, np.uint32)
    if offsets is None or numbers is None:
        return _made(words)
    if (len(offsets), len(numbers)) != (4 * _BANDS * (_BUCKETS + 1), 4 * _BANDS * len(words)):
        raise _altered()
    return np.frombuffer(offsets, np.uint32), np.frombuffer(numbers, np.uint32)


def _made(words: Words) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    bands = range(_BANDS)
    offsets = np.concatenate([_offsets_of(words, band) for band in bands])
    numbers = np.empty((_BANDS, len(words)), dtype=np.uint32)
    for band in bands:
        numbers[band] = _numbers_of(words, band)
    return offsets, numbers.ravel()


def _offsets_of(words: Words, band: int) -> npt.NDArray[np.uint32]:
    counts = np.bincount(_buckets_of(words, band), minlength=_BUCKETS)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.uint32)


def _numbers_of(words: Words, band: int) -> npt.NDArray[np.uint32]:
    return np.argsort(_buckets_of(words, band), kind="stable").astype(np.uint32)


def _buckets_of(words: Words, band: int) -> npt.NDArray[np.uint16]:
    return words.view(">u2").reshape(-1, _BANDS)[:, band].astype(np.uint16)


def distances(near: Words, query: Words) -> npt.NDArray[np.uint16]:
    """Bits in which each row differs from the query; the largest, 256, does not fit a byte."""
    bits = np.bitwise_count(near ^ query)
    halves = bits[:, :2] + bits[:, 2:]
    whole: npt.NDArray[np.uint16] = halves[:, 0].astype(np.uint16) + halves[:, 1]
    return whole


def _altered() -> HashSetError:
    return HashSetError(
        "The index of a set's PDQ values is not what was written.",
        hint="Copy the set again, or build it again with `seek hash-set build`.",
    )
