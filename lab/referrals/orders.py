"""Orders: what lets files of a referral be opened that the provider did not view."""

from dataclasses import dataclass

from lab.decisions import Decisions
from lab.engines.duck import Connection
from lab.writer import StoreWriter
from triage.bundle.format.auditlog import utc_now
from triage.errors import StoreError, UsageError

_LONGEST = 200
ALL = ""
"""In place of a file's id: all files of the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralOrder:
    """One that was entered."""

    number: int
    file: str
    """ALL, or the id of one."""
    reference: str
    by: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralKey:
    """Which report of which file."""

    number: int
    digest: str
    report: str


def referral_of(decided: Decisions, number: int) -> ReferralKey:
    """By its number in the store. Raises StoreError if there is none."""
    rows = decided.ask("SELECT id, digest, report FROM referral WHERE id = ?", [number])
    if not rows:
        raise StoreError(
            f"There is no referral {number} in the store.",
            hint="`seek lab referral list` has them.",
        )
    ((number, digest, report),) = rows
    return ReferralKey(number=number, digest=digest, report=report)


def orders_of(decided: Decisions, number: int) -> list[ReferralOrder]:
    """All that were entered for a referral, in their order."""
    rows = decided.ask(
        "SELECT id, file, reference, by, at FROM referral_order WHERE referral = ? ORDER BY id",
        [number],
    )
    return [ReferralOrder(number=id_, file=file, reference=reference, by=by, at=at)
            for id_, file, reference, by, at in rows]  # fmt: skip


def enter_order(
    writer: StoreWriter, held: Connection, number: int, reference: str, file: str = ALL
) -> int:
    """Unblock a referral's files, or one of them; the order's number. Raises UsageError."""
    said = reference.strip()
    if not said or len(said) > _LONGEST or not said.isprintable():
        raise UsageError(
            "That is no reference of an order.", hint=f"Give it in at most {_LONGEST} characters."
        )
    key = referral_of(writer.decided, number)
    if file and not held.do(
        "SELECT 1 FROM referred WHERE kind = 'file' AND digest = ? AND report = ? AND file = ?"
        " LIMIT 1",
        [key.digest, key.report, file],
    ):
        raise UsageError(
            f"Referral {number} has no file {file}.", hint="`seek lab referral show` lists them."
        )
    with writer.decided.changing() as change:
        cursor = change.execute(
            "INSERT INTO referral_order (referral, file, reference, by, at) VALUES (?, ?, ?, ?, ?)",
            [number, file, said, writer.by, utc_now()],
        )
    order = int(cursor.lastrowid or 0)
    writer.trail.say("entered an order", writer.by, referral=number, order=order,
                     one_file=bool(file))  # fmt: skip
    return order
