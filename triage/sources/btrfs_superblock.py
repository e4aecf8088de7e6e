"""btrfs: its superblock, of which each of its devices has three.

Layouts after btrfs' on-disk format (btrfs.readthedocs.io, "On-disk Format") and Linux's
btrfs_tree.h; all numbers little-endian.
"""

import struct
from dataclasses import dataclass

from triage.sources.bytes import Bytes
from triage.sources.reader import ContentError

MAGIC = b"_BHRfS_M"
SUPERBLOCKS = (64 << 10, 64 << 20, 256 << 30)
SUPERBLOCK_BYTES = 4096
CHUNKS_AT, MOST_CHUNK_BYTES = 811, 2048
OTHER_UUID = 0x400
"""A feature: the nodes bear another UUID than the superblock."""
NODES = frozenset({4096, 8192, 16384, 32768, 65536})

NO_SUPERBLOCK = "none of its superblocks is whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class BtrfsDevice:
    """One device of a file system, where the bytes of several lie one behind the other."""

    identity: bytes
    """Its number and its UUID, as its superblock and the chunks on it have them, 24 bytes."""
    start: int
    size: int
    late: bool = False
    """The last change is not in its superblock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Superblock:
    """What is needed of it."""

    generation: int
    root: int
    chunk_root: int
    log_root: int
    size: int
    """Bytes of all devices."""
    devices: int
    sector: int
    node: int
    device: bytes
    """The one that it lies on, as `BtrfsDevice.identity` has it."""
    device_size: int
    """As many bytes as that should have."""
    array: bytes
    """Its UUID, the same on all of its devices."""
    uuid: bytes
    """That nodes bear."""
    chunks: bytes
    """Those that hold the tree of chunks."""


def superblock_of(held: Bytes) -> Superblock:
    """The newest whole one of the three of a device. Raises ContentError."""
    found = [each for at in SUPERBLOCKS if (each := _superblock(held, at)) is not None]
    if not found:
        raise ContentError(NO_SUPERBLOCK)
    return max(found, key=lambda each: each.generation)


def _superblock(held: Bytes, at: int) -> Superblock | None:
    if at + SUPERBLOCK_BYTES > held.size:
        return None
    try:
        raw = held.read_at(at, SUPERBLOCK_BYTES)
    except ContentError:
        return None
    if len(raw) != SUPERBLOCK_BYTES or raw[64:72] != MAGIC:
        return None
    if struct.unpack_from("<Q", raw, 48)[0] != at:
        return None
    generation, root, chunk_root, log_root = struct.unpack_from("<QQQQ", raw, 72)
    size, _, _, devices, sector, node = struct.unpack_from("<QQQQII", raw, 112)
    length = struct.unpack_from("<I", raw, 160)[0]
    features = struct.unpack_from("<Q", raw, 188)[0]
    if node not in NODES or sector not in NODES or length > MOST_CHUNK_BYTES:
        return None
    return Superblock(
        generation=generation,
        root=root,
        chunk_root=chunk_root,
        log_root=log_root,
        size=size,
        devices=devices,
        sector=sector,
        node=node,
        device=raw[201:209] + raw[267:283],
        device_size=struct.unpack_from("<Q", raw, 209)[0],
        array=raw[32:48],
        uuid=raw[571:587] if features & OTHER_UUID else raw[32:48],
        chunks=raw[CHUNKS_AT : CHUNKS_AT + length],
    )
