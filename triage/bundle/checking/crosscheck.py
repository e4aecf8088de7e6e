"""Does findings.json say the same as entries.jsonl? Counts again, from the lines themselves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from triage.bundle.format import entries, first
from triage.bundle.format.document import FORMAT, MOST_FINDINGS, Document, Finding
from triage.bundle.format.entries import EntryLine, MemberLine
from triage.bundle.format.reckoning import reckon
from triage.bundle.format.shown import visible
from triage.errors import VerificationError
from triage.evidence import Volume
from triage.findings import Coverage, VolumeCoverage, lie_within


@dataclass(slots=True, kw_only=True)
class Tallied:
    """What the lines of entries.jsonl come to."""

    coverage: Coverage = field(default_factory=Coverage)
    entries: int = 0
    findings: dict[int, EntryLine] = field(default_factory=dict)
    """By their number, as many as a document lists at most."""
    numbers: int = 0
    """How many lines are findings."""
    version: int = FORMAT
    """The format that they are of."""

    def count(self, line: EntryLine) -> None:
        """What became of an entry."""
        entry, result = line.entry, line.result
        self.coverage.settle(entry.volume_id, entry.size, result.outcome, result.reason)
        self.coverage.leave(entry.volume_id, entry.size, result)

    def take_turn(self, line: EntryLine) -> bool:
        """Whether a finding has the next number, and whatever has a match is one."""
        if not line.result.matches or line.found is None:
            return not line.result.matches and line.found is None
        self.numbers += 1
        if self.numbers <= MOST_FINDINGS:
            self.findings[self.numbers] = line
        return line.found.number == self.numbers


class _Members:
    """Holds that each container is followed by as many of its members as its line says, and no
    other line by any."""

    def __init__(self) -> None:
        self._of = -1
        self._volume = ""
        self._wanted = self._taken = 0

    def begin(self, line: EntryLine) -> None:
        """Another entry's line. Raises VerificationError if the last one's are not all there."""
        self.end()
        opened = line.result.opened
        self._of, self._volume = line.entry.id, line.entry.volume_id
        self._wanted, self._taken = opened.listed if opened is not None else 0, 0

    def take(self, line: MemberLine, coverage: Coverage) -> None:
        """Count the next one."""
        self._taken += 1
        if (line.of, line.member.number) != (self._of, self._taken):
            raise VerificationError(
                "entries.jsonl lists a member that is not the next of its entry"
            )
        coverage.list_members(self._volume, (line.member,))

    def end(self) -> None:
        """There is none more of this one."""
        if self._taken != self._wanted:
            raise VerificationError(f"entries.jsonl lists other members of entry {self._of}")


def tally(lines: Iterable[bytes], version: int = FORMAT, volumes: Sequence[Volume] = ()) -> Tallied:
    """Read all lines of a bundle of that format, and with those volumes.

    Raises VerificationError naming the first that is wrong.
    """
    tallied = Tallied(version=version)
    decode = entries.decoder(version, volumes)
    seen: set[int] = set()
    others: set[int] = set()
    members = _Members()
    for number, text in enumerate(lines, 1):
        try:
            if entries.is_member(text) and version == FORMAT:
                members.take(entries.decode_member(text), tallied.coverage)
                continue
            line = decode(text)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise VerificationError(f"line {number} of entries.jsonl is no entry") from error
        entry = line.entry
        members.begin(line)
        if entry.id in seen:
            raise VerificationError(f"line {number} of entries.jsonl repeats entry {entry.id}")
        seen.add(entry.id)
        if not lie_within(line.result.matches, entry.size):
            raise VerificationError(f"line {number} of entries.jsonl tells of a part outside it")
        if entry.inside is not None:
            others.add(entry.inside.entry_id)
        tallied.coverage.list_entry(entry.volume_id, entry.size)
        tallied.count(line)
        if not tallied.take_turn(line):
            raise VerificationError(f"line {number} of entries.jsonl is no finding in its turn")
    members.end()
    if missing := others - seen:
        raise VerificationError(f"entries.jsonl lists what lies in entry {min(missing)}, not that")
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
        if finding != _told_by(tallied.findings[finding.number], tallied.version):
            raise VerificationError(f"finding {finding.number} is another in entries.jsonl")
        group = finding.found.group
        if group and not _leads(document, group, finding.number):
            raise VerificationError(f"finding {finding.number} is in the group of none before it")
    named = {each.found.preview for each in document.findings if each.found.preview}
    if named != previews:
        raise VerificationError("the previews are not those that the findings name")


def _leads(document: Document, group: int, number: int) -> bool:
    """Whether the finding called `group` stands before `number`, and in no other's group."""
    return 0 < group < number and document.findings[group - 1].found.group == 0


def _tallies(volume: VolumeCoverage) -> tuple[object, ...]:
    """What is counted twice, and must be the same."""
    outcomes = {str(name): t for name, t in volume.outcomes.items() if t.entries or t.bytes}
    members = {str(name): count for name, count in volume.members.items()}
    held = volume.containers, volume.inside, volume.undecoded, members
    return outcomes, volume.reasons, *held, volume.listed


def _told_by(line: EntryLine, version: int) -> Finding | None:
    """What findings.json has to say of a line."""
    finding = line.finding
    if finding is None or version != first.FORMAT:
        return finding
    return replace(finding, result=replace(finding.result, **first.UNSAID))
