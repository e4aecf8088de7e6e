"""entries.jsonl: one line an entry, with what became of it. As it grows it is the journal.

A finding's line carries all that its place in findings.json says, so that a scan that was cut off
loses none. Fields that have their default are left out.
"""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import fields

from triage.evidence import EntryKind, FileEntry, Run, Timestamps
from triage.findings import Match, Outcome, Result

_NO_TIMES: Timestamps = next(f.default for f in fields(FileEntry) if f.name == "times")
"""The very object that entries without times hold: only that one is left out of a line."""


class EntryLine(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    gc=False,
):
    """One entry and its outcome. Names and units as in `FileEntry` and `Result`."""

    id: int
    volume_id: str
    path: str
    outcome: Outcome
    reason: str = ""
    size: int = 0
    raw_path: bytes = b""
    stream: str = ""
    kind: EntryKind = EntryKind.FILE
    allocated: bool = True
    orphan: bool = False
    meta_address: int = 0
    times: Timestamps = _NO_TIMES
    bytes_read: int = 0
    bad: tuple[Run, ...] = ()
    """Those of the volume's bytes that could not be read."""
    type: str = ""
    container: str = ""
    """Its kind: it holds others, into which nobody looked."""
    locked: bool = False
    digests: dict[str, str] = {}
    finding: int = 0
    """The finding's number; 0: it is none."""
    entry: FileEntry | None = None
    """A finding's entry as findings.json has it: all of it, and where its content lies."""
    runs_left_out: int = 0
    matches: tuple[Match, ...] = ()
    found_at: str = ""
    found_after: float = 0.0
    looked_at_as: str = ""
    group: int = 0
    """Of a finding: the first one that shows the same; 0: this one."""
    preview: str = ""
    reread_differs: bool = False
    reread_sha256: str = ""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(EntryLine)


def of(entry: FileEntry, result: Result) -> EntryLine:
    """The line of an entry that is no finding."""
    return EntryLine(  # by position: by name it takes twice as long, for every entry of a scan
        entry.id,
        entry.volume_id,
        entry.path,
        result.outcome,
        result.reason,
        entry.size,
        entry.raw_path,
        entry.stream,
        entry.kind,
        entry.allocated,
        entry.orphan,
        entry.meta_address,
        entry.times,
        result.bytes_read,
        result.bad,
        result.type,
        result.container,
        result.locked,
        result.digests,
    )


def append(line: EntryLine, buffer: bytearray) -> None:
    """Append the line and its line feed to the buffer."""
    _encoder.encode_into(line, buffer, -1)
    buffer += b"\n"


def append_all(lines: Sequence[EntryLine], buffer: bytearray) -> None:
    """The same for many."""
    if lines:
        buffer += b"\n".join(map(_encoder.encode, lines))
        buffer += b"\n"


def decode(line: bytes) -> EntryLine:
    """One line. Raises msgspec.MsgspecError, RecursionError."""
    return _decoder.decode(line)


def read(lines: Iterator[bytes]) -> Iterator[EntryLine]:
    """All lines. Raises as `decode` does."""
    return map(_decoder.decode, lines)
