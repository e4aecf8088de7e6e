"""btrfs: its superblock, and where on its devices a logical address lies.

Layouts after btrfs' on-disk format (btrfs.readthedocs.io, "On-disk Format") and Linux's
btrfs_tree.h; all numbers little-endian. Of a file system of several devices this reads what lies on
the one that is here: all of it where there is a copy of everything on each.
"""

import struct
from bisect import bisect_right
from dataclasses import dataclass

from triage.sources.bytes import Bytes
from triage.sources.reader import TOO_SHORT, ContentError

MAGIC = b"_BHRfS_M"
SUPERBLOCKS = (64 << 10, 64 << 20, 256 << 30)
SUPERBLOCK_BYTES = 4096
CHUNKS_AT, MOST_CHUNK_BYTES = 811, 2048
CHUNK_ITEM = 228
OTHER_UUID = 0x400
"""A feature: the nodes bear another UUID than the superblock."""
RAID0, RAID10, RAID5, RAID6 = 0x08, 0x40, 0x80, 0x100
STRIPED = RAID0 | RAID10
NODES = frozenset({4096, 8192, 16384, 32768, 65536})
MOST_CHUNKS = 1_000_000

NO_SUPERBLOCK = "none of its superblocks is whole"
ODD = "its superblock says what cannot be"
NOT_MAPPED = "an address that no chunk holds"
ELSEWHERE = "it lies on another device of this btrfs"
PARITY = "it lies in a RAID 5 or 6 of btrfs, which this version cannot read"


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
    device: int
    """The number of the one that it lies on."""
    uuid: bytes
    """That nodes bear."""
    chunks: bytes
    """Those that hold the tree of chunks."""


def superblock_of(held: Bytes) -> Superblock:
    """The newest whole one of the three. Raises ContentError."""
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
        device=struct.unpack_from("<Q", raw, 201)[0],
        uuid=raw[571:587] if features & OTHER_UUID else raw[32:48],
        chunks=raw[CHUNKS_AT : CHUNKS_AT + length],
    )


@dataclass(frozen=True, slots=True)
class Copies:
    """Consecutive bytes of a logical address on this device, each copy of them."""

    places: tuple[int, ...]
    """Where they begin; none if all copies are elsewhere."""
    length: int


@dataclass(frozen=True, slots=True)
class _Chunk:
    length: int
    kind: int
    stripe: int
    """Bytes in one piece on one device, of what is striped."""
    stripes: tuple[tuple[int, int], ...]
    """Device and where in it."""
    copies: int
    """Of RAID 10: devices that hold the same."""


class Chunks:
    """From logical addresses to bytes of the device."""

    def __init__(self, held: Bytes, superblock: Superblock) -> None:
        self._held, self._device = held, superblock.device
        self._chunks: dict[int, _Chunk] = {}
        self._starts: list[int] = []
        self.elsewhere = False
        """Whether some chunk has nothing, or not all, on this device."""
        self._add_first(superblock.chunks)

    def _add_first(self, raw: bytes) -> None:
        at = 0
        while at + 17 + 80 <= len(raw):
            _, kind, start = struct.unpack_from("<QBQ", raw, at)
            if kind != CHUNK_ITEM:
                break
            count = struct.unpack_from("<H", raw, at + 17 + 44)[0]
            end = at + 17 + 48 + 32 * count
            self.add(start, raw[at + 17 : end])
            at = end
        self.settle()

    def add(self, start: int, raw: bytes) -> None:
        """A chunk's item; what cannot be is left out."""
        if len(raw) < 80 or len(self._chunks) >= MOST_CHUNKS:
            return
        length, _, stripe, kind = struct.unpack_from("<QQQQ", raw)
        count, copies = struct.unpack_from("<HH", raw, 44)
        if len(raw) < 48 + 32 * count or not count or not length:
            return
        if kind & STRIPED and (not 4096 <= stripe <= 1 << 30):
            return
        if kind & RAID10 and (not copies or count % copies):
            return
        stripes = tuple(struct.unpack_from("<QQ", raw, 48 + 32 * n) for n in range(count))
        chunk = _Chunk(length, kind, stripe, stripes, copies if kind & RAID10 else 1)
        self._chunks[start] = chunk
        self.elsewhere = self.elsewhere or not self._is_here(chunk)

    def _is_here(self, chunk: _Chunk) -> bool:
        here = [device == self._device for device, _ in chunk.stripes]
        if chunk.kind & (RAID5 | RAID6):
            return False
        if chunk.kind & STRIPED:
            groups = range(0, len(here), chunk.copies)
            return all(any(here[n : n + chunk.copies]) for n in groups)
        return any(here)

    def settle(self) -> None:
        """After the last `add`."""
        self._starts = sorted(self._chunks)

    def pieces(self, address: int, length: int) -> list[Copies]:
        """Where `length` bytes from a logical address lie. Raises ContentError."""
        pieces: list[Copies] = []
        while length > 0:
            at = bisect_right(self._starts, address) - 1
            start = self._starts[at] if at >= 0 else 0
            chunk = self._chunks[start] if at >= 0 else None
            if chunk is None or address - start >= chunk.length:
                raise ContentError(NOT_MAPPED)
            piece = self._piece(chunk, address - start, length)
            pieces.append(piece)
            address += piece.length
            length -= piece.length
        return pieces

    def _piece(self, chunk: _Chunk, within: int, length: int) -> Copies:
        length = min(length, chunk.length - within)
        stripes = chunk.stripes
        if chunk.kind & (RAID5 | RAID6):
            raise ContentError(PARITY)
        if chunk.kind & STRIPED:
            number, inside = divmod(within, chunk.stripe)
            row, column = divmod(number, len(stripes) // chunk.copies)
            stripes = stripes[column * chunk.copies : (column + 1) * chunk.copies]
            length = min(length, chunk.stripe - inside)
            within = row * chunk.stripe + inside
        places = (at + within for device, at in stripes if device == self._device)
        here = tuple(place for place in places if place + length <= self._held.size)
        return Copies(here, length)

    def read(self, address: int, length: int, copy: int = 0) -> bytes:
        """The bytes at a logical address, by that copy or by any other. Raises ContentError."""
        out = []
        for piece in self.pieces(address, length):
            if not piece.places:
                raise ContentError(ELSEWHERE)
            out.append(self._piece_read(piece, copy))
        return out[0] if len(out) == 1 else b"".join(out)

    def _piece_read(self, piece: Copies, copy: int) -> bytes:
        failed: ContentError | None = None
        for number in range(len(piece.places)):
            place = piece.places[(number + copy) % len(piece.places)]
            try:
                data = self._held.read_at(place, piece.length)
            except ContentError as error:
                failed = error
                continue
            if len(data) == piece.length:
                return data
        raise failed or ContentError(TOO_SHORT)
