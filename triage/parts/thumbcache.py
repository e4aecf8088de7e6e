"""thumbcache_*.db, where Windows Vista and later keep every user's thumbnails, one file a size.

Format: "Windows Explorer Thumbnail Cache database file format specification", J. Metz, libwtcdb.
A header, then entries back to back. The file grows by a megabyte at a time; what is unused is one
entry without data. What an entry does not use holds older ones, with their headers or without: it
is looked through for both, and so is everything behind an entry that does not hold together.

    at   Vista (20)      7 (21)          8 and later (26 to 32)
    0    `CMMM`, u32 size of the entry, u64 hash (the entry's identity)
    16   4 x u16 extension   -               -
    +0   u32 bytes of the identifier, u32 padding, u32 bytes of data
    +12  u32             u32             3 x u32
    then u64 checksum of the data, u64 of the header, identifier (UTF-16), padding, data
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from triage.media.ends import end_of
from triage.parts.buffered import Buffered
from triage.parts.carving import LEAST, SearchAllowance, bare_thumbnails
from triage.parts.part import MOST_BYTES, Part, ReadAt, begins

SIGNATURE = b"CMMM"
VISTA, SEVEN = 20, 21
NEWEST = 32
UNUSED_SPACE_LEFT = "not all of its unused space was looked at: it is made to take too long"
_LATEST = 1000
"""No version is higher: the number is another thing's."""
_FILE_HEADER = 24
_WINDOW = 1 << 20
_SIZES = struct.Struct("<III")
_LONGEST_IDENTIFIER = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntry:
    """One entry of the cache, with or without data."""

    at: int
    size: int
    hash: int
    """The cache's own 64 bit identity, of volume, file, extension and time of change."""
    extension: str
    identifier: str
    data_at: int
    data_size: int

    @property
    def data_end(self) -> int:
        """Behind its data."""
        return self.data_at + self.data_size


class Thumbcache:
    """A cache file. Iterate over `entries` or `parts`; `damaged` and `trouble` are whole
    afterwards."""

    kind = "Windows thumbnail cache"

    def __init__(self, content: ReadAt, version: int) -> None:
        """`version` as the file's header says."""
        self._content = Buffered(content)
        self._extension = 8 if version == VISTA else 0
        self._header = 48 if version == SEVEN else 56
        self.damaged = False
        self.trouble = ""
        if version > NEWEST:
            self.trouble = (
                f"a thumbnail cache of version {version}, newer than this program knows: "
                "looked at as far as it is like version 32"
            )

    def entries(self) -> Iterator[CacheEntry]:
        """Every entry, in the order in which they lie, as far as they hold together."""
        at = _FILE_HEADER
        while at + self._header <= self._content.size:
            entry = self._entry(at, self._content.size)
            if entry is None:
                self.damaged = True
                return
            yield entry
            at += entry.size

    def parts(self) -> Iterator[Part]:
        """The data of every entry that has some, and pictures in what none of them uses."""
        allowance = SearchAllowance.of(self._content.size)
        at = _FILE_HEADER
        for entry in self.entries():
            used = entry.at + self._header
            for part in self._data(entry, self.kind):
                yield part
                used = part.offset + _used(part.content)
            at = entry.at + entry.size
            yield from self._unused(used, at, allowance)
        yield from self._unused(at, self._content.size, allowance)
        if allowance.spent:
            self.trouble = self.trouble or UNUSED_SPACE_LEFT

    def _data(self, entry: CacheEntry, kind: str) -> Iterator[Part]:
        """Its picture, if it has one."""
        if not 0 < entry.data_size <= MOST_BYTES:
            return
        data = self._content.read_at(entry.data_at, entry.data_size)
        start = begins(data)
        if start >= 0:
            yield Part(
                content=data[start:],
                kind=kind,
                offset=entry.data_at + start,
                thumbnail=True,
                identity=f"{entry.hash:016x}",
            )

    def _unused(self, start: int, end: int, allowance: SearchAllowance) -> Iterator[Part]:
        """Older entries from one place to another, and pictures between them without a header."""
        if end - start < LEAST:
            return
        kind = f"{self.kind}, unused space"
        at = start
        for older in self._older(start, end):
            yield from self._bare(at, older.at, allowance)
            yield from self._data(older, self.kind if self.damaged else kind)
            at = older.data_end
        yield from self._bare(at, end, allowance)

    def _bare(self, start: int, end: int, allowance: SearchAllowance) -> Iterator[Part]:
        return bare_thumbnails(self._content, start, end, allowance, self.kind)

    def _older(self, start: int, end: int) -> Iterator[CacheEntry]:
        """Entries with a picture as data, wherever their signature stands."""
        at = start
        while at < end - LEAST:
            window = self._content.read_at(at, min(_WINDOW, end - at))
            if len(window) <= len(SIGNATURE):
                return
            position = 0
            while (position := window.find(SIGNATURE, position)) >= 0:
                entry = self._entry(at + position, end)
                if entry is not None and self._shows(entry):
                    yield entry
                    position += entry.data_end - entry.at
                else:
                    position += len(SIGNATURE)
                if position >= len(window):
                    break
            at += max(position, len(window) - len(SIGNATURE) + 1)

    def _shows(self, entry: CacheEntry) -> bool:
        beginning = self._content.read_at(entry.data_at, min(entry.data_size, 256))
        return 0 < entry.data_size <= MOST_BYTES and begins(beginning) >= 0

    def _entry(self, at: int, end: int) -> CacheEntry | None:
        """The entry there, within what ends at `end`; None if there is none that holds together."""
        head = self._content.read_at(at, self._header)
        if head[:4] != SIGNATURE or len(head) < self._header:
            return None
        size, hash_ = struct.unpack_from("<IQ", head, 4)
        named, padding, data = _SIZES.unpack_from(head, 16 + self._extension)
        before = self._header + named + padding
        if size < before + data or at + size > end:
            return None
        identifier = self._content.read_at(at + self._header, min(named, _LONGEST_IDENTIFIER))
        return CacheEntry(
            at=at,
            size=size,
            hash=hash_,
            extension=_text(head[16 : 16 + self._extension]),
            identifier=_text(identifier),
            data_at=at + before,
            data_size=data,
        )


def open_thumbcache(content: ReadAt, head: bytes) -> Thumbcache | None:
    """The cache in that content; None if it is another thing."""
    if head[:4] != SIGNATURE or len(head) < _FILE_HEADER:
        return None
    (version,) = struct.unpack_from("<I", head, 4)
    return Thumbcache(content, version) if VISTA <= version <= _LATEST else None


def _used(data: bytes) -> int:
    """Bytes that the picture at its beginning takes; all of them if its end is not found."""
    end = end_of(data, 0)
    return end.at if end is not None and end.whole else len(data)


def _text(utf16: bytes) -> str:
    return utf16.decode("utf-16-le", "replace").partition("\x00")[0]
