"""Who may have written a log: its runs, each with a scan key, followed record by record.

Nothing here decides whom to believe. It says whether a log is what whoever vouches for its scan
keys let happen, and who that is; `ssh-keygen` says whether a signature is good.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, field

from triage.bundle.checking import sigcheck, sshsig
from triage.bundle.format import auditlog, custody
from triage.bundle.format.auditlog import AuditRecord
from triage.bundle.format.custody import Committed, Vouched
from triage.bundle.format.document import Resumption
from triage.errors import VerificationError

_MOST_RUNS = 1000
"""Nobody goes on with a scan so often; each costs a few milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A commit: all that stands before it is on the medium, and signed."""

    record: AuditRecord
    commit: Committed


@dataclass(slots=True, kw_only=True)
class ScanRun:
    """One process's part of a scan."""

    vouched: Vouched
    began: int
    """Number of its first record."""
    last: Mark | None = None
    said: list[Resumption] = field(default_factory=list)
    """Of the run before it; the first: of bundles whose outcomes it carried on."""

    @property
    def fingerprint(self) -> str:
        """Of the key that vouches for it; empty if none does. Raises VerificationError."""
        return _public(self.vouched.signer).fingerprint if self.vouched.signer else ""

    @property
    def scan_key(self) -> str:
        """The scan key's own fingerprint, which whoever saw the run begin may have noted. Raises
        VerificationError."""
        return _public(self.vouched.key).fingerprint

    def check(self) -> None:
        """Its last commit is signed with its scan key, and that is vouched for by the signer that
        it names. Raises VerificationError."""
        vouched, last = self.vouched, self.last
        where = f"the run that begins in line {self.began + 1} of the audit log"
        if last is None:
            raise VerificationError(f"{where} has no commit")
        armored = sshsig.of_raw(_public(vouched.key), custody.NAMESPACE, _raw(last.commit))
        what = f"line {last.record.seq + 1} of the audit log by that run's scan key"
        message = custody.signed_by_scan_key(last.record)
        sigcheck.check_signature(message, armored, namespace=custody.NAMESPACE, what=what)
        if not vouched.signer:
            return
        what = f"the scan key of {where}"
        by = sigcheck.check_signature(self.statement, vouched.signature.encode(), what=what)
        if by.line != vouched.signer:
            raise VerificationError(f"{where} is vouched for by another key than it names")

    @property
    def statement(self) -> bytes:
        """What its signer signed."""
        return custody.vouching(self.vouched.key, self.vouched.after)


class ScanRuns:
    """The runs of a log, as far as it was heard; none in one that an older seek wrote."""

    def __init__(self) -> None:
        self.all: list[ScanRun] = []
        self._committed = False
        """Whether the last record was a commit."""

    def hear(self, record: AuditRecord) -> Mark | None:
        """The next record; gives what it commits. Raises VerificationError where no seek would
        have written it there."""
        if record.event == custody.SCAN_KEY:
            self._begin(record)
        elif record.event == custody.DURABLE and self.all:
            return self._commit(record)
        elif record.event == custody.RESUMED and self.all:
            said = self.all[-1].said
            said.append(custody.resumption_in(record))
            if len(said) > _MOST_RUNS:
                raise VerificationError("the audit log tells of more runs than any scan has")
        self._committed = False
        return None

    @property
    def said(self) -> list[Resumption]:
        """What the runs said of those before them, in their order."""
        return [each for run in self.all for each in run.said]

    def check(self) -> None:
        """Every run is vouched for as it says. Raises VerificationError."""
        for run in self.all:
            run.check()

    def _begin(self, record: AuditRecord) -> None:
        vouched = custody.vouched_in(record)
        line = f"line {record.seq + 1} of the audit log"
        if not self.all and record.seq:
            raise VerificationError(f"{line} is a scan key, and the first is not")
        if vouched.after != record.prev or (self.all and not self._committed):
            raise VerificationError(f"{line} does not go on where the run before it ended")
        if len(self.all) == _MOST_RUNS:
            raise VerificationError("the audit log has more runs than any scan")
        self.all.append(ScanRun(vouched=vouched, began=record.seq))

    def _commit(self, record: AuditRecord) -> Mark:
        run, commit = self.all[-1], custody.commit_in(record)
        before = next((each.last for each in reversed(self.all) if each.last), None)
        if before is not None:
            self._goes_on(before.commit, commit, record)
        if run.last is None and len(self.all) > 1:
            self._owns_up(run, self.all[-2])
        run.last = Mark(record=record, commit=commit)
        self._committed = True
        return run.last

    @staticmethod
    def _goes_on(before: Committed, commit: Committed, record: AuditRecord) -> None:
        pairs = (
            (before.entries, commit.entries),
            (before.bytes, commit.bytes),
            (before.previews, commit.previews),
        )
        if any(then > now for then, now in pairs):
            raise VerificationError(f"line {record.seq + 1} of the audit log takes lines back")

    @staticmethod
    def _owns_up(run: ScanRun, before: ScanRun) -> None:
        """A run says what it found of the run before it, before it adds anything."""
        told = [(each.carried_entries, each.signer) for each in run.said]
        if before.last is None or told != [(before.last.commit.entries, before.fingerprint)]:
            raise VerificationError(
                f"the run that begins in line {run.began + 1} of the audit log does not say what "
                "it goes on with"
            )


def follow(lines: Iterable[bytes]) -> ScanRuns:
    """The runs of a whole log. Raises VerificationError."""
    runs = ScanRuns()
    for record, _ in auditlog.follow(lines):
        runs.hear(record)
    return runs


def _public(line: str) -> sshsig.PublicKey:
    try:
        return sshsig.parse_public(line)
    except sshsig.NotOpenSSH as error:
        raise VerificationError(f"a key in the audit log is {error}") from error


def _raw(commit: Committed) -> bytes:
    try:
        return base64.b64decode(commit.signature, validate=True)
    except (binascii.Error, ValueError) as error:
        raise VerificationError("a signature in the audit log is not base64") from error
