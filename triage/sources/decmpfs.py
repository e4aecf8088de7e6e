"""Files that macOS packed (decmpfs), of APFS and of HFS+: what says so, and their content.

An attribute tells how and how long. What is packed lies in it, or in the resource fork in units of
64 KiB, each by itself; a unit that would not have become smaller is left as it is, behind a byte
that says so. The layouts are those of Apple's published xnu and copyfile sources.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise

from triage.sources.lzfse import unpacked as of_lzfse
from triage.sources.lzvn import unpacked as of_lzvn
from triage.sources.reader import ContentError
from triage.sources.runs import CHUNK, BytesContent
from triage.sources.tree import Content
from triage.sources.unpacking import BAD, inflated

MAGIC = b"fpmc"
HEADER, UNIT = 16, 65536
STORED, ZLIB, ZLIB_FORK, LZVN, LZVN_FORK, PLAIN, PLAIN_FORK, LZFSE, LZFSE_FORK = (
    1, 3, 4, 7, 8, 9, 10, 11, 12)  # fmt: skip
UNKNOWN = "it is packed by macOS in a way that this version does not know (kind {kind})"
LARGEST_ALONE = 32 << 20
"""Bytes that what lies in the attribute may become."""
LARGEST_UNIT = 2 * UNIT
"""Bytes that one unit may take while it is packed."""
MOST_UNITS = 1 << 20
"""64 GiB."""

Unpack = Callable[[bytes, int], bytes]


def unpacked_size(packing: bytes) -> int | None:
    """Bytes, when it is unpacked; None if that is not said."""
    if len(packing) < HEADER or packing[:4] != MAGIC:
        return None
    return int(struct.unpack_from("<Q", packing, 8)[0])


def unpacking(packing: bytes, fork: Content) -> Content:
    """The content. `packing`: all of the attribute; `fork`: the resource fork, or nothing. Raises
    ContentError."""
    size = unpacked_size(packing)
    if size is None:
        raise ContentError(BAD)
    kind, data = struct.unpack_from("<I", packing, 4)[0], packing[HEADER:]
    if kind in _ALONE:
        return BytesContent(_whole(_ALONE[kind](data, min(size, LARGEST_ALONE)), size))
    if kind in _IN_FORK:
        units = _zlib_units if kind == ZLIB_FORK else _units
        return PackedContent(fork, units(fork, size), size, _IN_FORK[kind])
    raise ContentError(UNKNOWN.format(kind=kind))


def _whole(plain: bytes, size: int) -> bytes:
    if len(plain) != size:
        raise ContentError(BAD)
    return plain


def _stored(data: bytes, size: int) -> bytes:
    return data[:size]


def _behind_a_mark(data: bytes, size: int) -> bytes:
    return data[1 : 1 + size]


def _unless_left(unpack: Unpack, is_left: Callable[[int], bool], data: bytes, size: int) -> bytes:
    """Unpacked, but for what was left as it is."""
    if data and is_left(data[0]):
        return data[1 : 1 + size]
    return unpack(data, size)


_zlib = partial(_unless_left, inflated, lambda mark: mark & 0xF == 0xF)
_lzvn = partial(_unless_left, of_lzvn, lambda mark: mark == 0x06)
_lzfse = partial(_unless_left, of_lzfse, lambda mark: mark != 0x62)
_ALONE: dict[int, Unpack] = {
    STORED: _stored, ZLIB: _zlib, LZVN: _lzvn, PLAIN: _behind_a_mark, LZFSE: _lzfse}  # fmt: skip
_IN_FORK: dict[int, Unpack] = {
    ZLIB_FORK: _zlib, LZVN_FORK: _lzvn, PLAIN_FORK: _behind_a_mark, LZFSE_FORK: _lzfse}  # fmt: skip


def _count(size: int) -> int:
    """Units of so many bytes. Raises ContentError."""
    count = -(-size // UNIT)
    if count > MOST_UNITS:
        raise ContentError(BAD)
    return count


def _zlib_units(fork: Content, size: int) -> list[tuple[int, int]]:
    """Where each unit is in the fork, and its bytes: a resource of its own, whose table is little
    endian, while all round it is big endian."""
    count = _count(size)
    head = fork.read_at(0, 4)
    at = int.from_bytes(head, "big") + 4
    if len(head) < 4 or int.from_bytes(fork.read_at(at, 4), "little") < count:
        raise ContentError(BAD)
    table = fork.read_at(at + 4, 8 * count)
    if len(table) != 8 * count:
        raise ContentError(BAD)
    return [(at + place, length) for place, length in struct.iter_unpack("<II", table)]


def _units(fork: Content, size: int) -> list[tuple[int, int]]:
    """Likewise: a table of where each begins and where the last one ends, and nothing else."""
    count = _count(size)
    table = fork.read_at(0, 4 * (count + 1))
    if len(table) != 4 * (count + 1):
        raise ContentError(BAD)
    places = struct.unpack(f"<{count + 1}I", table)
    return [(at, end - at) for at, end in pairwise(places)]


class PackedContent:
    """A file in units. The one that was unpacked last is kept: it is read on from there."""

    def __init__(
        self, fork: Content, units: Sequence[tuple[int, int]], size: int, unpack: Unpack
    ) -> None:
        """`units`: of each, where it is in the fork and its bytes."""
        self._fork, self._units, self._unpack = fork, units, unpack
        self._last: tuple[int, bytes] = (-1, b"")
        self.size = size

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end. Raises ContentError."""
        length = min(length, self.size - offset)
        if length <= 0 or offset < 0:
            return b""
        first, last = offset // UNIT, (offset + length - 1) // UNIT
        plain = b"".join(self._unit(number) for number in range(first, last + 1))
        return plain[offset - first * UNIT :][:length]

    def chunks(self, size: int = CHUNK) -> Iterator[bytes | memoryview]:
        """All of it, in chunks of at most `size` bytes. Raises ContentError."""
        for offset in range(0, self.size, size):
            yield self.read_at(offset, size)

    def _unit(self, number: int) -> bytes:
        if self._last[0] != number:
            at, length = self._units[number]
            if not 0 < length <= LARGEST_UNIT:
                raise ContentError(BAD)
            packed = self._fork.read_at(at, length)
            most = min(UNIT, self.size - number * UNIT)
            if len(packed) != length:
                raise ContentError(BAD)
            self._last = number, _whole(self._unpack(packed, most), most)
        return self._last[1]
