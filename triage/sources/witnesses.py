"""How much of what lies in these bytes is where it says that it is: by that an array whose disks
are in the wrong order is told from the right one.

Looked at is what names its own place and is spread over a volume: records of an MFT bear their
numbers, copies of superblocks those of their groups, a table of partitions has a copy at the end.
"""

import struct
from collections.abc import Iterator

from triage.sources.bytes import Bytes, stretch_of
from triage.sources.mft_records import cluster_size, fixed_up, pieces_in, record_size
from triage.sources.reader import ContentError
from triage.sources.tables import read_gpt, read_mbr

MOST_STARTS = 16
MOST_RECORDS = 64
"""Of an MFT, spread over it so that they are no whole number of chunks apart."""
SPREAD = (5**0.5 - 1) / 2
MOST_GROUPS = 24
"""Of ext, with copies of the superblock."""
SECTOR = 512


def witnesses_in(held: Bytes) -> int:
    """How many there are. Raises ContentError where too little of it can be read."""
    gpt = read_gpt(held, SECTOR)
    table = gpt or read_mbr(held, SECTOR)
    found = 0 if table is None else 1
    if gpt is not None:
        found += not gpt.notes
        found += _at(held, held.size // SECTOR * SECTOR - SECTOR, 8) == b"EFI PART"
    starts = [slot.start for slot in table.slots] if table is not None else []
    for start in dict.fromkeys((0, *starts[:MOST_STARTS])):
        if start < held.size:
            inside = stretch_of(held, start, held.size - start)
            found += sum(sum(each(inside, _at(inside, 0, 4096))) for each in _OF)
    return found


def _ntfs(held: Bytes, head: bytes) -> Iterator[bool]:
    if head[3:11] != b"NTFS    ":
        return
    yield True
    cluster, size = cluster_size(head[:SECTOR]), record_size(head[:SECTOR])
    table, copy = struct.unpack_from("<QQ", head, 48)
    length = struct.unpack_from("<Q", head, 40)[0] * SECTOR
    if not cluster or size not in (1024, 4096):
        return
    yield _at(held, length, 11)[3:] == b"NTFS    "
    for number in range(4):
        yield _is_record(_at(held, copy * cluster + number * size, size), number)
    first = fixed_up(_at(held, table * cluster, size))
    streams = [piece.stream for piece in pieces_in(first)] if first else []
    for stream in streams[:1]:
        count = stream.valid // size
        places = {int(n * SPREAD % 1 * count) for n in range(MOST_RECORDS)}
        begun = 0
        for run in stream.runs_in(held.size, cluster) or ():
            behind = begun + run.length // size
            for number in sorted(each for each in places if begun <= each < behind):
                raw = _at(held, run.offset + (number - begun) * size, size)
                yield _is_record(raw, number)
            begun = behind


def _is_record(raw: bytes, number: int) -> bool:
    return raw[:4] == b"FILE" and struct.unpack_from("<I", raw, 44)[0] == number


def _ext(held: Bytes, head: bytes) -> Iterator[bool]:
    if head[1080:1082] != b"\x53\xef":
        return
    yield True
    block = 1024 << min(6, struct.unpack_from("<I", head, 1048)[0])
    blocks, first, each = (struct.unpack_from("<I", head, 1024 + at)[0] for at in (4, 20, 32))
    uuid = head[1024 + 104 : 1024 + 120]
    groups = [1, *(base**power for power in range(1, 12) for base in (3, 5, 7))]
    last = blocks // max(1, each)
    for group in [group for group in sorted(groups) if group <= last][:MOST_GROUPS]:
        raw = _at(held, (first + group * each) * block, 1024)
        number = struct.unpack_from("<H", raw, 90)[0] if len(raw) == 1024 else -1
        yield number == group & 0xFFFF and raw[104:120] == uuid


def _xfs(held: Bytes, head: bytes) -> Iterator[bool]:
    """Each group has a superblock, and behind it the table of what is free, with its number."""
    if head[:4] != b"XFSB":
        return
    yield True
    block, groups, each = (struct.unpack_from(">I", head, at)[0] for at in (4, 88, 84))
    sector = struct.unpack_from(">H", head, 102)[0]
    for group in range(1, min(groups, 64)):
        raw = _at(held, group * each * block + sector, 16)
        yield raw[:4] == b"XAGF" and raw[8:12] == struct.pack(">I", group)


def _fat(held: Bytes, head: bytes) -> Iterator[bool]:
    """Both of its tables hold the same."""
    sector, _, reserved, tables = struct.unpack_from("<HBHB", head, 11)
    length = struct.unpack_from("<H", head, 22)[0] or struct.unpack_from("<I", head, 36)[0]
    if head[510:512] != b"\x55\xaa" or tables != 2 or sector not in (512, 4096) or not length:
        return
    yield True
    for number in range(16):
        at = (reserved + length * number // 16) * sector
        raw = _at(held, at, sector)
        if raw.strip(b"\0"):
            yield raw == _at(held, at + length * sector, sector)


def _bitlocker(held: Bytes, head: bytes) -> Iterator[bool]:
    if head[3:11] != b"-FVE-FS-":
        return
    yield True
    for place in struct.unpack_from("<QQQ", head, 176):
        yield _at(held, place, 8) == b"-FVE-FS-"


def _btrfs(held: Bytes, _: bytes) -> Iterator[bool]:
    for place in (64 << 10, 64 << 20, 256 << 30):
        raw = _at(held, place, 4096)
        yield raw[64:72] == b"_BHRfS_M" and raw[48:56] == struct.pack("<Q", place)


def _others(_: Bytes, head: bytes) -> Iterator[bool]:
    yield head[:6] == b"LUKS\xba\xbe"
    yield head[3:11] == b"EXFAT   "
    yield head[32:36] == b"NXSB"


_OF = (_ntfs, _ext, _xfs, _fat, _bitlocker, _btrfs, _others)


def _at(held: Bytes, offset: int, length: int) -> bytes:
    """What there is of it, with zeros behind it; zeros where it cannot be read."""
    try:
        data = held.read_at(offset, length) if 0 <= offset < held.size else b""
    except ContentError:
        data = b""
    return data.ljust(length, b"\0")
