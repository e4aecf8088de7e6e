"""SQLite files: NSRL RDSv3 (`FILE`), Autopsy .kdb (`hashes`), IPED hashes.db (`HASHES`).

Opened immutable and read-only, with the schema not trusted: a view in a foreign file may not call
anything.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from triage.errors import HashSetError
from triage.hashsets.inputs import BLOCK, Input
from triage.hashsets.readers.delimited import batch_of
from triage.hashsets.readers.photodna import photodna_of
from triage.hashsets.records import BATCH, WIDTHS, Batch, Imported, Record, pack, record

MAGIC = b"SQLite format 3\0"
_LONGEST_VALUE = 1 << 20

_NSRL = "SELECT sha256, sha1, md5, file_size FROM FILE"
_NSRL_PLACES = {"sha256": 0, "sha1": 1, "md5": 2, "size": 3}
_KDB = "SELECT md5, sha1, sha2_256 FROM hashes ORDER BY id"
_IPED = (
    "SELECT h.HASH_ID, h.MD5, h.SHA1, h.SHA256, n.PROPERTY_NAME, p.VALUE FROM HASHES h"
    " LEFT JOIN HASHES_PROPERTIES p USING (HASH_ID) LEFT JOIN PROPERTIES n USING (PROPERTY_ID)"
    " ORDER BY h.HASH_ID"
)


def read(source: Input, imported: Imported) -> Iterator[Batch]:
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
            f"{source.shown}: the database is damaged or cut off: {error}",
            hint="Copy it again; `sqlite3 FILE 'PRAGMA integrity_check'` says more.",
        ) from error


def _batches(
    database: sqlite3.Connection, tables: set[str], source: Input, imported: Imported
) -> Iterator[Batch]:
    if "file" in tables:
        imported.format = "NSRL RDSv3"
        return _nsrl(database.execute(_NSRL), imported)
    if {"hashes", "hashes_properties", "properties"} <= tables:
        imported.format = "IPED hashes.db"
        return _iped(database.execute(_IPED), imported)
    if {"hashes", "db_properties"} <= tables:
        imported.format = "Autopsy .kdb"
        return _kdb(database.execute(_KDB), imported)
    raise HashSetError(
        f"{source.shown} is a database, but of none of NSRL RDSv3, Autopsy and IPED.",
        hint="Export it as CSV with columns md5, sha1, sha256, size, category.",
    )


def _nsrl(rows: sqlite3.Cursor, imported: Imported) -> Iterator[Batch]:
    """RDS names a file once for every package: neighbours that are the same file are one."""
    number, last = 1, None
    while some := rows.fetchmany(BATCH):
        before = [last, *some[:-1]]
        last = some[-1]
        new = [row for row, previous in zip(some, before, strict=True) if row != previous]
        imported.records += len(some) - len(new)
        imported.drop("the same file in another package", len(some) - len(new))
        batch = batch_of(new, _NSRL_PLACES, number, imported)
        number += len(some)
        if batch:
            yield batch


def _kdb(rows: sqlite3.Cursor, imported: Imported) -> Iterator[Batch]:
    number = 1
    while some := rows.fetchmany(BATCH):
        records = []
        for at, row in enumerate(some, start=number):
            try:
                records.append(record(_blobs(row)))
            except ValueError as error:
                imported.refuse(at, str(error), unit="record")
        number += len(some)
        if records:
            yield pack(records)


def _iped(rows: sqlite3.Cursor, imported: Imported) -> Iterator[Batch]:
    records: list[Record] = []
    sources: list[tuple[str, ...]] = []
    for number, (_, group) in enumerate(groupby(rows, key=lambda row: row[0]), start=1):
        some = list(group)
        properties = {str(row[4]): str(row[5]) for row in some if row[4] is not None}
        try:
            records.append(_iped_record(some[0][1:4], properties))
        except ValueError as error:
            imported.refuse(number, str(error), unit="record")
            continue
        sets = properties.get("set", "").split("|")
        sources.append(tuple(name for name in sets if name) or (imported.name,))
        if len(records) == BATCH:
            yield _with_sources(records, sources)
            records, sources = [], []
    if records:
        yield _with_sources(records, sources)


def _iped_record(digests: tuple[Any, ...], properties: dict[str, str]) -> Record:
    values = _blobs(digests)
    if properties.get("photoDna"):
        values["photodna"] = photodna_of(properties["photoDna"].split("|")[0])
    categories = properties.get("vicCategory") or properties.get("status") or ""
    return record(values, category=min(categories.split("|")))


def _with_sources(records: list[Record], sources: list[tuple[str, ...]]) -> Batch:
    batch = pack(records)
    batch.sources = list(sources)
    return batch


def _blobs(row: tuple[Any, ...]) -> dict[str, bytes]:
    """MD5, SHA-1 and SHA-256 as blobs; NULL where there is none. Raises ValueError."""
    values = {}
    for algorithm, value in zip(("md5", "sha1", "sha256"), row, strict=True):
        if value:
            if not isinstance(value, bytes) or len(value) != WIDTHS[algorithm]:
                raise ValueError(f"{algorithm} is not a value of {WIDTHS[algorithm]} bytes")
            values[algorithm] = value
    return values


@contextmanager
def _connected(source: Input) -> Iterator[sqlite3.Connection]:
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
