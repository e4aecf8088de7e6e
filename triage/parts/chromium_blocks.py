"""Chromium's block files (Chrome and Edge on Windows, programs made with it): many bodies in one.

Format: Chromium, net/disk_cache/blockfile: disk_format.h, disk_format_base.h, addr.h.
Little-endian. data_1 has blocks of 256 bytes, data_2 of 1 KB, data_3 of 4 KB; where one is full,
its header names the next. A header of 8 KB, then blocks. Entries lie in the blocks of 256 bytes and
say where up to four streams of theirs are, of which the second is the body; larger ones are files
of their own, f_000001 ..., and are looked at as such. So a file of blocks is read with the entries
beside it. What no entry calls its own is searched for pictures: the bodies of entries that are
gone.

    address   bit 31 it is one; 30-28 kind (0 a file, 2 to 4 blocks); 25-24 blocks but one; 23-16
              number of the file; 15-0 the first block
    header    u32 magic, u32 version, i16 number, i16 number of the next, i32 bytes of a block
    entry     8 more numbers, then i32 bytes of the key (32), u32 address of a long one (36), 4 x
              i32 bytes and 4 x u32 address of the streams (40, 56); the key (96)
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from triage.media.window import InMemory
from triage.parts.buffered import Buffered
from triage.parts.carving import TOO_LONG, SearchAllowance, carve
from triage.parts.part import Part, ReadAt
from triage.parts.web import address_in, body_part, packed

SIGNATURE = (0xC104CAC3).to_bytes(4, "little")
FIRST_INDEX = 1
LARGEST_INDEX = 8192 + 256 * 65536
MOST_INDEXES = 16
NOT_COMPLETE = (
    "not all files of this cache could be read: not every body is told from its beginning"
)
_HEADER = 8192
_KINDS = {256: 2, 1024: 3, 4096: 4}
"""Bytes of a block to the kind of an address."""
_BODY, _HEADERS = 1, 0
_MOST_SIZES = 4
"""Of bodies that begin at one place."""
_KEY_AT, _LONGEST_SHORT_KEY = 96, 927

Beside = Callable[[str, int], bytes]
"""A file of that name in the same folder, if it has no more than so many bytes; empty where it
cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """A body in this file."""

    at: int
    size: int
    address: str
    trouble: str


class ChromiumBlocks:
    """A file of blocks. Iterate over `parts`; `damaged` and `trouble` are whole afterwards."""

    kind = "Chromium cache"

    def __init__(self, content: ReadAt, number: int, block: int, beside: Beside) -> None:
        """`number` of the file, and bytes of its `block`."""
        self._content = Buffered(content)
        self._number, self._block = number, block
        self._beside = beside
        self._indexes: dict[int, ReadAt] = {}
        self.damaged = False
        self.trouble = ""

    def parts(self) -> Iterator[Part]:
        """Bodies that entries name, and pictures in the rest."""
        self._find_indexes()
        bodies = self._distinct()
        allowance = SearchAllowance.of(self._content.size)
        at = _HEADER
        for body in sorted(bodies, key=lambda body: body.at):
            yield from self._unused(at, body.at, allowance)
            at = max(at, body.at + body.size)
            self.trouble = self.trouble or body.trouble
            content = self._content.read_at(body.at, body.size)
            yield body_part(content, self.kind, offset=body.at, address=body.address)
        yield from self._unused(at, self._content.size, allowance)
        if allowance.spent:
            self.trouble = self.trouble or TOO_LONG

    def _distinct(self) -> list[_Stored]:
        """Each body once; entries that are gone may name one where another lies now."""
        bodies: dict[int, dict[int, _Stored]] = {}
        for index in self._indexes.values():
            for body in self._bodies(index):
                sizes = bodies.setdefault(body.at, {})
                if len(sizes) < _MOST_SIZES:
                    sizes.setdefault(body.size, body)
        return [body for sizes in bodies.values() for body in sizes.values()]

    def _unused(self, start: int, end: int, allowance: SearchAllowance) -> Iterator[Part]:
        for found in carve(self._content, start, end, allowance):
            yield Part(content=found.content, kind=f"{self.kind}, unused space", offset=found.at)

    def _find_indexes(self) -> None:
        """The files of entries: one names the next. A circle ends where it closes."""
        number = FIRST_INDEX
        while number not in self._indexes:
            index = self._index(number) if len(self._indexes) < MOST_INDEXES else None
            if index is None:
                self.trouble = NOT_COMPLETE
                break
            self._indexes[number] = index
            number = struct.unpack_from("<H", index.read_at(0, 12), 10)[0]
            if not number:
                break
        if self._block == min(_KINDS):
            self._indexes.setdefault(self._number, self._content)

    def _index(self, number: int) -> ReadAt | None:
        if number == self._number and self._block == min(_KINDS):
            return self._content
        data = self._beside(f"data_{number}", LARGEST_INDEX)
        if not data.startswith(SIGNATURE) or len(data) < _HEADER:
            return None
        return InMemory(data)

    def _bodies(self, index: ReadAt) -> Iterator[_Stored]:
        """The bodies in this file that an index's entries name."""
        for at in range(_HEADER, index.size - min(_KINDS) + 1, min(_KINDS)):
            entry = index.read_at(at, min(_KINDS))
            if len(entry) < min(_KINDS):
                return
            sizes = struct.unpack_from("<4i", entry, 40)
            addresses = struct.unpack_from("<4I", entry, 56)
            place = self._place(addresses[_BODY], sizes[_BODY])
            if place is None:
                continue
            (length,) = struct.unpack_from("<i", entry, 32)
            if length <= 0:
                continue
            key = index.read_at(at + _KEY_AT, length) if length <= _LONGEST_SHORT_KEY else b""
            headers = self._stream(addresses[_HEADERS], sizes[_HEADERS])
            yield _Stored(
                at=place, size=sizes[_BODY], address=address_in(key), trouble=packed(headers)
            )

    def _place(self, address: int, size: int) -> int | None:
        """Where in this file a stream lies; None if it lies elsewhere, or is none."""
        if address >> 28 != 8 | _KINDS[self._block] or address >> 16 & 0xFF != self._number:
            return None
        at = _HEADER + (address & 0xFFFF) * self._block
        room = ((address >> 24 & 3) + 1) * self._block
        if not 0 < size <= room or at + size > self._content.size:
            return None
        return at

    def _stream(self, address: int, size: int) -> bytes:
        """Headers, where they lie in this file."""
        place = self._place(address, size)
        return b"" if place is None else self._content.read_at(place, size)


def open_blocks(content: ReadAt, head: bytes, beside: Beside) -> ChromiumBlocks | None:
    """The file of blocks in that content; None if it is none, or one that holds no bodies."""
    if not head.startswith(SIGNATURE) or content.size < _HEADER or len(head) < 16:
        return None
    number, _, block = struct.unpack_from("<HHi", head, 8)
    return ChromiumBlocks(content, number, block, beside) if block in _KINDS else None
