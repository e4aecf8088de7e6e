"""Bytes in blocks of one size, each of which lies somewhere below, or is zeros, or is packed: what
images of virtual machines' disks are."""

import struct

from triage.sources.bytes import Bytes, PiecedBytes, all_of
from triage.sources.reader import TOO_SHORT, ContentError

ZEROS = -1
PACKED = -2
"""What `place` says of blocks that are not plainly there."""
LARGEST_BLOCK = 256 << 20
TABLE_PIECE = 64 << 10


class BlockedBytes(PiecedBytes):
    """To derive from: `place` says where a block lies, `unpacked` gives one that is packed."""

    def __init__(self, held: Bytes, size: int, block: int, sector_size: int = 512) -> None:
        """Raises ContentError if blocks are of a size that no program makes."""
        if not 512 <= block <= LARGEST_BLOCK:
            raise ContentError(f"its blocks are of {block:,} bytes, which cannot be")
        self.held, self.size, self.block = held, size, block
        self.sector_size = sector_size
        self._last: tuple[int, bytes] = (-1, b"")

    def place(self, number: int) -> int:
        """Where that block begins below, or ZEROS, or PACKED. Raises ContentError."""
        raise NotImplementedError

    def unpacked(self, number: int) -> bytes:
        """A packed block. Raises ContentError."""
        raise NotImplementedError

    def piece(self, offset: int, most: int) -> bytes:
        """As `PiecedBytes` has it."""
        number, within = divmod(offset, self.block)
        length = min(most, self.block - within)
        place = self.place(number)
        if place == ZEROS:
            return bytes(length)
        if place == PACKED:
            if self._last[0] != number:
                self._last = (number, self.unpacked(number))
            return self._last[1][within : within + length].ljust(length, b"\0")
        return all_of(self.held, place + within, length)

    def below(self, offset: int, length: int) -> int | None:
        """As `Bytes` has it."""
        number, within = divmod(offset, self.block)
        first = self.place(number)
        if first < 0:
            return None
        last = (offset + max(length, 1) - 1) // self.block
        for further in range(number + 1, last + 1):
            if self.place(further) != first + (further - number) * self.block:
                return None
        return self.held.below(first + within, length)


class Table:
    """Numbers of one size that lie one after the other below, read a piece at a time."""

    def __init__(self, held: Bytes, at: int, count: int, form: str) -> None:
        """`form`: struct's, of one number."""
        self._held, self._at, self._count = held, at, count
        self._form, self._each = form, struct.calcsize(form)
        self._pieces: dict[int, tuple[int, ...]] = {}

    def __getitem__(self, number: int) -> int:
        """Raises ContentError where it is not there."""
        if not 0 <= number < self._count:
            raise ContentError(TOO_SHORT)
        per_piece = TABLE_PIECE // self._each
        which, within = divmod(number, per_piece)
        piece = self._pieces.get(which)
        if piece is None:
            first = which * per_piece
            count = min(per_piece, self._count - first)
            raw = all_of(self._held, self._at + first * self._each, count * self._each)
            if len(self._pieces) >= 64:
                self._pieces.clear()
            piece = struct.unpack(f"{self._form[0]}{count}{self._form[1:]}", raw)
            self._pieces[which] = piece
        return piece[within]


class Tables:
    """Tables of one length, by where they begin; some of those that were asked are kept."""

    def __init__(self, held: Bytes, count: int, form: str, *, kept: int) -> None:
        """`count` and `form` of each, as `Table` has them."""
        self._held, self._count, self._form, self._kept = held, count, form, kept
        self._tables: dict[int, Table] = {}

    def __getitem__(self, at: int) -> Table:
        table = self._tables.get(at)
        if table is None:
            if len(self._tables) >= self._kept:
                self._tables.clear()
            table = self._tables[at] = Table(self._held, at, self._count, self._form)
        return table


def upon(name: str) -> ContentError:
    """The error of an image that holds only what differs from another."""
    shown = "".join(each if each.isprintable() else "?" for each in name)[:200] or "unnamed"
    return ContentError(
        f"it holds only what differs from another image, which is not here: {shown}"
    )
