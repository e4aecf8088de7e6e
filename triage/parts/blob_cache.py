"""Android's imgcache.0, mini.0, small.0 and their kin: what its galleries keep of each picture.

Format: Android Open Source Project, Gallery2, com.android.gallery3d.common.BlobCache and
ImageCacheService. Little-endian. u32 magic, then blobs: u64 hash of the key, u32 checksum, u32
place of the blob in the file, u32 bytes; then the key, UTF-16 of two bytes a letter as
`/local/image/item/42+1300000000+2`, and the picture. There are two files, written in turn; behind
the newest blob lie older ones, cut somewhere, and those are searched for.
"""

import struct
from collections.abc import Iterator

from triage.media.ends import BEGINNING
from triage.parts.buffered import Buffered
from triage.parts.carving import TOO_LONG, SearchAllowance, bare_thumbnails
from triage.parts.part import MOST_BYTES, Part, ReadAt

SIGNATURE = (0xBD248510).to_bytes(4, "little")
_BLOB = struct.Struct("<QIII")
_LONGEST_KEY = 2048


class BlobCache:
    """A cache file. Iterate over `parts`; `damaged` and `trouble` are whole afterwards."""

    kind = "Android gallery cache"

    def __init__(self, content: ReadAt) -> None:
        """`content` that begins with the signature."""
        self._content = Buffered(content)
        self.damaged = False
        self.trouble = ""

    def parts(self) -> Iterator[Part]:
        """The picture of every blob that has one, and pictures behind the last blob."""
        allowance = SearchAllowance.of(self._content.size)
        at = len(SIGNATURE)
        while at + _BLOB.size <= self._content.size:
            key, _, place, length = _BLOB.unpack(self._content.read_at(at, _BLOB.size))
            begin = at + _BLOB.size
            if place != at or begin + length > self._content.size:
                break
            at = begin + length
            yield from self._picture(begin, length, key) or self._bare(begin, at, allowance)
        self.damaged = at < self._content.size
        yield from self._bare(at, self._content.size, allowance)
        if allowance.spent:
            self.trouble = self.trouble or TOO_LONG

    def _picture(self, begin: int, length: int, key: int) -> tuple[Part, ...]:
        """The picture of the blob there; none if it does not begin with one."""
        head = self._content.read_at(begin, min(length, _LONGEST_KEY))
        found = BEGINNING.search(head)
        if found is None or length > MOST_BYTES:
            return ()
        start = found.start()
        return (
            Part(
                content=self._content.read_at(begin + start, length - start),
                kind=self.kind,
                offset=begin + start,
                thumbnail=True,
                identity=_name(head[:start]) or f"{key:016x}",
            ),
        )

    def _bare(self, start: int, end: int, allowance: SearchAllowance) -> Iterator[Part]:
        return bare_thumbnails(self._content, start, end, allowance, self.kind)


def open_blob_cache(content: ReadAt, head: bytes) -> BlobCache | None:
    """The cache in that content; None if it is another thing."""
    return BlobCache(content) if head.startswith(SIGNATURE) else None


def _name(key: bytes) -> str:
    text = key.decode("utf-16-le", "replace")
    return text if text.isprintable() else ""
