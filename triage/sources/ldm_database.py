"""The database of Windows' dynamic disks (LDM): the same on every disk of a group, in the last MiB
of one with an MBR, in a partition of its own on one with a GPT.

Layouts after Linux' documentation of LDM and what libldm says that it reads: a private header
(PRIVHEAD) says where the database lies, a table of contents (TOCBLOCK) where in it the records
begin (VMDB), and the records (VBLK) have numbers and texts with their lengths before them. All
numbers are big-endian; places and lengths are in bytes here.
"""

import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from triage.sources.bytes import Bytes, all_of
from triage.sources.reader import ContentError

SECTOR = 512
CONFIG = 2048
"""Sectors of a database as Windows makes it; the last one of them is a private header."""
MOST_CONFIG = 16 << 20
TABLES = (1, 2, CONFIG - 3, CONFIG - 2)
"""Sectors of the database in which a table of contents may lie."""
MOST_RECORDS, MOST_PARTS, LARGEST_RECORD = 8192, 16, 1024
VOLUME, COMPONENT, PARTITION, DISK, DISK_NOW = 0x51, 0x32, 0x33, 0x34, 0x44
"""Kinds of records with their revisions, of those that are read."""
SPANNED, STRIPED, RAID5 = 2, 1, 3
NO_DATABASE = "what it says of its volumes cannot be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class LdmHeader:
    """The private header of a disk."""

    disk: str
    """Its GUID."""
    group: str
    """That of its group."""
    data: int
    """Where on the disk its partitions begin."""
    data_size: int
    """How many bytes are for them."""
    config: int
    """Where on the disk the database begins."""
    config_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LdmPart:
    """A stretch of a disk that a volume takes."""

    component: int
    disk: int
    start: int
    """From where partitions begin on the disk."""
    size: int
    offset: int
    """In its column."""
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LdmComponent:
    """A copy of a volume: stretches behind or beside each other."""

    id: int
    volume: int
    kind: int
    chunk: int
    columns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LdmVolume:
    """A volume of a group."""

    id: int
    name: str
    size: int


@dataclass(slots=True, kw_only=True)
class LdmDatabase:
    """What the disks of a group are divided into."""

    sequence: int
    """How often it was changed."""
    disks: dict[int, tuple[str, str]] = field(default_factory=dict)
    """GUID and name, by number."""
    volumes: list[LdmVolume] = field(default_factory=list)
    components: list[LdmComponent] = field(default_factory=list)
    parts: list[LdmPart] = field(default_factory=list)
    lost: int = 0
    """Records that were not understood."""


def header_in(raw: bytes) -> LdmHeader | None:
    """A private header, of one sector."""
    if raw[:8] != b"PRIVHEAD" or len(raw) < SECTOR:
        return None
    data, data_size, config, size = struct.unpack_from(">4Q", raw, 0x11B)
    disk, group = _guid(raw[0x30:0x70]), _guid(raw[0xB0:0xF0])
    if not disk or not group or not SECTOR <= size * SECTOR <= MOST_CONFIG or config >= 1 << 50:
        return None
    return LdmHeader(
        disk=disk,
        group=group,
        data=min(data, 1 << 50) * SECTOR,
        data_size=min(data_size, 1 << 50) * SECTOR,
        config=config * SECTOR,
        config_size=size * SECTOR,
    )


def _guid(raw: bytes) -> str:
    try:
        return str(uuid.UUID(raw.split(b"\0")[0].decode("ascii")))
    except ValueError:
        return ""


def database_in(config: Bytes) -> LdmDatabase:
    """By the newest table of contents. Raises ContentError."""
    tables = [raw for at in TABLES if (raw := _sector(config, at))[:8] == b"TOCBLOCK"]
    for raw in sorted(tables, key=lambda raw: raw[8:12], reverse=True):
        for at in (0x24, 0x46):
            if raw[at : at + 8].rstrip(b"\0") == b"config":
                begun = struct.unpack_from(">Q", raw, at + 10)[0] * SECTOR
                head = _sector(config, begun // SECTOR)
                if head[:4] == b"VMDB":
                    return _records(config, begun, head)
    raise ContentError(NO_DATABASE)


def _sector(config: Bytes, number: int) -> bytes:
    try:
        return all_of(config, number * SECTOR, SECTOR)
    except ContentError:
        return bytes(SECTOR)


def _records(config: Bytes, begun: int, head: bytes) -> LdmDatabase:
    count, size, first = struct.unpack_from(">III", head, 4)
    found = LdmDatabase(sequence=struct.unpack_from(">Q", head, 0x75)[0])
    if not 64 <= size <= LARGEST_RECORD:
        raise ContentError(NO_DATABASE)
    length = min(min(count, MOST_RECORDS) * size, max(0, config.size - begun - first))
    raw = all_of(config, begun + first, length)
    pieces: dict[int, dict[int, bytes]] = {}
    for at in range(0, len(raw) - size + 1, size):
        record = raw[at : at + size]
        if record[:4] != b"VBLK":
            break
        number, entry, entries = struct.unpack_from(">IHH", record, 8)
        if not entries:
            continue
        if entry >= entries or entries > MOST_PARTS:
            found.lost += 1
            continue
        mine = pieces.setdefault(number, {})
        mine[entry] = record[16:]
        if len(mine) == entries:
            _add(found, b"".join(mine[n] for n in sorted(mine)))
            del pieces[number]
    found.lost += len(pieces)
    if not found.disks:
        raise ContentError(NO_DATABASE)
    return found


class _Fields:
    """The fields of a record, one after the other. Raises IndexError behind its end."""

    def __init__(self, raw: bytes) -> None:
        self.kind, self.flags = raw[3], raw[2]
        self._raw, self._at = raw, 8

    def skip(self, count: int) -> bytes:
        found = self._raw[self._at : self._at + count]
        if len(found) != count:
            raise IndexError
        self._at += count
        return found

    def text(self) -> bytes:
        return self.skip(self.skip(1)[0])

    def number(self) -> int:
        return int.from_bytes(self.text()[:8], "big")

    def fixed(self) -> int:
        return int.from_bytes(self.skip(8), "big")


def _add(found: LdmDatabase, raw: bytes) -> None:
    if len(raw) < 8 or not raw[3] & 0xF:
        return
    fields = _Fields(raw)
    try:
        if fields.kind == VOLUME:
            found.volumes.append(_volume(fields))
        elif fields.kind == COMPONENT:
            found.components.append(_component(fields))
        elif fields.kind == PARTITION:
            found.parts.append(_part(fields))
        elif fields.kind in (DISK, DISK_NOW):
            number, name = fields.number(), _shown(fields.text())
            new = fields.kind == DISK_NOW
            guid = str(uuid.UUID(bytes=fields.skip(16))) if new else _guid(fields.text())
            found.disks[number] = guid, name
        elif fields.kind & 0xF != 5:  # the group itself
            found.lost += 1
    except IndexError:
        found.lost += 1


def _shown(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    return "".join(each for each in text if each.isprintable())[:40]


def _volume(fields: _Fields) -> LdmVolume:
    number, name = fields.number(), _shown(fields.text())
    fields.text()  # `gen`, `raid5`: its components say it
    fields.text()
    fields.skip(14 + 1 + 1 + 1 + 3 + 1)  # state, kind, number, flags
    fields.number()  # components
    fields.skip(16)
    return LdmVolume(id=number, name=name, size=fields.number() * SECTOR)


def _component(fields: _Fields) -> LdmComponent:
    number = fields.number()
    fields.text()
    fields.text()
    kind = fields.skip(5)[0]
    fields.number()  # parts
    fields.skip(16)
    volume = fields.number()
    fields.skip(1)
    has_columns = bool(fields.flags & 0x10)
    chunk, columns = (fields.number(), fields.number()) if has_columns else (0, 0)
    return LdmComponent(id=number, volume=volume, kind=kind, chunk=chunk * SECTOR, columns=columns)


def _part(fields: _Fields) -> LdmPart:
    fields.number()
    fields.text()
    fields.skip(12)
    start, offset = fields.fixed() * SECTOR, fields.fixed() * SECTOR
    size, component, disk = fields.number() * SECTOR, fields.number(), fields.number()
    column = fields.number() if fields.flags & 0x08 else 0
    return LdmPart(component=component, disk=disk, start=start, size=size, offset=offset,
                   column=column)  # fmt: skip


def columns_of(parts: list[LdmPart]) -> Iterator[list[LdmPart]]:
    """Each column's, one behind the other."""
    for number in sorted({part.column for part in parts}):
        mine = [part for part in parts if part.column == number]
        yield sorted(mine, key=lambda part: part.offset)
