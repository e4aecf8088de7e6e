"""Tables of text: CSV with a header, and the formats that are one by another name.

ICSE exports (`;`), HashKeeper .hsh, NSRL RDSv2 NSRLFile.txt and hashdeep all have a header line
that names the columns; only the names differ. Above it there may be a title, and `sep=;`. Most rows
are read some thousand at a time; a row that does not fit is looked at by itself, so that its line
and the reason can be told.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from triage.errors import HashSetError
from triage.hashsets.inputs import LONGEST_LINE, ImportFile, Lines, cells_of, lines, text_of
from triage.hashsets.readers.columns import batch_of_columns
from triage.hashsets.readers.headers import algorithm_of, foreign_in, headings_of
from triage.hashsets.readers.rows import baseline_of, record_of
from triage.hashsets.records import DIGEST, Imported, RecordBatch, SetRecord, pack

_DELIMITERS = ",;\t|"
_BLANK = " "
"""Delimiter of what is laid out by blanks, as PowerShell's tables are."""
_BY_BLANKS = re.compile(r"\"[^\"]*\"|\S+")
_SEPARATOR = re.compile(r"[\"']?sep=(.)[\"']?;*,*", re.IGNORECASE)
"""A line for spreadsheets."""
_NOTHING_IN_IT = re.compile(r"[-=+|,;\"\s]*")
"""Lines of a table that are drawn, or that a spreadsheet wrote of empty rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where a table has what."""

    delimiter: str
    places: dict[str, int]
    """Our column to its place, from 0; `hash` for a digest whose algorithm its length tells."""
    unused: tuple[str, ...] = ()
    """What the other columns are called."""
    header_line: int = 1
    """0: there is no header, the first line is data."""

    @property
    def needed(self) -> int:
        """Cells that a row has at least."""
        return max(self.places.values()) + 1


class _UnfinishedError(ValueError):
    """A record goes on below the lines that are at hand."""


def header_of(line: str, number: int = 1, delimiter: str = "") -> Columns | None:
    """What a header line says; None if it is no header of a hash set."""
    delimiter = delimiter or max(_DELIMITERS, key=line.count)
    if delimiter not in line and len(line.split()) > 1:
        delimiter = _BLANK
    cells = _split(line, delimiter)
    found = headings_of(cells)
    if not found.has_digest or (delimiter == _BLANK and len(found.places) < 2):
        return None
    return Columns(
        delimiter=delimiter, places=found.places, unused=found.unused, header_line=number
    )


def header_in(texts: Iterable[str]) -> Columns | None:
    """The header among the first lines of a table, wherever it stands; None if there is none.

    Raises HashSetError if what stands there names digests that nobody computes here.
    """
    best: Columns | None = None
    delimiter = foreign = ours = ""
    for number, text in enumerate(texts, start=1):
        line = text.strip()
        if separator := _SEPARATOR.fullmatch(line):
            delimiter = separator[1]
        elif DIGEST.search(line):
            break
        elif line:
            columns = _header_of(line, number, delimiter)
            if columns and (best is None or len(columns.places) >= len(best.places)):
                best = columns
            foreign = foreign or foreign_in(line)
            ours = ours or next(filter(algorithm_of, line.split()), "")
    else:
        return best
    if best is None and foreign and not ours:
        raise HashSetError(
            f"its digests are {foreign}, says a line above them, and seek computes none of those.",
            hint="Ask for the list with MD5, SHA-1 or SHA-256.",
        )
    return best


def _header_of(line: str, number: int, delimiter: str) -> Columns | None:
    """A comment counts only if it names two columns: it may be a sentence."""
    columns = header_of(line.lstrip("# "), number, delimiter)
    if columns and line.startswith(("#", "; ")) and len(columns.places) < 2:
        return None
    return columns


def _split(line: str, delimiter: str) -> list[str]:
    if delimiter != _BLANK:
        return cells_of(line, delimiter)
    return [cell.strip("\"'") for cell in _BY_BLANKS.findall(line)]


def read(source: ImportFile, imported: Imported, columns: Columns) -> Iterator[RecordBatch]:
    """Batches of a table with these columns."""
    imported.pass_over(columns.unused)
    begun: Lines = []
    """Lines of a record that goes on in the next piece."""
    for first, piece, goes_on in _below(columns.header_line, source):
        some, number = begun + piece, first - len(begun)
        batch, begun = _quick(some, columns), []
        if batch is None:
            records, end = _one_by_one(some, number, columns, imported, goes_on=goes_on)
            batch, begun = pack(records) if records else None, some[end:]
        if batch:
            yield batch


def _below(header_line: int, source: ImportFile) -> Iterator[tuple[int, Lines, bool]]:
    """The lines below the header in pieces, the number of the first, and whether others follow."""
    waiting: tuple[int, Lines] | None = None
    for first, some in lines(source):
        skip = max(0, header_line - first + 1)
        if skip < len(some):
            if waiting:
                yield *waiting, True
            waiting = first + skip, some[skip:]
    if waiting:
        yield *waiting, False


def _quick(some: Lines, columns: Columns) -> RecordBatch | None:
    """All lines in one go; None if any of them is not as it should be."""
    if {"hash", "photodna"} & columns.places.keys() or columns.delimiter == _BLANK:
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


def _by_column(rows: list[list[str]], places: dict[str, int]) -> RecordBatch:
    columns = {name: [row[at] for row in rows] for name, at in places.items()}
    if "baseline" in columns and "category" not in columns:
        columns["category"] = [*map(baseline_of, columns["baseline"])]
    return batch_of_columns(len(rows), columns)


def batch_of(
    rows: Sequence[tuple[object, ...]], places: dict[str, int], first: int, imported: Imported
) -> RecordBatch | None:
    """One batch of a database's rows, the first of which has number `first`; None: all are bad."""
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    try:
        return _by_column(texts, places) if texts else None
    except ValueError:
        records = []
    for number, cells in enumerate(texts, start=first):
        try:
            records.append(record_of(cells, places, number, imported, "record"))
        except ValueError as error:
            imported.refuse(number, str(error), unit="record")
    return pack(records) if records else None


def _one_by_one(
    some: Lines, first: int, columns: Columns, imported: Imported, *, goes_on: bool
) -> tuple[list[SetRecord], int]:
    """The records, and how many lines they took: none of one that is unfinished and goes on."""
    records: list[SetRecord] = []
    at = 0
    while at < len(some):
        line = some[at]
        number, at = first + at, at + 1
        if line.startswith(b"#"):
            imported.comment(text_of(line[:LONGEST_LINE]))
            continue
        if _NOTHING_IN_IT.fullmatch(text_of(line[:LONGEST_LINE])):
            continue
        try:
            cells, more = _cells(some, at - 1, columns.delimiter)
            at += more
            records.append(record_of(cells, columns.places, number, imported))
        except ValueError as error:
            if goes_on and isinstance(error, _UnfinishedError):
                return records, at - 1
            imported.refuse(number, str(error))
    return records, at


def _cells(some: Lines, at: int, delimiter: str) -> tuple[list[str], int]:
    """The cells of the record that begins there, and how many further lines it takes."""
    if delimiter == _BLANK:
        return _split(text_of(some[at]), _BLANK), 0
    for more in range(20):
        record = b"\n".join(some[at : at + more + 1])
        if len(record) > LONGEST_LINE:
            raise ValueError(f"longer than {LONGEST_LINE} bytes")
        try:
            rows = list(csv.reader([text_of(record)], delimiter=delimiter, strict=True))
        except csv.Error as error:
            if "unexpected end" not in str(error):
                raise ValueError(f"not a row of a table: {error}") from error
            if at + more + 1 == len(some):
                raise _UnfinishedError("a quotation mark is not closed") from error
            continue
        return (rows[0] if rows else []), more
    raise ValueError("a quotation mark is not closed")
