"""The plain bytes of an encrypted volume: sectors read, and decrypted together."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from triage.sources.bytes import Bytes, MadeBytes
from triage.sources.sector_ciphers import Plain, SectorCipher, decrypted


@dataclass(frozen=True, slots=True, kw_only=True)
class CipherExtent:
    """Plain bytes that lie one after the other in what they are encrypted in."""

    start: int
    """Of the plain bytes; a multiple of the sector."""
    place: int
    """Where its ciphertext begins in the volume, bytes; -1: there is none, it is zeros."""
    number: int
    """Of its first sector, for the cipher."""
    encrypted: bool = True


class DecryptedBytes(MadeBytes):
    """What a volume is to who has its key."""

    def __init__(
        self,
        held: Bytes,
        cipher: SectorCipher,
        extents: Sequence[CipherExtent],
        *,
        size: int,
        sector_size: int,
        step: int,
    ) -> None:
        """`extents` from 0 on, in order, without a gap. `step`: by how much the number of a sector
        is more than that of the one before it."""
        self._held = held
        self._cipher = cipher
        self._extents = tuple(extents)
        self._starts = [each.start for each in extents]
        self._unit = sector_size
        self._step = step
        self.size = max(0, size)
        self.sector_size = held.sector_size

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Bytes` has it."""
        end = min(offset + length, self.size)
        parts = []
        while offset < end:
            extent, until = self._at(offset)
            until = min(until, end)
            parts.append(self._read(extent, offset, until))
            offset = until
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def below(self, offset: int, length: int) -> int | None:
        """As `Bytes` has it."""
        extent, until = self._at(offset)
        if extent.place < 0 or offset + length > until:
            return None
        return self._held.below(extent.place + offset - extent.start, length)

    def _at(self, offset: int) -> tuple[CipherExtent, int]:
        """The extent there, and where it ends."""
        at = bisect_right(self._starts, offset) - 1
        ends = self._starts[at + 1] if at + 1 < len(self._starts) else self.size
        return self._extents[at], ends

    def _read(self, extent: CipherExtent, offset: int, end: int) -> bytes:
        """From one extent: whole sectors are read, and what was asked for is cut out of them."""
        if extent.place < 0:
            return bytes(end - offset)
        if not extent.encrypted or isinstance(self._cipher, Plain):
            return self._held.read_at(extent.place + offset - extent.start, end - offset)
        unit = self._unit
        skipped = (offset - extent.start) // unit
        first = extent.start + skipped * unit
        length = -(-(end - first) // unit) * unit
        data = self._held.read_at(extent.place + first - extent.start, length)
        whole = len(data) // unit * unit
        plain = decrypted(
            self._cipher,
            data if whole == len(data) else data[:whole],
            first=extent.number + skipped * self._step,
            step=self._step,
            sector_size=unit,
        )
        if (offset, end) == (first, first + length):
            return plain
        return plain[offset - first : end - first]
