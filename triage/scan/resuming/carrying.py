"""What an earlier run of the same scan did becomes part of this one's books."""

from collections.abc import Sequence
from itertools import islice

from triage.bundle.format.document import Finding
from triage.bundle.writing.writer import BundleWriter
from triage.scan.events import FindingTold, Resumed
from triage.scan.ledger import Ledger
from triage.scan.resuming.earlier import Earlier

LATEST = 5
"""Earlier findings that are told by name, so that whoever looks sees them again."""


def carry_over(earlier: Earlier, writer: BundleWriter, ledger: Ledger) -> Resumed:
    """Every certain outcome is counted; into a new bundle it is written too."""
    for line in earlier.lines():
        if earlier.in_place is None:
            writer.carry(line, earlier.preview(line))
        ledger.carry(line)
    told = Resumed(
        bundle=str(earlier.bundle),
        carried_entries=earlier.carried,
        findings=ledger.findings,
        findings_again=earlier.found_again,
        dropped_lines=earlier.dropped,
        kinds=dict(ledger.kinds),
        to_look_at=ledger.to_look_at,
        first_finding_seconds=ledger.first_finding,
        latest=_latest(writer.found.listed),
    )
    writer.log("carried over", bundle=told.bundle, entries=told.carried_entries,
               findings=told.findings, records_cut_off=earlier.dropped_records,
               counts=writer.folder.name)  # fmt: skip
    ledger.make_durable()
    return told


def _latest(findings: Sequence[Finding]) -> tuple[FindingTold, ...]:
    to_look_at = (finding for finding in reversed(findings) if not finding.found.group)
    return tuple(reversed([*map(_told, islice(to_look_at, LATEST))]))


def _told(finding: Finding) -> FindingTold:
    """As it was told when it was found."""
    return FindingTold(seconds=finding.found.after, finding=finding)
