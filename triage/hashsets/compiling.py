"""Batches of records in, one compiled file out, however many there are.

Records that share a digest are one entry. They are found by sorting, algorithm by algorithm:
first all records with an MD5 by MD5; their SHA-1s are then sorted together with the records that
have only a SHA-1; and so on. An entry keeps its most serious category, all its sources, and the
size that is known.
"""

import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from triage.errors import HashSetError
from triage.hashsets.categories import Rules
from triage.hashsets.hash_set import HashSet
from triage.hashsets.records import EMPTY, EXACT, UNKNOWN_SIZE, WIDTHS, Batch, Bytes, Imported
from triage.hashsets.sealing import SEALED_WIDTH, SetKey
from triage.hashsets.sizes import SizeCollector
from triage.hashsets.sorting import Rows, Sorter, key_of
from triage.hashsets.sources import Combinations

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

ENTRY = np.dtype([("category", "u1"), ("source", "<u4"), ("size", "<i8")])
DECOY = 254
"""Category of the random rows that blur a sealed set's counts."""
_NO_CATEGORY = 255
_MOST_CATEGORIES = 250
_NOT_YET = (1 << 32) - 1
_BIT = {algorithm: 1 << bit for bit, algorithm in enumerate(WIDTHS)}


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
    labels: list[str] = field(default_factory=list)
    """Categories, the most serious first."""


class Compiler:
    """Takes batches; merges them into entries."""

    def __init__(
        self,
        rules: Rules,
        *,
        key: SetKey | None = None,
        without: HashSet | None = None,
        scratch: Path | None = None,
    ) -> None:
        self.sources = Combinations()
        self.sizes = SizeCollector()
        self.duplicates = 0
        self._rules = rules
        self._key = key
        self._without = without
        self._scratch = scratch
        self._sorters = {name: Sorter(name, scratch) for name in WIDTHS}
        self._labels: dict[str, int] = {}
        self._codes: dict[str, int] = {}
        self._ranks = np.empty(0, dtype=np.uint8)
        self._algorithms: set[str] = set()

    def add(self, batch: Batch, source: str, imported: Imported) -> None:
        """Take one batch, which came from `source`; what is dropped is counted in `imported`."""
        imported.records += batch.count
        present = {a: _present(batch, a) for a in batch.digests}
        keep = self._without_empty(batch, present, imported)
        self._subtract(batch, present, keep, imported)
        category = self._categories(batch, keep, imported)
        rows = self._rows(batch, present, category, self._batch_sources(batch, source))
        left = np.flatnonzero(keep)
        for algorithm in WIDTHS:
            if algorithm in present and len(left):
                has = present[algorithm][left]
                self._sorters[algorithm].add(rows[left[has]])
                left = left[~has]
        imported.drop("no digest", len(left))

    def finish(self) -> Compiled:
        """Merge all that was taken."""
        compiled = Compiled(entries=self._temporary())
        compiled.labels = self._rules.ranked(list(self._labels))
        self._rank(compiled.labels)
        if self._key:
            compiled.decoys = self._add_decoys()
        for algorithm in WIDTHS:
            self._merge(algorithm, compiled)
        return compiled

    def _without_empty(self, batch: Batch, present: dict[str, Mask], imported: Imported) -> Mask:
        keep = np.ones(batch.count, dtype=np.bool_)
        for algorithm in EXACT:
            if algorithm in present:
                empty = np.frombuffer(EMPTY[algorithm], dtype=np.uint8)
                values = batch.digests[algorithm]
                maybe = np.flatnonzero(values[:, 0] == empty[0])
                keep[maybe[(values[maybe] == empty).all(axis=1)]] = False
        imported.drop("the empty file", int(batch.count - keep.sum()))
        return keep

    def _subtract(
        self, batch: Batch, present: dict[str, Mask], keep: Mask, imported: Imported
    ) -> None:
        if self._without is None:
            return
        before = int(keep.sum())
        for algorithm in EXACT:
            if algorithm in present:
                there = self._without.numbers(algorithm, batch.digests[algorithm]) >= 0
                keep &= ~(there & present[algorithm])
        imported.drop("in the subtracted set", before - int(keep.sum()))

    def _categories(self, batch: Batch, keep: Mask, imported: Imported) -> npt.NDArray[np.uint8]:
        if batch.categories is None:
            codes = np.full(batch.count, self._code(""), dtype=np.uint8)
        else:
            new = set(batch.categories) - self._codes.keys()
            for category in sorted(new):
                self._code(category)
            codes = np.fromiter(
                map(self._codes.__getitem__, batch.categories), np.uint8, count=batch.count
            )
        unwanted = keep & (codes == _NO_CATEGORY)
        keep &= ~unwanted
        imported.drop("another category", int(unwanted.sum()))
        return codes

    def _code(self, category: str) -> int:
        if category not in self._codes:
            label = self._rules.label(category)
            if self._rules.keeps(label):
                self._codes[category] = self._labels.setdefault(label, len(self._labels))
            else:
                self._codes[category] = _NO_CATEGORY
        if len(self._labels) > _MOST_CATEGORIES:
            raise HashSetError(
                f"There are more than {_MOST_CATEGORIES} categories: '{category[:40]}' …",
                hint="Is the column 'category' something else? Map it with --category-map.",
            )
        return self._codes[category]

    def _batch_sources(self, batch: Batch, source: str) -> npt.NDArray[np.uint32]:
        if batch.sources is None:
            return np.full(batch.count, self.sources.code((source,)), dtype=np.uint32)
        return np.fromiter(map(self.sources.code, batch.sources), np.uint32, count=batch.count)

    def _rows(
        self,
        batch: Batch,
        present: dict[str, Mask],
        category: npt.NDArray[np.uint8],
        source: npt.NDArray[np.uint32],
    ) -> Rows:
        digests = {a: self._sealed(a, batch.digests[a]) for a in WIDTHS if a in present}
        self._algorithms |= digests.keys()
        dtype = [(a, "u1", (values.shape[1],)) for a, values in digests.items()]
        rows = np.zeros(batch.count, dtype=[*dtype, ("has", "u1"), *ENTRY.descr])
        for algorithm, values in digests.items():
            rows[algorithm] = values
            rows["has"] |= np.where(present[algorithm], _BIT[algorithm], 0).astype(np.uint8)
        rows["category"], rows["source"] = category, source
        rows["size"] = UNKNOWN_SIZE if batch.sizes is None else batch.sizes
        return rows

    def _sealed(self, algorithm: str, digests: Bytes) -> Bytes:
        if self._key is None or algorithm not in EXACT:
            return digests
        return self._key.digests(algorithm, digests)

    def _rank(self, ranked: list[str]) -> None:
        """From the code of a category, given as they came, to its place by seriousness."""
        self._ranks = np.full(256, _NO_CATEGORY, dtype=np.uint8)
        for label, code in self._labels.items():
            self._ranks[code] = ranked.index(label)
        self._ranks[DECOY] = DECOY

    def _add_decoys(self) -> int:
        """Between a thousand and five percent more random rows, so that the count tells nothing."""
        rows = sum(sorter.rows for sorter in self._sorters.values())
        count = 1024 + secrets.randbelow(1024 + rows // 20)
        algorithms = [a for a in EXACT if a in self._algorithms]
        for first in range(0, count, 1 << 16):
            some = min(1 << 16, count - first)
            random = np.frombuffer(secrets.token_bytes(some * 48), np.uint8).reshape(some, 3, 16)
            self._add_random(algorithms, random)
        return count if algorithms else 0

    def _add_random(self, algorithms: list[str], random: Bytes) -> None:
        dtype = [(a, "u1", (SEALED_WIDTH,)) for a in algorithms]
        rows = np.zeros(len(random), dtype=[*dtype, ("has", "u1"), *ENTRY.descr])
        for number, algorithm in enumerate(algorithms):
            rows[algorithm] = random[:, number]
            rows["has"] |= _BIT[algorithm]
        rows["category"], rows["size"] = DECOY, UNKNOWN_SIZE
        if algorithms:
            self._sorters[algorithms[0]].add(rows)

    def _merge(self, algorithm: str, compiled: Compiled) -> None:
        sorter = self._sorters[algorithm]
        if not sorter.rows:
            return
        width = SEALED_WIDTH if self._key and algorithm in EXACT else WIDTHS[algorithm]
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
        ranks = np.where(record, self._ranks[rows["category"]], _NO_CATEGORY)
        merged["category"] = np.minimum.reduceat(ranks, starts)
        merged["size"] = np.maximum.reduceat(np.where(record, rows["size"], UNKNOWN_SIZE), starts)
        merged["source"] = self.sources.merge_groups(rows["source"], starts)
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
            old["source"] = self.sources.merge_pairs(old["source"], new["source"])
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
                has = (rows["has"] & _BIT[later]) != 0
                values = rows[later][has]
                pairs = np.zeros(
                    len(values), dtype=[(later, "u1", (values.shape[1],)), ("entry", "<u4")]
                )
                pairs[later] = values
                pairs["entry"] = entries[has] + 1
                self._sorters[later].add(pairs)

    def _temporary(self) -> IO[bytes]:
        return tempfile.TemporaryFile(dir=self._scratch)


def _present(batch: Batch, algorithm: str) -> Mask:
    mask = batch.present.get(algorithm)
    return np.ones(batch.count, dtype=np.bool_) if mask is None else mask


def _is_record(rows: Rows) -> Mask:
    """Which rows are records, and not the second digest of an entry that is already settled."""
    names = rows.dtype.names or ()
    if "entry" not in names:
        return np.ones(len(rows), dtype=np.bool_)
    mask: Mask = rows["entry"] == 0
    return mask
