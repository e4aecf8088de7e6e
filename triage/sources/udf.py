"""UDF (ECMA-167, OSTA UDF 1.02 to 2.60): a volume on one disc, with a metadata partition or not.

What was written in increments through a table of virtual addresses is not read, nor blocks that
were put elsewhere because their place was bad.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from triage.evidence import MOST_RUNS, EntryKind, Run, Timestamps
from triage.sources.bytes import Bytes, all_of
from triage.sources.disc_names import BAD_FOLDER, MOST_FOLDER, DiscName, FolderId
from triage.sources.reader import ContentError
from triage.sources.runs import RunsContent

ANCHOR_AT = 256
BLOCKS = (2048, 512, 4096, 1024)
ANCHOR, PARTITION, LOGICAL, END, SET, NAME, MORE_RUNS, FILE, FILE_2 = (
    2, 5, 6, 8, 256, 257, 258, 261, 266)  # fmt: skip
MOST_DESCRIPTORS, MOST_MAPS = 256, 16
DELETED, PARENT = 0x04, 0x08
FOLDER_TYPE, LINK_TYPE, FILE_TYPES = 4, 12, frozenset({0, 5, 249})
SHORT, LONG, INSIDE = 0, 1, 3
METADATA, SPARABLE = b"*UDF Metadata Partition", b"*UDF Sparable Partition"

NO_VOLUME = "it has no volume of UDF that can be read"
VIRTUAL = "a UDF that was written in increments, which this version cannot read"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    """A file entry."""

    type: int
    size: int
    runs: tuple[Run, ...] | None
    times: Timestamps


class UdfView:
    """Its tree."""

    title = "UDF"

    def __init__(self, held: Bytes) -> None:
        """Raises ContentError."""
        self._held = held
        self.lost = 0
        self._block = 0
        self._starts: dict[int, int] = {}
        """Of partitions by their numbers, in the volume's bytes."""
        self._partitions: list[int] = []
        """By reference: where each begins; -1: it is the metadata partition."""
        self._metadata: tuple[Run, ...] = ()
        self._metadata_ends: list[int] = []
        logical = self._volume()
        self._map(logical)
        length, block, partition = struct.unpack_from("<IIH", logical, 248)
        raw = self._descriptor(block, partition, SET)
        del length
        _, block, partition = struct.unpack_from("<IIH", raw, 400)
        self.root: FolderId = (block, partition)
        if self._node(block, partition).type != FOLDER_TYPE:
            raise ContentError(NO_VOLUME)

    def _volume(self) -> bytes:
        """The descriptor of the logical volume."""
        for block in BLOCKS:
            for at in (ANCHOR_AT, self._held.size // block - 257, self._held.size // block - 1):
                raw = self._held.read_at(at * block, 512) if at > 0 else b""
                if not _is(raw, ANCHOR, at):
                    continue
                for place in (16, 24):
                    length, first = struct.unpack_from("<II", raw, place)
                    found = self._sequence(block, first, length // block)
                    if found:
                        return found
        raise ContentError(NO_VOLUME)

    def _sequence(self, block: int, first: int, count: int) -> bytes:
        logical = b""
        newest: dict[int, int] = {}
        for number in range(first, first + min(count, MOST_DESCRIPTORS)):
            raw = self._held.read_at(number * block, max(block, 512))
            if len(raw) < 512 or not _is(raw, struct.unpack_from("<H", raw)[0], number):
                break
            tag, order = struct.unpack_from("<H", raw)[0], struct.unpack_from("<I", raw, 16)[0]
            if tag == END:
                break
            if tag == PARTITION:
                partition = struct.unpack_from("<H", raw, 22)[0]
                if order >= newest.get(partition, 0):
                    newest[partition] = order
                    self._starts[partition] = struct.unpack_from("<I", raw, 188)[0] * block
            elif tag == LOGICAL and struct.unpack_from("<I", raw, 212)[0] == block:
                older = not logical or order >= struct.unpack_from("<I", logical, 16)[0]
                logical = raw if older else logical
        self._block = block
        return logical if self._starts else b""

    def _map(self, logical: bytes) -> None:
        """Which partition each reference is of."""
        length, count = struct.unpack_from("<II", logical, 264)
        maps, at = logical[440 : 440 + length], 0
        files: list[tuple[int, int, int]] = []
        for _ in range(min(count, MOST_MAPS)):
            kind, size = (
                maps[at] if at < len(maps) else 0,
                maps[at + 1] if at + 1 < len(maps) else 0,
            )
            each = maps[at : at + size].ljust(64, b"\0")
            if kind == 1 and size == 6:
                number = struct.unpack_from("<H", each, 4)[0]
            elif kind == 2 and size == 64 and each[5:28] in (METADATA, SPARABLE):
                number = struct.unpack_from("<H", each, 38)[0]
                if each[5:28] == METADATA:
                    files += [(len(self._partitions), number, f)
                              for f in struct.unpack_from("<II", each, 40)]  # fmt: skip
            else:
                raise ContentError(VIRTUAL)
            if number not in self._starts:
                raise ContentError(NO_VOLUME)
            self._partitions.append(self._starts[number])
            at += size
        for reference, number, file in files:
            if self._metadata:
                break
            try:
                node = self._node_at(self._starts[number] + file * self._block, file, reference)
            except ContentError:
                continue
            self._metadata = node.runs or ()
            lengths = (run.length for run in self._metadata)
            self._metadata_ends = list(accumulate(lengths))
        for reference, _, _ in files:
            self._partitions[reference] = -1

    def _place(self, block: int, reference: int, length: int) -> list[Run]:
        """Where bytes from a block of a partition on lie. Raises ContentError."""
        if reference >= len(self._partitions):
            raise ContentError(BAD_FOLDER)
        start = self._partitions[reference]
        if start >= 0:
            return [Run(start + block * self._block, length)]
        skipped, runs = block * self._block, list[Run]()
        first = bisect_right(self._metadata_ends, skipped)
        skipped -= self._metadata_ends[first - 1] if first else 0
        for place in range(first, len(self._metadata)):
            run = self._metadata[place]
            piece = min(run.length - skipped, length)
            runs.append(Run(run.offset + skipped if run.offset >= 0 else -1, piece))
            skipped, length = 0, length - piece
            if not length:
                return runs
        raise ContentError(BAD_FOLDER)

    def _descriptor(self, block: int, reference: int, tag: int) -> bytes:
        (run,) = self._place(block, reference, self._block)[:1]
        raw = all_of(self._held, run.offset, self._block)
        if not _is(raw, tag, block):
            raise ContentError(BAD_FOLDER)
        return raw

    def _node(self, block: int, reference: int) -> _Node:
        (run,) = self._place(block, reference, self._block)[:1]
        return self._node_at(run.offset, block, reference)

    def _node_at(self, at: int, block: int, reference: int) -> _Node:
        """The file entry there. `block`, `reference`: as it says of itself, and what it names."""
        raw = all_of(self._held, at, self._block)
        tag = struct.unpack_from("<H", raw)[0]
        if tag not in (FILE, FILE_2) or not _is(raw, tag, block):
            raise ContentError(BAD_FOLDER)
        flags, size = struct.unpack_from("<H", raw, 34)[0], struct.unpack_from("<Q", raw, 56)[0]
        newer = tag == FILE_2
        skipped, length = struct.unpack_from("<II", raw, 208 if newer else 168)
        begin = (216 if newer else 176) + skipped
        if begin + length > len(raw):
            raise ContentError(BAD_FOLDER)
        form = flags & 7
        runs: tuple[Run, ...] | None
        if form == INSIDE:
            runs = (Run(at + begin, size),) if 0 < size <= length else ()
            if size > length:
                runs = None
        elif form in (SHORT, LONG):
            runs = self._runs(raw[begin : begin + length], form, reference, size)
        else:
            runs = None
        places = (104, 92, 116, 80) if newer else (None, 84, 96, 72)
        times = [None if p is None else _moment(raw[p : p + 12]) for p in places]
        return _Node(type=raw[27], size=size, runs=runs, times=Timestamps(*times))

    def _runs(self, listed: bytes, form: int, reference: int, size: int) -> tuple[Run, ...] | None:
        """Where the pieces lie; None if that is not all, or not on the disc."""
        step, runs, left = (8 if form == SHORT else 16), list[Run](), size
        at = pieces = 0
        while left and at + step <= len(listed):
            told, block = struct.unpack_from("<II", listed, at)
            partition = reference if form == SHORT else struct.unpack_from("<H", listed, at + 8)[0]
            length, kind = told & 0x3FFFFFFF, told >> 30
            at, pieces = at + step, pieces + 1
            if not length or pieces > MOST_RUNS:
                break
            try:
                if kind == 3:
                    listed, at = self._more(block, partition), 0
                    continue
                length = min(length, left)
                runs += self._place(block, partition, length) if not kind else [Run(-1, length)]
            except ContentError:
                return None
            left -= length
        if left:
            return None
        inside = all(run.offset + run.length <= self._held.size for run in runs)
        return tuple(runs) if inside else None

    def _more(self, block: int, reference: int) -> bytes:
        raw = self._descriptor(block, reference, MORE_RUNS)
        return raw[24 : 24 + struct.unpack_from("<I", raw, 20)[0]]

    def names(self, folder: FolderId) -> Iterator[DiscName]:
        """As `DiscView` has it."""
        block, reference = folder
        node = self._node(block, reference)
        if node.type != FOLDER_TYPE or not node.runs or not 0 < node.size <= MOST_FOLDER:
            if not node.size and node.type == FOLDER_TYPE:
                return
            raise ContentError(BAD_FOLDER)
        raw = RunsContent(self._held, node.runs, node.size).read_at(0, node.size)
        at = 0
        while at + 38 <= len(raw):
            flags, length = raw[at + 18], raw[at + 19]
            _, block, reference = struct.unpack_from("<IIH", raw, at + 20)
            skipped = struct.unpack_from("<H", raw, at + 36)[0]
            end = at + 38 + skipped + length
            if not _is(raw[at : at + 16], NAME) or end > len(raw):
                self.lost += 1
                return
            name = _text(raw[end - length : end])
            at = end + -(end - at) % 4
            if flags & PARENT:
                continue
            if name:
                yield self._named(name, block, reference, in_use=not flags & DELETED)
            else:
                self.lost += not flags & DELETED

    def _named(self, name: bytes, block: int, reference: int, *, in_use: bool) -> DiscName:
        made = DiscName(name=name, in_use=in_use)
        try:
            node = self._node(block, reference)
        except ContentError:
            self.lost += in_use
            return made
        made = replace(made, times=node.times)
        if node.type == FOLDER_TYPE:
            folder = (block, reference) if in_use else None
            return replace(made, kind=EntryKind.DIRECTORY, folder=folder)
        if node.type not in FILE_TYPES:
            kind = EntryKind.LINK if node.type == LINK_TYPE else EntryKind.OTHER
            return replace(made, kind=kind)
        return replace(made, size=node.size, runs=node.runs)


def _is(raw: bytes, tag: int, block: int = -1) -> bool:
    """Whether a descriptor begins there, of that kind, that says so of itself and where it is."""
    if len(raw) < 16 or struct.unpack_from("<H", raw)[0] != tag:
        return False
    total = (sum(raw[:16]) - raw[4]) & 0xFF
    return total == raw[4] and (block < 0 or struct.unpack_from("<I", raw, 12)[0] == block)


def _text(raw: bytes) -> bytes:
    """OSTA's compressed Unicode, in UTF-8."""
    if raw[:1] == b"\x10":
        text = raw[1:].decode("utf-16-be", "replace")
    else:
        text = raw[1:].decode("latin-1") if raw[:1] == b"\x08" else ""
    return text.encode("utf-8", "replace").replace(b"/", b"_")


def _moment(raw: bytes) -> float | None:
    """Zone, year, month, day, hour, minute, second, hundredths …"""
    zone, year, month, day, hour, minute, second, hundredths = struct.unpack_from("<HH6B", raw)
    offset = zone & 0xFFF
    offset = offset - 0x1000 if offset & 0x800 else offset
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        shift = timedelta(minutes=offset if -1440 <= offset <= 1440 else 0)
        return (local - shift).timestamp() + float(min(hundredths, 99)) / 100
    except (ValueError, OverflowError):
        return None
