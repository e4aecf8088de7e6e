"""Each time that somebody was shown a picture: which, why, and to whom.

The audit log has a record of it that names neither content nor case; what was written as the reason
is here, as it may name anything, and goes when the case is erased.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lab.decisions import Decisions
from lab.writer import StoreWriter
from triage.bundle.format.auditlog import utc_now
from triage.errors import UsageError

SHOWN = "showed a picture"
_LONGEST = 400


class Purpose(StrEnum):
    """What a picture is looked at for."""

    GRADING = "grading"
    COMPARING = "comparing"
    """With another."""
    CHECKING = "checking"
    """A grade that somebody gave."""
    COURT = "court"
    """For a report, a hearing or the defence."""
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reveal:
    """A finding's preview, shown once."""

    bundle: str
    finding: int
    content: str
    """BLAKE3, hex."""
    purpose: Purpose
    words: str
    """What was written as the reason; may be empty."""


def record_reveal(writer: StoreWriter, reveal: Reveal) -> int:
    """Write it down before the picture is given out; its number. Raises UsageError."""
    words = reveal.words.strip()
    if reveal.purpose is Purpose.OTHER and not words:
        raise UsageError("Why is it to be shown?", hint="Write the reason down.")
    if len(words) > _LONGEST:
        raise UsageError("The reason is too long.", hint=f"Say it in {_LONGEST} characters.")
    with writer.decided.changing() as held:
        cursor = held.execute(
            "INSERT INTO reveal (bundle, finding, content, purpose, words, by, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [reveal.bundle, reveal.finding, bytes.fromhex(reveal.content), reveal.purpose, words,
             writer.by, utc_now()],
        )  # fmt: skip
    number = int(cursor.lastrowid or 0)
    writer.trail.say(SHOWN, writer.by, reveal=number, bundle=reveal.bundle,
                     finding=reveal.finding, why=str(reveal.purpose))  # fmt: skip
    return number


def reveal_of(decided: Decisions, number: int) -> Reveal | None:
    """The one of that number, unless its case was erased."""
    rows = decided.ask(
        "SELECT bundle, finding, content, purpose, words FROM reveal WHERE id = ?", [number]
    )
    for bundle, finding, content, purpose, words in rows:
        return Reveal(bundle=bundle, finding=finding, content=content.hex(),
                      purpose=Purpose(purpose), words=words)  # fmt: skip
    return None


def forget_reveals(decided: Decisions, bundles: Sequence[str]) -> None:
    """Those of bundles that are erased."""
    with decided.changing() as held:
        held.executemany("DELETE FROM reveal WHERE bundle = ?", [[each] for each in bundles])
