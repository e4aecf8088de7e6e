"""log.jsonl: what was done and when, a line each, every line bound to the one before.

A record is `{"seq": 0, "utc": …, "event": …, "fields": {…}, "prev": …}`; `prev` is the SHA-256 of
the previous line without its line feed, and 64 zeros in the first. The document names the last
line's digest, so that the end cannot be cut off either.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from triage.bundle.format.document import LogEnd
from triage.errors import VerificationError

START = "0" * 64

STARTED = "scan started"
OPENED = "device opened read-only"
VOLUME = "volume"
UNLOCKED = "volume unlocked"
STAYS_LOCKED = "volume stays locked"
STOPPED = "stopped"
KNOWN = "known material"
GAVE_UP = "decoder given up"
CLOCK_SET_BACK = "the clock was set back"
"""The record after it has an earlier time than the record before it."""
SEALING = "sealing"
"""The last, of what the scan did: only what is then on the medium may follow."""

Field = str | int | float | bool | None
Fields = dict[str, Field | list[Field]]


class AuditRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line."""

    seq: int
    utc: str
    event: str
    fields: Fields = {}
    prev: str


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(AuditRecord)


def utc_now() -> str:
    """The machine's clock, to the millisecond."""
    return spelled(datetime.now(UTC))


def spelled(moment: datetime) -> str:
    """ISO 8601 in UTC with a Z, to the millisecond: such times sort as texts."""
    utc = moment.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def encode(record: AuditRecord) -> bytes:
    """The line of a record, without its line feed."""
    return _encoder.encode(record)


class Chain:
    """Makes the lines, one after the other."""

    def __init__(self, after: LogEnd | None = None) -> None:
        """Begin with no line, or go on where a log ended."""
        self._records = after.records if after else 0
        self._last = after.sha256 if after else START

    def line(
        self,
        event: str,
        fields: Fields,
        *,
        utc: str = "",
        sign: Callable[[AuditRecord], str] | None = None,
    ) -> bytes:
        """The next line, without its line feed. `utc`: when, if not now. `sign`: what it gives for
        the record becomes its field `signature`."""
        record = AuditRecord(
            seq=self._records,
            utc=utc or utc_now(),
            event=event,
            fields={name: _encodable(value) for name, value in fields.items()},
            prev=self._last,
        )
        if sign is not None:
            record = replace(record, fields={**record.fields, "signature": sign(record)})
        line = encode(record)
        self._records += 1
        self._last = sha256(line).hexdigest()
        return line

    @property
    def end(self) -> LogEnd:
        """Where the log ends now."""
        return LogEnd(records=self._records, sha256=self._last)


def _encodable(value: Field | list[Field]) -> Field | list[Field]:
    """Names given on a command line may hold bytes that are no UTF-8: those become `\\udcff`."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value


def check(lines: Iterable[bytes]) -> LogEnd:
    """Follow the chain; where it ends. Raises VerificationError naming the first broken line."""
    end = LogEnd(records=0, sha256=START)
    for record, line in follow(lines):
        end = LogEnd(records=record.seq + 1, sha256=sha256(line).hexdigest())
    return end


def follow(lines: Iterable[bytes]) -> Iterator[tuple[AuditRecord, bytes]]:
    """The records and their lines, as far as the chain holds. Raises VerificationError there."""
    last = START
    for seq, line in enumerate(lines):
        try:
            record = _decoder.decode(line)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise VerificationError(f"line {seq + 1} of the audit log is no record") from error
        if record.seq != seq:
            raise VerificationError(f"line {seq + 1} of the audit log has the wrong number")
        if record.prev != last:
            raise VerificationError(
                f"line {seq + 1} of the audit log does not follow from the line before"
            )
        last = sha256(line).hexdigest()
        yield record, line
