"""log.jsonl as one run writes it: bound line by line, and signed wherever all is on the medium."""

from collections.abc import Iterable

import msgspec

from triage.bundle.format import auditlog, custody
from triage.bundle.format.custody import PreviewRoll
from triage.bundle.format.document import LogEnd, Resumption
from triage.bundle.writing.files import GrowingFile
from triage.bundle.writing.scan_key import ScanKey


class SignedLog:
    """What is logged before there is a file waits in memory."""

    def __init__(self, scan_key: ScanKey, after: LogEnd | None = None, *, since: str = "") -> None:
        """`after`: where the log of an earlier run ends that this one goes on with. `since`: when
        this run began."""
        self._scan_key = scan_key
        self._chain = auditlog.Chain(after)
        self._latest = since
        """When the last record was logged."""
        self._file: GrowingFile | None = None
        self._waiting: list[tuple[str, str, auditlog.Fields]] = []
        """When, event, fields."""
        self._covered = (0, 0)
        """Bytes of entries.jsonl and records of the log that the last commit covers."""
        self._roll, self._rolled = PreviewRoll(), 0
        """Previews that the next commit covers; how many of this run are among them."""

    @property
    def end(self) -> LogEnd:
        """Where it ends now."""
        return self._chain.end

    def begin(self, file: GrowingFile, *, terms: str, resumed: Iterable[Resumption]) -> None:
        """The first records of the run: its scan key, what is said of those before it as far as the
        log does not have it, and what waited. `terms`: SHA-256 of scan.json, where there is one."""
        self._file = file
        began = self._waiting[0][0] if self._waiting else auditlog.utc_now()
        self._latest = max(self._latest, began)
        vouched = self._scan_key.vouched(after=self.end.sha256, terms=terms)
        own = [(custody.SCAN_KEY, msgspec.to_builtins(vouched))]
        own += [(custody.RESUMED, msgspec.to_builtins(each)) for each in resumed]
        for utc, event, fields in [*((began, *each) for each in own), *self._waiting]:
            self._append(self._chain.line(event, fields, utc=utc))
        self._waiting.clear()

    def take_over(self, previews: dict[str, str]) -> None:
        """Previews of earlier runs, names and SHA-256: commits cover them too."""
        self._roll.add(previews.items())

    def log(self, event: str, fields: auditlog.Fields) -> None:
        """The next record."""
        self._note(event, fields, self._now())

    def commit(self, entries: int, lines: GrowingFile, previews: dict[str, str]) -> None:
        """Return when it is on the medium that all of entries.jsonl is, which has so many entries.
        `previews`: all of this run, in the order in which they were closed."""
        if self._file is None:
            return
        if (lines.size, self.end.records) != self._covered:
            self._roll.add([*previews.items()][self._rolled :])
            self._rolled = len(previews)
            fields: auditlog.Fields = {
                "entries": entries,
                "bytes": lines.size,
                "sha256": lines.digest,
                "previews": self._roll.count,
                "previews_sha256": self._roll.sha256,
            }
            utc, sign = self._now(), self._scan_key.sign
            self._append(self._chain.line(custody.DURABLE, fields, utc=utc, sign=sign))
            self._covered = lines.size, self.end.records
        self._file.sync()

    def _now(self) -> str:
        """The time; where the clock was set back since something was logged, that is logged."""
        now = auditlog.utc_now()
        if now < self._latest:
            self._note(auditlog.CLOCK_SET_BACK, {"from": self._latest}, now)
        self._latest = now
        return now

    def _note(self, event: str, fields: auditlog.Fields, utc: str) -> None:
        if self._file is None:
            self._waiting.append((utc, event, fields))
        else:
            self._append(self._chain.line(event, fields, utc=utc))

    def _append(self, line: bytes) -> None:
        if self._file is not None:
            self._file.buffer.extend(line + b"\n")
            self._file.flush()
