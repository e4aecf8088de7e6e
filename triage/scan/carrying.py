"""What an earlier run of the same scan did becomes part of this one's books."""

from triage.bundle.writer import BundleWriter
from triage.scan.earlier import Earlier
from triage.scan.events import Resumed
from triage.scan.ledger import Ledger


def carry_over(earlier: Earlier, writer: BundleWriter, ledger: Ledger) -> Resumed:
    """Every certain outcome is counted; into a new bundle it is written too."""
    for line in earlier.lines():
        if earlier.in_place is None:
            writer.carry(line, earlier.preview(line))
        ledger.carry(line)
    ledger.make_durable()
    told = Resumed(
        bundle=str(earlier.bundle),
        carried_entries=earlier.carried,
        findings=ledger.findings,
        dropped_lines=earlier.dropped,
    )
    writer.log("resumed", bundle=told.bundle, carried=told.carried_entries,
               dropped=told.dropped_lines)  # fmt: skip
    return told
