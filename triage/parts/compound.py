"""OLE compound files, as far as Thumbs.db needs them: streams by name, out of chains of sectors.

Format: [MS-CFB], Microsoft Open Specifications. Directory entries are read one after the other and
not by their tree, so that a broken tree hides nothing and a deep one costs nothing.
"""

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from triage.parts.part import ReadAt

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = 0xFFFFFFFA
"""Sector numbers from here on are marks: free, end of chain, FAT, DIFAT."""
_FREE = 0xFFFFFFFF
_STREAM, _ROOT = 2, 5
_ENTRY = 128
_MOST_TABLE = 64 * 1024 * 1024
"""Bytes of FAT or directory that are read: enough for a file of 8 GB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompoundStream:
    """A stream of the file, and where its bytes are."""

    name: str
    start: int
    size: int


class CompoundFile:
    """A compound file. Raises ValueError if it is not one, or holds together nowhere."""

    def __init__(self, content: ReadAt) -> None:
        """Reads header, FAT and directory."""
        self._content = content
        header = content.read_at(0, 512)
        if len(header) < 512 or header[:8] != SIGNATURE:
            raise ValueError("not a compound file")
        shift, mini_shift = struct.unpack_from("<HH", header, 30)
        if shift not in (9, 12) or not 4 <= mini_shift < shift:
            raise ValueError("a compound file with impossible sectors")
        self._sector, self._mini = 1 << shift, 1 << mini_shift
        self._wide = shift == 12
        first_directory, self._cutoff, first_mini_fat = struct.unpack_from("<I4xII", header, 48)
        self._fat = self._read_fat(header)
        self._mini_fat = _numbers(self._chain(first_mini_fat, _MOST_TABLE))
        self._directory = self._chain(first_directory, _MOST_TABLE)
        self._root = self._root_entry()

    def streams(self) -> Iterator[CompoundStream]:
        """Every stream that the directory lists, in its order."""
        for kind, stream in self._entries():
            if kind == _STREAM:
                yield stream

    def read(self, stream: CompoundStream, most: int) -> bytes:
        """The stream's bytes, at most so many; fewer where its chain is broken."""
        wanted = min(stream.size, most)
        if stream.size >= self._cutoff:
            return self._chain(stream.start, wanted)
        pieces, sector = [], stream.start
        for _ in range(-(-wanted // self._mini)):
            if sector >= len(self._mini_fat):
                break
            at = sector * self._mini
            pieces.append(self._root[at : at + self._mini])
            sector = self._mini_fat[sector]
        return b"".join(pieces)[:wanted]

    def unused(self) -> Iterator[tuple[int, int]]:
        """First byte and end of every run of sectors that belong to nothing, and of what the FAT
        does not reach."""
        for first, count in _free(self._fat):
            yield (first + 1) * self._sector, (first + 1 + count) * self._sector
        yield (len(self._fat) + 1) * self._sector, self._content.size

    def unused_short(self) -> Iterator[bytes]:
        """Likewise, of the sectors that short streams lie in: what they hold."""
        for first, count in _free(self._mini_fat):
            yield self._root[first * self._mini : (first + count) * self._mini]

    def _read_fat(self, header: bytes) -> "array[int]":
        """The FAT, by its list of sectors: 109 in the header, the rest in a chain of their own."""
        listed = list(struct.unpack_from("<109I", header, 76))
        (following,) = struct.unpack_from("<I", header, 68)
        per_sector = self._sector // 4
        most = min(_MOST_TABLE, self._content.size) // self._sector + 1
        while following < _END and len(listed) < most + 109:
            numbers = _numbers(self._at(following))
            if len(numbers) < per_sector:
                break
            listed += numbers[:-1]
            following = numbers[-1]
        fat: array[int] = array("I")
        for sector in listed[:most]:
            if sector >= _END:
                break
            fat.extend(_numbers(self._at(sector)))
        return fat

    def _at(self, sector: int) -> bytes:
        return self._content.read_at((sector + 1) * self._sector, self._sector)

    def _chain(self, sector: int, most: int) -> bytes:
        """What a chain of sectors holds, at most so many bytes.

        A loop ends at the file's size, a chain that leaves the file where it leaves it.
        """
        data = bytearray()
        most = min(most, self._content.size)
        while sector < len(self._fat) and len(data) < most:
            first, count = sector, 1
            room = (most - len(data)) // self._sector
            while sector < len(self._fat) and self._fat[sector] == sector + 1 and count < room:
                sector, count = sector + 1, count + 1
            wanted = count * self._sector
            data += (part := self._content.read_at((first + 1) * self._sector, wanted))
            if len(part) < wanted or sector >= len(self._fat):
                break
            sector = self._fat[sector]
        return bytes(data[:most])

    def _entries(self) -> Iterator[tuple[int, CompoundStream]]:
        for at in range(0, len(self._directory) - _ENTRY + 1, _ENTRY):
            raw = self._directory[at : at + _ENTRY]
            length, kind = struct.unpack_from("<HB", raw, 64)
            start, size = struct.unpack_from("<IQ", raw, 116)
            name = raw[: min(max(length - 2, 0), 62)].decode("utf-16-le", "replace")
            size = size if self._wide else size & 0xFFFFFFFF
            yield kind, CompoundStream(name=name, start=start, size=min(size, self._content.size))

    def _root_entry(self) -> bytes:
        """The bytes that short streams lie in."""
        for kind, stream in self._entries():
            if kind == _ROOT:
                return self._chain(stream.start, stream.size)
        return b""


def _free(fat: "array[int]") -> Iterator[tuple[int, int]]:
    """First and count of every run of sectors that a table calls free."""
    at = 0
    for free, run in groupby(fat, _FREE.__eq__):
        count = sum(1 for _ in run)
        if free:
            yield at, count
        at += count


def _numbers(data: bytes) -> "array[int]":
    numbers: array[int] = array("I")
    numbers.frombytes(data[: len(data) // 4 * 4])
    return numbers
