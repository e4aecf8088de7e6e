"""Referral files in a store: taken in as they came, read into marks, erased on an order.

1. The file is read whole, and what it says is derived.  2. It is written down in decisions.sqlite.
3. A copy gets the name of its digest, and is in the store.  4. The audit log says so. Cut off
before 3, nothing has happened; after it, whoever writes next does what is left.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import msgspec

from lab import layout
from lab.decisions import Decisions
from lab.engines.duck import Connection, quoted
from lab.parquet import write_parquet
from lab.referrals.cybertip import read_cybertip
from lab.referrals.marks import ReferralError, ReferredKind, ReferredMark, Reports
from lab.referrals.plainly import read_plain, read_table
from lab.store import LabStore, put_in_place
from lab.writer import StoreWriter
from triage.bundle.format.auditlog import AuditRecord, utc_now
from triage.bundle.writing.durable import sync_folder, write_once
from triage.errors import SeekError, StoreError, UsageError, why

IMPORTED = "imported a referral"
ERASED = "erased a referral"
LARGEST = 256 << 20
"""Bytes of a file."""
_COLUMNS = """{
  report: 'VARCHAR', kind: 'VARCHAR', value: 'VARCHAR', more: 'VARCHAR', instant: 'DOUBLE',
  file: 'VARCHAR', viewed: 'BOOLEAN', public: 'BOOLEAN'}"""
_NOTHING = """(SELECT NULL::VARCHAR AS digest, NULL::VARCHAR AS report, NULL::VARCHAR AS kind,
  NULL::VARCHAR AS value, NULL::VARCHAR AS more, NULL::DOUBLE AS instant, NULL::VARCHAR AS file,
  NULL::BOOLEAN AS viewed, NULL::BOOLEAN AS public WHERE false)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralTaken:
    """What became of one file."""

    file: Path
    digest: str = ""
    """Its SHA-256; empty if it was refused."""
    numbers: list[int] = field(default_factory=list)
    """Of its reports, in the store."""
    left_out: dict[str, int] = field(default_factory=dict)
    """What was not taken, by the reason."""
    there_already: bool = False
    refused: SeekError | None = None


class ReferralReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What was erased, on whose order."""

    format: str = "seek lab referral receipt"
    referral: str
    """SHA-256 of the file: whoever has a copy can tell that it is this one."""
    reports: int
    order: str
    by: str
    begun: str
    store_made: str


def take_referrals(
    writer: StoreWriter, files: Iterable[Path], *, case: str = "", number: str = ""
) -> Iterator[ReferralTaken]:
    """One after the other; one that is refused does not stop the others.

    `case`: the number of a case of the store that they belong to, and are erased with.
    `number`: of a report that does not say its own.
    """
    case_id = writer.decided.case(case).id if case else ""
    for file in files:
        try:
            yield _take(writer, file, case_id, number)
        except StoreError:  # not the file's fault
            raise
        except SeekError as error:
            yield ReferralTaken(file=file, refused=error)


def _take(writer: StoreWriter, file: Path, case_id: str, number: str) -> ReferralTaken:
    store, decided = writer.store, writer.decided
    content = _read(file)
    digest = sha256(content).hexdigest()
    if digest in referral_files(store):
        return ReferralTaken(file=file, digest=digest, numbers=_numbers(decided, digest),
                             there_already=True)  # fmt: skip
    marks = list(read_referral(content, number).marks())
    for folder in (layout.REFERRALS, layout.REFERRED):
        (store / folder).mkdir(mode=0o700, exist_ok=True)  # a store of before referrals
    _write(store, digest, marks)
    with decided.changing() as held:
        held.execute(
            "INSERT OR REPLACE INTO referral_file (digest, name, number, case_id, by, at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [digest, file.name, number, case_id, writer.by, utc_now()],
        )
    _number_reports(decided, digest, marks)
    place = referral_file(store, digest)
    new = place.with_name(place.name + layout.NEW)
    new.unlink(missing_ok=True)
    write_once(new, content, shown=new.name)
    put_in_place(new, place)
    writer.trail.say(IMPORTED, writer.by, referral=digest, case=case_id or None)
    return ReferralTaken(file=file, digest=digest, numbers=_numbers(decided, digest),
                         left_out=left_out_of(marks))  # fmt: skip


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as handle:
            content = handle.read(LARGEST + 1)
    except OSError as error:
        raise ReferralError(
            f"{file} cannot be read: {why(error)}.", hint="Is it a file, and may you read it?"
        ) from error
    if len(content) > LARGEST:
        raise ReferralError(
            f"{file} has more than {LARGEST >> 20} MiB: no report has.",
            hint="Import it in parts, or ask whoever sent it.",
        )
    return content


def read_referral(content: bytes, number: str = "") -> Reports:
    """Of any format, told by how it begins. Raises ReferralError."""
    begin = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if begin.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return read_cybertip(content, number)
    if begin.startswith(b"{"):
        return read_plain(content.removeprefix(b"\xef\xbb\xbf"))
    if begin.startswith((b"report,", b'"report"')):
        return read_table(content)
    raise ReferralError(
        "That is no referral of a known format.",
        hint="CyberTipline's XML, or JSON and CSV as docs/formats/referrals.md has them.",
    )


def left_out_of(marks: Iterable[ReferredMark]) -> dict[str, int]:
    """What was not taken, by the reason."""
    found: dict[str, int] = {}
    for mark in marks:
        if mark.kind == ReferredKind.LEFT_OUT:
            found[mark.value] = found.get(mark.value, 0) + int(mark.more)
    return found


def _write(store: LabStore, digest: str, marks: Iterable[ReferredMark]) -> None:
    """As Parquet, on the medium when this returns."""
    select = f"SELECT '{digest}' AS digest, *"
    write_parquet(store, marks, referred(store, digest), select=select, columns=_COLUMNS)


def _number_reports(decided: Decisions, digest: str, marks: Iterable[ReferredMark]) -> None:
    reports = [mark.report for mark in marks if mark.kind == ReferredKind.REPORT]
    with decided.changing() as held:
        held.executemany(
            "INSERT OR IGNORE INTO referral (digest, report) VALUES (?, ?)",
            [(digest, report) for report in reports],
        )


def _numbers(decided: Decisions, digest: str) -> list[int]:
    rows = decided.ask("SELECT id FROM referral WHERE digest = ? ORDER BY id", [digest])
    return [number for (number,) in rows]


def referral_files(store: LabStore) -> list[str]:
    """Digests of all referral files in the store, sorted."""
    folder = store / layout.REFERRALS
    if not folder.is_dir():
        return []
    return sorted(each.name for each in folder.iterdir() if len(each.name) == 64)


def referral_file(store: LabStore, digest: str) -> Path:
    """As it came."""
    return store / layout.REFERRALS / digest


def referred(store: LabStore, digest: str) -> Path:
    """What is derived of it."""
    return store / layout.REFERRED / f"{digest}.parquet"


def see_marks(held: Connection, store: LabStore) -> None:
    """`referred` is all marks of all referrals that are in the store and derived."""
    files = [referred(store, digest) for digest in referral_files(store)]
    named = ", ".join(quoted(file) for file in files if file.is_file())
    source = f"read_parquet([{named}])" if named else _NOTHING
    held.do(f"CREATE OR REPLACE TEMP VIEW referred AS SELECT * FROM {source}")  # noqa: S608


# --- what a crash left, erasing, verifying


def settle_referrals(writer: StoreWriter, *, again: bool) -> None:
    """End what was cut off. `again`: everything derived is made anew."""
    store, decided = writer.store, writer.decided
    for folder in (layout.REFERRALS, layout.REFERRED):
        (store / folder).mkdir(mode=0o700, exist_ok=True)
        for file in (store / folder).iterdir():
            if layout.NEW in file.name:
                file.unlink()
    for digest, order in decided.ask(
        "SELECT digest, erasing FROM referral_file WHERE erasing <> ''"
    ):
        finish_referral(writer, digest, order)
    there = set(referral_files(store))
    rows = decided.ask("SELECT digest, number, case_id FROM referral_file")
    _forget(decided, [digest for digest, *_ in rows if digest not in there])
    said = _standing(writer.trail.records)
    for digest, number, case_id in rows:
        if digest not in there:
            continue
        if again or not referred(store, digest).is_file():
            _derive(writer, digest, number)
        if digest not in said:
            writer.trail.say(IMPORTED, writer.by, referral=digest, case=case_id or None,
                             settled=True)  # fmt: skip
    for file in (store / layout.REFERRED).iterdir():
        if file.name.removesuffix(".parquet") not in there:
            file.unlink()


def _derive(writer: StoreWriter, digest: str, number: str) -> None:
    """Of a file in the store. One that was changed there is told by `verify`, and stops nothing."""
    try:
        content = referral_file(writer.store, digest).read_bytes()
        if sha256(content).hexdigest() != digest:
            raise ReferralError("It is not what was imported.", hint="`seek lab verify`.")
        marks = list(read_referral(content, number).marks())
    except (ReferralError, OSError) as error:
        referred(writer.store, digest).unlink(missing_ok=True)
        said = error.message if isinstance(error, ReferralError) else why(error)
        writer.tell(f"Referral {digest} cannot be read again: {said}")
        return
    _write(writer.store, digest, marks)
    _number_reports(writer.decided, digest, marks)


def _standing(records: Iterable[AuditRecord]) -> set[str]:
    """Referrals that the log says are there."""
    standing: set[str] = set()
    for record in records:
        if record.event == IMPORTED:
            standing.add(str(record.fields["referral"]))
        elif record.event == ERASED:
            standing.discard(str(record.fields["referral"]))
    return standing


def erase_referral(writer: StoreWriter, digest: str, reference: str) -> str:
    """Erase a file with all its reports; the name of its receipt. Raises UsageError."""
    if not reference.strip():
        raise UsageError("An erasure needs its order.", hint="Say --order REFERENCE.")
    _begin_erasure(writer.decided, "digest", digest, reference)
    finish_referral(writer, digest, reference)
    return receipt_name(digest)


def erase_referrals_of(writer: StoreWriter, case_id: str, reference: str) -> None:
    """Those that belong to a case; again, if it was cut off, from the beginning."""
    _begin_erasure(writer.decided, "case_id", case_id, reference)
    for (digest,) in writer.decided.ask(
        "SELECT digest FROM referral_file WHERE case_id = ?", [case_id]
    ):
        finish_referral(writer, digest, reference)


def receipt_name(digest: str) -> str:
    """Of what was signed about its erasure."""
    return f"referral-{digest[:16]}.json"


def _begin_erasure(decided: Decisions, column: str, value: str, reference: str) -> None:
    with decided.changing() as held:
        held.execute(
            f"UPDATE referral_file SET erasing = ? WHERE {column} = ?",  # noqa: S608
            [reference, value],
        )


def finish_referral(writer: StoreWriter, digest: str, reference: str) -> None:
    """Everything that is left of it."""
    store, decided = writer.store, writer.decided
    referral_file(store, digest).unlink(missing_ok=True)
    referred(store, digest).unlink(missing_ok=True)
    for folder in (layout.REFERRALS, layout.REFERRED):
        sync_folder(store / folder)
    receipt = ReferralReceipt(
        referral=digest, reports=len(_numbers(decided, digest)), order=reference, by=writer.by,
        begun=utc_now(), store_made=store.about.made,
    )  # fmt: skip
    writer.sign(layout.RECEIPTS, receipt_name(digest),
                msgspec.json.format(msgspec.json.encode(receipt)))  # fmt: skip
    writer.trail.say(ERASED, writer.by, referral=digest, order=reference)
    _forget(decided, [digest])
    decided.scrub()


def _forget(decided: Decisions, digests: Iterable[str]) -> None:
    rows = [[each] for each in digests]
    with decided.changing() as held:
        held.executemany(
            "DELETE FROM referral_order WHERE referral IN"
            " (SELECT id FROM referral WHERE digest = ?)", rows
        )  # fmt: skip
        for table in ("referral", "referral_file"):
            held.executemany(f"DELETE FROM {table} WHERE digest = ?", rows)  # noqa: S608


def referral_faults(
    store: LabStore, records: Iterable[AuditRecord], decided: Decisions
) -> Iterator[str]:
    """What is wrong with referrals, a sentence each."""
    records = list(records)
    there, standing = set(referral_files(store)), _standing(records)
    known = {digest for (digest,) in decided.ask("SELECT digest FROM referral_file")}
    yield from (f"Referral {each} was imported, and is gone." for each in sorted(standing - there))
    yield from (f"Referral {each} is there, not imported." for each in sorted(there - standing))
    for digest in sorted(there):
        if digest not in known:
            yield f"Nobody's word is known on referral {digest}."
        if not referred(store, digest).is_file():
            yield f"What referral {digest} says is not derived: run `seek lab rebuild`."
        try:
            if sha256(referral_file(store, digest).read_bytes()).hexdigest() != digest:
                yield f"Referral {digest} is not what was imported."
        except OSError as error:
            yield f"Referral {digest} cannot be read: {why(error)}."
    for record in records:
        if record.event == ERASED:
            name = receipt_name(str(record.fields["referral"]))
            if not (store / layout.RECEIPTS / name).is_file():
                yield f"The receipt {name} is gone."
