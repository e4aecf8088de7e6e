"""entries.jsonl: one line an entry, with what became of it. As it grows it is the journal.

A line holds the entry as it was listed and what examining said of it; a finding's line all that
findings.json says of it, so that a scan that was cut off loses none. What has its default is left
out.
"""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from triage.bundle.format import first
from triage.bundle.format.document import FORMAT, RUNS_KEPT, Finding, Found, kept_runs
from triage.evidence import FileEntry, Volume
from triage.findings import Result


class EntryLine(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    gc=False,
):
    """One entry and its outcome."""

    entry: FileEntry
    result: Result
    found: Found | None = None
    """None: it is no finding."""

    @property
    def finding(self) -> Finding | None:
        """What findings.json says of it; None if it is no finding."""
        if self.found is None:
            return None
        return Finding(entry=self.entry, result=self.result, found=self.found)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(EntryLine)


def of(entry: FileEntry, result: Result) -> EntryLine:
    """The line of an entry that is no finding."""
    if len(entry.runs) > RUNS_KEPT:
        entry = kept_runs(entry)
    return EntryLine(entry, result)


def append(line: EntryLine, buffer: bytearray) -> None:
    """Append the line and its line feed to the buffer."""
    _encoder.encode_into(line, buffer, -1)
    buffer += b"\n"


def append_all(lines: Sequence[EntryLine], buffer: bytearray) -> None:
    """The same for many."""
    if lines:
        buffer += b"\n".join(map(_encoder.encode, lines))
        buffer += b"\n"


def version_of(line: bytes) -> int:
    """The format of the bundle that a line is from."""
    return first.FORMAT if line.startswith(first.LINE_BEGINS) else FORMAT


def decode(line: bytes) -> EntryLine:
    """One line of today's format. Raises msgspec.MsgspecError, RecursionError."""
    return _decoder.decode(line)


def decoder(version: int, volumes: Sequence[Volume] = ()) -> Callable[[bytes], EntryLine]:
    """What decodes a line of a bundle of that format. Raises as `decode` does.

    `volumes`: those of the bundle; without them a line of format 1 says places on the device.
    """
    if version != first.FORMAT:
        return decode
    begins = {volume.id: volume.offset for volume in volumes}

    def decode_first(line: bytes) -> EntryLine:
        return msgspec.convert(first.line(msgspec.json.decode(line), begins), EntryLine)

    return decode_first


def read(lines: Iterator[bytes]) -> Iterator[EntryLine]:
    """All lines of a bundle of today's format. Raises as `decode` does."""
    return map(_decoder.decode, lines)
