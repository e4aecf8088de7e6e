"""NTFS volumes with shadow copies, as Windows would have kept them: mkntfs and ntfs-3g make the
states, and what differs between two of them is put into a store."""

import struct
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from tests.making import ntfs

BLOCK = 16384
GUID = bytes.fromhex("6b87083876c1484eb7ae04046e6cc752")
HEADER_AT = 0x1E00
MIB = 1 << 20
EPOCH = 11_644_473_600
FIRST_MADE = 1_400_000_000
RESERVED = b"reserved for the stores of copies"
AREA = 6 * MIB
STORE = "/System Volume Information/{0}{3808876b-c176-4e48-b7ae-04046e6cc752}"

State = Callable[[ntfs.Filling], None]


def head(kind: int, at: int, following: int = 0) -> bytes:
    """Of a block of that kind."""
    return (GUID + struct.pack("<IIQQQ", 1, kind, 0, at, following)).ljust(128, b"\0")


def catalog(at: int, copies: Sequence[tuple[int, int]], size: int = 0) -> bytes:
    """Of a volume of `size` bytes. `copies`: when each was made, seconds since 1970, and where the
    list of its blocks is."""
    entries = b""
    for number, (made, listed) in enumerate(copies, 1):
        own = bytes([number]) * 16
        when = (made + EPOCH) * 10_000_000
        entries += struct.pack("<QQ16sQQQ", 2, size, own, number, 0x40, when).ljust(128, b"\0")
        entries += struct.pack("<QQ16sQ", 3, listed, own, listed + BLOCK).ljust(128, b"\0")
    return (head(2, at) + entries).ljust(BLOCK, b"\0")


def listing(at: int, blocks: Sequence[tuple[int, int, int, int, int]]) -> bytes:
    """`blocks`: original, relative, place, flags, bitmap. Behind them what a store says of itself,
    which libvshadow asks for."""
    packed = b"".join(struct.pack("<QQQII", *each) for each in blocks)
    own = bytearray(head(4, at + BLOCK))
    struct.pack_into("<Q", own, 48, 128)
    return (head(3, at) + packed).ljust(BLOCK, b"\0") + bytes(own).ljust(BLOCK, b"\0")


def volume_header(catalog_at: int) -> bytes:
    """What lies at HEADER_AT."""
    raw = GUID + struct.pack("<IIQQQQ", 1, 1, HEADER_AT, HEADER_AT, 0, catalog_at)
    return raw.ljust(512, b"\0")


def kept(
    before: bytes, after: bytes, at: int, apart: range
) -> tuple[list[tuple[int, int, int, int, int]], bytes]:
    """The blocks that differ, as `listing` has them and one behind the other from `at` on; not
    those of `apart`."""
    listed, data = [], b""
    for block in range(0, len(before), BLOCK):
        old = before[block : block + BLOCK]
        if old != after[block : block + BLOCK] and block // BLOCK not in apart:
            listed.append((block, 0, at + len(data), 0, 0))
            data += old
    return listed, data


def shadowed_volume(path: Path, states: Sequence[State], *, size: int = 24 * MIB) -> list[bytes]:
    """A volume in the last of these states, with a shadow copy of each other; what it was in each
    of them is given."""
    ntfs.make(path, size)
    with ntfs.filling(path) as volume:
        volume.directory("/System Volume Information")
        volume.file(STORE, (RESERVED * (AREA // len(RESERVED) + 1))[:AREA])
    area = path.read_bytes().find(RESERVED * 100)
    raws = []
    for state in states:
        with ntfs.filling(path) as volume:
            state(volume)
        raws.append(path.read_bytes())
    apart = range(area // BLOCK, (area + AREA) // BLOCK + 1)
    put: dict[int, bytes] = {}
    copies, free, full = [], area + BLOCK, False
    for number, (before, after) in enumerate(pairwise(raws)):
        listed, data = kept(before, after, free + 2 * BLOCK, apart)
        put |= {free: listing(free, listed), free + 2 * BLOCK: data}
        copies.append((FIRST_MADE + 86_400 * number, free))
        free += 2 * BLOCK + len(data)
        full |= len(listed) > 500
    if full or free > area + AREA:
        raise ValueError("the stores do not fit")
    put |= {HEADER_AT: volume_header(area), area: catalog(area, copies, size)}
    _write(path, put)
    return raws


def _write(path: Path, put: Mapping[int, bytes]) -> None:
    with path.open("r+b") as disk:
        for at, data in put.items():
            disk.seek(at)
            disk.write(data)
