"""What a bundle that was not sealed still says for certain: the journal is read back.

entries.jsonl grows with every outcome. Each time its lines are on the medium, the audit log gets a
record `durable`: how many lines and bytes, and their SHA-256, signed with the run's scan key. The
log's records are chained. So:

1. The log is followed as far as its chain holds; a torn last line ends it.
2. It is believed up to the last `durable` record whose SHA-256 the bytes of entries.jsonl have.
3. What follows is counted and dropped: those entries are looked at again.
4. Of every run the last record that is believed must be signed with its scan key, which its signer
   vouches for. One that is not is no accident: such a bundle is not gone on with.

Whether that signer is to be believed is not decided here (scan/resuming/trust.py).
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from triage.bundle.checking.custody import Mark, ScanRuns
from triage.bundle.checking.folder import BundleFolder
from triage.bundle.format import auditlog, custody, entries, layout
from triage.bundle.format.auditlog import AuditRecord
from triage.bundle.format.custody import PreviewRoll
from triage.bundle.format.document import LONGEST_NAME, Integrity, LogEnd, Resumption
from triage.bundle.format.entries import AnyLine
from triage.bundle.writing.durable import RunningDigest
from triage.errors import BundleError, VerificationError

_HINT = "Start a new scan; keep this folder as it is."
_CHUNK = 1 << 20


class Journal:
    """The certain part of an unsealed bundle. Raises BundleError where there is none, and where
    what there is was not written by those who vouch for it."""

    def __init__(self, folder: Path) -> None:
        """Follow the log and believe what it vouches for; no line is decoded yet."""
        self.folder = BundleFolder(folder)
        self.log_size = self.dropped_records = 0
        self.log_end = LogEnd(records=0, sha256=auditlog.START)
        self.log_digest: RunningDigest = hashlib.sha256()
        self.lines = self.size = self.dropped = 0
        self.digest: RunningDigest = hashlib.sha256()
        self.runs = ScanRuns()
        try:
            self._take_log(self._believed(self._marks()))
            self.runs.check()
        except VerificationError as error:
            raise BundleError(
                f"The bundle cannot be resumed: {error.message}.", hint=_HINT
            ) from None

    @property
    def terms(self) -> str:
        """SHA-256 of the scan.json that its first run wrote; empty: it wrote none."""
        return self.runs.all[0].vouched.terms

    def entries(self) -> Iterator[AnyLine]:
        """The lines that are certain, those of members too. Raises BundleError."""
        for number, line in zip(range(self.lines), self.folder.lines(layout.ENTRIES), strict=False):
            try:
                yield entries.decode_any(line)
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
                raise BundleError(
                    f"Line {number + 1} of entries.jsonl is no entry.", hint=_HINT
                ) from error

    def previews(self, names: Iterable[str]) -> dict[str, str]:
        """SHA-256 of the previews that its lines name. Raises BundleError if they are not those
        that were written."""
        try:
            digests = {name: self.folder.digest(name) for name in names}
        except VerificationError as error:
            raise BundleError(
                f"The bundle cannot be resumed: {error.message}.", hint=_HINT
            ) from error
        roll = PreviewRoll()
        roll.add(digests.items())
        said = self._last.commit
        if (roll.count, roll.sha256) != (said.previews, said.previews_sha256):
            raise BundleError(
                "The bundle cannot be resumed: its previews are not those that were written.",
                hint=_HINT,
            )
        return digests

    def resumption(self, at: str, integrity: Integrity, principal: str = "") -> Resumption:
        """What a run that goes on with it at that time says of its last run."""
        return Resumption(
            at=at,
            bundle=self.folder.path.name,
            carried_entries=self.lines,
            dropped_lines=self.dropped,
            integrity=integrity,
            signer=self.runs.all[-1].fingerprint,
            principal=principal[:LONGEST_NAME],
            may_be_cut_short=True,
        )

    @property
    def _last(self) -> Mark:
        mark = self.runs.all[-1].last
        if mark is None:
            raise VerificationError("the log ends in a run that has no commit")
        return mark

    def _records(self) -> Iterator[tuple[AuditRecord, bytes]]:
        """The log's records and lines, as far as their chain holds."""
        try:
            yield from auditlog.follow(self.folder.lines(layout.LOG))
        except VerificationError:
            return  # torn, or damaged from here on

    def _marks(self) -> list[Mark]:
        runs, unsigned = ScanRuns(), False
        marks = []
        for record, _ in self._records():
            if mark := runs.hear(record):
                marks.append(mark)
            unsigned |= record.event == custody.DURABLE and not runs.all
        if unsigned:
            raise VerificationError(
                "its audit log names no scan key: an older seek wrote it, or somebody made it anew"
            )
        if not marks:
            raise VerificationError("nothing in it is certain: it was cut off at its very start")
        return marks

    def _believed(self, marks: list[Mark]) -> Mark:
        """The last commit whose bytes entries.jsonl has."""
        digest, done, believed = hashlib.sha256(), 0, None
        with self.folder.open(layout.ENTRIES) as file:
            for mark in marks:
                size = mark.commit.bytes
                while done < size and (part := file.read(min(_CHUNK, size - done))):
                    digest.update(part)
                    done += len(part)
                if done != size or digest.hexdigest() != mark.commit.sha256:
                    break
                believed, self.digest = mark, digest.copy()
            if believed is None:
                raise VerificationError("entries.jsonl does not begin as its first commit says")
            self.lines, self.size = believed.commit.entries, believed.commit.bytes
            file.seek(self.size)
            while part := file.read(_CHUNK):
                self.dropped += part.count(b"\n") + (
                    not part.endswith(b"\n") and len(part) < _CHUNK
                )
        return believed

    def _take_log(self, last: Mark) -> None:
        """Take the log up to that commit. What follows it is signed by nobody."""
        for record, line in self._records():
            if record.seq > last.record.seq:
                self.dropped_records += 1
                continue
            self.runs.hear(record)
            self.log_size += len(line) + 1
            self.log_digest.update(line + b"\n")
            self.log_end = LogEnd(records=record.seq + 1, sha256=hashlib.sha256(line).hexdigest())
