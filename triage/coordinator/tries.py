"""Entries whose reader died: each is looked at alone, then compared by its digest alone.

What the lab knows is found though its decoder crashes. What ends even that reader, or is compared
with nothing, is settled with the reason.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from triage.evidence import FileEntry
from triage.findings import Outcome, Result

COMPARED = "compared by digest, and could not be decoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One entry, to be tried alone."""

    entry: FileEntry
    died_of: str = ""
    """How the reader ended that had it alone; then nothing of it is decoded."""
    type: str = ""
    """What that reader said it was."""


class Tries:
    """Those that wait for a worker."""

    def __init__(self) -> None:
        self._waiting: deque[Try] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @property
    def entries(self) -> Iterator[FileEntry]:
        """All of them."""
        return (each.entry for each in self._waiting)

    def next(self) -> Try:
        """The one that waits longest."""
        return self._waiting.popleft()

    def alone(self, entries: Sequence[FileEntry]) -> None:
        """Their reader died, and one of them may be why."""
        self._waiting.extend(Try(entry=entry) for entry in entries)

    def by_digest(self, entry: FileEntry, died_of: str, said: str) -> None:
        """It is why. `said`: the type that its reader gave it."""
        self._waiting.append(Try(entry=entry, died_of=died_of, type=said))


def not_decoded(result: Result, died_of: str, said: str, *, has_sets: bool) -> Result:
    """What a comparison by digest alone comes to; content that a set of kind known holds would not
    have been decoded anyway. `said`: the type that its reader gave it. `has_sets`: there is
    something to compare digests with."""
    if result.outcome is Outcome.KNOWN:
        return result
    compared = COMPARED if has_sets else ""
    more = result.reason if result.outcome is Outcome.UNREADABLE else compared
    reason = f"{died_of}; {more}" if more else died_of
    return replace(result, outcome=Outcome.UNREADABLE, reason=reason, type=result.type or said)


def set_aside(died_of: str, said: str) -> Result:
    """Whoever reads it dies."""
    return Result(outcome=Outcome.UNREADABLE, reason=died_of, type=said)
