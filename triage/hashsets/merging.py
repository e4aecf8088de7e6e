"""Records that share a digest become one entry: found by sorting, algorithm by algorithm.

First all records with an MD5 by MD5; their SHA-1s are then sorted together with the records that
have only a SHA-1; and so on. An entry keeps its most serious category, all its sources, and the
size that is known.
"""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from triage.hashsets.records import EXACT, UNKNOWN_SIZE, WIDTHS, Bytes
from triage.hashsets.sizes import SizeCollector
from triage.hashsets.sorting import Rows, Sorter, key_of
from triage.hashsets.sources import Combinations

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

ENTRY = np.dtype([("category", "u1"), ("source", "<u4"), ("size", "<i8")])
BIT = {algorithm: 1 << bit for bit, algorithm in enumerate(WIDTHS)}
"""Which bit of a row's field `has` stands for which algorithm."""
NO_CATEGORY = 255
_NOT_YET = (1 << 32) - 1


@dataclass(slots=True, kw_only=True)
class Sorted:
    """One algorithm's distinct values, sorted, in a temporary file, with the entry of each."""

    algorithm: str
    width: int
    values: IO[bytes]
    links: IO[bytes]
    """u32 each; empty where value i is of entry i."""
    rows: int = 0
    linked: npt.NDArray[np.bool_] | None = None
    """Which entries have such a value; None: value i is of entry i."""

    def mark(self, entries: Numbers, count: int) -> None:
        """Remember which of `count` entries have a value."""
        marks = np.zeros(count, dtype=np.bool_)
        if self.linked is not None:
            marks[: len(self.linked)] = self.linked
        marks[entries] = True
        self.linked = marks

    def covers(self, entries: int) -> bool:
        """Whether each of the first so many entries has a value."""
        if self.linked is None:
            return self.rows >= entries
        return len(self.linked) >= entries and bool(self.linked[:entries].all())

    def blocks(self, rows: int = 1 << 19) -> Iterator[Bytes]:
        """The values in order, some at a time."""
        self.values.seek(0)
        while data := self.values.read(rows * self.width):
            yield np.frombuffer(data, dtype=np.uint8).reshape(-1, self.width)


@dataclass(slots=True, kw_only=True)
class Compiled:
    """All that the file needs, sorted and merged, still in temporary files."""

    tables: list[Sorted] = field(default_factory=list)
    entries: IO[bytes]
    """ENTRY rows."""
    count: int = 0
    exact: int = 0
    """How many of the first entries have a digest that says *the same bytes*."""
    decoys: int = 0
    """Entries that come from no record, the canaries among them."""
    canaries: int = 0
    labels: list[str] = field(default_factory=list)
    """Categories, the most serious first."""

    def close(self) -> None:
        """Give the temporary files back."""
        for file in (self.entries, *(f for t in self.tables for f in (t.values, t.links))):
            file.close()


class Merger:
    """Merges the sorted records of one algorithm after the other."""

    def __init__(
        self,
        sorters: Mapping[str, Sorter],
        sources: Combinations,
        ranks: npt.NDArray[np.uint8],
        scratch: Path | None = None,
    ) -> None:
        """`ranks`: from the code of a category to its place by seriousness."""
        self.sizes = SizeCollector()
        self.duplicates = 0
        self._sorters = sorters
        self._sources = sources
        self._ranks = ranks
        self._scratch = scratch
        self._files: list[IO[bytes]] = []
        self.compiled = Compiled(entries=self._temporary())

    def close(self) -> None:
        """Free the disk space of all that was merged."""
        for file in self._files:
            file.close()

    def merge(self, algorithm: str, width: int) -> None:
        """Merge all records with a value of this algorithm, `width` bytes each."""
        sorter, compiled = self._sorters[algorithm], self.compiled
        if not sorter.rows:
            return
        table = Sorted(
            algorithm=algorithm, width=width, values=self._temporary(), links=self._temporary()
        )
        first = not compiled.tables
        for rows in sorter.slices():
            keys = key_of(rows, algorithm)
            starts = np.flatnonzero(np.r_[True, (keys[1:] != keys[:-1]).any(axis=1)])
            entries = self._settle(rows, starts, compiled)
            table.values.write(keys[starts].data)
            if not first:
                table.links.write(entries.astype("<u4").data)
                table.mark(entries, compiled.count)
            table.rows += len(starts)
            group = np.repeat(entries, np.diff(np.r_[starts, len(rows)]))
            self._pass_on(rows, algorithm, group)
            if algorithm in EXACT and "size" in (rows.dtype.names or ()):
                self.sizes.add(rows["size"][_is_record(rows)])
        compiled.tables.append(table)
        if algorithm in EXACT:
            compiled.exact = compiled.count

    def _settle(self, rows: Rows, starts: npt.NDArray[np.intp], compiled: Compiled) -> Numbers:
        """Give each group of equal digests its entry: the one it has already, or a new one."""
        names = rows.dtype.names or ()
        if "category" not in names:
            linked: Numbers = np.minimum.reduceat(rows["entry"].astype(np.int64) - 1, starts)
            return linked
        record = _is_record(rows)
        merged = np.zeros(len(starts), dtype=ENTRY)
        ranks = np.where(record, self._ranks[rows["category"]], NO_CATEGORY)
        merged["category"] = np.minimum.reduceat(ranks, starts)
        merged["size"] = np.maximum.reduceat(np.where(record, rows["size"], UNKNOWN_SIZE), starts)
        merged["source"] = self._sources.merge_groups(rows["source"], starts)
        entries = np.full(len(starts), _NOT_YET, dtype=np.int64)
        if "entry" in names:
            linked = np.where(record, _NOT_YET, rows["entry"].astype(np.int64) - 1)
            entries = np.minimum.reduceat(linked, starts)
        new = entries == _NOT_YET
        self.duplicates += int(record.sum() - new.sum())
        known = ~new & np.logical_or.reduceat(record, starts)
        self._update(entries[known], merged[known], compiled)
        entries[new] = compiled.count + np.arange(int(new.sum()))
        compiled.entries.write(merged[new].data)
        compiled.count += int(new.sum())
        return entries

    def _update(self, entries: Numbers, merged: Rows, compiled: Compiled) -> None:
        """A record without MD5 has the SHA-1 of an entry with one: what it adds goes there."""
        if not len(entries):
            return
        compiled.entries.flush()
        stored = np.memmap(compiled.entries, dtype=ENTRY, mode="r+", shape=(compiled.count,))
        while len(entries):
            some, first = np.unique(entries, return_index=True)
            old, new = stored[some], merged[first]
            old["category"] = np.minimum(old["category"], new["category"])
            old["size"] = np.maximum(old["size"], new["size"])
            old["source"] = self._sources.merge_pairs(old["source"], new["source"])
            stored[some] = old
            rest = np.setdiff1d(np.arange(len(entries)), first)
            entries, merged = entries[rest], merged[rest]
        stored.flush()
        compiled.entries.seek(0, 2)

    def _pass_on(self, rows: Rows, algorithm: str, entries: Numbers) -> None:
        """The entries' other digests to the sorters of their algorithms."""
        names = rows.dtype.names or ()
        for later in names[names.index(algorithm) + 1 :]:
            if later in WIDTHS:
                has = (rows["has"] & BIT[later]) != 0
                values = rows[later][has]
                pairs = np.zeros(
                    len(values), dtype=[(later, "u1", (values.shape[1],)), ("entry", "<u4")]
                )
                pairs[later] = values
                pairs["entry"] = entries[has] + 1
                self._sorters[later].add(pairs)

    def _temporary(self) -> IO[bytes]:
        file = tempfile.TemporaryFile(dir=self._scratch)  # noqa: SIM115
        self._files.append(file)
        return file


def _is_record(rows: Rows) -> Mask:
    """Which rows are records, and not the second digest of an entry that is already settled."""
    names = rows.dtype.names or ()
    if "entry" not in names:
        return np.ones(len(rows), dtype=np.bool_)
    mask: Mask = rows["entry"] == 0
    return mask
