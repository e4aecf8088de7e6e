"""ISO 9660 (ECMA-119) with its extensions: Rock Ridge (SUSP, RRIP) and Joliet."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from triage.evidence import EntryKind, Run, Timestamps
from triage.sources.bytes import Bytes, all_of
from triage.sources.disc_names import BAD_FOLDER, MOST_FOLDER, DiscName, FolderId
from triage.sources.reader import ContentError

SECTOR = 2048
PRIMARY, SUPPLEMENTARY, LAST = 1, 2, 255
JOLIET = (b"%/@", b"%/C", b"%/E")
MOST_DESCRIPTORS = 64
FOLDER, GOES_ON = 0x02, 0x80
RECORD = struct.Struct("<BBI4xI4x7sBBBHxxB")
MOST_AREAS = 8
"""Further areas of one name's Rock Ridge fields."""
MOST_FIELDS = 16 * SECTOR
"""Bytes of one such area."""
NAME_GOES_ON, MOST_NAME = 1, 4096
MODE_FOLDER, MODE_FILE, MODE_LINK = 0x4000, 0x8000, 0xA000


@dataclass(frozen=True, slots=True)
class _Record:
    """One of a directory."""

    name: bytes
    start: int
    """Block of the content, extended attributes passed over."""
    size: int
    flags: int
    time: float | None
    interleaved: bool
    fields: bytes
    """Of Rock Ridge."""


class IsoView:
    """One tree: a primary descriptor's, or a supplementary one's."""

    def __init__(self, held: Bytes, descriptor: bytes, title: str) -> None:
        """Raises ContentError."""
        self._held, self.title = held, title
        self.lost = 0
        self._block = struct.unpack_from("<H", descriptor, 128)[0]
        if self._block not in (512, 1024, 2048):
            raise ContentError(BAD_FOLDER)
        self._joliet = descriptor[0] == SUPPLEMENTARY
        root = _record(descriptor[156:190])
        if root is None:
            raise ContentError(BAD_FOLDER)
        self.root: FolderId = (root.start, root.size)
        self._skip = -1
        """Bytes before the fields of Rock Ridge; -1: there are none."""
        itself = next(self._records(self.root), None)
        if itself is None:
            raise ContentError(BAD_FOLDER)
        sign = itself.fields[:7]
        if not self._joliet and sign[:2] == b"SP" and sign[4:6] == b"\xbe\xef":
            self._skip = sign[6]

    @property
    def has_rock_ridge(self) -> bool:
        """Whether its names are those of Linux."""
        return self._skip >= 0

    def names(self, folder: FolderId) -> Iterator[DiscName]:
        """As `DiscView` has it."""
        pieces: list[_Record] = []
        for record in self._records(folder):
            if record.name in (b"\0", b"\1"):
                continue
            pieces.append(record)
            if record.flags & GOES_ON and len(pieces) < 4096:
                continue
            name = self._named(pieces)
            pieces = []
            if name is not None:
                yield name
        if pieces:
            self.lost += 1

    def _records(self, folder: FolderId) -> Iterator[_Record]:
        start, size = folder
        if not 0 < size <= MOST_FOLDER:
            raise ContentError(BAD_FOLDER)
        for at in range(0, size, SECTOR):
            try:
                sector = all_of(self._held, start * self._block + at, SECTOR)
            except ContentError:
                if not at:
                    raise
                self.lost += 1
                continue
            place = 0
            while place < SECTOR and sector[place]:
                record = _record(sector[place : place + sector[place]])
                if record is None:
                    self.lost += 1
                    break
                yield record
                place += sector[place]

    def _named(self, pieces: list[_Record]) -> DiscName | None:
        first = pieces[0]
        name = self._plain(first.name)
        kind = EntryKind.DIRECTORY if first.flags & FOLDER else EntryKind.FILE
        start, size, created = first.start, sum(piece.size for piece in pieces), None
        accessed = changed = None
        modified = first.time
        told: dict[bytes, bytes] = {}
        if self._skip >= 0:
            try:
                told = self._fields(first)
            except ContentError:
                self.lost += 1
            if b"RE" in told:
                return None  # It is listed where it belongs.
            name = told.get(b"NM") or name
            mode = struct.unpack("<I", told.get(b"PX", b"")[:4].ljust(4, b"\0"))[0] & 0xF000
            if mode not in (0, MODE_FOLDER, MODE_FILE):
                kind = EntryKind.LINK if mode == MODE_LINK else EntryKind.OTHER
            if len(told.get(b"CL", b"")) >= 4:
                kind, start = EntryKind.DIRECTORY, struct.unpack_from("<I", told[b"CL"])[0]
                size = self._size_at(start)
            created, modified, accessed, changed = _times(told.get(b"TF", b""), modified)
        made = DiscName(
            name=name, kind=kind, times=Timestamps(created, modified, changed, accessed)
        )
        if kind is EntryKind.DIRECTORY:
            return replace(made, folder=(start, size))
        if kind is not EntryKind.FILE:
            return made
        if self._skip >= 0 and b"ZF" in told:  # of zisofs: they lie packed
            unpacked = struct.unpack("<I", told[b"ZF"][4:8].ljust(4, b"\0"))[0]
            return replace(made, size=max(size, unpacked), runs=None)
        return replace(made, size=size, runs=self._runs(pieces))

    def _plain(self, name: bytes) -> bytes:
        if self._joliet:
            name = name.decode("utf-16-be", "replace").encode("utf-8", "replace")
        name = name.partition(b";")[0]
        return (name if self._joliet else name.rstrip(b".")) or b"_"

    def _runs(self, pieces: list[_Record]) -> tuple[Run, ...] | None:
        runs = [Run(piece.start * self._block, piece.size) for piece in pieces if piece.size]
        if any(piece.interleaved for piece in pieces):
            return None
        return tuple(runs) if all(r.offset + r.length <= self._held.size for r in runs) else None

    def _size_at(self, start: int) -> int:
        """Of a directory that is told only where it begins."""
        record = _record(all_of(self._held, start * self._block, 64))
        return record.size if record is not None else 0

    def _fields(self, record: _Record) -> dict[bytes, bytes]:
        """Rock Ridge's fields by their signs; those of names joined. Where not all of them are
        read, the name is counted in `lost`."""
        told: dict[bytes, bytes] = {}
        area, goes_on = record.fields[self._skip :], False
        for _ in range(MOST_AREAS):
            further: tuple[int, int, int] | None = None
            at = 0
            while at + 4 <= len(area):
                sign, length = area[at : at + 2], area[at + 2]
                data = area[at + 4 : at + length]
                if length < 4 or at + length > len(area) or sign == b"ST":
                    break
                at += length
                if sign == b"NM" and data:
                    if not data[0] & 6:
                        before = told.get(b"NM", b"") if goes_on else b""
                        told[b"NM"] = (before + data[1:])[:MOST_NAME]
                    goes_on = bool(data[0] & NAME_GOES_ON)
                elif sign == b"CE" and len(data) >= 24:
                    further = struct.unpack("<I4xI4xI4x", data[:24])
                else:
                    told.setdefault(sign, data)
            if further is None:
                break
            block, offset, length = further
            if length > MOST_FIELDS:
                self.lost += 1
                break
            area = all_of(self._held, block * self._block + offset, length)
        else:
            self.lost += 1
        return told


def _record(raw: bytes) -> _Record | None:
    if len(raw) < 34 or raw[0] < 34:
        return None
    _, attributes, start, size, time, flags, unit, gap, _, length = RECORD.unpack_from(raw)
    behind = 33 + length + (length + 1) % 2
    if not length or 33 + length > raw[0]:
        return None
    return _Record(
        raw[33 : 33 + length],
        start + attributes,
        size,
        flags,
        _moment(time),
        bool(unit or gap),
        raw[behind : raw[0]],
    )


def _moment(told: bytes) -> float | None:
    """Seven bytes: years since 1900, month, day, hour, minute, second, quarters of an hour."""
    if len(told) < 7 or not told[1]:
        return None
    year, month, day, hour, minute, second, zone = struct.unpack("6Bb", told[:7])
    try:
        local = datetime(1900 + year, month, day, hour, minute, second, tzinfo=UTC)
        return (local - timedelta(minutes=15 * zone)).timestamp()
    except (ValueError, OverflowError):
        return None


def _times(
    told: bytes, recorded: float | None
) -> tuple[float | None, float | None, float | None, float | None]:
    """Created, modified, read, changed, as Rock Ridge has them in short."""
    found: list[float | None] = [None, recorded, None, None]
    if not told or told[0] & 0x80:
        return None, recorded, None, None
    at = 1
    for place in range(4):
        if told[0] >> place & 1:
            found[place] = _moment(told[at : at + 7])
            at += 7
    return found[0], found[1], found[2], found[3]


def views_at(held: Bytes, at: int, title: str) -> tuple[list[IsoView], int]:
    """The trees of the session whose first descriptor lies there, the one with the best names
    first; and how many there are that cannot be opened."""
    found: list[tuple[int, IsoView]] = []
    lost = 0
    for number in range(MOST_DESCRIPTORS):
        try:
            raw = held.read_at(at + number * SECTOR, SECTOR)
            if len(raw) < SECTOR or raw[1:6] != b"CD001" or raw[0] == LAST:
                break
            is_joliet = raw[0] == SUPPLEMENTARY and raw[88:91] in JOLIET
            if raw[0] != PRIMARY and not is_joliet:
                continue
            view = IsoView(held, raw, f"{title}, {'Joliet' if is_joliet else 'ISO 9660'}")
        except ContentError:
            lost += 1
            continue
        found.append((0 if view.has_rock_ridge else 1 if is_joliet else 2, view))
    return [view for _, view in sorted(found, key=lambda each: each[0])], lost
