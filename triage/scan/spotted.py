"""Known material that was told of and is not settled yet: told once, and never lost.

Its result, when it comes, has the same matches and more. One that never came - the reader died of
it, the time ran out - is settled with those that were told.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from triage.bundle.format.auditlog import Field
from triage.evidence import FileEntry
from triage.findings import Match, Outcome, Result, digests_told

Spots = Sequence[tuple[FileEntry, tuple[Match, ...]]]
"""Entries that a notable set holds, and what it says of them: at least one match by a digest, which
`coordinator.checking` has checked."""

NOT_THE_SAME = "read twice, and not the same both times"
"""A medium that is failing; or a worker that lied, of what it had in hand."""
_SHOWN = 200
"""Characters of a path's end that the audit log has."""


class Unsettled:
    """By entry, the matches that were told."""

    def __init__(self) -> None:
        self._told: dict[int, tuple[Match, ...]] = {}

    def __len__(self) -> int:
        return len(self._told)

    def note(self, spots: Spots) -> Spots:
        """Those of them that are new."""
        new = [(entry, matches) for entry, matches in spots if entry.id not in self._told]
        self._told |= {entry.id: matches for entry, matches in new}
        return new

    def settled(self, entry: FileEntry, result: Result) -> Result:
        """The result of an entry, with all that was told of it."""
        if not self._told:  # as nearly always: this is asked of every entry
            return result
        told = self._told.pop(entry.id, ())
        lost = tuple(match for match in told if match not in result.matches)
        if not lost:
            return result
        digests = digests_told(lost)
        both = replace(result, matches=lost + result.matches, digests=result.digests | digests)
        if any(result.digests.get(name, value) != value for name, value in digests.items()):
            return replace(both, outcome=Outcome.UNREADABLE, reason=result.reason or NOT_THE_SAME)
        return both


def record_of(spots: Spots) -> dict[str, list[Field]]:
    """For the audit log: which entries, and by what."""
    surest = [matches[0].provenance for _, matches in spots]
    return {
        "entries": [entry.id for entry, _ in spots],
        "paths": [entry.path[-_SHOWN:] for entry, _ in spots],
        "digests": [told["digest"] for told in surest],
        "sets": [told.get("set", "") for told in surest],
    }
