"""What a page is asked, once gate.py has let it by."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from lab import derived, layout
from lab.accounts import Account
from lab.decisions import Decisions
from lab.engines.duck import Connection
from lab.pages.house import House
from lab.pages.sessions import PageSession
from lab.settling import judging
from lab.store import LabStore
from lab.writer import StoreWriter
from triage.errors import SeekError

MOST_UPLOADED = 16 << 20
"""Bytes of a picture."""
MOST_SAID = 64 << 10
"""Bytes of a form without one."""


class NotThereError(SeekError):
    """What a page was asked for does not exist, or is no longer to be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of one person, or of nobody."""

    house: House
    account: Account | None
    session: PageSession | None
    number: str
    """Of the session, as the browser has it."""
    address: str
    language: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    upload: bytes = b""

    @property
    def store(self) -> LabStore:
        """What the pages are of."""
        return self.house.store

    @property
    def who(self) -> Account:
        """Of a page that nobody sees who is not signed in."""
        assert self.account is not None  # noqa: S101 - the gate has seen to it
        return self.account

    @property
    def signed_in(self) -> PageSession:
        """Likewise."""
        assert self.session is not None  # noqa: S101 - the gate has seen to it
        return self.session

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The store's tables."""
        held = derived.read_derived(self.store)
        try:
            yield held
        finally:
            held.close()

    @contextmanager
    def decided(self) -> Iterator[Decisions]:
        """What people said."""
        held = Decisions(self.store / layout.DECISIONS)
        try:
            yield held
        finally:
            held.close()

    @contextmanager
    def judging(self) -> Iterator[StoreWriter]:
        """To write what this person says; the store is theirs alone for that moment."""
        with self.house.one_writes, judging(self.store, self.who.name) as writer:
            yield writer

    def whole_number(self, name: str, *, least: int = 0) -> int:
        """A number of the query or the form; the least where there is none that is one."""
        text = self.form.get(name) or self.query.get(name) or self.path.get(name) or ""
        return (
            max(least, int(text)) if text.isascii() and text.isdigit() and len(text) < 16 else least
        )
