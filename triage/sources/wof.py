"""Files that Windows keeps packed (WOF, "Compact OS"): the content is in a stream of its own.

The reparse point says how: version and provider, and behind them version and algorithm of that
provider ("[MS-FSCC]", 2.1.2.1; wofapi.h's WOF_EXTERNAL_INFO and FILE_PROVIDER_EXTERNAL_INFO_V1).
The stream begins with where each unit but the first begins, behind that table; a unit that did not
become smaller is left as it is. Nothing is believed: units lie in the stream, and unpack to what
they must.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import pyfwnt

from triage.sources import lzx
from triage.sources.reader import ContentError
from triage.sources.runs import CHUNK
from triage.sources.tree import Content
from triage.sources.unpacking import BAD

POINT = struct.Struct("<IHHIIII")
"""Tag, length, nothing; version, provider, version, algorithm."""
TAG = 0x80000017
VERSION, IN_STREAM = 1, 2
LARGEST_SHORT = (1 << 32) - 1
"""Bytes of a file whose table has four for each place, and not eight."""
UNKNOWN = "it is packed by Windows in a way that this version does not know"

Unpack = Callable[[bytes, int], bytes]


@dataclass(frozen=True, slots=True)
class Packing:
    """How a file is packed; a unit of no bytes: in an unknown way."""

    unit: int
    unpack: Unpack


def _of_lzx(packed: bytes, size: int) -> bytes:
    """libfwnt refuses some codes that are right, and takes calls in the last bytes for some that
    were made absolute; it is fifteen times as fast as what unpacks those."""
    try:
        plain = bytes(pyfwnt.lzx_decompress(packed, size))
    except OSError:
        return lzx.unpacked(packed, size)
    is_right = len(plain) == size and lzx.CALL not in plain[-lzx.TAIL :]
    return plain if is_right else lzx.unpacked(packed, size)


_UNKNOWN = Packing(0, lambda _, __: b"")
_PACKINGS = {
    0: Packing(4096, pyfwnt.lzxpress_huffman_decompress),
    1: Packing(lzx.UNIT, _of_lzx),
    2: Packing(8192, pyfwnt.lzxpress_huffman_decompress),
    3: Packing(16384, pyfwnt.lzxpress_huffman_decompress),
}


def packing_in(point: bytes) -> Packing | None:
    """What a reparse point says; None where it does not say that the content is in the stream."""
    if len(point) < POINT.size:
        return None
    tag, _, _, version, provider, own_version, algorithm = POINT.unpack_from(point)
    if (tag, version, provider) != (TAG, VERSION, IN_STREAM):
        return None
    return _PACKINGS.get(algorithm, _UNKNOWN) if own_version == VERSION else _UNKNOWN


class WofContent:
    """The content of a packed file."""

    def __init__(self, packed: Content, size: int, packing: Packing) -> None:
        """`packed`: the stream; `size` of the content. Raises ContentError."""
        if not packing.unit:
            raise ContentError(UNKNOWN)
        self._packed, self._packing = packed, packing
        self._count = -(-size // packing.unit)
        self._width = 4 if size <= LARGEST_SHORT else 8
        self._begin = self._width * (self._count - 1)
        """Where the first unit begins."""
        self.size = size
        if packed.size < self._begin:
            raise ContentError(BAD)

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end. Raises ContentError."""
        length = min(length, self.size - offset)
        if length <= 0 or offset < 0:
            return b""
        unit = self._packing.unit
        first, last = offset // unit, (offset + length - 1) // unit
        places = self._places(first, last)
        held = self._packed.read_at(self._begin + places[0], places[-1] - places[0])
        plain = b"".join(
            self._unit(held[at - places[0] : end - places[0]], min(unit, self.size - number * unit))
            for number, (at, end) in enumerate(pairwise(places), first)
        )
        return plain[offset - first * unit :][:length]

    def chunks(self, size: int = CHUNK) -> Iterator[bytes | memoryview]:
        """All of it, in chunks of at most `size` bytes. Raises ContentError."""
        for offset in range(0, self.size, size):
            yield self.read_at(offset, size)

    def _places(self, first: int, last: int) -> list[int]:
        """Where these units begin behind the table, and where the last of them ends."""
        low, high = max(first, 1), min(last + 1, self._count - 1)
        table = self._packed.read_at((low - 1) * self._width, (high + 1 - low) * self._width)
        places = [at for (at,) in struct.iter_unpack("<I" if self._width == 4 else "<Q", table)]
        if first == 0:
            places.insert(0, 0)
        if last + 1 == self._count:
            places.append(self._packed.size - self._begin)
        lengths = [end - at for at, end in pairwise(places)]
        fit = all(0 < length <= self._packing.unit for length in lengths)
        if len(lengths) != last + 1 - first or not fit or places[-1] > self._packed.size:
            raise ContentError(BAD)
        return places

    def _unit(self, packed: bytes, size: int) -> bytes:
        if len(packed) == size:
            return packed
        try:
            plain = self._packing.unpack(packed, size)
        except (OSError, ValueError) as error:
            raise ContentError(BAD) from error
        if len(plain) != size:
            raise ContentError(BAD)
        return plain
