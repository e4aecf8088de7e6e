"""Every entry of the store's bundles as one Parquet file, for whoever asks with tools of their own.

A row an entry, folders and what was not read among them. Digests are lower-case hex; times are UTC,
and missing where no calendar holds them; `place` is where the content begins on the device, bytes.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from shutil import rmtree

import msgspec

from lab import layout
from lab.engines.duck import Connection, connect, quoted
from lab.sightings import hex_of, read_document
from lab.store import LabStore, put_in_place
from triage.bundle.checking.entry_lines import lines_of
from triage.bundle.format.document import Document
from triage.bundle.format.entries import EntryLine
from triage.captured import Capture
from triage.errors import StoreError, UsageError, there_already, why

_WIDTHS = {"md5": 32, "sha1": 40, "sha256": 64, "blake3": 64, "pdq": 64}
_AT_ONCE = 1 << 20
"""Bytes of lines that are written together."""


class Filed(msgspec.Struct, frozen=True):
    """A bundle as the store knows it."""

    digest: str
    case: str
    exhibit: str


class EntryRow(msgspec.Struct, gc=False, kw_only=True):
    """One entry of one bundle."""

    bundle: str
    """SHA-256 of its manifest."""
    case: str
    exhibit: str
    device: str
    """Its model, or its path on scene."""
    serial: str
    volume: str
    file_system: str
    entry: int
    path: str
    stream: str
    kind: str
    size: int
    allocated: bool
    place: int | None
    type: str
    outcome: str
    reason: str
    md5: str | None
    sha1: str | None
    sha256: str | None
    blake3: str | None
    pdq: str | None
    created: float | None
    modified: float | None
    changed: float | None
    accessed: float | None
    taken: str
    make: str
    model: str
    camera_serial: str
    finding: int | None
    kinds: list[str]
    category: str
    """Of the very content: what lies in it has its own."""
    scores: dict[str, float]
    """What each model gave, by the model's name."""


_COLUMNS = """{
  bundle: 'VARCHAR', "case": 'VARCHAR', exhibit: 'VARCHAR', device: 'VARCHAR', serial: 'VARCHAR',
  volume: 'VARCHAR', file_system: 'VARCHAR', entry: 'BIGINT', path: 'VARCHAR', stream: 'VARCHAR',
  kind: 'VARCHAR', size: 'BIGINT', allocated: 'BOOLEAN', place: 'BIGINT', type: 'VARCHAR',
  outcome: 'VARCHAR', reason: 'VARCHAR', md5: 'VARCHAR', sha1: 'VARCHAR', sha256: 'VARCHAR',
  blake3: 'VARCHAR', pdq: 'VARCHAR', created: 'DOUBLE', modified: 'DOUBLE', changed: 'DOUBLE',
  accessed: 'DOUBLE', taken: 'VARCHAR', make: 'VARCHAR', model: 'VARCHAR',
  camera_serial: 'VARCHAR', finding: 'BIGINT', kinds: 'VARCHAR[]', category: 'VARCHAR',
  scores: 'MAP(VARCHAR, DOUBLE)'}"""
_INSTANT = """
    CASE WHEN {name} BETWEEN -62135596800 AND 253402300799
         THEN make_timestamp(CAST(round({name} * 1000000) AS BIGINT)) END AS {name}"""
_TIMES = ",".join(
    _INSTANT.format(name=each) for each in ("created", "modified", "changed", "accessed")
)
_MAKE = """
COPY (SELECT * REPLACE ({times})
      FROM read_json({lines}, format = 'newline_delimited', columns = {columns}))
TO {out} (FORMAT parquet, COMPRESSION zstd)"""
_JOIN = "COPY (SELECT * FROM read_parquet([{pieces}])) TO {out} (FORMAT parquet, COMPRESSION zstd)"


def write_entries(store: LabStore, filed: Sequence[Filed], out: Path) -> int:
    """Make the file, of the entries of these bundles; how many rows it has.

    It has its name once it is whole. Raises StoreError, UsageError if it is there already, or there
    is no bundle.
    """
    if not filed:
        raise UsageError("There is no bundle to write entries of.", hint="`seek lab import` first.")
    if os.path.lexists(out):
        raise there_already(out)
    spill = store / layout.SPILL / str(os.getpid())
    new = out.with_name(out.name + layout.NEW)
    held = connect(store)
    try:
        spill.mkdir(parents=True, exist_ok=True)
        pieces = [_piece(held, store, each, spill) for each in filed]
        named = ", ".join(map(quoted, pieces))
        held.do(_JOIN.format(pieces=named, out=quoted(new)))
        ((rows,),) = held.do(f"SELECT count(*) FROM read_parquet({quoted(new)})")  # noqa: S608
        put_in_place(new, out)
    except OSError as error:
        raise StoreError(
            f"{out} cannot be written: {why(error)}.",
            hint="Is there room, and may you write there?",
        ) from error
    finally:
        held.close()
        rmtree(spill, ignore_errors=True)
        new.unlink(missing_ok=True)
    return int(rows)


def _piece(held: Connection, store: LabStore, filed: Filed, spill: Path) -> Path:
    """The rows of one bundle."""
    piece = spill / f"{filed.digest}.parquet"
    bundle = store.bundle(filed.digest)
    document = read_document(bundle)
    write_rows(held, rows_of(filed, document, lines_of(bundle, document.volumes)), piece)
    return piece


def write_rows(held: Connection, rows: Iterable[EntryRow], out: Path) -> None:
    """As Parquet; by way of a file of lines beside it. Raises StoreError, OSError."""
    lines = out.with_suffix(".lines")
    try:
        _write(rows, lines)
        held.do(_MAKE.format(times=_TIMES, lines=quoted(lines), columns=_COLUMNS, out=quoted(out)))
    finally:
        lines.unlink(missing_ok=True)


def rows_of(filed: Filed, document: Document, lines: Iterable[EntryLine]) -> Iterator[EntryRow]:
    """One for each."""
    volumes = {volume.id: volume for volume in document.volumes}
    devices = {device.id: device for device in document.devices}
    for line in lines:
        entry, result, times = line.entry, line.result, line.entry.times
        volume = volumes.get(entry.volume_id)
        device = devices.get(volume.device_id) if volume else None
        capture = result.capture or Capture()
        begins = volume.begins_at if volume else -1
        digests = {name: hex_of(result.digests.get(name), width) for name, width in _WIDTHS.items()}
        own = [match.provenance for match in result.matches if not match.of_part]
        yield EntryRow(
            bundle=filed.digest, case=filed.case, exhibit=filed.exhibit,
            device=(device.model or device.path) if device else "",
            serial=device.serial if device else "",
            volume=entry.volume_id, file_system=volume.file_system if volume else "",
            entry=entry.id, path=entry.path, stream=entry.stream, kind=str(entry.kind),
            size=entry.size, allocated=entry.allocated,
            place=begins + entry.position if begins >= 0 and entry.position >= 0 else None,
            type=result.type, outcome=str(result.outcome), reason=result.reason, **digests,
            created=times.created, modified=times.modified, changed=times.changed,
            accessed=times.accessed, taken=capture.taken, make=capture.make, model=capture.model,
            camera_serial=capture.serial, finding=line.found.number if line.found else None,
            kinds=list(dict.fromkeys(str(match.kind) for match in result.matches)),
            category=next(filter(None, (said.get("category") for said in own)), ""),
            scores=dict(result.scores),
        )  # fmt: skip


def _write(rows: Iterable[EntryRow], out: Path) -> None:
    encoder, buffer = msgspec.json.Encoder(), bytearray()
    with out.open("xb") as file:
        for row in rows:
            encoder.encode_into(row, buffer, -1)
            buffer += b"\n"
            if len(buffer) >= _AT_ONCE:
                file.write(buffer)
                buffer.clear()
        file.write(buffer)
