"""NSRL's deltas: SQL scripts of INSERT (and DELETE) on table FILE. Nothing is executed."""

import re
from collections.abc import Iterator

from triage.hashsets.inputs import LONGEST_LINE, ImportFile, lines, text_of
from triage.hashsets.readers.rows import record_of
from triage.hashsets.records import Imported, RecordBatch, SetRecord, pack

_FILE_COLUMNS = ("sha256", "sha1", "md5", "crc32", "file_name", "file_size", "package_id")
_BEGINS = re.compile(
    r"\s*INSERT\s+(?:OR\s+\w+\s+)?INTO\s+[\"'\[]?(?:FILE|METADATA)[\"'\]]?(?!\w)",
    re.IGNORECASE,
)
_INSERT = re.compile(
    _BEGINS.pattern + r"\s*(?:\(([^)]*)\))?\s*VALUES\s*(.*)", re.IGNORECASE | re.DOTALL
)
_OTHER = re.compile(r"\s*(DELETE|UPDATE)\s", re.IGNORECASE)
_VALUE = re.compile(r"'((?:[^']|'')*)'|([-+.\w]+)")
_START = re.compile(
    rb"(?:\s*--[^\n]*\n|\s*(?:PRAGMA|BEGIN|CREATE|DROP)\b[^;]*;)*\s*(?:INSERT|DELETE|UPDATE)\b",
    re.IGNORECASE,
)
_TAKEN = {"sha256": "sha256", "sha1": "sha1", "md5": "md5", "file_size": "size"}


def is_delta(head: bytes) -> bool:
    """Whether a text that begins so is a script that changes tables."""
    return _START.match(head) is not None


def read_delta(source: ImportFile, imported: Imported) -> Iterator[RecordBatch]:
    """Batches of the files that a delta adds; what it deletes or changes is counted in a note."""
    others, inserts = 0, _Inserts(imported)
    for first, some in lines(source):
        records: list[SetRecord] = []
        for number, line in enumerate(some, start=first):
            try:
                records += inserts.added(line, number)
            except ValueError as error:
                imported.refuse(number, str(error))
            others += line[:9].lstrip()[:6].upper() in (b"DELETE", b"UPDATE")
        if records:
            yield pack(records)
    if others:
        imported.notes.append(f"not applied: {others:,} of the delta's deletions and changes")


class _Inserts:
    """Reads INSERT statements, a line at a time; one may have any number of lines."""

    def __init__(self, imported: Imported) -> None:
        self._imported = imported
        self._begun = ""
        """A statement's head, until its VALUES have come."""
        self._columns: list[str] = []
        """Of the statement whose rows are being read; none: between statements."""
        self._cells: list[str] = []

    def added(self, line: bytes, number: int) -> list[SetRecord]:
        """The rows that are complete with this line. Raises ValueError for what is no row."""
        if len(line) > LONGEST_LINE:
            raise ValueError(f"longer than {LONGEST_LINE} bytes")
        text = text_of(line)
        if self._columns and _BEGINS.match(text):
            self._columns, self._cells = [], []
        if not self._columns:
            text = self._head(text)
        if not self._columns:
            return []
        self._cells += [quoted or bare for quoted, bare in _VALUE.findall(text)]
        return list(self._rows(number, ended=text.rstrip().endswith(";")))

    def _head(self, text: str) -> str:
        """Go on with a statement's head; returns what follows it, its columns are then known."""
        if not self._begun and not _BEGINS.match(text):
            return ""
        begun, self._begun = f"{self._begun} {text}"[: 2 * LONGEST_LINE], ""
        insert = _INSERT.match(begun)
        if insert is None:
            self._begun = "" if begun.rstrip().endswith(";") else begun
            return ""
        names = insert[1].split(",") if insert[1] else _FILE_COLUMNS
        self._columns = [name.strip(" \"'[]`\t").lower() for name in names]
        self._imported.pass_over(name for name in self._columns if name not in _TAKEN)
        return insert[2]

    def _rows(self, number: int, *, ended: bool) -> Iterator[SetRecord]:
        columns = self._columns
        places = {_TAKEN[name]: at for at, name in enumerate(columns) if name in _TAKEN}
        whole = len(self._cells) // len(columns) * len(columns)
        cells, self._cells = self._cells[:whole], self._cells[whole:]
        if ended:
            self._columns, left, self._cells = [], self._cells, []
            if left:
                self._imported.refuse(number, f"a row with {len(left)} of {len(columns)} columns")
        for at in range(0, whole, len(columns)):
            try:
                if not places.keys() - {"size"}:
                    raise ValueError("no digest among the columns")
                yield record_of(cells[at : at + len(columns)], places, number, self._imported)
            except ValueError as error:
                self._imported.refuse(number, str(error))
