"""Writes the compiled file: sections one after the other, and the header when all is known."""

import os
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from triage.hashsets.layout import (
    DECOY,
    SIZE_WIDTHS,
    Category,
    Header,
    SetHeader,
    Stanza,
    binding_of,
    pack_block,
)
from triage.hashsets.merging import ENTRY, Compiled, Merger
from triage.hashsets.records import EXACT, UNKNOWN_SIZE, Bytes
from triage.hashsets.sections import Sections, write_table
from triage.hashsets.sorting import Rows
from triage.hashsets.sources import Combinations
from triage.profile import SetKind

if TYPE_CHECKING:
    from triage.hashsets.sealing import SetKey

_BLOCK_ROWS = 1 << 19
_SEALED_SIZE_WIDTH = 6


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller says of the set; the rest of the header is counted."""

    name: str
    kind: SetKind
    created: str = ""
    expires: str = ""
    formats: tuple[str, ...] = ()
    bad_records: int = 0
    dropped: dict[str, int] = msgspec.field(default_factory=dict)
    kept_without: dict[str, int] = msgspec.field(default_factory=dict)
    unused: tuple[str, ...] = ()
    producer: str = ""


def write(
    file: IO[bytes],
    merged: Merger,
    sources: Combinations,
    about: About,
    *,
    key: "SetKey | None" = None,
    stanzas: tuple[Stanza, ...] = (),
) -> None:
    """Write the whole set to a new file, from its beginning."""
    compiled, sections = merged.compiled, Sections(file, key)
    tables = tuple(
        write_table(sections, table, first=n == 0) for n, table in enumerate(compiled.tables)
    )
    data, limit = merged.sizes.part(sealed=key is not None)
    sections.write("sizes", [data], secret=True)
    widths = _widths(compiled, sources, sealed=key is not None)
    counts = _Counts(compiled)
    sections.write("entries", counts.packed(*widths), secret=True)
    sections.write_pieces()
    header = _header(sources, compiled, counts, about, limit)
    layout = SetHeader(
        entries=compiled.count,
        source_width=widths[0],
        size_width=widths[1],
        tables=tables,
        sections=tuple(sections.written),
        sealed=stanzas,
        canaries=compiled.canaries,
    )
    if key:
        header = msgspec.structs.replace(header, bound=binding_of(layout))
    text = msgspec.json.encode(header)
    sections.write("about", [key.seal_about(text) if key else text])
    layout = msgspec.structs.replace(layout, sections=tuple(sections.written))
    file.seek(0)
    file.write(pack_block(layout))
    file.flush()


class _Counts:
    """Counts the entries while they are packed."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self.categories = np.zeros(256, dtype=np.int64)
        self.without_size = 0

    def packed(self, source_width: int, size_width: int) -> Iterator[bytes]:
        """The entries as the file has them: category, source, size."""
        number = 0
        for rows in _entries(self._compiled):
            self._count(rows, number)
            number += len(rows)
            out = np.empty((len(rows), 1 + source_width + size_width), dtype=np.uint8)
            out[:, 0] = rows["category"]
            out[:, 1 : 1 + source_width] = _low_bytes(rows["source"], source_width)
            out[:, 1 + source_width :] = _low_bytes(rows["size"], size_width)
            yield out.tobytes()
        self._compiled.entries.close()

    def _count(self, rows: Rows, first: int) -> None:
        self.categories += np.bincount(rows["category"], minlength=256)
        exact = rows[: max(0, self._compiled.exact - first)]
        unknown = (exact["size"] == UNKNOWN_SIZE) & (exact["category"] != DECOY)
        self.without_size += int(unknown.sum())


def _widths(compiled: Compiled, sources: Combinations, *, sealed: bool) -> tuple[int, int]:
    """Bytes of an entry's source and size; a sealed set's do not depend on what is in it."""
    combinations = len(sources.combinations)
    if sealed:
        return (2 if combinations <= 1 << 16 else 4), _SEALED_SIZE_WIDTH
    largest = max((int(rows["size"].max()) for rows in _entries(compiled)), default=UNKNOWN_SIZE)
    size_width = next(w for w in SIZE_WIDTHS if largest < (1 << 8 * w) - 1)
    return next(w for w in (1, 2, 4) if combinations <= 1 << 8 * w), size_width


def _entries(compiled: Compiled) -> Iterator[Rows]:
    compiled.entries.seek(0)
    while data := compiled.entries.read(_BLOCK_ROWS * ENTRY.itemsize):
        yield np.frombuffer(data, dtype=ENTRY)


def _low_bytes(column: npt.NDArray[Any], width: int) -> Bytes:
    little = np.ascontiguousarray(column)
    return little.view(np.uint8).reshape(len(little), -1)[:, :width]


def _header(
    sources: Combinations, compiled: Compiled, counts: _Counts, about: About, limit: int
) -> Header:
    decoys = compiled.decoys
    return Header(
        name=about.name,
        kind=about.kind,
        entries=compiled.count - decoys,
        digests={
            table.algorithm: table.rows - (decoys if table.algorithm in EXACT else 0)
            for table in compiled.tables
        },
        covers=tuple(
            table.algorithm
            for table in compiled.tables
            if table.algorithm in EXACT and table.covers(compiled.exact)
        ),
        categories=tuple(
            Category(label=label, entries=int(counts.categories[rank]))
            for rank, label in enumerate(compiled.labels)
        ),
        sources=tuple(sources.labels),
        combinations=tuple(sources.combinations),
        created=about.created,
        expires=about.expires,
        formats=about.formats,
        bad_records=about.bad_records,
        dropped=about.dropped,
        kept_without=about.kept_without,
        unused=about.unused,
        every_size=counts.without_size == 0,
        without_size=counts.without_size,
        size_limit=limit,
        producer=about.producer,
    )


def durable(file: IO[bytes]) -> None:
    """Onto the disk, before anything says that it is there."""
    file.flush()
    os.fsync(file.fileno())
