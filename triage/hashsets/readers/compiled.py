"""A compiled set as an input: what merge, subtract and export read."""

import os
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from triage.hashsets.hash_set import HashSet
from triage.hashsets.inputs import ImportFile
from triage.hashsets.records import UNKNOWN_SIZE, WIDTHS, Bytes, Imported, RecordBatch

Numbers = npt.NDArray[np.int64]

_ENTRIES = 1 << 16
_NONE = (1 << 32) - 1


def read(source: ImportFile, imported: Imported) -> Iterator[RecordBatch]:
    """Batches of all entries, each with all its digests. Raises HashSetError if it is sealed."""
    descriptor = os.open(source.path, os.O_RDONLY | os.O_CLOEXEC)
    with HashSet(descriptor, str(source.path)) as hash_set:
        hash_set.verify()
        yield from batches(hash_set)


def batches(hash_set: HashSet) -> Iterator[RecordBatch]:
    """All entries of an open set."""
    hash_set.refuse_if_sealed()
    tables = [_Digests(hash_set, algorithm) for algorithm in WIDTHS if hash_set.count(algorithm)]
    for first in range(0, hash_set.layout.entries, _ENTRIES):
        numbers = np.arange(first, min(first + _ENTRIES, hash_set.layout.entries))
        if len(own := hash_set.from_records(numbers)):
            yield _batch(hash_set, tables, own)
    for table in tables:
        if len(table.further):
            yield table.second_values(tables)


class _Digests:
    """One algorithm's values by the number of their entry."""

    def __init__(self, hash_set: HashSet, algorithm: str) -> None:
        self.algorithm = algorithm
        self._set = hash_set
        self._links = hash_set.links(algorithm)
        self._row_of = np.arange(0, dtype=np.uint32)
        self.further = np.empty(0, dtype=np.int64)
        """Rows whose entry has another value of this algorithm as well."""
        if self._links is not None:
            rows = np.arange(len(self._links), dtype=np.uint32)
            self._row_of = np.full(hash_set.layout.entries, _NONE, dtype=np.uint32)
            self._row_of[self._links] = rows
            self.further = np.flatnonzero(self._row_of[self._links] != rows)

    def of(self, numbers: Numbers) -> tuple[Bytes, npt.NDArray[np.bool_]]:
        """The values of these entries, and which have one."""
        rows = numbers if self._links is None else self._row_of[numbers].astype(np.int64)
        has = rows < self._set.count(self.algorithm)
        values = np.zeros((len(numbers), WIDTHS[self.algorithm]), dtype=np.uint8)
        values[has] = self._set.take(self.algorithm, rows[has])
        return values, has

    def second_values(self, tables: "list[_Digests]") -> RecordBatch:
        """The values that `of` cannot give, with their entries' other digests."""
        links = self._links if self._links is not None else self.further
        batch = _batch(self._set, tables, links[self.further].astype(np.int64))
        batch.digests[self.algorithm] = self._set.take(self.algorithm, self.further)
        batch.present.pop(self.algorithm, None)
        return batch


def _batch(hash_set: HashSet, tables: list[_Digests], numbers: Numbers) -> RecordBatch:
    columns = {table.algorithm: table.of(numbers) for table in tables}
    entries = hash_set.entries(numbers)
    return RecordBatch(
        count=len(numbers),
        digests={algorithm: values for algorithm, (values, _) in columns.items()},
        present={algorithm: has for algorithm, (_, has) in columns.items()},
        sizes=np.array([UNKNOWN_SIZE if e.size is None else e.size for e in entries]),
        categories=[entry.category for entry in entries],
        sources=[entry.sources for entry in entries],
    )
