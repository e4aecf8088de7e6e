"""SQLite files: NSRL RDSv3 (`FILE`), Autopsy .kdb (`hashes`), IPED hashes.db (`HASHES`).

Opened immutable and read-only, with the schema not trusted: a view in a foreign file may not call
anything.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from triage.errors import HashSetError, why
from triage.hashsets.inputs import BLOCK, ImportFile
from triage.hashsets.readers.delimited import batch_of
from triage.hashsets.readers.photodna import photodna_of
from triage.hashsets.records import BATCH, WIDTHS, Imported, RecordBatch, SetRecord, pack, record

MAGIC = b"SQLite format 3\0"
_LONGEST_VALUE = 1 << 20
_LONGEST_READ = 1 << 28
"""Bytes of a value that can be told to be too large; with a larger one the file is refused."""
_TOO_LARGE = f"a value has more than {_LONGEST_VALUE:,} bytes"
_UNIT = "record"

_NSRL = "SELECT sha256, sha1, md5, file_size FROM FILE"
_NSRL_PLACES = {"sha256": 0, "sha1": 1, "md5": 2, "size": 3}
_NSRL_USED = {"sha256", "sha1", "md5", "file_size"}
_KDB_USED = {"id", "md5", "sha1", "sha2_256"}
_IPED_USED = {"hash_id", "md5", "sha1", "sha256"}
_KDB = "SELECT md5, sha1, sha2_256 FROM hashes ORDER BY id"
_IPED = (
    "SELECT h.HASH_ID, h.MD5, h.SHA1, h.SHA256, n.PROPERTY_NAME, p.VALUE FROM HASHES h"
    " LEFT JOIN HASHES_PROPERTIES p USING (HASH_ID) LEFT JOIN PROPERTIES n USING (PROPERTY_ID)"
    " ORDER BY h.HASH_ID"
)


def read(source: ImportFile, imported: Imported) -> Iterator[RecordBatch]:
    """Batches of whichever of the three it is. Raises HashSetError if it is none."""
    try:
        with _connected(source) as database:
            tables = {
                name.lower()
                for (name,) in database.execute("SELECT name FROM sqlite_master")
                if isinstance(name, str)
            }
            yield from _batches(database, tables, source, imported)
    except (sqlite3.Error, UnicodeDecodeError) as error:  # a text, or SQLite's own words about it
        raise HashSetError(
            f"{source.shown}: the database is damaged or cut off: {why(error)}.",
            hint="Copy it again; `sqlite3 FILE 'PRAGMA integrity_check'` says more.",
        ) from error


def _batches(
    database: sqlite3.Connection, tables: set[str], source: ImportFile, imported: Imported
) -> Iterator[RecordBatch]:
    rows = _Rows(database, imported)
    if "file" in tables:
        imported.format = "NSRL RDSv3"
        imported.pass_over(_others(database, "FILE", _NSRL_USED))
        return _nsrl(rows.of(_NSRL), imported)
    if {"hashes", "hashes_properties", "properties"} <= tables:
        imported.format = "IPED hashes.db"
        imported.pass_over(_others(database, "HASHES", _IPED_USED))
        return _iped(chain.from_iterable(rows.of(_IPED)), imported)
    if {"hashes", "db_properties"} <= tables:
        imported.format = "Autopsy .kdb"
        imported.pass_over(_others(database, "hashes", _KDB_USED))
        return _kdb(rows.of(_KDB), imported)
    raise HashSetError(
        f"{source.shown} is a database, but of none of NSRL RDSv3, Autopsy and IPED.",
        hint="Export it as CSV with columns md5, sha1, sha256, size, category.",
    )


def _others(database: sqlite3.Connection, table: str, used: set[str]) -> Iterator[str]:
    """The columns of a table that nothing is taken from."""
    told = database.execute(f"SELECT * FROM {table} LIMIT 0").description  # noqa: S608 - ours
    return (name for name, *_ in told if name.lower() not in used)


class _Rows:
    """The rows of a question, some at a time. One with a value too large is counted, and no more.

    SQLite refuses to give such a row, and ends the answer. It is then asked for what follows in
    another way, which costs more: whether a value is too large, and only if it is not the value.
    """

    def __init__(self, database: sqlite3.Connection, imported: Imported) -> None:
        self._database = database
        self._imported = imported

    def of(self, question: str) -> Iterator[list[Any]]:
        """Raises sqlite3.Error if the database is damaged."""
        given = 0
        try:
            for some in self._answered(question):
                given += len(some)
                yield some
        except sqlite3.DataError:
            self._database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_READ)
            yield from self._guarded(question, given)

    def _answered(self, question: str, *values: int) -> Iterator[list[Any]]:
        rows = self._database.execute(question, values)
        while True:
            some: list[Any] = []
            try:
                some.extend(islice(rows, BATCH))
            except sqlite3.DataError:
                yield some
                raise
            if not some:
                return
            yield some

    def _guarded(self, question: str, first: int) -> Iterator[list[Any]]:
        """The rows from that one on; those before it were given."""
        told = self._database.execute(f"{question} LIMIT 0").description
        lengths = [f"length(CAST({name} AS BLOB))" for name, *_ in told]
        large = " OR ".join(f"ifnull({length}, 0) > {_LONGEST_VALUE}" for length in lengths)
        values = ", ".join(
            f"CASE WHEN {length} <= {_LONGEST_VALUE} THEN {name} END"
            for length, (name, *_) in zip(lengths, told, strict=True)
        )
        guarded = f"SELECT {large}, {values} FROM ({question} LIMIT -1 OFFSET ?)"  # noqa: S608
        number = first + 1
        for some in self._answered(guarded, first):
            for at, (too_large, *_) in enumerate(some, start=number):
                if too_large:
                    self._imported.refuse(at, _TOO_LARGE, unit=_UNIT)
            number += len(some)
            yield [row[1:] for row in some if not row[0]]


def _nsrl(rows: Iterator[list[Any]], imported: Imported) -> Iterator[RecordBatch]:
    """RDS names a file once for every package: neighbours that are the same file are one."""
    number, last = 1, None
    for some in rows:
        before = [last, *some[:-1]]
        last = some[-1]
        new = [row for row, previous in zip(some, before, strict=True) if row != previous]
        imported.records += len(some) - len(new)
        imported.drop("the same file in another package", len(some) - len(new))
        batch = batch_of(new, _NSRL_PLACES, number, imported)
        number += len(some)
        if batch:
            yield batch


def _kdb(rows: Iterator[list[Any]], imported: Imported) -> Iterator[RecordBatch]:
    number = 1
    for some in rows:
        records = []
        for at, row in enumerate(some, start=number):
            try:
                records.append(record(_blobs(row, at, imported)))
            except ValueError as error:
                imported.refuse(at, str(error), unit=_UNIT)
        number += len(some)
        if records:
            yield pack(records)


def _iped(rows: Iterator[Any], imported: Imported) -> Iterator[RecordBatch]:
    records: list[SetRecord] = []
    sources: list[tuple[str, ...]] = []
    for number, (_, group) in enumerate(groupby(rows, key=lambda row: row[0]), start=1):
        some = list(group)
        properties = {str(row[4]): str(row[5]) for row in some if row[4] is not None}
        try:
            records.append(_iped_record(some[0][1:4], properties, number, imported))
        except ValueError as error:
            imported.refuse(number, str(error), unit=_UNIT)
            continue
        sets = properties.get("set", "").split("|")
        sources.append(tuple(name for name in sets if name) or (imported.name,))
        if len(records) == BATCH:
            yield _with_sources(records, sources)
            records, sources = [], []
    if records:
        yield _with_sources(records, sources)


def _iped_record(
    digests: tuple[Any, ...], properties: dict[str, str], number: int, imported: Imported
) -> SetRecord:
    values = _blobs(digests, number, imported)
    if properties.get("photoDna"):
        try:
            values["photodna"] = photodna_of(properties["photoDna"].split("|")[0])
        except ValueError as error:
            if not values:
                raise
            imported.without(number, "its photodna", str(error), _UNIT)
    categories = properties.get("vicCategory") or properties.get("status") or ""
    return record(values, category=min(categories.split("|")))


def _with_sources(records: list[SetRecord], sources: list[tuple[str, ...]]) -> RecordBatch:
    batch = pack(records)
    batch.sources = list(sources)
    return batch


def _blobs(row: tuple[Any, ...], number: int, imported: Imported) -> dict[str, bytes]:
    """MD5, SHA-1 and SHA-256 as blobs; NULL where there is none. Raises ValueError if all are bad.

    One that is no digest costs itself alone, and is counted.
    """
    values: dict[str, bytes] = {}
    wrong: dict[str, str] = {}
    for algorithm, value in zip(("md5", "sha1", "sha256"), row, strict=True):
        if isinstance(value, bytes) and len(value) == WIDTHS[algorithm]:
            values[algorithm] = value
        elif value:
            wrong[algorithm] = f"{algorithm} is not a value of {WIDTHS[algorithm]} bytes"
    if wrong and not values:
        raise ValueError(next(iter(wrong.values())))
    for algorithm, reason in wrong.items():
        imported.without(number, f"its {algorithm}", reason, _UNIT)
    return values


@contextmanager
def _connected(source: ImportFile) -> Iterator[sqlite3.Connection]:
    if not source.packed:
        with _open(source.path) as database:
            yield database
        return
    with tempfile.NamedTemporaryFile(suffix=".sqlite") as unpacked:
        while block := source.read(BLOCK):
            unpacked.write(block)
        unpacked.flush()
        with _open(Path(unpacked.name)) as database:
            yield database


def _refuse_if_cut_off(path: Path) -> None:
    """SQLite reads what is left of a file in silence. Its header says how long it was."""
    with path.open("rb") as file:
        head = file.read(100)
    page = int.from_bytes(head[16:18], "big")
    expected = (65536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
    if path.stat().st_size < max(expected, len(MAGIC) + 84):
        raise sqlite3.DatabaseError(f"{path.stat().st_size} bytes of {expected}")


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    _refuse_if_cut_off(path)
    database = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
    try:
        database.execute("PRAGMA trusted_schema = OFF")
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        database.text_factory = _text
        yield database
    finally:
        database.close()


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")
