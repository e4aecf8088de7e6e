"""OLE compound files: streams by name, out of chains of sectors.

Format: [MS-CFB], Microsoft Open Specifications. Directory entries are read one after the other and
not by their tree, so that a broken tree hides nothing and a deep one costs nothing.
"""

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from triage.parts.part import ReadAt

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = 0xFFFFFFFA
"""Sector numbers from here on are marks: free, end of chain, FAT, DIFAT."""
_FREE, _LAST = 0xFFFFFFFF, 0xFFFFFFFE
_STREAM, _ROOT = 2, 5
_ENTRY = 128
_MOST_TABLE = 64 * 1024 * 1024
"""Bytes of FAT or directory that are read: enough for a file of 8 GB."""
_MOST_SHORT = 256 * 1024 * 1024
"""Bytes of all short streams together that are read."""
_DEEPEST = 64
"""Storages in storages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompoundStream:
    """A stream of the file, and where its bytes are."""

    name: str
    start: int
    size: int
    place: int
    """Of its entry in the directory."""


class _Entry(NamedTuple):
    kind: int
    stream: CompoundStream
    beside: tuple[int, int]
    """Entries to the left and to the right of it in its folder's tree."""
    child: int


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
        self.cut_off = not self._comes_to_its_end(first_directory, len(self._directory))
        """Of the directory: there may be streams of which nothing is known."""
        self._root = self._root_entry()

    def streams(self) -> Iterator[CompoundStream]:
        """Every stream that the directory lists, in its order."""
        for entry in self._entries():
            if entry.kind == _STREAM:
                yield entry.stream

    def folders(self) -> dict[int, tuple[str, ...]]:
        """By the place of every entry that the tree reaches, the storages that it lies in, the
        outermost first. Deeper than that the tree is not followed."""
        entries = list(self._entries())
        reached: dict[int, tuple[str, ...]] = {}
        root = next((entry.child for entry in entries if entry.kind == _ROOT), _END)
        steps: list[tuple[int, tuple[str, ...]]] = [(root, ())]
        while steps:
            place, folder = steps.pop()
            if place >= len(entries) or place in reached or len(folder) > _DEEPEST:
                continue
            reached[place] = folder
            entry = entries[place]
            steps += ((each, folder) for each in entry.beside)
            steps.append((entry.child, (*folder, entry.stream.name)))
        return reached

    def runs(self, stream: CompoundStream) -> Iterator[tuple[int, int]] | None:
        """Where in the file the stream lies, in pieces: first byte and length; fewer bytes than it
        claims where its chain is broken. None of one so short that it lies in no sectors of its
        own: that is to be read."""
        return self._runs(stream.start, stream.size) if stream.size >= self._cutoff else None

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
        """What a chain of sectors holds, at most so many bytes."""
        data = bytearray()
        for at, length in self._runs(sector, most):
            data += (part := self._content.read_at(at, length))
            if len(part) < length:
                break
        return bytes(data)

    def _runs(self, sector: int, most: int) -> Iterator[tuple[int, int]]:
        """Where a chain of sectors lies, at most so many bytes.

        A loop ends at the file's size, a chain that leaves the file where it leaves it.
        """
        left = min(most, self._content.size)
        while sector < len(self._fat) and left > 0:
            first, count = sector, 1
            while sector < len(self._fat) and self._fat[sector] == sector + 1:
                if count * self._sector >= left:
                    break
                sector, count = sector + 1, count + 1
            length = min(count * self._sector, left)
            yield (first + 1) * self._sector, length
            left -= length
            sector = self._fat[sector] if sector < len(self._fat) else _END

    def _comes_to_its_end(self, sector: int, came: int) -> bool:
        """Whether a chain of which so many bytes came ends where it says itself that it does."""
        for _ in range(came // self._sector):
            if sector >= len(self._fat):
                return False
            sector = self._fat[sector]
        return bool(came) and came % self._sector == 0 and sector == _LAST

    def _entries(self) -> Iterator[_Entry]:
        for place in range(len(self._directory) // _ENTRY):
            raw = self._directory[place * _ENTRY : (place + 1) * _ENTRY]
            length, kind = struct.unpack_from("<HB", raw, 64)
            left, right, child = struct.unpack_from("<III", raw, 68)
            start, size = struct.unpack_from("<IQ", raw, 116)
            name = raw[: min(max(length - 2, 0), 62)].decode("utf-16-le", "replace")
            size = min(size if self._wide else size & 0xFFFFFFFF, self._content.size)
            stream = CompoundStream(name=name, start=start, size=size, place=place)
            yield _Entry(kind, stream, (left, right), child)

    def _root_entry(self) -> bytes:
        """The bytes that short streams lie in."""
        for entry in self._entries():
            if entry.kind == _ROOT:
                return self._chain(entry.stream.start, min(entry.stream.size, _MOST_SHORT))
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
