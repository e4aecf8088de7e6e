"""VHDX: Hyper-V's image of a disk, after Microsoft's [MS-VHDX]. Numbers are little-endian."""

import struct
import uuid
from collections.abc import Mapping
from dataclasses import replace

from triage.sources.blocked import ZEROS, BlockedBytes, Table, upon
from triage.sources.bytes import SECTORS, Bytes, all_of
from triage.sources.reader import ContentError
from triage.sources.signatures import Head, Recognised, not_yet

MAGIC = b"vhdxfile"
HEADERS, REGIONS = (64 << 10, 128 << 10), (192 << 10, 256 << 10)
BLOCKS, METADATA = (
    uuid.UUID("2DC27766-F623-4200-9D64-115E9BFD4A08"),
    uuid.UUID("8B7CA206-4790-4B9A-B8FE-575F050F886E"),
)
PARAMETERS, SIZE, SECTOR, PARENT = (
    uuid.UUID("CAA16737-FA36-4D43-B3B6-33F0AA44E76B"),
    uuid.UUID("2FA54224-CD1B-4876-B211-5DBED83BF4B8"),
    uuid.UUID("8141BF1D-A96F-4709-BA47-F233A8FAAB5F"),
    uuid.UUID("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C"),
)
HAS_PARENT = 2
WHOLLY, PARTLY = 6, 7
MOST_ENTRIES = 2047
LARGEST = 1 << 47
NOT_REPLAYED = "its log was not replayed: what was written to it last may be missing"
WORDS = "the image of a disk, as Microsoft's Hyper-V makes it (VHDX)"


class VhdxBytes(BlockedBytes):
    """The disk that it is of."""

    def __init__(self, held: Bytes) -> None:
        """Raises ContentError."""
        regions = _regions(held)
        if BLOCKS not in regions or METADATA not in regions:
            raise ContentError("where its blocks are listed is not told")
        told = _metadata(held, regions[METADATA][0])
        block, flags = struct.unpack_from("<II", told.get(PARAMETERS, b"").ljust(8, b"\0"))
        size = int.from_bytes(told.get(SIZE, b"")[:8], "little")
        sector = int.from_bytes(told.get(SECTOR, b"")[:4], "little")
        if flags & HAS_PARENT:
            raise upon(_parent(told.get(PARENT, b"")))
        if sector not in SECTORS or size > LARGEST or not block:
            raise ContentError("its size, or that of its blocks, cannot be")
        super().__init__(held, size, block, sector)
        self._per_chunk = max(1, (sector << 23) // block)
        """Blocks, behind whose entries there is one of another kind."""
        at, length = regions[BLOCKS]
        self._table = Table(held, at, length // 8, "<Q")

    def place(self, number: int) -> int:
        """As `BlockedBytes` has it."""
        entry = self._table[number + number // self._per_chunk]
        return entry >> 20 << 20 if entry & 7 in (WHOLLY, PARTLY) else ZEROS


def _regions(held: Bytes) -> dict[uuid.UUID, tuple[int, int]]:
    """Where what lies, bytes and how many, by what it is."""
    for at in REGIONS:
        raw = all_of(held, at, 64 << 10)
        count = min(struct.unpack_from("<I", raw, 8)[0], MOST_ENTRIES)
        if raw[:4] != b"regi":
            continue
        return {
            uuid.UUID(bytes_le=raw[here : here + 16]): struct.unpack_from("<QI", raw, here + 16)
            for here in range(16, 16 + 32 * count, 32)
        }
    raise ContentError("the table of its regions is not there")


def _metadata(held: Bytes, at: int) -> dict[uuid.UUID, bytes]:
    raw = all_of(held, at, 64 << 10)
    if raw[:8] != b"metadata":
        raise ContentError("what it says of itself is not there")
    count = min(struct.unpack_from("<H", raw, 10)[0], MOST_ENTRIES)
    told: dict[uuid.UUID, bytes] = {}
    for here in range(32, 32 + 32 * count, 32):
        offset, length = struct.unpack_from("<II", raw, here + 16)
        item = uuid.UUID(bytes_le=raw[here : here + 16])
        told[item] = held.read_at(at + offset, min(length, 64 << 10))
    return told


def _parent(raw: bytes) -> str:
    """The name of the image that it was made upon: pairs of texts."""
    count = min(struct.unpack_from("<H", raw.ljust(20, b"\0"), 18)[0], 64)
    for at in range(20, min(20 + 12 * count, len(raw) - 11), 12):
        key_at, value_at, key, value = struct.unpack_from("<IIHH", raw, at)
        name = raw[key_at : key_at + key].decode("utf-16-le", "replace")
        if name.endswith("path"):
            return raw[value_at : value_at + value].decode("utf-16-le", "replace")
    return ""


def recognise(head: Head) -> Recognised | None:
    """By its magic; and whether there is something in its log."""
    if head.bytes(0, 8) != MAGIC:
        return None
    found = not_yet("vhdx", WORDS)
    headers = [head.bytes(at, 64) for at in HEADERS]
    current = max(headers, key=lambda raw: int.from_bytes(raw[8:16], "little"))
    return replace(found, unread=(NOT_REPLAYED,)) if any(current[48:64]) else found


def open_(held: Bytes) -> Mapping[str, Bytes]:
    """As `Layer` has it."""
    return {"": VhdxBytes(held)}
