"""audit.jsonl of a store: what was done, by whom, every line bound to the one before.

A case stands in it by its id and never by its number, so that it may stay when a case is erased. A
line that a crash cut off is taken out by whoever writes next: what it said was not yet done.
"""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from triage.bundle.format import auditlog
from triage.bundle.format.auditlog import AuditRecord, Chain, Field
from triage.bundle.format.document import LogEnd
from triage.errors import StoreError, VerificationError

IMPORTED = "imported"
ERASED = "erased"


class Trail:
    """The log of a store that this process alone writes."""

    def __init__(self, file: Path) -> None:
        """Follow what is there. Raises StoreError if it was changed."""
        self._file = file
        self.records = list(read_trail(file))
        last = auditlog.encode(self.records[-1]) if self.records else None
        end = LogEnd(records=len(self.records), sha256=sha256(last).hexdigest()) if last else None
        self._chain = Chain(end)
        self._cut_torn_line()

    @property
    def end(self) -> LogEnd:
        """Where it ends now."""
        return self._chain.end

    def say(self, event: str, by: str, **fields: Field | list[Field]) -> None:
        """One record more; it is on the medium when this returns."""
        line = self._chain.line(event, {"by": by, **fields})
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, line + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)

    def _cut_torn_line(self) -> None:
        whole = sum(len(auditlog.encode(record)) + 1 for record in self.records)
        if self._file.exists() and self._file.stat().st_size != whole:
            os.truncate(self._file, whole)


def read_trail(file: Path) -> Iterator[AuditRecord]:
    """All whole lines. Raises StoreError where one does not follow from the one before."""
    try:
        for record, _ in auditlog.follow(_whole_lines(file)):
            yield record
    except VerificationError as error:
        raise StoreError(
            f"The store's audit log was changed: {error.message}.",
            hint="Nothing is done to this store any more. Compare it with a copy.",
        ) from error


def _whole_lines(file: Path) -> Iterator[bytes]:
    if not file.exists():
        return
    with file.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                yield line[:-1]
