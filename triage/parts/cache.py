"""Which thumbnail cache a file is, by its content."""

from collections.abc import Iterator
from typing import Protocol

from triage.parts import compound, thumbcache
from triage.parts.part import Part, ReadAt
from triage.parts.thumbcache import open_thumbcache
from triage.parts.thumbs_db import open_thumbs_db

LARGEST_COMPOUND = 256 * 1024 * 1024
"""Compound files above this are disk images and databases, never a folder's thumbnails."""


class Cache(Protocol):
    """A file that holds many thumbnails."""

    kind: str
    damaged: bool
    trouble: str
    """Why not all of it could be looked at, once it has been; empty: all was."""

    def parts(self) -> Iterator[Part]:
        """Everything in it. Raises ContentError where it cannot be read."""
        ...


def may_be_cache(head: bytes, size: int) -> bool:
    """Whether it is worth opening, by its first bytes."""
    if head.startswith(compound.SIGNATURE):
        return size <= LARGEST_COMPOUND
    return head.startswith(thumbcache.SIGNATURE)


def open_cache(content: ReadAt, head: bytes) -> Cache | None:
    """The cache; None if it is none. Raises ContentError where it cannot be read."""
    return open_thumbcache(content, head) or open_thumbs_db(content, head)
