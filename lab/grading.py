"""Grades: what a person says a content is, by a scheme. They belong to the content, in whatever
case it is seen; each stays, and the last one counts."""

from dataclasses import dataclass
from enum import StrEnum

from lab.decisions import Decisions
from lab.engines.duck import Connection
from triage.bundle.format.auditlog import utc_now
from triage.errors import UsageError

_LONGEST = 40


class Scheme(StrEnum):
    """By whose categories."""

    VICS = "VICS"
    CAID = "CAID"
    BASELINE = "baseline"
    """Of INTERPOL."""


@dataclass(frozen=True, slots=True)
class Grade:
    """One thing that somebody said."""

    scheme: Scheme
    category: str
    by: str
    at: str


def grade(decided: Decisions, content: str, scheme: Scheme, category: str, by: str) -> int:
    """Say it of a content (BLAKE3, hex); the grade's number. Raises UsageError."""
    said = category.strip()
    if not said or len(said) > _LONGEST or not said.isprintable():
        raise UsageError(
            "That is no category.", hint=f"Give the scheme's own, at most {_LONGEST} characters."
        )
    with decided.changing() as held:
        cursor = held.execute(
            "INSERT INTO grade (content, scheme, category, by, at) VALUES (?, ?, ?, ?, ?)",
            [bytes.fromhex(content), scheme, said, by, utc_now()],
        )
    return int(cursor.lastrowid or 0)


def grades_of(decided: Decisions, content: str) -> list[Grade]:
    """All that was said of it, the last first."""
    rows = decided.ask(
        "SELECT scheme, category, by, at FROM grade WHERE content = ? ORDER BY id DESC",
        [bytes.fromhex(content)],
    )
    return [Grade(Scheme(scheme), category, by, at) for scheme, category, by, at in rows]


def last_grades(decided: Decisions, scheme: Scheme) -> dict[str, str]:
    """By content (hex) the category that it was given last, by that scheme."""
    rows = decided.ask("SELECT content, category FROM grade WHERE scheme = ? ORDER BY id", [scheme])
    return {content.hex(): category for content, category in rows}


def graded(decided: Decisions) -> set[str]:
    """Contents that have a grade, hex."""
    return {content.hex() for (content,) in decided.ask("SELECT DISTINCT content FROM grade")}


def forget_gone(held: Connection, decided: Decisions) -> None:
    """Grades of contents that no bundle of the store has any more."""
    contents = [bytes.fromhex(each) for each in graded(decided)]
    gone = held.ask("gone", {"contents": contents}) if contents else []
    with decided.changing() as change:
        change.executemany("DELETE FROM grade WHERE content = ?", gone)
