"""XFS: the names in a directory, those in use and those that were given up.

A small directory lies in its inode; others in blocks of their own, whose names come before what
they are looked up by. A name that was given up loses the first four bytes of its inode's number,
and stays until its place is needed.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from triage.sources.bytes import Bytes, all_of
from triage.sources.reader import ContentError
from triage.sources.xfs_inodes import LOCAL, Inodes, XfsInode
from triage.sources.xfs_shape import XfsShape

NAMES_END = 32 << 30
"""Where in a directory that begins by which names are looked up."""
DATA, ALONE = (b"XD2D", b"XDD3"), (b"XD2B", b"XDB3")
GIVEN_UP = 0xFFFF
KINDS = 9
LONGEST = 255
DOTS = (b".", b"..")
SMALLEST = 16

BAD_FOLDER = "a directory is damaged"


@dataclass(frozen=True, slots=True)
class XfsName:
    """A name in a directory."""

    name: bytes
    inode: int
    kind: int = 0
    """1: a file, 2: a directory, 7: a link; 0: it is not said."""
    in_use: bool = True


class XfsFolder:
    """A directory; iterated over once. Its damaged parts are counted."""

    def __init__(self, inodes: Inodes, folder: XfsInode, *, given_up: bool = True) -> None:
        """`given_up`: with names that were given up."""
        self._inodes, self._folder, self._given_up = inodes, folder, given_up
        self._shape: XfsShape = inodes.shape
        self.lost = 0
        """Parts of it that could not be read."""
        self.above = 0
        """The inode of the directory that it says it is in."""

    def __iter__(self) -> Iterator[XfsName]:
        """Names but for `.` and `..`. Raises ContentError if there are none to be read."""
        names = self._in_inode() if self._folder.form == LOCAL else self._in_blocks()
        for name in names:
            if name.name not in DOTS:
                yield name
            elif name.in_use and name.name == b"..":
                self.above = name.inode

    def _in_inode(self) -> Iterator[XfsName]:
        raw = self._folder.fork[: self._folder.size]
        if len(raw) < 6:
            raise ContentError(BAD_FOLDER)
        count, wide = raw[0], bool(raw[1])
        form = struct.Struct(">Q" if wide else ">I")
        yield XfsName(b"..", form.unpack_from(raw.ljust(10, b"\0"), 2)[0])
        at = 2 + form.size
        for _ in range(count):
            length = raw[at] if at < len(raw) else 0
            end = at + 3 + length + self._shape.by_type
            if not length or end + form.size > len(raw):
                self.lost += 1
                return
            name = raw[at + 3 : at + 3 + length]
            kind = raw[end - 1] if self._shape.by_type else 0
            yield XfsName(name, form.unpack_from(raw, end)[0], kind)
            at = end + form.size

    def _in_blocks(self) -> Iterator[XfsName]:
        shape = self._shape
        first_behind = NAMES_END // shape.block
        pending: list[tuple[int, int]] = []
        """Of one directory block, its places in the volume and bytes."""
        filled = 0
        expected = -1
        for at, block, count, written in self._inodes.extents(self._folder):
            if at >= first_behind:
                break
            if not written:
                self.lost += 1
                continue
            if at != expected and filled:
                self.lost += 1
                pending, filled = [], 0
            expected = at + count
            start, left = shape.byte_of(block), count * shape.block
            while left:
                piece = min(left, shape.folder_block - filled)
                pending.append((start, piece))
                filled, start, left = filled + piece, start + piece, left - piece
                if filled == shape.folder_block:
                    yield from self._in_block(pending)
                    pending, filled = [], 0
        self.lost += bool(filled)

    def _in_block(self, places: list[tuple[int, int]]) -> Iterator[XfsName]:
        try:
            raw = _joined(self._inodes.held, places)
        except ContentError:
            self.lost += 1
            return
        is_5 = self._shape.is_5
        if raw[:4] == ALONE[is_5]:
            leaves = struct.unpack_from(">I", raw, len(raw) - 8)[0]
            end = len(raw) - 8 - 8 * leaves
        elif raw[:4] == DATA[is_5]:
            end = len(raw)
        else:
            end = -1
        if is_5 and struct.unpack_from(">Q", raw, 40)[0] != self._folder.number:
            end = -1
        at = 64 if is_5 else 16
        if end < at:
            self.lost += 1
            return
        while at < end:
            if raw[at : at + 2] == b"\xff\xff":
                length = struct.unpack_from(">H", raw, at + 2)[0]
                if length < 8 or length % 8 or at + length > end:
                    self.lost += 1
                    return
                if self._given_up:
                    yield from self._left(raw, at, at + length)
                at += length
                continue
            name = self._name(raw, at, end)
            if name is None:
                self.lost += 1
                at = self._next(raw, at + 8, end)
                continue
            yield name
            at += self._length(len(name.name))

    def _next(self, raw: bytes, at: int, end: int) -> int:
        """Where a name lies behind one that is damaged."""
        while at < end and self._name(raw, at, end) is None:
            at += 8
        return at

    def _length(self, name: int) -> int:
        """Bytes that a name of that length takes."""
        return (9 + name + self._shape.by_type + 2 + 7) & ~7

    def _name(self, raw: bytes, at: int, end: int, first: int = -1) -> XfsName | None:
        """The name that lies there; None if none does. `first`: where what was given up begins,
        for behind each it is then said where what was given up with it began."""
        if at + SMALLEST > end:
            return None
        inode, length = struct.unpack_from(">QB", raw, at)
        behind = at + self._length(length)
        if not length or behind > end:
            return None
        tag = struct.unpack_from(">H", raw, behind - 2)[0]
        if tag != at and not 0 <= first <= tag < at:
            return None
        name = raw[at + 9 : at + 9 + length]
        kind = raw[at + 9 + length] if self._shape.by_type else 0
        if b"/" in name or b"\0" in name or kind >= KINDS:
            return None
        return XfsName(name, inode, kind)

    def _left(self, raw: bytes, first: int, end: int) -> Iterator[XfsName]:
        """Names in a stretch that was given up."""
        at = first
        if raw.count(0, first + 4, end - 2) == end - first - 6:
            return
        while at + SMALLEST <= end:
            name = self._name(raw, at, end, first)
            if name is None:
                at += 8
                continue
            inode = name.inode
            if inode >> 48 == GIVEN_UP:
                high = self._folder.number >> 32
                inode = high << 32 | inode & 0xFFFFFFFF
            yield XfsName(name.name, inode, name.kind, in_use=False)
            at += self._length(len(name.name))


def _joined(held: Bytes, places: list[tuple[int, int]]) -> bytes:
    return b"".join(all_of(held, at, length) for at, length in places)
