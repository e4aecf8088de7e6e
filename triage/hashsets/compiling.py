"""Batches of records in, one compiled file out, however many there are.

Here batches are filtered, sealed if need be, and handed to one sorter an algorithm; merging.py
makes entries of what comes out.
"""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from triage.errors import HashSetError
from triage.hashsets import placeholders
from triage.hashsets.canaries import canaries
from triage.hashsets.categories import Rules
from triage.hashsets.hash_set import HashSet
from triage.hashsets.labels import plain
from triage.hashsets.layout import CANARIES, DECOY
from triage.hashsets.merging import BIT, ENTRY, NO_CATEGORY, Mask, Merger
from triage.hashsets.records import (
    EXACT,
    SEALED_WIDTH,
    UNKNOWN_SIZE,
    WIDTHS,
    Bytes,
    Imported,
    RecordBatch,
)
from triage.hashsets.sorting import Rows, Sorter
from triage.hashsets.sources import Combinations

if TYPE_CHECKING:
    from triage.hashsets.sealing import SetKey

_NONE_SAID = 253
"""Category of records without one, where only some categories are kept."""
_MOST_CATEGORIES = 250


class Compiler:
    """Takes batches; merges them into entries."""

    def __init__(
        self,
        rules: Rules,
        *,
        key: "SetKey | None" = None,
        without: HashSet | None = None,
        scratch: Path | None = None,
    ) -> None:
        self.sources = Combinations()
        self._rules = rules
        self._key = key
        self._without = without
        self._scratch = scratch
        self._sorters = {name: Sorter(name, scratch) for name in WIDTHS}
        self._labels: dict[str, int] = {}
        self._spelled: dict[str, str] = {}
        """How labels that differ in case or accents alone were spelled first."""
        self._codes: dict[str, int] = {}
        self._algorithms: set[str] = set()
        """Those that a record which was kept has a digest of."""

    def add(self, batch: RecordBatch, source: str, imported: Imported) -> None:
        """Take one batch, which came from `source`; what is dropped is counted in `imported`."""
        imported.records += batch.count
        present = {a: _present(batch, a) for a in batch.digests}
        keep = placeholders.leave_out(batch, present, imported)
        self._subtract(batch, present, keep, imported)
        category = self._categories(batch, keep, imported)
        rows = self._rows(batch, present)
        rows["category"], rows["source"] = category, self._batch_sources(batch, source)
        rows["size"] = placeholders.sizes_of(batch, keep, imported)
        left = np.flatnonzero(keep)
        self._algorithms |= {a for a in present if present[a][left].any()}
        for algorithm in WIDTHS:
            if algorithm in present and len(left):
                has = present[algorithm][left]
                self._sorters[algorithm].add(rows[left[has]])
                left = left[~has]
        imported.drop("no digest", len(left))

    def finish(self) -> Merger:
        """Merge all that was taken."""
        labels = self._rules.ranked(list(self._labels))
        merger = Merger(self._sorters, self.sources, self._ranks(labels), self._scratch)
        merger.compiled.labels = labels
        merger.compiled.canaries = self._add_canaries()
        merger.compiled.decoys = merger.compiled.canaries
        if self._key:
            merger.compiled.decoys += self._add_decoys()
        for algorithm in WIDTHS:
            sealed = self._key is not None and algorithm in EXACT
            merger.merge(algorithm, SEALED_WIDTH if sealed else WIDTHS[algorithm])
        return merger

    def _subtract(
        self, batch: RecordBatch, present: dict[str, Mask], keep: Mask, imported: Imported
    ) -> None:
        if self._without is None:
            return
        before = int(keep.sum())
        for algorithm in EXACT:
            if algorithm in present:
                there = self._without.numbers(algorithm, batch.digests[algorithm]) >= 0
                keep &= ~(there & present[algorithm])
        imported.drop("in the subtracted set", before - int(keep.sum()))

    def _categories(
        self, batch: RecordBatch, keep: Mask, imported: Imported
    ) -> npt.NDArray[np.uint8]:
        if batch.categories is None:
            codes = np.full(batch.count, self._code(""), dtype=np.uint8)
        else:
            new = set(batch.categories) - self._codes.keys()
            for category in sorted(new):
                self._code(category)
            codes = np.fromiter(
                map(self._codes.__getitem__, batch.categories), np.uint8, count=batch.count
            )
        for code, reason in ((NO_CATEGORY, "another category"), (_NONE_SAID, "no category")):
            unwanted = keep & (codes == code)
            keep &= ~unwanted
            imported.drop(reason, int(unwanted.sum()))
        return codes

    def _code(self, category: str) -> int:
        if category not in self._codes:
            label = self._rules.label(category)
            label = self._spelled.setdefault(plain(label), label)
            if self._rules.keeps(label):
                self._codes[category] = self._labels.setdefault(label, len(self._labels))
            else:
                self._codes[category] = NO_CATEGORY if label else _NONE_SAID
        if len(self._labels) > _MOST_CATEGORIES:
            raise HashSetError(
                f"There are more than {_MOST_CATEGORIES} categories, the last '{category[:40]}'.",
                hint="Is the column 'category' something else? Map it with --category-map.",
            )
        return self._codes[category]

    def _batch_sources(self, batch: RecordBatch, source: str) -> npt.NDArray[np.uint32]:
        if batch.sources is None:
            return np.full(batch.count, self.sources.code((source,)), dtype=np.uint32)
        return np.fromiter(map(self.sources.code, batch.sources), np.uint32, count=batch.count)

    def _rows(self, batch: RecordBatch, present: dict[str, Mask]) -> Rows:
        digests = {a: self._sealed(a, batch.digests[a]) for a in WIDTHS if a in present}
        dtype = [(a, "u1", (values.shape[1],)) for a, values in digests.items()]
        rows = np.zeros(batch.count, dtype=[*dtype, ("has", "u1"), *ENTRY.descr])
        for algorithm, values in digests.items():
            rows[algorithm] = values
            rows["has"] |= np.where(present[algorithm], BIT[algorithm], 0).astype(np.uint8)
        return rows

    def _sealed(self, algorithm: str, digests: Bytes) -> Bytes:
        if self._key is None or algorithm not in EXACT:
            return digests
        return self._key.digests(algorithm, digests)

    def _ranks(self, ranked: list[str]) -> npt.NDArray[np.uint8]:
        """From the code of a category, given as they came, to its place by seriousness."""
        ranks = np.full(256, NO_CATEGORY, dtype=np.uint8)
        for label, code in self._labels.items():
            ranks[code] = ranked.index(label)
        ranks[DECOY] = DECOY
        return ranks

    def _add_canaries(self) -> int:
        """Entries of nothing, which look-up must find: they stand all over the tables."""
        algorithms = [a for a in EXACT if a in self._algorithms]
        values = {a: self._sealed(a, canaries(a)) for a in algorithms}
        self._add_of_nothing(values, CANARIES)
        return CANARIES if algorithms else 0

    def _add_decoys(self) -> int:
        """Between a thousand and five percent more random rows, so that the count tells nothing."""
        rows = sum(sorter.rows for sorter in self._sorters.values())
        count = 1024 + secrets.randbelow(1024 + rows // 20)
        algorithms = [a for a in EXACT if a in self._algorithms]
        for first in range(0, count, 1 << 16):
            some = min(1 << 16, count - first)
            random = np.frombuffer(secrets.token_bytes(some * 48), np.uint8).reshape(some, 3, 16)
            values = {a: random[:, number] for number, a in enumerate(algorithms)}
            self._add_of_nothing(values, some)
        return count if algorithms else 0

    def _add_of_nothing(self, values: dict[str, Bytes], count: int) -> None:
        """So many entries that come from no record, with these digests."""
        dtype = [(a, "u1", (digests.shape[1],)) for a, digests in values.items()]
        rows = np.zeros(count, dtype=[*dtype, ("has", "u1"), *ENTRY.descr])
        for algorithm, digests in values.items():
            rows[algorithm] = digests
            rows["has"] |= BIT[algorithm]
        rows["category"], rows["size"] = DECOY, UNKNOWN_SIZE
        for first in [*values][:1]:
            self._sorters[first].add(rows)


def _present(batch: RecordBatch, algorithm: str) -> Mask:
    mask = batch.present.get(algorithm)
    return np.ones(batch.count, dtype=np.bool_) if mask is None else mask
