"""Is a store what it was? Each bundle is verified again; log, heads and receipts agree with it."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from lab import derived, layout
from lab.decisions import Decisions
from lab.referrals.keeping import referral_faults
from lab.store import LabStore
from lab.trail import ERASED, IMPORTED, read_trail
from triage.bundle.checking import sigcheck
from triage.bundle.checking.verify import verify
from triage.bundle.format import auditlog
from triage.bundle.format import layout as bundle_layout
from triage.bundle.format.auditlog import AuditRecord
from triage.bundle.format.document import LogEnd
from triage.bundle.writing.signing import read_public
from triage.errors import SeekError, VerificationError, why


def faults_of(store: LabStore, decided: Decisions) -> Iterator[str]:
    """What is wrong, a sentence each; none if all is well."""
    records = list(read_trail(store / layout.AUDIT))
    yield from _bundles(store, records, decided)
    yield from _heads(store, records)
    yield from _receipts(store, records)
    yield from referral_faults(store, records, decided)
    if not derived.is_current(store):
        yield "What is derived does not know the bundles that are there: run `seek lab rebuild`."


def _bundles(store: LabStore, records: list[AuditRecord], decided: Decisions) -> Iterator[str]:
    there, filings = set(store.bundles()), decided.filings()
    imported: set[str] = set()
    for record in records:
        if record.event == IMPORTED:
            imported.add(str(record.fields["bundle"]))
        elif record.event == ERASED and isinstance(gone := record.fields["bundles"], list):
            imported -= {str(each) for each in gone}
    yield from (f"Bundle {each} was imported, and is gone." for each in sorted(imported - there))
    yield from (f"Bundle {each} is there, not imported." for each in sorted(there - imported))
    for digest in sorted(there):
        if digest not in filings:
            yield f"Bundle {digest} is filed under no case."
        if not store.sightings(digest).is_file():
            yield f"The sightings of bundle {digest} are not there: run `seek lab rebuild`."
        yield from _bundle(store.bundle(digest), digest)


def _bundle(folder: Path, digest: str) -> Iterator[str]:
    try:
        verify(folder, renderers=None).raise_if_failed()
        if sha256((folder / bundle_layout.MANIFEST).read_bytes()).hexdigest() != digest:
            yield f"Bundle {digest} has another manifest than its name says."
    except SeekError as error:
        yield f"Bundle {digest}: {error.message}"


def _heads(store: LabStore, records: list[AuditRecord]) -> Iterator[str]:
    for file in sorted((store / layout.HEADS).glob("*.json")):
        try:
            end = msgspec.json.decode(_signed(store, file), type=LogEnd)
        except (VerificationError, msgspec.MsgspecError, OSError) as error:
            yield f"{file.name} of the log's heads is not what was signed: {why(error)}."
            continue
        last = records[end.records - 1] if 0 < end.records <= len(records) else None
        if last is None or sha256(auditlog.encode(last)).hexdigest() != end.sha256:
            yield f"The audit log does not hold what it held on {file.stem}."


def _receipts(store: LabStore, records: list[AuditRecord]) -> Iterator[str]:
    erased = {f"{each.fields['case']}.json" for each in records if each.event == ERASED}
    there = {file.name for file in (store / layout.RECEIPTS).glob("*.json")}
    yield from (f"The receipt {name} is gone." for name in sorted(erased - there))
    for name in sorted(there):
        try:
            _signed(store, store / layout.RECEIPTS / name)
        except (VerificationError, OSError) as error:
            yield f"The receipt {name} is not what was signed: {why(error)}."


def _signed(store: LabStore, file: Path) -> bytes:
    """Its content, if the store's key signed that. Raises VerificationError, OSError."""
    content, signature = file.read_bytes(), file.with_name(f"{file.name}.sig").read_bytes()
    key = sigcheck.check_signature(
        content, signature, namespace=layout.NAMESPACE, what="this file of the store"
    )
    if key.line != read_public((store / layout.KEY).with_suffix(".pub")).line:
        raise VerificationError("another key signed it")
    return content
