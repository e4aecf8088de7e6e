"""Does findings.json say the same as entries.jsonl? Counts again, from the lines themselves."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from triage.bundle.format import entries
from triage.bundle.format.document import MOST_FINDINGS, Document, Finding
from triage.bundle.format.entries import EntryLine
from triage.bundle.format.reckoning import reckon
from triage.bundle.format.shown import visible
from triage.errors import VerificationError
from triage.findings import Containers, Coverage, Tally, VolumeCoverage


@dataclass(slots=True, kw_only=True)
class Tallied:
    """What the lines of entries.jsonl come to."""

    coverage: Coverage = field(default_factory=Coverage)
    entries: int = 0
    findings: dict[int, EntryLine] = field(default_factory=dict)
    """By their number, as many as a document lists at most."""
    numbers: int = 0
    """How many lines are findings."""


def tally(lines: Iterable[bytes]) -> Tallied:
    """Read all lines. Raises VerificationError naming the first that is wrong."""
    tallied = Tallied()
    seen: set[int] = set()
    for number, text in enumerate(lines, 1):
        try:
            line = entries.decode(text)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise VerificationError(f"line {number} of entries.jsonl is no entry") from error
        if line.id in seen:
            raise VerificationError(f"line {number} of entries.jsonl repeats entry {line.id}")
        seen.add(line.id)
        tallied.coverage.list_entry(line.volume_id, line.size)
        tallied.coverage.settle(line.volume_id, line.size, line.outcome, line.reason)
        if line.container:
            tallied.coverage.hold(line.volume_id, line.size, line.container, locked=line.locked)
        if line.matches or line.finding:
            tallied.numbers += 1
            if not line.matches or line.finding != tallied.numbers:
                raise VerificationError(f"line {number} of entries.jsonl is no finding in its turn")
            if line.finding <= MOST_FINDINGS:
                tallied.findings[line.finding] = line
    tallied.entries = len(seen)
    return tallied


def compare_coverage(document: Document, tallied: Tallied) -> None:
    """Raise VerificationError naming the first volume that was counted otherwise."""
    if not document.coverage.adds_up():
        raise VerificationError("the outcomes in findings.json do not add up to what was listed")
    claimed, counted = document.coverage.volumes, tallied.coverage.volumes
    for volume_id in sorted({*claimed, *counted}):
        said = claimed.get(volume_id, VolumeCoverage(volume_id=volume_id))
        found = counted.get(volume_id, VolumeCoverage(volume_id=volume_id))
        if said.volume_id != volume_id or _tallies(said) != _tallies(found):
            raise VerificationError(
                f"volume {visible(volume_id, 40)} has other counts in entries.jsonl"
            )


def compare_ending(document: Document) -> None:
    """Raise VerificationError if the document ends otherwise than the rest of it says."""
    if document.ending is not None and document.ending != reckon(document):
        raise VerificationError("findings.json ends otherwise than what it tells comes to")


def compare_findings(document: Document, tallied: Tallied, previews: set[str]) -> None:
    """Raise VerificationError naming the first finding that is not told the same everywhere."""
    listed = len(document.findings)
    if (
        [finding.number for finding in document.findings] != list(range(1, listed + 1))
        or listed > len(tallied.findings)
        or listed + document.findings_left_out != tallied.numbers
    ):
        raise VerificationError("findings.json and entries.jsonl do not list the same findings")
    for finding in document.findings:
        if not _agree(finding, tallied.findings[finding.number]):
            raise VerificationError(f"finding {finding.number} is another in entries.jsonl")
        if finding.group and not _leads(document, finding.group, finding.number):
            raise VerificationError(f"finding {finding.number} is in the group of none before it")
    named = {finding.preview for finding in document.findings if finding.preview}
    if named != previews:
        raise VerificationError("the previews are not those that the findings name")


def _leads(document: Document, group: int, number: int) -> bool:
    """Whether the finding called `group` stands before `number`, and in no other's group."""
    return 0 < group < number and document.findings[group - 1].group == 0


def _tallies(
    volume: VolumeCoverage,
) -> tuple[dict[str, Tally], dict[str, Tally], dict[str, Containers], Tally]:
    outcomes = {str(name): t for name, t in volume.outcomes.items() if t.entries or t.bytes}
    return outcomes, volume.reasons, volume.containers, volume.listed


def _agree(finding: Finding, line: EntryLine) -> bool:
    entry = finding.entry
    return (
        (entry.id, entry.volume_id, entry.path, entry.stream, entry.size, entry.raw_path)
        == (line.id, line.volume_id, line.path, line.stream, line.size, line.raw_path)
        and (entry.kind, entry.allocated, entry.orphan, entry.meta_address, entry.times)
        == (line.kind, line.allocated, line.orphan, line.meta_address, line.times)
        and (finding.type, finding.bytes_read, finding.digests, finding.matches)
        == (line.type, line.bytes_read, line.digests, line.matches)
        and (finding.found_at, finding.found_after, finding.looked_at_as, finding.preview)
        == (line.found_at, line.found_after, line.looked_at_as, line.preview)
        and (finding.reread_differs, finding.reread_sha256, finding.group)
        == (line.reread_differs, line.reread_sha256, line.group)
        and (finding.entry, finding.runs_left_out) == (line.entry, line.runs_left_out)
    )
