"""Bytes in blocks of one size, each of which lies somewhere below, or is zeros, or is packed: what
images of virtual machines' disks are."""

import struct

from triage.sources.bytes import Bytes, MadeBytes
from triage.sources.reader import TOO_SHORT, ContentError

ZEROS = -1
PACKED = -2
"""What `place` says of blocks that are not plainly there."""
LARGEST_BLOCK = 256 << 20
TABLE_PIECE = 64 << 10


class BlockedBytes(MadeBytes):
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

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Bytes` has it."""
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        pieces: list[bytes] = []
        while length > 0:
            number, within = divmod(offset, self.block)
            piece = min(length, self.block - within)
            pieces.append(self._piece(number, within, piece))
            offset += piece
            length -= piece
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _piece(self, number: int, within: int, length: int) -> bytes:
        place = self.place(number)
        if place == ZEROS:
            return bytes(length)
        if place == PACKED:
            if self._last[0] != number:
                self._last = (number, self.unpacked(number))
            return self._last[1][within : within + length].ljust(length, b"\0")
        data = self.held.read_at(place + within, length)
        if len(data) != length:
            raise ContentError(TOO_SHORT)
        return data

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
            raw = self._held.read_at(self._at + first * self._each, count * self._each)
            if len(raw) != count * self._each:
                raise ContentError(TOO_SHORT)
            if len(self._pieces) >= 64:
                self._pieces.clear()
            piece = struct.unpack(f"{self._form[0]}{count}{self._form[1:]}", raw)
            self._pieces[which] = piece
        return piece[within]


def header_of(held: Bytes, at: int, length: int) -> bytes:
    """Bytes that must be there. Raises ContentError."""
    raw = held.read_at(at, length) if at >= 0 else b""
    if len(raw) != length:
        raise ContentError(TOO_SHORT)
    return raw


def upon(name: str) -> ContentError:
    """The error of an image that holds only what differs from another."""
    shown = "".join(each if each.isprintable() else "?" for each in name)[:200] or "unnamed"
    return ContentError(
        f"it holds only what differs from another image, which is not here: {shown}"
    )
