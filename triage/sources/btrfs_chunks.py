"""btrfs: where on its devices a logical address lies.

Of a file system of several devices this reads what lies on those that are here.
"""

import struct
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from triage.sources.btrfs_superblock import BtrfsDevice, Superblock
from triage.sources.bytes import Bytes
from triage.sources.reader import TOO_SHORT, ContentError

CHUNK_ITEM = 228
RAID0, RAID10, RAID5, RAID6 = 0x08, 0x40, 0x80, 0x100
STRIPED = RAID0 | RAID10
MOST_CHUNKS = 1_000_000

NOT_MAPPED = "an address that no chunk holds"
ELSEWHERE = "it lies on another device of this btrfs"
PARITY = "it lies in a RAID 5 or 6 of btrfs, which this version cannot read"


@dataclass(frozen=True, slots=True)
class Copies:
    """Consecutive bytes of a logical address, each copy of them."""

    places: tuple[int, ...]
    """Where they begin, of the freshest device first; none if all copies are elsewhere."""
    length: int


@dataclass(frozen=True, slots=True)
class _Chunk:
    length: int
    kind: int
    stripe: int
    """Bytes in one piece on one device, of what is striped."""
    stripes: tuple[tuple[bytes, int], ...]
    """Which device, and where in it."""
    copies: int
    """Of RAID 10: devices that hold the same."""


class Chunks:
    """From logical addresses to places in the bytes of all devices that are here."""

    def __init__(self, held: Bytes, devices: Sequence[BtrfsDevice], superblock: Superblock) -> None:
        """`devices`: what of `held` is which."""
        self._held = held
        self._devices = {device.identity: device for device in devices}
        self._chunks: dict[int, _Chunk] = {}
        self._starts: list[int] = []
        self.elsewhere = False
        """Whether some chunk has nothing, or not all, on the devices that are here."""
        self.parity = False
        """Whether some chunk is of RAID 5 or 6."""
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
        stripes = tuple(_stripe(raw, 48 + 32 * number) for number in range(count))
        chunk = _Chunk(length, kind, stripe, stripes, copies if kind & RAID10 else 1)
        self._chunks[start] = chunk
        if kind & (RAID5 | RAID6):
            self.parity = True
        else:
            self.elsewhere = self.elsewhere or not self._is_here(chunk)

    def _is_here(self, chunk: _Chunk) -> bool:
        here = [device in self._devices for device, _ in chunk.stripes]
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
        return Copies(self._places(stripes, within, length), length)

    def _places(
        self, stripes: Sequence[tuple[bytes, int]], within: int, length: int
    ) -> tuple[int, ...]:
        """Not those behind the end of a device that is shorter than it says."""
        here = [
            (device.late, device.start + at + within)
            for identity, at in stripes
            if (device := self._devices.get(identity)) and at + within + length <= device.size
        ]
        if len(here) > 1:
            here.sort(key=lambda each: each[0])
        return tuple(place for _, place in here)

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


def _stripe(raw: bytes, at: int) -> tuple[bytes, int]:
    """The device's number and UUID, as `BtrfsDevice.identity` has them, and where in it."""
    return raw[at : at + 8] + raw[at + 16 : at + 32], struct.unpack_from("<Q", raw, at + 8)[0]
