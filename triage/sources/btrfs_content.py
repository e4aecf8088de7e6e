"""btrfs: the content of a file, whose pieces lie in its tree, in runs, or packed.

A piece is packed by itself, 128 KiB at most, by zlib, LZO or Zstandard; LZO in units of a sector.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from triage.evidence import Run
from triage.sources.btrfs_chunks import Chunks
from triage.sources.lzo import unpacked as lzo_unpacked
from triage.sources.reader import ContentError
from triage.sources.runs import CHUNK
from triage.sources.unpacking import BAD, inflated, of_zstandard

INLINE, REGULAR, PREALLOCATED = 0, 1, 2
PLAIN, ZLIB, LZO, ZSTD = 0, 1, 2, 3
INLINE_AT = 21
LARGEST_PACKED = 1 << 20
"""Bytes; Linux packs 128 KiB at once."""

OVERLAP = "its pieces contradict each other"


@dataclass(frozen=True, slots=True)
class BtrfsExtent:
    """A piece of a file. The address is logical; 0: a hole."""

    at: int
    length: int
    packing: int = PLAIN
    address: int = 0
    stored: int = 0
    """Bytes at the address, of what is packed."""
    skipped: int = 0
    """Bytes of the unpacked piece, or from the address, before what is meant."""
    unpacked: int = 0
    inline: bytes | None = None


def extents_of(items: Sequence[tuple[int, bytes]], size: int) -> list[BtrfsExtent] | None:
    """The pieces in their order, clipped to the size, without the holes between them; None where
    they contradict each other."""
    extents: list[BtrfsExtent] = []
    end = 0
    for at, item in items:
        if at >= size:
            break
        extent = _extent(at, item)
        if extent is None or at < end or extent.length <= 0:
            return None
        end = at + extent.length
        extents.append(extent)
    return extents


def _extent(at: int, item: bytes) -> BtrfsExtent | None:
    if len(item) < INLINE_AT:
        return None
    unpacked, packing, encryption, other, kind = struct.unpack_from("<QBBHB", item, 8)
    if encryption or other or packing > ZSTD or kind > PREALLOCATED:
        return None
    if kind == INLINE:
        inline = item[INLINE_AT:]
        length = unpacked if packing else min(unpacked, len(inline))
        return BtrfsExtent(at, length, packing, unpacked=unpacked, inline=inline)
    if len(item) < INLINE_AT + 32:
        return None
    address, stored, skipped, length = struct.unpack_from("<QQQQ", item, INLINE_AT)
    if kind == PREALLOCATED or not address:
        return BtrfsExtent(at, length)
    return BtrfsExtent(at, length, packing, address, stored, skipped, unpacked)


def runs_of(
    extents: Sequence[BtrfsExtent], size: int, chunks: Chunks, most: int
) -> tuple[Run, ...] | None:
    """The runs of the volume in which a file lies; None if not all of it lies in such."""
    runs: list[Run] = []
    position = 0
    for extent in extents:
        if extent.packing or extent.inline is not None:
            return None
        if extent.at > position:
            runs.append(Run(-1, extent.at - position))
        length = min(extent.length, size - extent.at)
        position = extent.at + length
        if not extent.address:
            runs.append(Run(-1, length))
            continue
        try:
            pieces = chunks.pieces(extent.address + extent.skipped, length)
        except ContentError:
            return None
        if len(runs) + len(pieces) > most or not all(piece.places for piece in pieces):
            return None
        runs += [Run(piece.places[0], piece.length) for piece in pieces]
    if position < size:
        runs.append(Run(-1, size - position))
    return tuple(runs)


class BtrfsContent:
    """One file. What was unpacked last is kept: it is read on from there."""

    def __init__(
        self, chunks: Chunks, extents: Sequence[BtrfsExtent], size: int, sector: int
    ) -> None:
        self._chunks, self._extents, self._sector = chunks, extents, sector
        self._starts = [extent.at for extent in extents]
        self._last: tuple[int, bytes] = (-1, b"")
        self.size = size

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end. Raises ContentError."""
        length = min(length, self.size - offset)
        if length <= 0 or offset < 0:
            return b""
        out = bytearray(length)
        number = max(0, bisect_right(self._starts, offset) - 1)
        for place in range(number, len(self._extents)):
            extent = self._extents[place]
            if extent.at >= offset + length:
                break
            first = max(offset, extent.at)
            end = min(offset + length, extent.at + extent.length)
            if first < end:
                piece = self._piece(place, first - extent.at, end - first)
                out[first - offset : end - offset] = piece
        return bytes(out)

    def chunks(self, size: int = CHUNK) -> Iterator[bytes | memoryview]:
        """All of it, in chunks of at most `size` bytes. Raises ContentError."""
        for offset in range(0, self.size, size):
            yield self.read_at(offset, size)

    def _piece(self, place: int, offset: int, length: int) -> bytes:
        extent = self._extents[place]
        if extent.packing:
            if self._last[0] != place:
                self._last = (place, self._unpacked(extent))
            plain = self._last[1]
            offset += extent.skipped
        elif extent.inline is not None:
            plain = extent.inline
        elif not extent.address:
            return bytes(length)
        else:
            return self._chunks.read(extent.address + extent.skipped + offset, length)
        # Behind what a packed piece gives there are zeros, up to the end of its last sector.
        return plain[offset : offset + length].ljust(length, b"\0")

    def _unpacked(self, extent: BtrfsExtent) -> bytes:
        if not 0 < extent.unpacked <= LARGEST_PACKED or extent.stored > LARGEST_PACKED:
            raise ContentError(BAD)
        packed = extent.inline
        if packed is None:
            packed = self._chunks.read(extent.address, extent.stored)
        if extent.packing == LZO:
            return _lzo(packed, extent.unpacked, self._sector)
        unpack = inflated if extent.packing == ZLIB else of_zstandard
        return unpack(packed, extent.unpacked)


def _lzo(packed: bytes, most: int, sector: int) -> bytes:
    """The length of all, then units of a sector, each with its length before it, which no end of a
    sector cuts in two."""
    if len(packed) < 8:
        raise ContentError(BAD)
    end = min(struct.unpack_from("<I", packed)[0], len(packed))
    at, out = 4, bytearray()
    while at < end and len(out) < most:
        left = sector - at % sector
        if left < 4:
            at += left
        if at + 4 > end:
            break
        length = struct.unpack_from("<I", packed, at)[0]
        at += 4
        if not length or at + length > end:
            raise ContentError(BAD)
        out += lzo_unpacked(packed[at : at + length], sector)
        at += length
    return bytes(out[:most])
