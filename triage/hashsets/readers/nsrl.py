"""NSRL's deltas: SQL scripts of INSERT (and DELETE) on table FILE. Nothing is executed."""

import re
from collections.abc import Iterator

from triage.hashsets.inputs import LONGEST_LINE, Input, lines, text_of
from triage.hashsets.readers.delimited import record_of
from triage.hashsets.records import Batch, Imported, Record, pack

_FILE_COLUMNS = ("sha256", "sha1", "md5", "crc32", "file_name", "file_size", "package_id")
_INSERT = re.compile(
    r"\s*INSERT\s+(?:OR\s+\w+\s+)?INTO\s+[\"'\[]?(?:FILE|METADATA)[\"'\]]?\s*"
    r"(?:\(([^)]*)\))?\s*VALUES\s*(\(.*)",
    re.IGNORECASE | re.DOTALL,
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


def read_delta(source: Input, imported: Imported) -> Iterator[Batch]:
    """Batches of the files that a delta adds; what it deletes or changes is counted in a note."""
    others = 0
    for first, some in lines(source):
        records = []
        for number, line in enumerate(some, start=first):
            try:
                records += _added(line)
            except ValueError as error:
                imported.refuse(number, str(error))
            others += line[:9].lstrip()[:6].upper() in (b"DELETE", b"UPDATE")
        if records:
            yield pack(records)
    if others:
        imported.notes.append(f"not applied: {others:,} of the delta's deletions and changes")


def _added(line: bytes) -> list[Record]:
    if len(line) > LONGEST_LINE:
        raise ValueError(f"longer than {LONGEST_LINE} bytes")
    insert = _INSERT.match(text_of(line))
    if insert is None:
        return []
    columns = [name.strip(" \"'[]`").lower() for name in (insert[1] or "").split(",")]
    columns = columns if insert[1] else list(_FILE_COLUMNS)
    places = {_TAKEN[name]: at for at, name in enumerate(columns) if name in _TAKEN}
    if not places.keys() - {"size"}:
        raise ValueError("no digest among the columns")
    cells = [quoted or bare for quoted, bare in _VALUE.findall(insert[2])]
    rows = (cells[at : at + len(columns)] for at in range(0, len(cells), len(columns)))
    return [record_of(row, places) for row in rows]
