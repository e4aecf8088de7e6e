"""thumbcache_*.db, where Windows Vista and later keep every user's thumbnails, one file a size.

Format: "Windows Explorer Thumbnail Cache database file format specification", J. Metz, libwtcdb.
A header, then entries back to back. The file grows by a megabyte at a time; what is unused is one
entry without data, and may hold older ones: after damage the next signature is looked for.

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

from triage.parts.part import MOST_BYTES, Part, ReadAt, begins

SIGNATURE = b"CMMM"
VISTA, SEVEN = 20, 21
NEWEST = 32
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


class Thumbcache:
    """A cache file. Iterate over `entries` or `parts`; `damaged` is whole afterwards."""

    kind = "Windows thumbnail cache"

    def __init__(self, content: ReadAt, version: int) -> None:
        """`version` as the file's header says."""
        self._content = content
        self._extension = 8 if version == VISTA else 0
        self._header = {VISTA: 56, SEVEN: 48}.get(version, 56)
        self.damaged = False

    def entries(self) -> Iterator[CacheEntry]:
        """Every entry, in the order in which they lie."""
        at = _FILE_HEADER
        while at + self._header <= self._content.size:
            entry = self._entry(at)
            if entry is None:
                at = self._next_signature(at)
            else:
                yield entry
                at += entry.size

    def parts(self) -> Iterator[Part]:
        """The data of every entry that has some."""
        for entry in self.entries():
            if 0 < entry.data_size <= MOST_BYTES:
                data = self._content.read_at(entry.data_at, entry.data_size)
                start = begins(data)
                if start >= 0:
                    yield Part(
                        content=data[start:],
                        kind=self.kind,
                        thumbnail=True,
                        offset=entry.data_at + start,
                        identity=f"{entry.hash:016x}",
                    )

    def _entry(self, at: int) -> CacheEntry | None:
        """The entry there; None if there is none that holds together."""
        head = self._content.read_at(at, self._header)
        if head[:4] != SIGNATURE or len(head) < self._header:
            return None
        size, hash_ = struct.unpack_from("<IQ", head, 4)
        named, padding, data = _SIZES.unpack_from(head, 16 + self._extension)
        before = self._header + named + padding
        if size < before + data or at + size > self._content.size:
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

    def _next_signature(self, at: int) -> int:
        """Where the next entry may begin; the end of the file if none does."""
        position = at + 1
        while window := self._content.read_at(position, _WINDOW):
            found = window.find(SIGNATURE)
            if found >= 0:
                self.damaged = True
                return position + found
            if len(window) < _WINDOW:
                break
            position += len(window) - len(SIGNATURE) + 1
        return self._content.size


def open_thumbcache(content: ReadAt, head: bytes) -> Thumbcache | None:
    """The cache in that content; None if it is another thing."""
    if head[:4] != SIGNATURE or len(head) < _FILE_HEADER:
        return None
    (version,) = struct.unpack_from("<I", head, 4)
    return Thumbcache(content, version) if VISTA <= version <= NEWEST else None


def _text(utf16: bytes) -> str:
    return utf16.decode("utf-16-le", "replace").partition("\x00")[0]
