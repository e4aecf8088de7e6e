"""The findings of a bundle as they come: numbered, put to those that show the same, listed."""

import time
from html import escape

from msgspec.structs import astuple, replace

from triage.bundle.format import auditlog, schema
from triage.bundle.format.document import MOST_FINDINGS, Finding, Found, kept_runs
from triage.bundle.format.entries import EntryLine
from triage.bundle.format.shown import visible
from triage.bundle.writing.grouping import Group, Groups
from triage.evidence import FileEntry
from triage.findings import Result

_TIMES_SHOWN = 3
_SHOWN_AT_MOST = 2000
"""Characters of one text in the report: `rendering.html.markup.LONGEST`."""
_ROOM = 192 * 1024**2
"""Bytes of findings that the document has room for: paths and runs may be absurdly long."""


class FoundSoFar:
    """Counts all of them, and lists as many as the document has room for."""

    def __init__(self, begun: float) -> None:
        """`begun`: when the scan began, by time.monotonic."""
        self.count = 0
        self.listed: list[Finding] = []
        self.groups = Groups()
        """Which of them show the same."""
        self._begun = begun
        self._room = _ROOM
        self.escapes = 0
        """Bytes that the report needs besides for what names hold that HTML escapes."""

    def new(self, entry: FileEntry, result: Result, looked_at_as: str) -> tuple[Finding, bool]:
        """The next one, and whether it should have a preview."""
        self.count += 1
        copy = self.groups.hold(result.digests)
        group = self.groups.add(self.count, result.digests, result.matches)
        found = Found(
            number=self.count,
            at=auditlog.utc_now(),
            after=round(time.monotonic() - self._begun, 3),
            looked_at_as=looked_at_as,
            group=_of_another(group, self.count),
        )
        finding = Finding(entry=kept_runs(entry), result=result, found=found)
        return finding, not (copy or group.flood)

    @property
    def room_taken(self) -> int:
        """Bytes, at least, that those which are listed take in the document."""
        return min(_ROOM, _ROOM - self._room)

    def has_room(self, finding: Finding) -> bool:
        """The document lists findings up to where it is full; from there on they are counted."""
        self._room -= schema.length(finding)
        self.escapes += _escapes(finding)
        return self._room >= 0 and finding.number <= MOST_FINDINGS

    def again(self, line: EntryLine) -> EntryLine:
        """The line of a finding that an earlier run made, in its group of this one."""
        if line.found is None:
            return line
        self.count += 1
        number, result = line.found.number, line.result
        group = self.groups.add(number, result.digests, result.matches)
        line = replace(line, found=replace(line.found, group=_of_another(group, number)))
        finding = line.finding
        if finding is not None and self.has_room(finding):
            self.listed.append(finding)
        return line


def _escapes(finding: Finding) -> int:
    """Its path stands in its line, in its card, and in the card of what shows the same; what a
    camera says in two of these. Of longer texts the report leaves out the middle."""
    capture = finding.result.capture
    said = (finding.entry.shown_path, *(astuple(capture) if capture else ()))
    longer = 0
    for text in said:
        if isinstance(text, str):
            ends = text if len(text) <= _SHOWN_AT_MOST else text[:1000] + text[-1000:]
            longer += len(escape(visible(ends)).encode("utf-8", "replace")) - len(ends)
    return _TIMES_SHOWN * longer


def _of_another(group: Group, number: int) -> int:
    """Number of the finding that leads the group; 0: it is this one."""
    return 0 if group.leader == number else group.leader
