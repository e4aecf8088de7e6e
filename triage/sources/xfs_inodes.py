"""XFS: inodes, the runs that files lie in, and what is left in an inode that was given up.

Linux clears the kind, the size and the number of extents of an inode that it gives up, and leaves
the extents themselves, as far as they had room in it.
"""

import stat
import struct
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from triage.evidence import Run, Timestamps
from triage.sources.bytes import Bytes, all_of
from triage.sources.reader import ContentError
from triage.sources.xfs_nodes import (
    MOST_EXTENTS,
    Extent,
    FreeSpace,
    extents_below,
    extents_in,
)
from triage.sources.xfs_shape import XfsShape

LOCAL, IN_INODE, IN_TREE = 1, 2, 3
REALTIME, BIG_TIME, MANY_EXTENTS = 0x1, 0x8, 0x10
CORE = struct.Struct(">2sHBBH8xI4xQQQQQ12xIHBx6xHI")
NEWER = struct.Struct(">Q16xQQ")
CORE_BYTES, NEWER_AT, NEWER_BYTES = 100, 120, 176
PIECE, PIECES = 1 << 16, 128
"""Bytes that are read at once where inodes lie, and how many such are kept."""
BEFORE_1970 = 1 << 31
BILLION = 1_000_000_000

NO_INODE = "its inode is not where it should be"
BAD_EXTENTS = "its list of extents is damaged"
ELSEWHERE = "it lies on the realtime device, which is not here"


@dataclass(frozen=True, slots=True)
class XfsInode:
    """One, as far as it is needed here."""

    number: int
    mode: int
    form: int
    """Of its content."""
    links: int
    generation: int
    size: int
    flags: int
    count: int
    """Extents."""
    times: Timestamps
    fork: bytes
    """What it says of its content."""

    @property
    def kind(self) -> int:
        """As `stat` has it; 0: it is not in use."""
        return self.mode & 0xF000


class Inodes:
    """The inodes of one volume."""

    def __init__(self, held: Bytes, shape: XfsShape) -> None:
        self.held, self.shape = held, shape
        self._kept: OrderedDict[int, bytes] = OrderedDict()

    def inode(self, number: int) -> XfsInode:
        """Raises ContentError."""
        raw = self._raw(self.shape.byte_of_inode(number))
        (magic, mode, version, form, old_links, links, many, *times, size, count, _, fork_at, flags,
         generation) = CORE.unpack_from(raw)  # fmt: skip
        if magic != b"IN" or not 1 <= version <= 3 or (version == 3) != self.shape.is_5:
            raise ContentError(NO_INODE)
        begin, further = CORE_BYTES, 0
        if version == 3:
            begin = NEWER_BYTES
            further, created, there = NEWER.unpack_from(raw, NEWER_AT)
            times.append(created)
            if there != number:
                raise ContentError(NO_INODE)
        end = begin + fork_at * 8 if fork_at else len(raw)
        moment = _big_moment if further & BIG_TIME else _moment
        accessed, modified, changed, *more = map(moment, times)
        return XfsInode(
            number=number,
            mode=mode,
            form=form,
            links=old_links if version == 1 else links,
            generation=generation,
            size=size,
            flags=flags,
            count=many if further & MANY_EXTENTS else count,
            times=Timestamps(more[0] if more else None, modified, changed, accessed),
            fork=raw[begin : min(end, len(raw))],
        )

    def _raw(self, at: int) -> bytes:
        if at < 0:
            raise ContentError(NO_INODE)
        start = at // PIECE * PIECE
        piece = self._kept.get(start)
        if piece is None:
            try:
                piece = self.held.read_at(start, PIECE)
            except ContentError:
                return all_of(self.held, at, self.shape.inode)
            if len(self._kept) >= PIECES:
                self._kept.popitem(last=False)
            self._kept[start] = piece
        raw = piece[at - start : at - start + self.shape.inode]
        if len(raw) != self.shape.inode:
            raise ContentError(NO_INODE)
        return raw

    def extents(self, inode: XfsInode, most: int = MOST_EXTENTS) -> Sequence[Extent]:
        """Where its content lies, in order. Raises ContentError, also for more than `most`."""
        if inode.flags & REALTIME and inode.kind == stat.S_IFREG:
            raise ContentError(ELSEWHERE)
        if inode.form == IN_INODE:
            if 16 * inode.count > len(inode.fork):
                raise ContentError(BAD_EXTENTS)
            return self._sound(extents_in(inode.fork[: 16 * inode.count]))
        if inode.form != IN_TREE or len(inode.fork) < 20:
            raise ContentError(BAD_EXTENTS)
        found: list[Extent] = []
        for records in extents_below(self.held, self.shape, inode.fork, inode.number):
            found += extents_in(records)
            if len(found) > most:
                raise ContentError(BAD_EXTENTS)
        return self._sound(found)

    def _sound(self, listed: Iterable[Extent]) -> list[Extent]:
        end, found = 0, list(listed)
        for at, block, count, _ in found:
            if at < end or not self.shape.holds(block, count):
                raise ContentError(BAD_EXTENTS)
            end = at + count
        return found

    def left(self, inode: XfsInode, free: FreeSpace) -> list[Extent]:
        """The extents of an inode that was given up, as long as nothing else took their place."""
        found: list[Extent] = []
        end = 0
        for at, block, count, written in extents_in(inode.fork):
            if at != end or not written or not self.shape.holds(block, count):
                break
            if not free.holds(block, count):
                break
            found.append((at, block, count, written))
            end = at + count
        return found

    def size_left(self, extents: Sequence[Extent]) -> int:
        """Bytes of what was given up: Linux clears the size, and fills the last block with zeros;
        what is before those is taken for the content. Raises ContentError."""
        at, block, count, _ = extents[-1]
        last = self.shape.byte_of(block + count - 1)
        tail = all_of(self.held, last, self.shape.block).rstrip(b"\0")
        return (at + count - 1) * self.shape.block + len(tail)


def runs_of(shape: XfsShape, extents: Sequence[Extent], size: int) -> list[Run]:
    """The runs of the volume in which `size` bytes lie."""
    runs: list[Run] = []
    position = 0
    for at, block, count, written in extents:
        start = at * shape.block
        if start >= size:
            break
        if start > position:
            runs.append(Run(-1, start - position))
        length = min(count * shape.block, size - start)
        runs.append(Run(shape.byte_of(block) if written else -1, length))
        position = start + length
    if position < size:
        runs.append(Run(-1, size - position))
    return runs


def _moment(told: int) -> float | None:
    """Seconds and nanoseconds, 32 bits each."""
    seconds, nanoseconds = told >> 32, told & 0xFFFFFFFF
    if seconds >= BEFORE_1970:
        seconds -= 1 << 32
    return seconds + min(nanoseconds, BILLION - 1) * 1e-9 if told else None


def _big_moment(told: int) -> float | None:
    """Nanoseconds since 1901."""
    if not told:
        return None
    seconds, nanoseconds = divmod(told, BILLION)
    return seconds - BEFORE_1970 + nanoseconds * 1e-9
