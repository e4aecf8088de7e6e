"""What every file gives that holds pictures or videos in its content: parts. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

MOST_BYTES = 16 * 1024 * 1024
"""A thumbnail with more content than this is not looked at."""

SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM")
"""What Windows and cameras keep thumbnails as."""


class ReadAt(Protocol):
    """Content as a parser sees it; reading raises ContentError, and nothing else."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A picture or video in an entry's content, and how to find it again."""

    content: bytes = field(repr=False)
    """Encoded: JPEG, PNG, BMP, MP4 …"""
    kind: str
    """Of which cache, or how it lies in its carrier; for people."""
    offset: int = -1
    """Where it begins in its carrier's content, bytes; -1 where it lies in pieces."""
    length: int = -1
    """Bytes of its carrier that it takes; -1: as many as its content has."""
    own: bool = False
    """It is what its carrier begins as, without what stands behind it: it looks the same, and only
    its digests are others."""
    thumbnail: bool = False
    """It is a small copy of a picture that lies, or lay, elsewhere: what matches is told as a
    match of kind `thumbnail`, whatever it matched by."""
    identity: str = ""
    """The cache's own name for it: entry hash, stream name."""
    of: str = ""
    """Name of its picture, where the cache records it; with a leading slash, from the root. Of a
    page's, its address."""
    elsewhere: bool = False
    """The picture is on another volume: whether it is gone cannot be told."""
    member: bool = False
    """It was taken out of a container: `of` is its path in there."""
    number: int = 0
    """Of a member: its place among all that come out of the entry, from 1."""
    size: int = -1
    """Bytes of its content, where `content` is only the beginning of it."""
    digests: Mapping[str, bytes] | None = field(default=None, repr=False)
    """Likewise: those that were taken as it came by, none if it was passed by."""

    @property
    def whole(self) -> bool:
        """Whether `content` is all of its content."""
        return self.digests is None

    @property
    def extent(self) -> int:
        """Bytes of its carrier that it takes, from `offset`."""
        return len(self.content) if self.length < 0 else self.length


def begins(data: bytes, within: int = 64) -> int:
    """Where, in the first bytes, an encoded picture begins; -1 if none does."""
    places = [data.find(signature, 0, within) for signature in SIGNATURES[:2]]
    found = [place for place in places if place >= 0]
    if found:
        return min(found)
    return 0 if data.startswith(SIGNATURES[2]) else -1
