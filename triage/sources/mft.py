"""The data streams of NTFS files that The Sleuth Kit cannot tell apart, read from the MFT itself.

NTFS numbers attributes anew in each MFT record. The Sleuth Kit maps the numbers of a file's
records to others, but only of 256 attributes; beyond that it gives one stream's bytes for another,
joins their runs, and loses streams. So files with many attributes are read here: all records that
the file's $ATTRIBUTE_LIST names and that name the file as theirs, streams told apart by name.
"""

from collections.abc import Collection, Iterator

from triage.evidence import Run
from triage.sources.bytes import Bytes
from triage.sources.mft_records import (
    ATTRIBUTE_LIST,
    DataStream,
    attributes_in,
    base_of,
    cluster_size,
    fixed_up,
    joined,
    kind_of,
    listed_in,
    names_in,
    non_resident,
    pieces_in,
    record_size,
    resident_value,
)
from triage.sources.reader import ContentError
from triage.sources.runs import RunsContent

MANY = 100
"""Streams or links; files with more are read here. Below 256, whatever else such a file has."""
IN_USE = 1
"""In byte 22 of a record."""
RECORD_SIZES = (512, 1024, 2048, 4096)
LONGEST_LIST = 1 << 20
"""Bytes of an $ATTRIBUTE_LIST; Windows makes none above 256 KiB."""
MOST_RECORDS = 20_000
"""Of one file."""


def is_crowded(numbers: Collection[tuple[int, int]], links: int) -> bool:
    """Whether a file's streams, by type and number, are too many for The Sleuth Kit."""
    return len(numbers) > MANY or links > MANY or len(set(numbers)) < len(numbers)


class Mft:
    """The MFT of one volume."""

    def __init__(self, held: Bytes, runs: tuple[Run, ...], size: int) -> None:
        """`held`: the volume's bytes; `runs` and `size`: those of $MFT.

        Raises ContentError if the boot sector cannot be read or tells no size of records.
        """
        self._held = held
        self.runs, self.size = runs, size
        boot = held.read_at(0, 512)
        self.record_size = record_size(boot)
        if self.record_size not in RECORD_SIZES:
            raise ContentError("the MFT has records of no known size")
        self.table = RunsContent(held, runs, size)
        """All of its records."""
        self._cluster = cluster_size(boot)
        self.lost = 0
        """Records of files with many streams that could not be used."""
        self.spare = 4 * (size // self.record_size) + 10_000
        """Records that may still be read for such files: a hostile list names others' records."""

    def streams(self, address: int) -> list[DataStream]:
        """All data streams of the file at that address; those of records that are lost are not."""
        return joined([piece for record in self.records(address) for piece in pieces_in(record)])

    def names(self, address: int) -> list[tuple[int, bytes]]:
        """All names of the file at that address, with the folder's address of each."""
        return [name for record in self.records(address) for name in names_in(record)]

    def records(self, address: int) -> Iterator[bytes]:
        """Those of one file, its first before the others; none if that is lost."""
        base = self._record(address)
        if not base:
            return
        yield base
        for further in self._named_by(base, address):
            record = self._record(further)
            if record and base_of(record) == address:
                yield record
            else:
                self.lost += 1

    def may_be_in_use(self, address: int) -> bool:
        """Whether a file is at that address, or its first record cannot be read."""
        try:
            raw = self.table.read_at(address * self.record_size, 24)
        except ContentError:
            return True
        return raw[:4] == b"FILE" and raw[22] & IN_USE != 0

    def _named_by(self, base: bytes, address: int) -> list[int]:
        """Addresses of the further records of a file, in the order of its attribute list."""
        named: dict[int, None] = {}
        for start, length in attributes_in(base):
            if kind_of(base, start) == ATTRIBUTE_LIST:
                named |= dict.fromkeys(listed_in(self._value(base, start, length)))
        named.pop(address, None)
        wanted = list(named)[: min(MOST_RECORDS, max(0, self.spare))]
        self.lost += len(named) - len(wanted)
        self.spare -= len(wanted)
        return wanted

    def _value(self, record: bytes, start: int, length: int) -> bytes:
        """The bytes of an attribute list, wherever it lies; what can be read of it."""
        if not record[start + 8]:
            return resident_value(record, start, length)
        piece = non_resident(record, start, length)
        if piece is None:
            return b""
        value, left = b"", min(piece.stream.size, LONGEST_LIST)
        for extent in piece.stream.extents:
            at, wanted = extent.addr * self._cluster, extent.len * self._cluster
            try:
                value += self._held.read_at(at, min(left, wanted))
            except ContentError:
                self.lost += 1
                break
            left -= min(left, wanted)
        return value

    def _record(self, address: int) -> bytes:
        """A record with its fix-ups undone; empty if it is none, or torn."""
        try:
            raw = self.table.read_at(address * self.record_size, self.record_size)
        except ContentError:
            return b""
        return fixed_up(raw) if len(raw) == self.record_size else b""
