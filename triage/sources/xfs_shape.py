"""XFS: its superblock, and where blocks and inodes lie.

After Linux's fs/xfs/libxfs/xfs_format.h. All numbers are big-endian. A volume is a row of
allocation groups of equal size, the last may be shorter; the number of a block or inode has its
group in the high bits.
"""

import struct
from dataclasses import dataclass, replace

from triage.sources.bytes import Bytes, all_of
from triage.sources.reader import ContentError

MAGIC = b"XFSB"
SUPERBLOCK = 512
DIRECTORIES_2, BY_TYPE_4 = 0x2000, 0x200
BY_TYPE, SPARSE_INODES, META_UUID = 0x1, 0x2, 0x4
KNOWN = 0x1FF
"""Features without which a volume cannot be read; up to a tree of metadata directories."""
MOST_GROUPS = 1 << 20

ODD = "its superblock contradicts itself"
TOO_NEW = "it has features of a later Linux, which this version does not know"
TOO_OLD = "its directories are of the first version, which this version does not read"


@dataclass(frozen=True, slots=True, kw_only=True)
class XfsShape:
    """What the superblock says."""

    block: int
    """Bytes."""
    blocks: int
    sector: int
    groups: int
    group_blocks: int
    group_bits: int
    """Bits of a block's number within its group."""
    inode_bits: int
    """Bits of an inode's number within its block."""
    inode: int
    """Bytes."""
    folder_block: int
    """Bytes in which directories are kept together."""
    root: int
    """The root directory's inode."""
    own: frozenset[int]
    """Inodes that the file system keeps for itself."""
    log: int
    """Where in the volume its log begins; 0: on another device."""
    log_size: int
    """Bytes."""
    is_5: bool
    by_type: bool
    """Whether names say of what kind they are."""
    sparse: bool
    """Whether a chunk of inodes may have gaps."""
    uuid: bytes
    """That its metadata bear."""
    realtime: int
    """Blocks of a realtime device."""

    def byte_of(self, block: int) -> int:
        """Where in the volume the block of that number begins; -1: nowhere."""
        group, within = block >> self.group_bits, block & ((1 << self.group_bits) - 1)
        number = group * self.group_blocks + within
        if group >= self.groups or within >= self.group_blocks or number >= self.blocks:
            return -1
        return number * self.block

    def holds(self, block: int, count: int) -> bool:
        """Whether so many blocks from that one on lie in one group."""
        last = block + count - 1
        is_one = block >> self.group_bits == last >> self.group_bits
        return count > 0 and is_one and self.byte_of(block) >= 0 and self.byte_of(last) >= 0

    def byte_of_inode(self, number: int) -> int:
        """Where in the volume an inode lies; -1: nowhere."""
        start = self.byte_of(number >> self.inode_bits)
        within = number & ((1 << self.inode_bits) - 1)
        return start + within * self.inode if start >= 0 else -1

    def group_start(self, group: int) -> int:
        """Where in the volume a group begins."""
        return group * self.group_blocks * self.block

    def block_in(self, group: int, block: int) -> int:
        """The number of a block that a group's own trees name."""
        return group << self.group_bits | block if block < self.group_blocks else -1

    def inode_in(self, group: int, inode: int) -> int:
        """The number of an inode that a group's own trees name."""
        return group << self.group_bits + self.inode_bits | inode


def shape_of(held: Bytes) -> XfsShape:
    """Of the volume that begins there. Raises ContentError."""
    raw = all_of(held, 0, SUPERBLOCK)
    block, blocks = struct.unpack_from(">IQ", raw, 4)
    log, root, bitmap, summary = struct.unpack_from(">4Q", raw, 48)
    group_blocks, groups = struct.unpack_from(">II", raw, 84)
    log_blocks, version, sector, inode = struct.unpack_from(">IHHH", raw, 96)
    block_bits, _, inode_bits, per_block, group_bits = struct.unpack_from(">5B", raw, 120)
    users, those_of_groups = struct.unpack_from(">QQ", raw, 160)
    folder_bits, features_2 = raw[192], struct.unpack_from(">I", raw, 200)[0]
    features, is_5 = struct.unpack_from(">I", raw, 216)[0], version & 15 == 5
    if raw[:4] != MAGIC or version & 15 not in (4, 5):
        raise ContentError(ODD)
    if is_5 and features & ~KNOWN:
        raise ContentError(TOO_NEW)
    if not version & DIRECTORIES_2:
        raise ContentError(TOO_OLD)
    if not (
        9 <= block_bits <= 16
        and block == 1 << block_bits
        and 8 <= inode_bits <= 11
        and inode == 1 << inode_bits
        and per_block == block_bits - inode_bits
        and sector in (512, 1024, 2048, 4096, 8192, 16384, 32768)
        and 0 <= block_bits + folder_bits <= 16
        and 0 < groups <= MOST_GROUPS
        and 0 < group_blocks <= 1 << group_bits <= 1 << 31
        and (groups - 1) * group_blocks < blocks <= groups * group_blocks
    ):
        raise ContentError(ODD)
    shape = XfsShape(
        block=block,
        blocks=blocks,
        sector=sector,
        groups=groups,
        group_blocks=group_blocks,
        group_bits=group_bits,
        inode_bits=per_block,
        inode=inode,
        folder_block=block << folder_bits,
        root=root,
        own=frozenset(
            {bitmap, summary, users, those_of_groups, struct.unpack_from(">Q", raw, 232)[0]}
        ),
        log=0,
        log_size=log_blocks * block,
        is_5=is_5,
        by_type=bool(features & BY_TYPE if is_5 else features_2 & BY_TYPE_4),
        sparse=is_5 and bool(features & SPARSE_INODES),
        uuid=raw[248:264] if is_5 and features & META_UUID else raw[32:48],
        realtime=struct.unpack_from(">Q", raw, 16)[0],
    )
    return replace(shape, log=max(0, shape.byte_of(log))) if log else shape
