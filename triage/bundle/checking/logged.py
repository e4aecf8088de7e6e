"""Does log.jsonl tell of this scan? That its chain holds is not enough: a chain is soon made.

Only the last run counts: a scan that was taken up again in the same folder goes on with its log,
and on a machine whose clock begins anew at every start the earlier part may have later times.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from triage.bundle.checking.crosscheck import Tallied
from triage.bundle.format import auditlog, custody
from triage.bundle.format.auditlog import AuditRecord
from triage.bundle.format.document import Document
from triage.bundle.format.shown import visible
from triage.errors import VerificationError

_SLACK = timedelta(seconds=2)
"""Moments are told to the second, or to the millisecond."""


@dataclass(slots=True, kw_only=True)
class LastRun:
    """What the log says of the last run of the scan."""

    started: str = ""
    """UTC, of the record that says so."""
    profile: object = None
    latest: str = ""
    opened: list[object] = field(default_factory=list)
    volumes: list[tuple[object, object]] = field(default_factory=list)
    stopped: object = ""
    known: set[object] = field(default_factory=set)
    """Ids of entries that were told as known material."""
    sealing: AuditRecord | None = None
    set_back: bool = False
    """Whether the clock was."""

    def take(self, record: AuditRecord) -> None:
        """The next record."""
        said = record.fields
        match record.event:
            case auditlog.STARTED:
                self.started, self.profile = record.utc, said.get("profile")
            case auditlog.OPENED:
                self.opened.append(said.get("device"))
            case auditlog.VOLUME:
                self.volumes.append((said.get("id"), said.get("state")))
            case auditlog.STOPPED:
                self.stopped = said.get("reason", "")
            case auditlog.KNOWN:
                told = said.get("entries")
                self.known.update(told if isinstance(told, list) else [told])
            case auditlog.SEALING:
                self.sealing = record
            case auditlog.CLOCK_SET_BACK:
                self.set_back = True
                self.latest = record.utc
        if record.utc < self.latest:
            raise VerificationError(
                f"line {record.seq + 1} of the audit log is earlier than the line before"
            )
        self.latest = record.utc


def last_run(lines: Iterable[bytes]) -> LastRun:
    """Read the log. Raises VerificationError where it is none of a scan."""
    run: LastRun | None = None
    for record, _ in auditlog.follow(lines):
        _moment(record.utc, record.seq)
        if record.event == custody.SCAN_KEY or (
            record.event == auditlog.STARTED and (run is None or run.started)
        ):
            run = LastRun()
        if run is not None:
            run.take(record)
    if run is None or not run.started:
        raise VerificationError("the audit log does not tell of the start of the scan")
    if run.sealing is None:
        raise VerificationError("the audit log does not tell of the sealing")
    return run


def compare(run: LastRun, document: Document, tallied: Tallied) -> None:
    """Raise VerificationError naming what the log tells otherwise."""
    sealed = run.sealing.fields if run.sealing else {}
    partial = document.partial_reason
    told = {
        "the profile": (run.profile, document.profile.applied.name),
        "which devices were opened": (run.opened, [device.id for device in document.devices]),
        "the volumes": (run.volumes, [(v.id, str(v.state)) for v in document.volumes]),
        "how many entries there are": (sealed.get("entries"), tallied.entries),
        "how many findings there are": (sealed.get("findings"), tallied.numbers),
        "who signed": (sealed.get("signer"), document.signer and document.signer.fingerprint),
        "why it stopped": (run.stopped if partial else "", partial),
    }
    for name, (one, other) in told.items():
        if one != other:
            raise VerificationError(f"the audit log tells otherwise {name}")
    _compare_known(run, document)
    _compare_times(run, document)


def _compare_known(run: LastRun, document: Document) -> None:
    """What was told as known material is a finding."""
    if document.findings_left_out:
        return
    silent = run.known - {finding.entry.id for finding in document.findings}
    if silent:
        entry = visible(str(min(silent, key=str)), 40)
        raise VerificationError(f"entry {entry} is known material in the audit log, and no finding")


def _compare_times(run: LastRun, document: Document) -> None:
    """A clock that was set back while the scan ran is in the log; then no order can be asked of it.

    One that was set forward, or a machine that slept, makes the span longer than the seconds.
    """
    if run.set_back or run.sealing is None:
        return
    times = document.times
    begun, ended = _moment(times.started), _moment(times.ended)
    in_order = (
        ("the scan ended before it started", begun, ended),
        ("the audit log begins before the scan", begun, _moment(run.started)),
        ("the audit log begins when the scan had ended", _moment(run.started), ended),
        ("the scan ended after it was sealed", ended, _moment(run.sealing.utc)),
    )
    for wrong, earlier, later in in_order:
        if earlier - later > _SLACK:
            raise VerificationError(wrong)
    if times.seconds > (ended - begun + _SLACK).total_seconds():
        raise VerificationError("the scan took longer than from its start to its end")
    if not document.resumed:
        _compare_findings(document, begun, ended)


def _compare_findings(document: Document, begun: datetime, ended: datetime) -> None:
    for finding in document.findings:
        at = _moment(finding.found.at)
        within = begun - at <= _SLACK and at - ended <= _SLACK
        if not within or finding.found.after > document.times.seconds + _SLACK.total_seconds():
            raise VerificationError(f"finding {finding.number} was found when there was no scan")


def _moment(utc: str, seq: int = -1) -> datetime:
    where = f"line {seq + 1} of the audit log" if seq >= 0 else "findings.json"
    try:
        moment = datetime.fromisoformat(utc)
    except ValueError as error:
        raise VerificationError(f"{where} has a time that is none") from error
    if moment.tzinfo is None:
        raise VerificationError(f"{where} has a time that is none")
    return moment
