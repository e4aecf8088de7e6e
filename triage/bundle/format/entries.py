"""entries.jsonl: one line an entry, with what became of it. As it grows it is the journal.

Where a profile wants members listed, the line of a container is followed by one for each of them.
A line holds the entry as it was listed and what examining said of it; a finding's line all that
findings.json says of it, so that a scan that was cut off loses none. What has its default is left
out.
"""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from triage.bundle.format import first
from triage.bundle.format.document import FORMAT, RUNS_KEPT, Finding, Found, kept_runs
from triage.evidence import FileEntry, Volume
from triage.findings import ListedMember, Result


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


class MemberLine(
    msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False
):
    """A member of the container whose line is the last that is none of these."""

    member: ListedMember
    of: int
    """The entry's id."""


AnyLine = EntryLine | MemberLine
_BEGINS = b'{"member":'
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(EntryLine)
_member_decoder = msgspec.json.Decoder(MemberLine)


def of(entry: FileEntry, result: Result) -> EntryLine:
    """The line of an entry that is no finding."""
    if len(entry.runs) > RUNS_KEPT:
        entry = kept_runs(entry)
    return EntryLine(entry, result)


def append(line: AnyLine, buffer: bytearray) -> None:
    """Append the line and its line feed to the buffer."""
    _encoder.encode_into(line, buffer, -1)
    buffer += b"\n"


def append_members(of: int, members: Sequence[ListedMember], buffer: bytearray) -> None:
    """The same for all of a container's, behind its own line."""
    for member in members:
        _encoder.encode_into(MemberLine(member, of), buffer, -1)
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


def is_member(line: bytes) -> bool:
    """Whether it is of a member, and not of an entry."""
    return line.startswith(_BEGINS)


def decode_member(line: bytes) -> MemberLine:
    """Likewise, a line of a member."""
    return _member_decoder.decode(line)


def decode_any(line: bytes) -> AnyLine:
    """Likewise, a line of either."""
    return decode_member(line) if is_member(line) else decode(line)


def read(lines: Iterator[bytes]) -> Iterator[AnyLine]:
    """All lines of a bundle of today's format. Raises as `decode` does."""
    return map(decode_any, lines)
