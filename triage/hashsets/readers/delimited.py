"""Tables of text: CSV with a header, and the formats that are one by another name.

ICSE exports (`;`), HashKeeper .hsh, NSRL RDSv2 NSRLFile.txt and hashdeep all have a header line
that names the columns; only the names differ. Most rows are read some thousand at a time; a row
that does not fit is looked at by itself, so that its line and the reason can be told.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from triage.hashsets.inputs import LONGEST_LINE, Input, cells_of, lines, text_of
from triage.hashsets.readers.columns import batch_of_columns
from triage.hashsets.readers.photodna import photodna_of
from triage.hashsets.records import (
    BY_HEX_LENGTH,
    WIDTHS,
    Batch,
    Imported,
    Record,
    digest_of,
    pack,
    record,
    size_of,
)

_NAMES = {
    "md5": ("md5", "md5hash", "hashmd5", "md5sum", "filemd5"),
    "sha1": ("sha1", "sha1hash", "hashsha1", "sha1sum", "filesha1"),
    "sha256": ("sha256", "sha256hash", "hashsha256", "sha256sum", "sha2256"),
    "pdq": ("pdq", "pdqhash", "hashpdq"),
    "photodna": ("photodna", "pdna"),
    "size": ("size", "filesize", "mediasize", "length", "bytes", "sizeinbytes"),
    "category": ("category", "viccategory", "vicscategory", "classification"),
    "baseline": ("baseline",),
}
"""Our column to the names that it goes by, letters and digits only."""
_ANY_DIGEST = ("hash", "digest", "hashvalue", "value", "signal")
_BASELINE = {"yes": "baseline", "true": "baseline", "1": "baseline", "baseline": "baseline"}
"""ICSE only says whether a file is in INTERPOL's baseline: illegal everywhere."""
_NOTHING = {"", "null", "none", "-", "n/a", "na", '""'}
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where a table has what."""

    delimiter: str
    places: dict[str, int]
    """Our column to its place, from 0; `hash` for a digest whose algorithm its length tells."""
    header_line: int = 1
    """0: there is no header, the first line is data."""

    @property
    def needed(self) -> int:
        """Cells that a row has at least."""
        return max(self.places.values()) + 1


def header_of(line: str, number: int = 1) -> Columns | None:
    """What a header line says; None if it is no header of a hash set."""
    delimiter = max(_DELIMITERS, key=line.count)
    cells = cells_of(line, delimiter)
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        name = re.sub(r"[^a-z0-9]", "", cell.lower())
        column = next((ours for ours, names in _NAMES.items() if name in names), None)
        if column is None and name in _ANY_DIGEST:
            column = "hash"
        if column:
            places.setdefault(column, place)
    if not places.keys() & {*WIDTHS, "hash"}:
        return None
    return Columns(delimiter=delimiter, places=places, header_line=number)


def read(source: Input, imported: Imported, columns: Columns) -> Iterator[Batch]:
    """Batches of a table with these columns."""
    for first, some in lines(source):
        skip = max(0, columns.header_line - first + 1)
        if skip < len(some):
            batch = _quick(some[skip:], columns)
            if batch is None:
                records = _one_by_one(some[skip:], first + skip, columns, imported)
                batch = pack(records) if records else None
            if batch:
                yield batch


def _quick(some: list[bytes], columns: Columns) -> Batch | None:
    """All lines in one go; None if any of them is not as it should be."""
    if "hash" in columns.places or "photodna" in columns.places:
        return None
    if max(map(len, some)) > LONGEST_LINE:
        return None
    try:
        text = [line.decode() for line in some]
        rows = list(csv.reader(text, delimiter=columns.delimiter, strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None
    if len(rows) != len(some) or min(map(len, rows)) < columns.needed:
        return None
    try:
        return _by_column(rows, columns.places)
    except ValueError:
        return None


def _by_column(rows: list[list[str]], places: dict[str, int]) -> Batch:
    columns = {name: [row[at] for row in rows] for name, at in places.items()}
    if "baseline" in columns and "category" not in columns:
        columns["category"] = [_BASELINE.get(c.strip().lower(), "") for c in columns["baseline"]]
    return batch_of_columns(len(rows), columns)


def batch_of(
    rows: Sequence[tuple[object, ...]], places: dict[str, int], first: int, imported: Imported
) -> Batch | None:
    """One batch of a database's rows, the first of which has number `first`; None: all are bad."""
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    try:
        return _by_column(texts, places) if texts else None
    except ValueError:
        records = []
    for number, cells in enumerate(texts, start=first):
        try:
            records.append(record_of(cells, places))
        except ValueError as error:
            imported.refuse(number, str(error), unit="record")
    return pack(records) if records else None


def _one_by_one(
    some: list[bytes], first: int, columns: Columns, imported: Imported
) -> list[Record]:
    records = []
    at = 0
    while at < len(some):
        line = some[at]
        number, at = first + at, at + 1
        if not line.strip() or line.startswith(b"#"):
            continue
        try:
            cells, more = _cells(some, at - 1, columns.delimiter)
            at += more
            records.append(record_of(cells, columns.places))
        except ValueError as error:
            imported.refuse(number, str(error))
    return records


def _cells(some: list[bytes], at: int, delimiter: str) -> tuple[list[str], int]:
    """The cells of the record that begins there, and how many further lines it takes."""
    for more in range(20):
        record = b"\n".join(some[at : at + more + 1])
        if len(record) > LONGEST_LINE:
            raise ValueError(f"longer than {LONGEST_LINE} bytes")
        try:
            rows = list(csv.reader([text_of(record)], delimiter=delimiter, strict=True))
        except csv.Error as error:
            if "unexpected end" in str(error) and at + more + 1 < len(some):
                continue
            raise ValueError(f"not a row of a table: {error}") from error
        return (rows[0] if rows else []), more
    raise ValueError("a quotation mark is not closed")


def record_of(cells: list[str], places: dict[str, int]) -> Record:
    """One row as a record. Raises ValueError with the reason."""
    needed = max(places.values()) + 1
    if len(cells) < needed:
        raise ValueError(f"{len(cells)} columns where the header has at least {needed}")
    values: dict[str, bytes] = {}
    for column, place in places.items():
        cell = cells[place].strip()
        if column in _VALUES and cell.lower() not in _NOTHING:
            name, value = _VALUES[column](cell, column)
            values[name] = value
    size = cells[places["size"]].strip() if "size" in places else ""
    category = cells[places["category"]].strip() if "category" in places else ""
    if "baseline" in places and not category:
        category = _BASELINE.get(cells[places["baseline"]].strip().lower(), "")
    return record(values, size=size_of(size), category=category)


def _value(cell: str, algorithm: str) -> tuple[str, bytes]:
    return algorithm, digest_of(cell, algorithm)


def _photodna(cell: str, algorithm: str) -> tuple[str, bytes]:
    return algorithm, photodna_of(cell)


def any_digest(cell: str, _: str = "") -> tuple[str, bytes]:
    """A digest whose length tells its algorithm. Raises ValueError."""
    algorithm = BY_HEX_LENGTH.get(len(cell))
    if algorithm is None:
        raise ValueError(f"no digest has {len(cell)} characters: '{cell[:70]}'")
    return algorithm, digest_of(cell, algorithm)


_VALUES: dict[str, Callable[[str, str], tuple[str, bytes]]] = {
    "md5": _value,
    "sha1": _value,
    "sha256": _value,
    "pdq": _value,
    "photodna": _photodna,
    "hash": any_digest,
}
