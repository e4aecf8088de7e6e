"""decisions.sqlite: all that people said, and nothing that could be made again.

Deleted rows are overwritten with zeros, and a case's numbers and texts are here and in derived
files alone: `forget` leaves none of them in any page.
"""

import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triage.bundle.format.auditlog import utc_now
from triage.errors import StoreError, why

_TABLES = """
CREATE TABLE IF NOT EXISTS case_file (id TEXT PRIMARY KEY, number TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS filing (
    bundle TEXT PRIMARY KEY, case_id TEXT NOT NULL, at TEXT NOT NULL, principal TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS assignment (
    case_id TEXT NOT NULL, who TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS note (
    case_id TEXT NOT NULL, text TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS hold (
    case_id TEXT NOT NULL, until TEXT NOT NULL, basis TEXT NOT NULL, by TEXT NOT NULL,
    at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS erasure (
    case_id TEXT PRIMARY KEY, reference TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL,
    bundles TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY AUTOINCREMENT, leader BLOB NOT NULL, name TEXT NOT NULL DEFAULT '',
    joined_to INTEGER);
CREATE TABLE IF NOT EXISTS member (
    pdq BLOB PRIMARY KEY, series INTEGER NOT NULL, bits INTEGER NOT NULL, by TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS member_series ON member (series);
CREATE TABLE IF NOT EXISTS series_history (
    series INTEGER NOT NULL, what TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS account (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, secret TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS grade (
    id INTEGER PRIMARY KEY AUTOINCREMENT, content BLOB NOT NULL, scheme TEXT NOT NULL,
    category TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS grade_content ON grade (content);
CREATE TABLE IF NOT EXISTS reveal (
    id INTEGER PRIMARY KEY AUTOINCREMENT, bundle TEXT NOT NULL, finding INTEGER NOT NULL,
    content BLOB NOT NULL, purpose TEXT NOT NULL, words TEXT NOT NULL, by TEXT NOT NULL,
    at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS referral_file (
    digest TEXT PRIMARY KEY, name TEXT NOT NULL, number TEXT NOT NULL, case_id TEXT NOT NULL,
    by TEXT NOT NULL, at TEXT NOT NULL, erasing TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS referral (
    id INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL, report TEXT NOT NULL,
    UNIQUE (digest, report));
CREATE TABLE IF NOT EXISTS referral_order (
    id INTEGER PRIMARY KEY AUTOINCREMENT, referral INTEGER NOT NULL, file TEXT NOT NULL,
    reference TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case by its number, and the id that stands for it wherever the number may not."""

    id: str
    number: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """One that was begun."""

    case_id: str
    reference: str
    """Of the order."""
    by: str
    at: str
    bundles: list[str]
    """Digests of the manifests of all that were the case's."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that somebody said of a case."""

    what: str
    text: str
    by: str
    at: str


class Decisions:
    """The open file."""

    def __init__(self, file: Path, *, write: bool = False) -> None:
        """`write`: by the one process that holds the store's lock. Raises StoreError."""
        try:
            mode = "rwc" if write else "ro"
            self._held = sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True)
            if write:
                file.chmod(0o600)
                self._held.execute("PRAGMA journal_mode = WAL")
                self._held.execute("PRAGMA synchronous = FULL")
                self._held.execute("PRAGMA secure_delete = ON")
                self._held.executescript(_TABLES)
        except sqlite3.Error as error:
            raise StoreError(
                f"{file.name} of the store cannot be opened: {why(error)}.",
                hint="Restore it from a copy: nothing else holds what people said.",
            ) from error

    def close(self) -> None:
        """Let it go."""
        self._held.close()

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows. Raises StoreError, as all that follows."""
        with _in_words():
            return self._held.execute(sql, values).fetchall()

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing; on the medium at the end."""
        with _in_words(), self._held:
            yield self._held

    # --- cases

    def cases(self) -> list[CaseFile]:
        """All, by number."""
        return [CaseFile(*row) for row in self.ask("SELECT id, number FROM case_file ORDER BY 2")]

    def case(self, number: str) -> CaseFile:
        """Raises StoreError if there is none of that number."""
        rows = self.ask("SELECT id, number FROM case_file WHERE number = ?", [number])
        if not rows:
            raise StoreError(
                f"There is no case {number} in the store.", hint="`seek lab cases` lists them."
            )
        return CaseFile(*rows[0])

    def file_bundle(self, bundle: str, number: str, principal: str) -> CaseFile:
        """Put a bundle to the case of that number, which is made if there is none.

        `principal`: who signed, by the store's list; empty if there was none.
        """
        with self.changing() as held:
            held.execute(
                "INSERT OR IGNORE INTO case_file VALUES (?, ?)", [uuid.uuid4().hex[:12], number]
            )
            case = self.case(number)
            held.execute(
                "INSERT OR REPLACE INTO filing VALUES (?, ?, ?, ?)",
                [bundle, case.id, utc_now(), principal],
            )
        return case

    def filings(self) -> dict[str, tuple[str, str, str]]:
        """By bundle: the id of its case, since when it is in the store, who signed it."""
        rows = self.ask("SELECT bundle, case_id, at, principal FROM filing")
        return {bundle: (case, at, principal) for bundle, case, at, principal in rows}

    def keep_filings(self, bundles: Sequence[str]) -> None:
        """Forget those of bundles that never came, and cases that so have none."""
        stray = self.filings().keys() - set(bundles)
        with self.changing() as held:
            held.executemany("DELETE FROM filing WHERE bundle = ?", [[each] for each in stray])
            held.execute(
                "DELETE FROM case_file WHERE id NOT IN (SELECT case_id FROM filing)"
                " AND id NOT IN (SELECT case_id FROM erasure)"
            )

    # --- what people say of them

    def assign(self, case: CaseFile, who: str, by: str) -> None:
        """From now on somebody has the case."""
        with self.changing() as held:
            held.execute(
                "INSERT INTO assignment VALUES (?, ?, ?, ?)", [case.id, who, by, utc_now()]
            )

    def note(self, case: CaseFile, text: str, by: str) -> None:
        """Something to be remembered of it."""
        with self.changing() as held:
            held.execute("INSERT INTO note VALUES (?, ?, ?, ?)", [case.id, text, by, utc_now()])

    def hold(self, case: CaseFile, until: str, basis: str, by: str) -> None:
        """It may not be erased before that day (ISO 8601), and why; the last word counts."""
        with self.changing() as held:
            held.execute(
                "INSERT INTO hold VALUES (?, ?, ?, ?, ?)", [case.id, until, basis, by, utc_now()]
            )

    def held_until(self, case: CaseFile) -> tuple[str, str]:
        """The day, and on which basis; empty texts if nothing was said."""
        rows = self.ask(
            "SELECT until, basis FROM hold WHERE case_id = ? ORDER BY rowid DESC LIMIT 1", [case.id]
        )
        return rows[0] if rows else ("", "")

    def who_has(self) -> dict[str, str]:
        """By the case's id; the last word counts."""
        return dict(self.ask("SELECT case_id, who FROM assignment ORDER BY rowid"))

    def said_of(self, case: CaseFile) -> list[Said]:
        """Everything, in order of time."""
        return [
            Said(*row)
            for row in self.ask(
                "SELECT 'note', text, by, at FROM note WHERE case_id = ?1 UNION ALL"
                " SELECT 'assigned to', who, by, at FROM assignment WHERE case_id = ?1 UNION ALL"
                " SELECT 'hold', until || ': ' || basis, by, at FROM hold WHERE case_id = ?1"
                " ORDER BY 4",
                [case.id],
            )
        ]

    # --- erasing

    def begin_erasure(
        self, case: CaseFile, reference: str, by: str, bundles: Sequence[str]
    ) -> None:
        """From here on the case will be erased, whatever happens in between."""
        with self.changing() as held:
            held.execute(
                "INSERT OR IGNORE INTO erasure VALUES (?, ?, ?, ?, ?)",
                [case.id, reference, by, utc_now(), " ".join(bundles)],
            )

    def begun_erasures(self) -> list[Erasure]:
        """All that are not at their end."""
        rows = self.ask("SELECT case_id, reference, by, at, bundles FROM erasure")
        return [
            Erasure(case_id, reference, by, at, bundles.split())
            for case_id, reference, by, at, bundles in rows
        ]

    def strike_out(self, number: str) -> None:
        """Out of what is said of other cases and series."""
        texts = {"note": "text", "hold": "basis", "series": "name", "series_history": "what",
                 "reveal": "words", "referral_order": "reference",
                 "referral_file": "name"}  # fmt: skip
        with self.changing() as held:
            for table, column in texts.items():
                held.execute(
                    f"UPDATE {table} SET {column} = replace({column}, ?1, '[erased]')"  # noqa: S608
                    f" WHERE instr({column}, ?1)",
                    [number],
                )

    def forget(self, case_id: str) -> None:
        """Every row of the case but that it is being erased; no page keeps any of it."""
        with self.changing() as held:
            for table in ("filing", "assignment", "note", "hold"):
                held.execute(f"DELETE FROM {table} WHERE case_id = ?", [case_id])  # noqa: S608
            held.execute("DELETE FROM case_file WHERE id = ?", [case_id])
        self.scrub()

    def end_erasure(self, case_id: str) -> None:
        """It is done, and its receipt is signed."""
        with self.changing() as held:
            held.execute("DELETE FROM erasure WHERE case_id = ?", [case_id])
        self.scrub()

    def scrub(self) -> None:
        """Write all pages anew, and leave nothing in the journal beside them."""
        with _in_words():
            self._held.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._held.execute("VACUUM")
            self._held.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(
            f"What people said cannot be read or written: {why(error)}.",
            hint="Is there room? What was said to be done is kept, and the next command goes on.",
        ) from error
