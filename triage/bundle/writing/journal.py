"""What a bundle that was not sealed still says for certain: the journal is read back.

entries.jsonl grows with every outcome. Each time its lines are on the medium, the audit log gets a
record `durable`: how many lines and bytes, and their SHA-256. The log's records are chained. So:

1. The log is followed as far as its chain holds; a torn last line ends it.
2. entries.jsonl is believed up to the last `durable` record whose SHA-256 its bytes have.
3. What follows is counted and dropped: those entries are looked at again.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from triage.bundle.checking.folder import BundleFolder
from triage.bundle.format import auditlog, entries, layout
from triage.bundle.format.document import LogEnd
from triage.bundle.format.entries import EntryLine
from triage.bundle.writing.durable import RunningDigest
from triage.errors import BundleError, VerificationError

DURABLE = "durable"
_HINT = "Start a new scan; keep this folder as it is."


class Journal:
    """The certain part of an unsealed bundle. Raises BundleError where there is none."""

    def __init__(self, folder: Path) -> None:
        """Follow the log and believe what it vouches for; no line is decoded yet."""
        self.folder = BundleFolder(folder)
        self.log_size = 0
        self.log_end = LogEnd(records=0, sha256=auditlog.START)
        self.log_digest: RunningDigest = hashlib.sha256()
        self.lines = self.size = self.dropped = 0
        self.digest: RunningDigest = hashlib.sha256()
        try:
            self._believe(list(self._marks()))
        except VerificationError as error:
            raise BundleError(
                f"The bundle cannot be resumed: {error.message}.", hint=_HINT
            ) from None

    def entries(self) -> Iterator[EntryLine]:
        """The lines that are certain. Raises BundleError."""
        for number, line in zip(range(self.lines), self.folder.lines(layout.ENTRIES), strict=False):
            try:
                yield entries.decode(line)
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
                raise BundleError(
                    f"Line {number + 1} of entries.jsonl is no entry.", hint=_HINT
                ) from error

    def _marks(self) -> Iterator[tuple[int, int, str]]:
        """Lines, bytes and SHA-256 of every `durable` record."""
        try:
            for record, line in auditlog.follow(self.folder.lines(layout.LOG)):
                self.log_size += len(line) + 1
                self.log_digest.update(line + b"\n")
                self.log_end = LogEnd(records=record.seq + 1, sha256=self._last(line))
                if record.event == DURABLE:
                    said = record.fields
                    yield _number(said["entries"]), _number(said["bytes"]), str(said["sha256"])
        except (VerificationError, KeyError):
            return  # torn, or damaged from here on

    def _believe(self, marks: list[tuple[int, int, str]]) -> None:
        digest, done = hashlib.sha256(), 0
        with self.folder.open(layout.ENTRIES) as file:
            for lines, size, said in marks:
                while done < size and (part := file.read(min(1 << 20, size - done))):
                    digest.update(part)
                    done += len(part)
                if done != size or digest.hexdigest() != said:
                    break
                self.lines, self.size, self.digest = lines, size, digest.copy()
            file.seek(self.size)
            while part := file.read(1 << 20):
                self.dropped += part.count(b"\n") + (
                    not part.endswith(b"\n") and len(part) < 1 << 20
                )

    @staticmethod
    def _last(line: bytes) -> str:
        return hashlib.sha256(line).hexdigest()


def _number(value: object) -> int:
    return value if isinstance(value, int) else -1
