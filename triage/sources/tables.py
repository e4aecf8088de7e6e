"""Partition tables to slots: GPT (UEFI 2.10, section 5), MBR with extended partitions, and,
through The Sleuth Kit, Apple partition maps, BSD disk labels and Sun's.

Every number here was written by whoever formatted the device: counts are capped, chains may
loop, slots may overlap or lie beyond the end. `volumes` clips them; here they are only read.
"""

import struct
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytsk3

from triage.sources.bytes import Bytes
from triage.sources.reader import ContentError
from triage.sources.tsk import TskImage

SECTOR_SIZES = (512, 4096)
MOST_SLOTS = 256
MOST_LOGICAL = 128
EXTENDED = frozenset({0x05, 0x0F, 0x85, 0xC5})
BSD_SLICES = frozenset({0xA5, 0xA6, 0xA9})
PROTECTIVE = 0xEE
BSD_MAGIC = 0x82564557
FURTHER = "extended partition: what its table names"
VTOC_SANE = 0x600DDEEE
"""Of Solaris's table inside a partition of a PC."""

MBR_TYPES = {
    0x01: "FAT12", 0x04: "FAT16", 0x06: "FAT16", 0x07: "NTFS / exFAT", 0x0B: "FAT32",
    0x0C: "FAT32 (LBA)", 0x0E: "FAT16 (LBA)", 0x12: "OEM recovery", 0x17: "hidden NTFS",
    0x1B: "hidden FAT32", 0x1C: "hidden FAT32", 0x27: "Windows recovery", 0x42: "Windows LDM",
    0x82: "Linux swap", 0x83: "Linux", 0x8E: "Linux LVM", 0xA5: "FreeBSD", 0xA6: "OpenBSD",
    0xA9: "NetBSD", 0xAF: "Apple HFS+", 0xBF: "Solaris", 0xDA: "no file system", 0xEF: "EFI system",
    0xFB: "VMware VMFS", 0xFD: "Linux RAID",
}  # fmt: skip
GPT_TYPES = {
    "c12a7328-f81f-11d2-ba4b-00a0c93ec93b": "EFI system",
    "21686148-6449-6e6f-744e-656564454649": "BIOS boot",
    "e3c9e316-0b5c-4db8-817d-f92df00215ae": "Microsoft reserved",
    "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7": "Microsoft basic data",
    "de94bba4-06d1-4d40-a16a-bfd50179d6ac": "Windows recovery",
    "af9b60a0-1431-4f62-bc68-3311714a69ad": "Windows LDM data",
    "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3": "Windows LDM metadata",
    "e75caf8f-f680-4cee-afa3-b001e56efc2d": "Windows Storage Spaces",
    "0fc63daf-8483-4772-8e79-3d69d8477de4": "Linux",
    "4f68bce3-e8cd-4db1-96e7-fbcaf984b709": "Linux root (x86-64)",
    "933ac7e1-2eb4-4f13-b844-0e14e2aef915": "Linux home",
    "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f": "Linux swap",
    "e6d6d379-f507-44c2-a23c-238f2a3df928": "Linux LVM",
    "a19d880f-05fc-4d3b-a006-743f0f84911e": "Linux RAID",
    "ca7d7ccb-63ed-4c53-861c-1742536059cc": "Linux LUKS",
    "bc13c2ff-59e6-4262-a352-b275fd6f7172": "Linux boot",
    "48465300-0000-11aa-aa11-00306543ecac": "Apple HFS+",
    "7c3457ef-0000-11aa-aa11-00306543ecac": "Apple APFS",
    "53746f72-6167-11aa-aa11-00306543ecac": "Apple Core Storage",
    "426f6f74-0000-11aa-aa11-00306543ecac": "Apple boot",
    "516e7cb6-6ecf-11d6-8ff8-00022d09712b": "FreeBSD UFS",
    "516e7cba-6ecf-11d6-8ff8-00022d09712b": "FreeBSD ZFS",
    "6a898cc3-1dd2-11b2-99a6-080020736631": "ZFS",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """What a table says of one run of sectors. Bytes; not yet checked against the device."""

    start: int
    end: int
    description: str


@dataclass(slots=True, kw_only=True)
class PartitionTable:
    """A partition table as read."""

    kind: str
    sector_size: int
    slots: list[Slot] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What is odd about it, in plain words."""


def read_gpt(reader: Bytes, nominal: int) -> PartitionTable | None:
    """The GUID partition table: the primary one, or, if that is damaged, the backup."""
    damaged: PartitionTable | None = None
    for sector in sector_sizes(nominal):
        for where, name in (
            (sector, "primary"),
            (reader.size // sector * sector - sector, "backup"),
        ):
            table = _gpt_at(reader, sector, where)
            if table is None:
                continue
            if table.notes:
                damaged = damaged or table
                continue
            if name == "backup":
                table.notes.append("the first GPT header is damaged; the one at the end is used")
            return table
    return damaged


def sector_sizes(nominal: int) -> list[int]:
    """The device's own sector size first, then the others that exist."""
    return [nominal, *(size for size in SECTOR_SIZES if size != nominal)]


def _gpt_at(reader: Bytes, sector: int, where: int) -> PartitionTable | None:
    header = _read(reader, where, 92)
    if header[:8] != b"EFI PART" or len(header) < 92:
        return None
    length, crc = struct.unpack_from("<II", header, 12)
    entries_at, count, entry_size, entries_crc = struct.unpack_from("<QIII", header, 72)
    table = PartitionTable(kind="GPT", sector_size=sector)
    if not 92 <= length <= sector or not _has_crc(_read(reader, where, length), crc):
        table.notes.append("the checksum of the GPT header is wrong")
    if not 128 <= entry_size <= 4096 or entries_at > reader.size // sector:
        table.notes.append("the GPT header is damaged")
        return table
    kept = min(count, MOST_SLOTS)
    raw = _read(reader, entries_at * sector, kept * entry_size)
    if kept == count and zlib.crc32(raw) != entries_crc:
        table.notes.append("the checksum of the GPT entries is wrong")
    if kept < count:
        table.notes.append(f"the GPT claims {count} entries; {kept} were read")
    for start in range(0, len(raw) - 127, entry_size):
        slot = _gpt_slot(raw[start : start + 128], sector)
        if slot:
            table.slots.append(slot)
    return table


def _gpt_slot(raw: bytes, sector: int) -> Slot | None:
    if not any(raw[:16]):
        return None
    type_ = str(uuid.UUID(bytes_le=raw[:16]))
    first, last = struct.unpack_from("<QQ", raw, 32)
    name = raw[56:128].decode("utf-16-le", "replace").split("\0")[0]
    words = GPT_TYPES.get(type_, type_)
    description = f'{words} "{name}"' if name else words
    return Slot(start=first * sector, end=(last + 1) * sector, description=description)


def _has_crc(header: bytes, crc: int) -> bool:
    return zlib.crc32(header[:16] + bytes(4) + header[20:]) == crc


def read_mbr(reader: Bytes, sector: int) -> PartitionTable | None:
    """The master boot record and its extended partitions, numbers in units of `sector`."""
    raw = _read(reader, 0, 512)
    if raw[510:] != b"\x55\xaa" or any(raw[446 + 16 * i] & 0x7F for i in range(4)):
        return None
    table = PartitionTable(kind="MBR", sector_size=sector)
    for type_, first, count in _mbr_entries(raw):
        if type_ in EXTENDED:
            table.slots.extend(_logical(reader, sector, first, table.notes))
        elif type_ in BSD_SLICES and _has_disk_label(reader, first * sector):
            slices = read_tsk(reader, "BSD", first * sector)
            table.slots.extend(slices or [_mbr_slot(type_, first, count, sector)])
        elif type_ != PROTECTIVE:
            table.slots.append(_mbr_slot(type_, first, count, sector))
    return table if any(raw[446:510]) else None


def _mbr_entries(raw: bytes) -> Iterator[tuple[int, int, int]]:
    """Type, first sector, count of those of the four that are used."""
    for start in range(446, 510, 16):
        first, count = struct.unpack_from("<II", raw, start + 8)
        if raw[start + 4] and count:
            yield raw[start + 4], first, count


def _mbr_slot(type_: int, first: int, count: int, sector: int) -> Slot:
    description = MBR_TYPES.get(type_, f"type 0x{type_:02x}")
    return Slot(start=first * sector, end=(first + count) * sector, description=description)


def _logical(reader: Bytes, sector: int, extended: int, notes: list[str]) -> Iterator[Slot]:
    """The chain of extended boot records. It may loop, so places are entered only once."""
    here, entered = extended, set[int]()
    while here not in entered and len(entered) < MOST_LOGICAL:
        entered.add(here)
        if here * sector >= reader.size:
            yield Slot(start=here * sector, end=(here + 1) * sector, description=FURTHER)
            return
        raw = _read(reader, here * sector, 512)
        if raw[510:] != b"\x55\xaa":
            notes.append(f"the extended partition's table at sector {here} is damaged")
            return
        following = None
        for type_, first, count in _mbr_entries(raw):
            if type_ in EXTENDED:
                following = extended + first
            else:
                yield _mbr_slot(type_, here + first, count, sector)
        if following is None:
            return
        here = following
    notes.append("the chain of extended partitions does not end; it was cut off")


def _has_disk_label(reader: Bytes, offset: int) -> bool:
    raw = _read(reader, offset + 512, 4)
    return len(raw) == 4 and struct.unpack("<I", raw)[0] == BSD_MAGIC


_TSK_TYPES = {
    "Apple": pytsk3.TSK_VS_TYPE_MAC,
    "BSD": pytsk3.TSK_VS_TYPE_BSD,
    "Sun": pytsk3.TSK_VS_TYPE_SUN,
}


def read_tsk(reader: Bytes, kind: str, offset: int = 0) -> list[Slot]:
    """The slots of an Apple, BSD or Sun table at `offset`; none if it does not open."""
    try:
        system = pytsk3.Volume_Info(TskImage(reader), type=_TSK_TYPES[kind], offset=offset)
        unit = system.info.block_size
        return [
            Slot(
                start=part.start * unit,
                end=(part.start + part.len) * unit,
                description=(part.desc or b"").decode(errors="backslashreplace"),
            )
            for part, _ in zip(system, range(MOST_SLOTS), strict=False)
            if part.flags == pytsk3.TSK_VS_PART_FLAG_ALLOC
        ]
    except OSError:
        return []


def read_other(reader: Bytes) -> PartitionTable | None:
    """An Apple partition map, a BSD disk label or a Sun label over the whole device."""
    raw = _read(reader, 0, 4608)
    if raw[:2] == b"ER" or raw[512:514] == b"PM":
        kind = "Apple"
    elif _has_disk_label(reader, 0):
        kind = "BSD"
    elif raw[508:510] == b"\xda\xbe":
        kind = "Sun"
    else:
        return None
    slots = read_tsk(reader, kind)
    return PartitionTable(kind=kind, sector_size=512, slots=slots) if slots else None


def holds_table(reader: Bytes, start: int, size: int) -> bool:
    """Whether a piece of a device begins with a partition table of its own, of whatever kind."""
    raw = _read(reader, start, min(size, 8192)).ljust(8192, b"\0")
    if any(raw[sector : sector + 8] == b"EFI PART" for sector in SECTOR_SIZES):
        return True
    labels = (
        raw[:2] == b"ER" and raw[512:514] == b"PM",
        struct.unpack_from("<I", raw, 512)[0] == BSD_MAGIC,
        raw[508:510] == b"\xda\xbe",
        struct.unpack_from("<I", raw, 512 + 12)[0] == VTOC_SANE,
    )
    return any(labels) or _is_mbr(raw[:512], size // 512)


def _is_mbr(raw: bytes, sectors: int) -> bool:
    """Whether all that a boot record's four entries say can be."""
    if raw[510:] != b"\x55\xaa" or any(raw[446 + 16 * i] & 0x7F for i in range(4)):
        return False
    used = list(_mbr_entries(raw))
    return bool(used) and all(0 < first < sectors for _, first, _ in used)


def _read(reader: Bytes, offset: int, length: int) -> bytes:
    """Nothing where it cannot be read."""
    try:
        return reader.read_at(offset, length)
    except ContentError:
        return b""
