"""Which sources an entry comes from. Combinations are few, so an entry keeps only a number."""

import numpy as np
import numpy.typing as npt

from triage.hashsets.layout import MOST_TEXT
from triage.hashsets.records import distinct

Codes = npt.NDArray[np.uint32]


class Combinations:
    """Numbers for combinations of sources; number 0 is the empty one."""

    def __init__(self) -> None:
        self.labels: list[str] = []
        self._numbers: dict[str, int] = {}
        self._codes: dict[tuple[int, ...], int] = {(): 0}
        self.combinations: list[tuple[int, ...]] = [()]

    def code(self, sources: tuple[str, ...]) -> int:
        """The number of a combination, given by its sources' labels."""
        return self._code(tuple(sorted({self._number(source[:MOST_TEXT]) for source in sources})))

    def merge_groups(self, codes: Codes, starts: npt.NDArray[np.intp]) -> Codes:
        """For each group of rows (which begin at `starts`), the number of all their sources."""
        merged = codes[starts].copy()
        lengths = np.diff(np.r_[starts, len(codes)])
        several = np.flatnonzero(lengths > 1)
        if not len(several):
            return merged
        group = np.repeat(np.arange(len(starts)), lengths)
        pairs = distinct(group.astype(np.uint64) << np.uint64(32) | codes)
        of, codes = pairs >> np.uint64(32), (pairs & np.uint64(0xFFFFFFFF)).astype(np.uint32)
        starts = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
        lengths = np.diff(np.r_[starts, len(codes)])
        merged = codes[starts].copy()
        for step in range(1, int(lengths.max())):
            more = np.flatnonzero(lengths > step)
            merged[more] = self.merge_pairs(merged[more], codes[starts[more] + step])
        return merged

    def merge_pairs(self, one: Codes, other: Codes) -> Codes:
        """The numbers of both together, row by row."""
        pairs, where = np.unique(
            one.astype(np.uint64) << np.uint64(32) | other, return_inverse=True
        )
        merged = [self._union(int(pair) >> 32, int(pair) & 0xFFFFFFFF) for pair in pairs]
        return np.array(merged, dtype=np.uint32)[where]

    def _union(self, one: int, other: int) -> int:
        both = {*self.combinations[one], *self.combinations[other]}
        return self._code(tuple(sorted(both)))

    def _code(self, numbers: tuple[int, ...]) -> int:
        if numbers not in self._codes:
            self._codes[numbers] = len(self.combinations)
            self.combinations.append(numbers)
        return self._codes[numbers]

    def _number(self, source: str) -> int:
        if source not in self._numbers:
            self._numbers[source] = len(self.labels)
            self.labels.append(source)
        return self._numbers[source]
