"""Which cache of pictures a file is: by its content, and by its name where that says nothing."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from triage.parts import (
    blob_cache,
    chromium_blocks,
    chromium_entry,
    compound,
    firefox_entry,
    ithmb,
    quicklook,
    thumbcache,
    thumbdata,
)
from triage.parts.blob_cache import open_blob_cache
from triage.parts.chromium_blocks import Beside, open_blocks
from triage.parts.chromium_entry import open_entry
from triage.parts.firefox_entry import open_firefox_entry
from triage.parts.ithmb import Ithmb
from triage.parts.part import InMemory, Part, ReadAt
from triage.parts.quicklook import open_quicklook
from triage.parts.thumbcache import open_thumbcache
from triage.parts.thumbdata import Thumbdata
from triage.parts.thumbs_db import open_thumbs_db
from triage.parts.write_ahead import SUFFIX

LARGEST_COMPOUND = 256 * 1024 * 1024
"""Compound files above this are disk images and databases, never a folder's thumbnails."""


class Cache(Protocol):
    """A file that holds many pictures, or one that is not the file itself."""

    kind: str
    damaged: bool
    trouble: str
    """Why not all that it holds was looked at, once everything was asked for; empty: it was."""

    def parts(self) -> Iterator[Part]:
        """Everything in it. Raises ContentError where it cannot be read."""
        ...


class Carrier(NamedTuple):
    """A file that may be a cache."""

    content: ReadAt
    head: bytes
    """Its beginning."""
    path: str
    beside: Beside
    """What lies in the same folder."""


class Kind(NamedTuple):
    """A kind of cache: how it is told, and opened."""

    may_be: Callable[[bytes, int, str], bool]
    """By beginning, size and path: whether opening it is worth a try."""
    open: Callable[[Carrier], Cache | None]
    """None if it is none after all. Raises ContentError where it cannot be read."""


def _begins_with(signature: bytes) -> Callable[[bytes, int, str], bool]:
    return lambda head, _size, _path: head.startswith(signature)


KINDS = (
    Kind(_begins_with(thumbcache.SIGNATURE), lambda it: open_thumbcache(it.content, it.head)),
    Kind(
        lambda head, size, _: head.startswith(compound.SIGNATURE) and size <= LARGEST_COMPOUND,
        lambda it: open_thumbs_db(it.content, it.head),
    ),
    Kind(_begins_with(chromium_entry.SIGNATURE), lambda it: open_entry(it.content, it.head)),
    Kind(
        _begins_with(chromium_blocks.SIGNATURE),
        lambda it: open_blocks(it.content, it.head, it.beside),
    ),
    Kind(_begins_with(blob_cache.SIGNATURE), lambda it: open_blob_cache(it.content, it.head)),
    Kind(lambda _head, _size, path: quicklook.is_quicklook(path), lambda it: _quicklook(it)),
    Kind(
        lambda _head, _size, path: firefox_entry.may_be_entry(path),
        lambda it: open_firefox_entry(it.content),
    ),
    Kind(
        lambda _head, _size, path: ithmb.may_be_ithmb(path), lambda it: Ithmb(it.content, it.path)
    ),
    Kind(
        lambda head, _size, path: thumbdata.may_be_thumbdata(head, path),
        lambda it: Thumbdata(it.content),
    ),
)


def may_be_cache(head: bytes, size: int, path: str = "") -> bool:
    """Whether it is worth opening."""
    return any(kind.may_be(head, size, path) for kind in KINDS)


def open_cache(
    content: ReadAt, head: bytes, path: str = "", beside: Beside = lambda _name, _most: b""
) -> Cache | None:
    """The cache; None if it is none. Raises ContentError where it cannot be read.

    What is in memory is told to be Firefox's by its end, whatever its name is.
    """
    carrier = Carrier(content, head, path, beside)
    for kind in KINDS:
        if kind.may_be(head, content.size, path) and (cache := kind.open(carrier)) is not None:
            return cache
    return open_firefox_entry(content) if isinstance(content, InMemory) else None


def _quicklook(carrier: Carrier) -> Cache | None:
    index = carrier.beside(quicklook.INDEX, quicklook.LARGEST_INDEX)
    log = carrier.beside(quicklook.INDEX + SUFFIX, quicklook.LARGEST_INDEX)
    cache = open_quicklook(carrier.content, index, log)
    if cache is None and carrier.content.size:
        cache = quicklook.QuickLook(carrier.content, ())
        cache.trouble = quicklook.UNEXPLAINED
    return cache
