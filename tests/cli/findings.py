"""Findings as a scan tells of them."""

from triage.bundle.format.document import Finding, Found
from triage.evidence import FileEntry
from triage.findings import Match, Outcome, Result
from triage.scan.events import FindingTold


def told(
    number: int, entry: FileEntry, *matches: Match, seconds: float = 9.0, group: int = 0
) -> FindingTold:
    """One, as it is told when it is on the medium."""
    found = Found(number=number, at="2026-11-21T21:50:24.250Z", after=seconds, group=group)
    result = Result(outcome=Outcome.EXAMINED, matches=matches)
    return FindingTold(seconds=seconds, finding=Finding(entry=entry, result=result, found=found))
