"""Windows' dynamic disks, as libldm reads them: `ldmtool show` names the same volumes of them.

What lies where was held against disks that Windows Server 2003 R2 and 2008 R2 made.
"""

import struct
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.making.arrays import Md, spread
from tests.making.tables import Part, gpt, mbr

SECTOR, CONFIG = 512, 2048
GROUP = uuid.UUID(int=0x5EEC0021)
MBR_DATA, GPT_DATA, RESERVED = 63, 2146, 64
SPANNED, STRIPED, RAID5 = 2, 1, 3


@dataclass(frozen=True, kw_only=True)
class Dynamic:
    """A volume: simple, spanned, striped, mirrored or raid5, on those disks."""

    kind: str
    disks: tuple[int, ...]
    name: str = "Volume1"
    chunk: int = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Of a disk, in sectors."""

    component: int
    disk: int
    start: int
    size: int
    offset: int
    column: int


def dynamic_disks(
    folder: Path,
    volumes: Sequence[tuple[Dynamic, bytes]],
    *,
    with_gpt: Collection[int] = (),
    sequence: int = 7,
    change: Callable[[bytearray], None] = lambda _: None,
) -> list[Path]:
    """The disks of a group. `with_gpt`: which have one. `change`: what is done to the database of
    each."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 1 + max(number for volume, _ in volumes for number in volume.disks)
    held, records = _laid_out(volumes, count)
    paths = []
    for number, data in enumerate(held):
        path = folder / f"disk{number}"
        has_gpt = number in with_gpt
        begun = GPT_DATA if has_gpt else MBR_DATA
        sectors = len(data) // SECTOR
        config = 34 if has_gpt else begun + sectors
        header = private_header(number, (begun, sectors, config, CONFIG))
        database = bytearray(_database(records, header, sequence))
        change(database)
        if has_gpt:
            behind = begun + sectors
            parts = [Part(34, CONFIG, "ldm metadata"), Part(34 + CONFIG, RESERVED, "reserved"),
                     Part(begun, sectors, "ldm data")]  # fmt: skip
            table = gpt((behind + 33) * SECTOR, parts)
            reserved = bytes(RESERVED * SECTOR)
            whole = bytes(34 * SECTOR) + database + reserved + data + bytes(33 * SECTOR)
        else:
            table = {0: mbr([Part(begun, sectors, 0x42)]), 6 * SECTOR: header}
            whole = bytes(begun * SECTOR) + data + database
        disk = bytearray(whole)
        for at, piece in table.items():
            disk[at : at + len(piece)] = piece
        path.write_bytes(disk)
        paths.append(path)
    return paths


def _laid_out(
    volumes: Sequence[tuple[Dynamic, bytes]], count: int
) -> tuple[list[bytes], list[bytes]]:
    """What lies on each disk, and the records."""
    held = [b""] * count
    records = [_record(0x35, 0, _number(1) + _text("Seek-Dg0"))]
    records += [
        _record(
            0x34, 0, _number(10 + n) + _text(f"Disk{n + 1}") + _text(str(guid_of(n))) + bytes(9)
        )
        for n in range(count)
    ]
    number = 100
    for volume, content in volumes:
        number += 10
        size = len(content) // SECTOR
        copies = 2 if volume.kind == "mirrored" else 1
        name = f"{volume.name}-01"
        records.append(_volume(number, volume, copies, size))
        pieces = _spread(volume, content)
        kind = {"striped": STRIPED, "raid5": RAID5}.get(volume.kind, SPANNED)
        components = [number + 1 + copy for copy in range(copies)]
        for component in components:
            records.append(_component(component, number, volume, kind, name))
        position = 0
        for column, (disk, piece) in enumerate(zip(volume.disks, pieces, strict=True)):
            spans = kind == SPANNED and copies == 1
            stretch = Stretch(
                component=components[column if copies == 2 else 0],
                disk=10 + disk,
                start=len(held[disk]) // SECTOR,
                size=len(piece) // SECTOR,
                offset=position if spans else 0,
                column=0 if kind == SPANNED else column,
            )
            records.append(_part(number + 5 + column, stretch))
            position += stretch.size
            held[disk] += piece
    return held, records


def _spread(volume: Dynamic, content: bytes) -> list[bytes]:
    members = len(volume.disks)
    if volume.kind == "mirrored":
        return [content] * members
    if volume.kind in ("striped", "raid5"):
        level = 5 if volume.kind == "raid5" else 0
        return spread(content, Md(level=level, members=members, layout=2, chunk=volume.chunk))
    each = -(-len(content) // SECTOR // members) * SECTOR
    return [content[each * n : each * (n + 1)] for n in range(members)]


def guid_of(disk: int) -> uuid.UUID:
    """That of a disk."""
    return uuid.UUID(int=0xD15C0000 + disk)


def private_header(disk: int, places: tuple[int, int, int, int]) -> bytes:
    """Of a disk, a sector. `places`: where data and database begin, each with its sectors."""
    raw = bytearray(SECTOR)
    struct.pack_into(">8sIHH", raw, 0, b"PRIVHEAD", 0, 2, 12)
    for at, guid in ((0x30, guid_of(disk)), (0x70, uuid.UUID(int=1)), (0xB0, GROUP)):
        raw[at : at + 36] = str(guid).encode()
    raw[0xF0:0xF8] = b"Seek-Dg0"
    struct.pack_into(">4Q", raw, 0x11B, *places)
    return bytes(raw)


def _database(records: Sequence[bytes], header: bytes, sequence: int) -> bytes:
    raw = bytearray(CONFIG * SECTOR)
    table = bytearray(SECTOR)
    struct.pack_into(">8sI", table, 0, b"TOCBLOCK", 1)
    struct.pack_into(">8sHQQ", table, 0x24, b"config", 0, 17, 1481)
    struct.pack_into(">8sHQQ", table, 0x46, b"log", 0, 1498, 224)
    for at in (2, CONFIG - 3):
        raw[at * SECTOR : (at + 1) * SECTOR] = table
    for at in (0x740, CONFIG - 1):
        raw[at * SECTOR : (at + 1) * SECTOR] = header
    begun = 17 * SECTOR
    struct.pack_into(">4sIIIHHH", raw, begun, b"VMDB", 5924, 128, 512, 1, 4, 10)
    raw[begun + 0x16 : begun + 0x1E] = b"Seek-Dg0"
    raw[begun + 0x35 : begun + 0x59] = str(GROUP).encode()
    struct.pack_into(">QQ", raw, begun + 0x75, sequence, sequence)
    kinds = [record[3] & 0xF for record in records]
    counts = [kinds.count(kind) for kind in (1, 2, 3, 4)]
    struct.pack_into(">4I", raw, begun + 0x85, *counts)
    at = begun + 512
    serial = 4
    for number, record in enumerate(records, 1):
        pieces = [record[n : n + 112] for n in range(0, len(record), 112)]
        for entry, piece in enumerate(pieces):
            head = struct.pack(">4sIIHH", b"VBLK", serial, number, entry, len(pieces))
            raw[at : at + 128] = (head + piece).ljust(128, b"\0")
            at, serial = at + 128, serial + 1
    while at < begun + 512 + 40 * 128:
        raw[at : at + 16] = struct.pack(">4sIIHH", b"VBLK", serial, 0, 0, 0)
        at, serial = at + 128, serial + 1
    return bytes(raw)


def _record(kind: int, flags: int, fields: bytes) -> bytes:
    return struct.pack(">HBBI", 0, flags, kind, len(fields)) + fields


def _number(value: int) -> bytes:
    raw = value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")
    return bytes([len(raw)]) + raw


def _text(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


def _volume(number: int, volume: Dynamic, copies: int, size: int) -> bytes:
    parity = volume.kind == "raid5"
    fields = _number(number) + _text(volume.name) + _text("raid5" if parity else "gen") + _text("")
    fields += b"ACTIVE".ljust(14, b"\0") + bytes([4 if parity else 3, 1, 1, 0, 0, 0, 0x11])
    fields += _number(copies) + bytes(16) + _number(size) + bytes(4) + b"\7"
    return _record(0x51, 0x02, fields + uuid.UUID(int=number).bytes + _text("E:"))


def _component(number: int, of: int, volume: Dynamic, kind: int, name: str) -> bytes:
    parts = 1 if volume.kind == "mirrored" else len(volume.disks)
    fields = _number(number) + _text(name) + _text("ACTIVE") + bytes([kind, 0, 0, 0, 0])
    fields += _number(parts) + bytes(16) + _number(of) + b"\0"
    if kind == SPANNED:
        return _record(0x32, 0, fields)
    columns = _number(volume.chunk // SECTOR) + _number(len(volume.disks))
    return _record(0x32, 0x10, fields + columns)


def _part(number: int, stretch: Stretch) -> bytes:
    fields = _number(number) + _text(f"Disk{stretch.disk - 9}-{number}") + bytes(12)
    fields += struct.pack(">QQ", stretch.start, stretch.offset) + _number(stretch.size)
    fields += _number(stretch.component) + _number(stretch.disk)
    if not stretch.column:
        return _record(0x33, 0, fields)
    return _record(0x33, 0x08, fields + _number(stretch.column))
