"""XFS, where the power was cut: what its log holds is laid over the volume.

In memory: nothing is replayed onto the device. After Linux's xfs_buf_item_recover.c,
xfs_inode_item_recover.c and xfs_icreate_item.c. Of what the log holds that is taken which leads to
names and content: blocks of the file system's own, inodes, and inodes that were made; what Linux
would do further, as with what was meant to be freed, is not needed to read it. Where the log is not
understood the volume is read as it is, and that the log was not replayed is said.
"""

import struct
from collections import Counter
from collections.abc import Iterator, Mapping

from triage.evidence import VolumeState
from triage.sources.bytes import Bytes
from triage.sources.overlaid import OverlaidBytes
from triage.sources.reader import ContentError
from triage.sources.signatures import Head, Recognised, named
from triage.sources.xfs import tried
from triage.sources.xfs_inodes import CORE_BYTES, NEWER_BYTES
from triage.sources.xfs_log import (
    ODD,
    SECTOR,
    LogItem,
    LogState,
    LogTransaction,
    XfsLog,
    transactions_in,
)
from triage.sources.xfs_shape import MAGIC, XfsShape, shape_of

INODE, BLOCK, NEW_INODES = 0x123B, 0x123C, 0x123F
OF_INODES, GIVEN_UP = 0x1, 0x2
"""What a block is of: inodes, of which only what links those is in it; or it is no more."""
CORE, LOCAL, EXTENTS, ROOT = 0x1, 0x2, 0x4, 0x8
PIECE = 128
PAGE = 4096
MOST_PAGES = 1 << 15
MOST_SECTORS = 128
"""Of a block."""
LOG_BLOCKS_AT = 96
LSN_AT = {
    b"XDB3": 16,
    b"XDD3": 16,
    b"BMA3": 32,
    b"IAB3": 24,
    b"AB3B": 24,
}
"""Where a block says which part of the log it has in it already."""


def recognise(head: Head) -> Recognised | None:
    """A volume whose log holds what the volume may not have yet."""
    if head.bytes(0, 4) != MAGIC:
        return None
    found = named(head)
    if found is None or found.name != "xfs":
        return None
    held = head.held
    try:
        over = _laid(held)
    except (ContentError, struct.error):
        return None
    opens = over and tried(OverlaidBytes(held, over), found).state is VolumeState.READABLE
    return found if opens else None


def open_(held: Bytes) -> Mapping[str, Bytes]:
    """As `Layer` has it."""
    return {"": OverlaidBytes(held, _laid(held))}


def _laid(held: Bytes) -> dict[int, bytes]:
    """What lies over the volume, by where; nothing if nothing was to be replayed. Raises
    ContentError, struct.error."""
    shape = shape_of(held)
    if not shape.log or not shape.log_size:
        return {}
    log = XfsLog(held, shape)
    if log.state() is LogState.CLEAN:
        return {}
    return _Replay(held, shape, log).run()


class _Replay:
    """Goes through a log twice: what was given up first, and then all."""

    def __init__(self, held: Bytes, shape: XfsShape, log: XfsLog) -> None:
        self._held, self._shape, self._log = held, shape, log
        self._pages: dict[int, bytearray] = {}
        self._given_up: Counter[tuple[int, int]] = Counter()

    def run(self) -> dict[int, bytes]:
        """Each page that it changes."""
        for _, item in self._items():
            if item.type == BLOCK:
                block = _Logged(item)
                self._given_up[block.key] += bool(block.flags & GIVEN_UP)
        for number, item in self._items():
            if item.type == BLOCK:
                self._block(number, _Logged(item))
            elif item.type == INODE:
                self._inode(number, item)
            elif item.type == NEW_INODES:
                self._new_inodes(item)
        # Its superblock says no more that there is a log.
        self._lay(LOG_BLOCKS_AT, bytes(4))
        return {at: bytes(self._pages.pop(at)) for at in sorted(self._pages)}

    def _items(self) -> Iterator[tuple[int, LogItem]]:
        for transaction in transactions_in(self._log.records()):
            for item in _in_order(transaction):
                if len(item.parts) < item.wanted:
                    raise ContentError(ODD)
                yield transaction.number, item

    def _page(self, at: int) -> bytearray:
        page = self._pages.get(at)
        if page is None:
            if len(self._pages) >= MOST_PAGES or at < 0 or at >= self._held.size:
                raise ContentError(ODD)
            page = self._pages[at] = bytearray(self._held.read_at(at, PAGE))
        return page

    def _lay(self, at: int, data: bytes) -> None:
        while data:
            page = self._page(at // PAGE * PAGE)
            within = at % PAGE
            piece = data[: len(page) - within]
            if not piece:
                raise ContentError(ODD)
            page[within : within + len(piece)] = piece
            at, data = at + len(piece), data[len(piece) :]

    def _now(self, at: int, length: int) -> bytes:
        """What is there as far as it was replayed."""
        out = b""
        while len(out) < length:
            here = at + len(out)
            start = here // PAGE * PAGE
            page = self._pages.get(start)
            whole = self._held.read_at(start, PAGE) if page is None else page
            piece = bytes(whole[here - start : here - start + length - len(out)])
            if not piece:
                raise ContentError(ODD)
            out += piece
        return out

    def _block(self, number: int, block: "_Logged") -> None:
        if self._given_up[block.key] > 0:
            self._given_up[block.key] -= bool(block.flags & GIVEN_UP)
            return
        if block.flags & (OF_INODES | GIVEN_UP):
            return
        start = block.sector * SECTOR
        before = self._held.read_at(start, 48)
        at = LSN_AT.get(before[:4]) if self._shape.is_5 and len(before) == 48 else None
        if at is not None and struct.unpack_from(">Q", before, at)[0] >= number:
            return
        for offset, data in block.pieces():
            self._lay(start + offset, data)

    def _inode(self, number: int, item: LogItem) -> None:
        told = item.parts[0]
        fields, _, length = struct.unpack_from("<IHH", told, 4)
        inode = struct.unpack_from("<Q", told, 16 if len(told) >= 56 else 12)[0]
        place = struct.unpack_from("<qi", told, 40 if len(told) >= 56 else 36)
        if self._given_up[place] > 0:
            return
        at = self._shape.byte_of_inode(inode)
        if at < 0 or len(item.parts) < 2:
            raise ContentError(ODD)
        begin = NEWER_BYTES if self._shape.is_5 else CORE_BYTES
        now = bytearray(self._now(at, self._shape.inode))
        if self._shape.is_5 and now[:2] == b"IN":
            done, itself = (struct.unpack_from(">Q", now, place)[0] for place in (112, 152))
            if itself == inode and done > number:
                return
        _lay_core(now, item.parts[1], is_5=self._shape.is_5)
        fork_at = now[82] * 8
        end = begin + fork_at if fork_at else len(now)
        if fields & (LOCAL | EXTENTS | ROOT):
            if len(item.parts) < 3 or end > len(now):
                raise ContentError(ODD)
            fork = item.parts[2][:length]
            if fields & ROOT:
                fork = _as_root(fork, end - begin, 72 if self._shape.is_5 else 24)
            if len(fork) > end - begin:
                fork = fork[: end - begin]
            now[begin : begin + len(fork)] = fork
        self._lay(at, bytes(now))

    def _new_inodes(self, item: LogItem) -> None:
        group, block, count, size = struct.unpack_from(">IIII", item.parts[0], 4)
        generation = struct.unpack_from(">I", item.parts[0], 24)[0]
        shape = self._shape
        first = shape.inode_in(group, block << shape.inode_bits)
        if size != shape.inode or not 0 < count <= 4096 or shape.byte_of_inode(first) < 0:
            raise ContentError(ODD)
        start = shape.byte_of_inode(first) // SECTOR
        end = start + count * size // SECTOR
        gone = (at for (at, _), times in self._given_up.items() if times > 0)
        if any(start <= at < end for at in gone):
            return
        for number in range(first, first + count):
            new = bytearray(size)
            struct.pack_into(">2sHBB", new, 0, b"IN", 0, 3 if shape.is_5 else 2, 2)
            struct.pack_into(">II", new, 92, generation, 0xFFFFFFFF)
            if shape.is_5:
                struct.pack_into(">Q16s", new, 152, number, shape.uuid)
            self._lay(shape.byte_of_inode(number), bytes(new))


class _Logged:
    """A block of the file system's own, as the log has it."""

    def __init__(self, item: LogItem) -> None:
        told = item.parts[0]
        self.flags, self.sectors, self.sector, words = struct.unpack_from("<HHqI", told, 4)
        if not 0 <= self.sectors <= MOST_SECTORS or self.sector < 0 or words > 16:
            raise ContentError(ODD)
        self.key = self.sector, self.sectors
        self._bits = int.from_bytes(told[20 : 20 + 4 * words], "little")
        self._parts = item.parts[1:]

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        """Where each lies in the block."""
        bit, bits = 0, self._bits
        for part in self._parts:
            while bits and not bits >> bit & 1:
                bit += 1
                if bit > bits.bit_length():
                    raise ContentError(ODD)
            most = 0
            while bits >> bit + most & 1:
                most += 1
            count = min(most, len(part) // PIECE)
            if not count or (bit + count) * PIECE > self.sectors * SECTOR:
                raise ContentError(ODD)
            yield bit * PIECE, part[: count * PIECE]
            bit += count


def _in_order(transaction: LogTransaction) -> list[LogItem]:
    """As Linux takes them: blocks before inodes, and what is given up last."""

    def rank(item: LogItem) -> int:
        if item.type != BLOCK:
            return 1
        flags = struct.unpack_from("<H", item.parts[0], 4)[0]
        return 3 if flags & GIVEN_UP else 2 if flags & OF_INODES else 0

    return sorted(transaction.items, key=rank)


def _lay_core(now: bytearray, told: bytes, *, is_5: bool) -> None:
    """The fixed part of an inode: as on the disk, but little-endian."""
    if len(told) < 96 or told[:2] != b"NI":
        raise ContentError(ODD)
    big = is_5 and len(told) >= NEWER_BYTES
    further = struct.unpack_from("<Q", told, 120)[0] if big else 0
    swaps = [(0, 2), (2, 2), (8, 4), (12, 4), (16, 4), (20, 2), (22, 2), (56, 8), (64, 8), (72, 4),
             (84, 4), (88, 2), (90, 2), (92, 4)]  # fmt: skip
    swaps += [(24, 8), (76, 4)] if further & 0x10 else [(30, 2), (76, 4), (80, 2)]
    times = (32, 40, 48, 144) if big else (32, 40, 48)
    for at in times:
        swaps += [(at, 8)] if further & 0x8 else [(at, 4), (at + 4, 4)]
    now[4:6], now[82:84] = told[4:6], told[82:84]
    if big:
        swaps += [(104, 8), (120, 8), (128, 4), (152, 8)]
        now[160:176] = told[160:176]
    for at, width in swaps:
        now[at : at + width] = told[at : at + width][::-1]


def _as_root(root: bytes, room: int, header: int) -> bytes:
    """The root of a file's tree as an inode has it, from how memory has it."""
    level, count = struct.unpack_from(">HH", root, 4)
    held, most = (len(root) - header) // 16, (room - 4) // 16
    if count > held or count > most:
        raise ContentError(ODD)
    keys = root[header : header + 8 * count]
    places = root[header + 8 * held : header + 8 * held + 8 * count]
    out = bytearray(4 + 16 * most)
    struct.pack_into(">HH", out, 0, level, count)
    out[4 : 4 + len(keys)] = keys
    out[4 + 8 * most : 4 + 8 * most + len(places)] = places
    return bytes(out)
