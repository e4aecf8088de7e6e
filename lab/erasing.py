"""Erasing a case: nothing of it stays but a signed receipt that names neither case nor content.

DuckDB keeps what is deleted in its file, so what is derived of all bundles is made anew without
the case and never copied. Begun, it is brought to its end, if need be by whoever writes next.
"""

from datetime import UTC, datetime
from shutil import rmtree

import msgspec

from lab import derived, layout
from lab.decisions import CaseFile, Erasure
from lab.grading import forget_gone
from lab.referrals.keeping import erase_referrals_of
from lab.reveals import forget_reveals
from lab.trail import ERASED
from lab.writer import StoreWriter
from triage.bundle.writing.durable import sync_folder
from triage.errors import UsageError


class ErasureReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What was erased, on whose order."""

    format: str = "seek lab receipt"
    case_id: str
    """As the audit log calls it; the number is gone."""
    order: str
    bundles: list[str]
    """SHA-256 of their manifests: whoever has a copy can tell that it is of these."""
    by: str
    begun: str
    store_made: str


def erase(writer: StoreWriter, number: str, reference: str) -> str:
    """Erase the case; the name of its receipt. Raises StoreError, UsageError if it is held."""
    case = writer.decided.case(number)
    _refuse(writer, case, reference)
    filings = writer.decided.filings()
    bundles = sorted(digest for digest, (of, _, _) in filings.items() if of == case.id)
    writer.decided.begin_erasure(case, reference, writer.by, bundles)
    for begun in writer.decided.begun_erasures():
        finish(writer, begun)
    return f"{case.id}.json"


def finish(writer: StoreWriter, begun: Erasure) -> None:
    """Everything that is left of it; again, if it was cut off, from the beginning."""
    store, decided = writer.store, writer.decided
    for case in decided.cases():
        if case.id == begun.case_id:
            decided.strike_out(case.number)
    derived.drop(store)
    for digest in begun.bundles:
        if store.bundle(digest).exists():
            rmtree(store.bundle(digest))
        store.sightings(digest).unlink(missing_ok=True)
    for folder in (layout.BUNDLES, layout.SIGHTINGS):
        sync_folder(store / folder)
    forget_reveals(decided, begun.bundles)
    erase_referrals_of(writer, begun.case_id, begun.reference)
    decided.forget(begun.case_id)
    writer.refresh(whole=True)
    _forget_grades(writer)
    receipt = ErasureReceipt(
        case_id=begun.case_id,
        order=begun.reference,
        bundles=begun.bundles,
        by=begun.by,
        begun=begun.at,
        store_made=store.about.made,
    )
    name = f"{begun.case_id}.json"
    writer.sign(layout.RECEIPTS, name, msgspec.json.format(msgspec.json.encode(receipt)))
    writer.trail.say(
        ERASED, begun.by, case=begun.case_id, order=begun.reference, bundles=list(begun.bundles)
    )
    decided.end_erasure(begun.case_id)


def _forget_grades(writer: StoreWriter) -> None:
    held = derived.read_derived(writer.store)
    try:
        forget_gone(held, writer.decided)
    finally:
        held.close()


def _refuse(writer: StoreWriter, case: CaseFile, reference: str) -> None:
    if not reference.strip():
        raise UsageError("An erasure needs its order.", hint="Say --order REFERENCE.")
    if case.number.lower() in reference.lower():
        raise UsageError(
            "The order's reference has the case's number in it, and would stay.",
            hint="Refer to the order by a number of its own.",
        )
    until, basis = writer.decided.held_until(case)
    if until and until >= datetime.now(UTC).date().isoformat():
        raise UsageError(
            f"The case is held until {until}: {basis}.",
            hint="`seek lab hold` with an earlier day lifts it; both stay in the log.",
        )
