"""XFS: its B-trees: of the inodes and the free space of a group, and of the extents of a file.

A tree may be a suspect's work: each block is a level below the one that named it, none is entered
twice, and it must say of itself what was looked for.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from triage.sources.bytes import Bytes, all_of
from triage.sources.reader import ContentError
from triage.sources.xfs_shape import XfsShape

EXTENTS = b"BMAP", b"BMA3"
"""What the nodes of version 4 and those of version 5 begin with."""
CHUNK = 64
"""Inodes that are kept together."""
MOST_LEVELS = 9
MOST_FREE = 1 << 20
MOST_EXTENTS = 4_000_000
DAMAGED = "a node of its trees is damaged"

LOW_54, LOW_21 = (1 << 54) - 1, (1 << 21) - 1

Extent = tuple[int, int, int, bool]
"""Of a file: its first block, the volume's, how many, and whether they were written."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of tree that each group has. `key`, `record`: bytes of one."""

    sector: int
    """That of the group in which its root is told."""
    begins: bytes
    root_at: int
    levels_at: int
    magics: tuple[bytes, bytes]
    key: int
    record: int


INODES = _Kind(2, b"XAGI", 20, 24, (b"IABT", b"IAB3"), 4, 16)
FREE = _Kind(1, b"XAGF", 16, 28, (b"ABTB", b"AB3B"), 8, 8)


@dataclass(frozen=True, slots=True)
class InodeChunk:
    """64 inodes from `first`, the number within the group; a bit each, the lowest the first."""

    first: int
    free: int
    absent: int


def read_block(held: Bytes, shape: XfsShape, block: int) -> bytes:
    """A block by its number. Raises ContentError."""
    return all_of(held, shape.byte_of(block), shape.block)


def chunks_of(held: Bytes, shape: XfsShape, group: int) -> Iterator[InodeChunk]:
    """The chunks of inodes of a group. Raises ContentError."""
    for records in _leaves(held, shape, group, INODES):
        for first, told, free in struct.iter_unpack(">IIQ", records):
            yield InodeChunk(first, free, _absent(told >> 16) if shape.sparse else 0)


def _absent(holes: int) -> int:
    """Each bit of `holes` stands for four inodes."""
    return sum(0xF << 4 * bit for bit in range(16) if holes >> bit & 1)


def free_in(held: Bytes, shape: XfsShape, group: int) -> tuple[list[int], list[int]]:
    """The free stretches of a group: their first blocks within it, and those behind their ends.
    Raises ContentError."""
    starts: list[int] = []
    ends: list[int] = []
    for records in _leaves(held, shape, group, FREE):
        for start, count in struct.iter_unpack(">II", records):
            if ends and start < ends[-1]:
                raise ContentError(DAMAGED)
            starts.append(start)
            ends.append(start + count)
        if len(starts) > MOST_FREE:
            raise ContentError(DAMAGED)
    return starts, ends


class FreeSpace:
    """Which blocks are free, read group by group when it is asked for."""

    def __init__(self, held: Bytes, shape: XfsShape) -> None:
        self._held, self._shape = held, shape
        self._groups: dict[int, tuple[list[int], list[int]]] = {}
        self.lost: set[int] = set()
        """Groups of which it cannot be told."""

    def holds(self, block: int, count: int) -> bool:
        """Whether all of these blocks are free; False where that cannot be told."""
        shape = self._shape
        group, within = block >> shape.group_bits, block & ((1 << shape.group_bits) - 1)
        if group not in self._groups:
            try:
                found = free_in(self._held, shape, group)
            except ContentError:
                found = [], []
                self.lost.add(group)
            if sum(len(each) for each, _ in self._groups.values()) > MOST_FREE:
                self._groups.clear()
            self._groups[group] = found
        starts, ends = self._groups[group]
        place = bisect_right(starts, within) - 1
        return place >= 0 and within + count <= ends[place]


def _leaves(held: Bytes, shape: XfsShape, group: int, kind: _Kind) -> Iterator[bytes]:
    """The records of each leaf of a group's tree. Raises ContentError."""
    told = all_of(held, shape.group_start(group) + kind.sector * shape.sector, 512)
    if told[:4] != kind.begins or struct.unpack_from(">I", told, 8)[0] != group:
        raise ContentError(DAMAGED)
    root, levels = (struct.unpack_from(">I", told, at)[0] for at in (kind.root_at, kind.levels_at))
    if not 0 < levels <= MOST_LEVELS:
        raise ContentError(DAMAGED)
    header, entered = (56 if shape.is_5 else 16), set[int]()
    stack = [(root, levels - 1)]
    while stack:
        block, level = stack.pop()
        if block in entered or not 0 < block < shape.group_blocks:
            raise ContentError(DAMAGED)
        entered.add(block)
        raw = read_block(held, shape, shape.block_in(group, block))
        there, count = struct.unpack_from(">HH", raw, 4)
        most = (len(raw) - header) // (kind.key + 4 if level else kind.record)
        is_own = not shape.is_5 or raw[32:48] == shape.uuid
        if raw[:4] != kind.magics[shape.is_5] or there != level or count > most or not is_own:
            raise ContentError(DAMAGED)
        if not level:
            yield raw[header : header + count * kind.record]
            continue
        below = struct.unpack_from(f">{count}I", raw, header + most * kind.key)
        stack += [(each, level - 1) for each in reversed(below)]


def extents_in(records: bytes) -> Iterator[Extent]:
    """What such records say, sound or not."""
    for high, low in struct.iter_unpack(">QQ", records[: len(records) // 16 * 16]):
        block = (high & 0x1FF) << 43 | low >> 21
        yield high >> 9 & LOW_54, block, low & LOW_21, not high >> 63


def extents_below(held: Bytes, shape: XfsShape, root: bytes, inode: int) -> Iterator[bytes]:
    """The records of a file's tree, leaf by leaf. `root`: as its inode has it. Raises
    ContentError."""
    level, count = struct.unpack_from(">HH", root)
    most = (len(root) - 4) // 16
    if not 0 < level <= MOST_LEVELS or not 0 < count <= most:
        raise ContentError(DAMAGED)
    first = struct.unpack_from(f">{count}Q", root, 4 + 8 * most)
    stack = [(block, level - 1) for block in reversed(first)]
    header, entered = (72 if shape.is_5 else 24), set[int]()
    while stack:
        block, level = stack.pop()
        if block in entered:
            raise ContentError(DAMAGED)
        entered.add(block)
        raw = read_block(held, shape, block)
        there, count = struct.unpack_from(">HH", raw, 4)
        room = (len(raw) - header) // 16
        is_own = not shape.is_5 or struct.unpack_from(">Q", raw, 56)[0] == inode
        if raw[:4] != EXTENTS[shape.is_5] or there != level or count > room or not is_own:
            raise ContentError(DAMAGED)
        if not level:
            yield raw[header : header + 16 * count]
            continue
        below = struct.unpack_from(f">{count}Q", raw, header + 8 * room)
        stack += [(each, level - 1) for each in reversed(below)]
