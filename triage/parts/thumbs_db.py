"""Thumbs.db: one a folder, written by Windows 98 to XP, and by later ones in network folders.

Format: "Windows Explorer Thumbnail Database (Thumbs.db)", J. Metz, libwtcdb; M. Murr, LibForensics.
A compound file. XP: the stream `Catalog` lists index, time and name of every picture; the thumbnail
of index 12 is the stream `21` (digits turned round): 12 bytes of header, then a JPEG. Vista and
later: no catalogue; streams `256_` and the hash that thumbcache uses. A stream stays in the file
when its picture is deleted; what lay in one that is gone stays until another takes its sectors.
"""

import struct
from collections.abc import Iterator

from triage.media.window import InMemory
from triage.parts.carving import TOO_LONG, SearchAllowance, carve
from triage.parts.compound import SIGNATURE, CompoundFile, CompoundStream
from triage.parts.part import MOST_BYTES, Part, ReadAt, begins

CATALOG = "Catalog"
TOO_LARGE = f"a picture of more than {MOST_BYTES >> 20} MB in it was not looked at"
CUT_OFF = "it breaks off in between: not all of its pictures were seen whole"
_BEGINNING = 256
_READ_AT_MOST = 4
"""Times the file's size: streams that share sectors on purpose are not read for ever."""


class ThumbsDb:
    """One Thumbs.db. Iterate over `parts`; `damaged` is whole afterwards."""

    kind = "Thumbs.db"

    def __init__(self, file: CompoundFile, content: ReadAt) -> None:
        """`content` of the whole file."""
        self._file, self._content = file, content
        self._streams = list(file.streams())
        self._budget = _READ_AT_MOST * content.size + MOST_BYTES
        self.names = self._names()
        """Stream name to the name of its picture, where the catalogue says it."""
        self.damaged = file.cut_off
        self.trouble = CUT_OFF if file.cut_off else ""

    @property
    def is_one(self) -> bool:
        """Whether it is a Thumbs.db at all, and not a document."""
        return any(each.name == CATALOG or _hashed(each.name) for each in self._streams)

    def parts(self) -> Iterator[Part]:
        """Every stream that holds a picture, and pictures where no stream is any more."""
        for stream in self._streams:
            if stream.name == CATALOG or not stream.size:
                continue
            if stream.size > MOST_BYTES:
                if begins(self._file.read(stream, _BEGINNING)) >= 0:
                    self.trouble = TOO_LARGE
                continue
            if self._budget <= 0:
                self.damaged = True
                self.trouble = TOO_LONG
                return
            data = self._read(stream)
            start = begins(data)
            if len(data) < stream.size:
                self.damaged = True
                self.trouble = self.trouble or CUT_OFF
            if start >= 0:
                yield Part(
                    content=data[start:],
                    kind=self.kind,
                    thumbnail=True,
                    identity=stream.name,
                    of=self.names.get(stream.name, ""),
                )
        yield from self._unused()

    def _unused(self) -> Iterator[Part]:
        """Pictures in sectors that no stream has any more."""
        allowance = SearchAllowance.of(self._content.size)
        for start, end in self._file.unused():
            for found in carve(self._content, start, end, allowance):
                yield self._left(found.content, found.at)
        for short in self._file.unused_short():
            for found in carve(InMemory(short), 0, len(short), allowance):
                yield self._left(found.content, -1)
        if allowance.spent:
            self.trouble = TOO_LONG

    def _left(self, content: bytes, offset: int) -> Part:
        kind = f"{self.kind}, unused space"
        return Part(content=content, kind=kind, thumbnail=True, offset=offset)

    def _read(self, stream: CompoundStream) -> bytes:
        data = self._file.read(stream, MOST_BYTES)
        self._budget -= max(len(data), 512)
        return data

    def _names(self) -> dict[str, str]:
        for stream in self._streams:
            if stream.name == CATALOG:
                return dict(_catalogued(self._file.read(stream, MOST_BYTES)))
        return {}


def open_thumbs_db(content: ReadAt, head: bytes) -> ThumbsDb | None:
    """The Thumbs.db in that content; None if it is another compound file, or none."""
    if not head.startswith(SIGNATURE):
        return None
    try:
        cache = ThumbsDb(CompoundFile(content), content)
    except ValueError:
        return None
    return cache if cache.is_one else None


def _catalogued(data: bytes) -> Iterator[tuple[str, str]]:
    """Stream and picture. Header: u16 its own size; entry: u32 size, u32 index, u64 time, name."""
    if len(data) < 16:
        return
    (at,) = struct.unpack_from("<H", data, 0)
    at = max(at, 16)
    while at + 18 <= len(data):
        size, index = struct.unpack_from("<II", data, at)
        if size < 18 or at + size > len(data):
            return
        name = data[at + 16 : at + size].decode("utf-16-le", "replace").partition("\x00")[0]
        yield str(index)[::-1], name
        at += size


def _hashed(name: str) -> bool:
    side, underscore, rest = name.partition("_")
    return bool(underscore) and side.isdigit() and len(rest) >= 8
