"""A run of bytes: a device, a stretch of one, or what a layer makes of the bytes below it.

Whatever reads evidence reads it through this, and never asks what stands behind. Where each byte
lies on the device is told by `below`: what is read is ordered by it and announced to the kernel.
"""

from typing import Protocol

from triage.sources.reader import (
    LAYER_FAILED,
    TOO_SHORT,
    BadPlaces,
    ContentError,
    Reader,
    piece_by_piece,
)

SECTORS = (512, 1024, 2048, 4096)


class Bytes(Protocol):
    """Read-only. Reading raises ContentError, and nothing else."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def sector_size(self) -> int:
        """Bytes; the unit in which a partition table on it counts, as far as that is known."""
        ...

    @property
    def serial(self) -> str:
        """The serial number of the drive that they lie on; empty where it is not known."""
        ...

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`; fewer only at the end."""
        ...

    def read_into(self, offset: int, view: memoryview) -> int:
        """Fill `view` from `offset`; how many bytes were there."""
        ...

    def salvage(self, offset: int, length: int) -> tuple[bytes, BadPlaces]:
        """The same piece by piece, zeros for those that fail; and which those are, in these bytes.

        The same bad place is always told in the same way.
        """
        ...

    def below(self, offset: int, length: int) -> int | None:
        """Where on the device these bytes lie one after the other, each in its place, be it in
        another form; None where they do not, or it cannot be said."""
        ...


class MadeBytes:
    """What every layer's bytes need besides `size`, `read_at` and `below`: to derive from."""

    size: int = 0
    sector_size: int = 512
    serial: str = ""

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Bytes` has it."""
        raise NotImplementedError

    def below(self, offset: int, length: int) -> int | None:
        """As `Bytes` has it."""
        return None

    def read_into(self, offset: int, view: memoryview) -> int:
        """As `Bytes` has it."""
        data = self.read_at(offset, len(view))
        view[: len(data)] = data
        return len(data)

    def salvage(self, offset: int, length: int) -> tuple[bytes, BadPlaces]:
        """As `Bytes` has it: in pieces as they lie on the device, where that is known."""
        length = max(0, min(length, self.size - offset))
        below = self.below(offset, length)
        there = offset if below is None else below
        return piece_by_piece(self.read_into, offset, length, there)


class PiecedBytes(MadeBytes):
    """Bytes of which a read takes several pieces from different places: to derive from."""

    def piece(self, offset: int, most: int) -> bytes:
        """One byte at least and `most` at most, from a place that there is. Raises ContentError."""
        raise NotImplementedError

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Bytes` has it."""
        end = min(offset + length, self.size)
        if not 0 <= offset < end:
            return b""
        pieces: list[bytes] = []
        while offset < end:
            piece = self.piece(offset, end - offset)
            if not piece:
                raise ContentError(TOO_SHORT)
            pieces.append(piece)
            offset += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def all_of(held: Bytes, at: int, length: int) -> bytes:
    """Bytes that must be there. Raises ContentError."""
    data = held.read_at(at, length) if at >= 0 else b""
    if len(data) != length:
        raise ContentError(TOO_SHORT)
    return data


class Stretch(MadeBytes):
    """Consecutive bytes of others. Told to be more than is there, it ends where those end."""

    def __init__(self, held: Bytes, start: int, size: int) -> None:
        """`size` bytes of `held` from `start`."""
        self._held = held
        self._start = start
        self.size = max(0, min(size, held.size - start))
        self.sector_size = held.sector_size

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Bytes` has it."""
        if offset < 0:
            return b""
        return self._held.read_at(self._start + offset, min(length, self.size - offset))

    def below(self, offset: int, length: int) -> int | None:
        """As `Bytes` has it."""
        return self._held.below(self._start + offset, length)


def stretch_of(held: Bytes, start: int, size: int) -> Bytes:
    """`size` bytes of `held` from `start`, or as many as there are. Of a device they are read at
    no cost."""
    if isinstance(held, Reader):
        return held.stretch(start, size)
    return Stretch(held, start, size)


class FencedBytes(MadeBytes):
    """What a layer gives, held to what it may give: whatever else it does is a ContentError.

    A layer is made by a suspect's bytes: it says how long it is, and may end in any way.
    """

    def __init__(self, made: Bytes, size: int, device_size: int) -> None:
        """`size`: as much as is believed of it."""
        self._made = made
        self._device_size = device_size
        self.claimed = made.size
        """As much as it says that it is."""
        self.size = size
        self.refused: str = str(getattr(made, "reason", ""))[:300]
        """Why there is nothing of it, of what is named alone."""
        self.sector_size = made.sector_size if made.sector_size in SECTORS else 512

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Bytes` has it."""
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        try:
            data = bytes(memoryview(self._made.read_at(offset, length)))
        except (ContentError, MemoryError):
            raise
        except Exception as error:  # the fence round a layer
            raise ContentError(LAYER_FAILED) from error
        if len(data) != length:
            raise ContentError(TOO_SHORT)
        return data

    def below(self, offset: int, length: int) -> int | None:
        """As `Bytes` has it."""
        if offset < 0 or length < 0 or offset + length > self.size:
            return None
        try:
            place = self._made.below(offset, length)
        except Exception:  # noqa: BLE001 - the fence round a layer
            return None
        is_there = place is not None and 0 <= place <= self._device_size - length
        return place if is_there else None
