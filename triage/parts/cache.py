"""Which cache of pictures a file is: by its content, and by its name where that says nothing."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple, Protocol

from triage.media.window import InMemory
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
from triage.parts.part import Part, ReadAt
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


Open = Callable[[ReadAt, bytes, str, Beside], "Cache | None"]
"""Content, its beginning, its path and what lies beside it to the cache; None if it is none after
all. Raises ContentError where it cannot be read."""


class CacheKind(NamedTuple):
    """A kind of cache: how it is told, and opened."""

    may_be: Callable[[bytes, int, str], bool]
    """By beginning, size and path: whether opening it is worth a try."""
    open: Open


def _begins_with(signature: bytes) -> Callable[[bytes, int, str], bool]:
    return lambda head, _size, _path: head.startswith(signature)


KINDS = (
    CacheKind(
        _begins_with(thumbcache.SIGNATURE), lambda content, head, *_: open_thumbcache(content, head)
    ),
    CacheKind(
        lambda head, size, _: head.startswith(compound.SIGNATURE) and size <= LARGEST_COMPOUND,
        lambda content, head, *_: open_thumbs_db(content, head),
    ),
    CacheKind(
        _begins_with(chromium_entry.SIGNATURE), lambda content, head, *_: open_entry(content, head)
    ),
    CacheKind(
        _begins_with(chromium_blocks.SIGNATURE),
        lambda content, head, _path, beside: open_blocks(content, head, beside),
    ),
    CacheKind(
        _begins_with(blob_cache.SIGNATURE), lambda content, head, *_: open_blob_cache(content, head)
    ),
    CacheKind(
        lambda _head, _size, path: quicklook.is_quicklook(path),
        lambda content, _head, _path, beside: _quicklook(content, beside),
    ),
    CacheKind(
        lambda _head, _size, path: firefox_entry.may_be_entry(path),
        lambda content, *_: open_firefox_entry(content),
    ),
    CacheKind(
        lambda _head, _size, path: ithmb.may_be_ithmb(path),
        lambda content, _head, path, _beside: Ithmb(content, path),
    ),
    CacheKind(
        lambda head, _size, path: thumbdata.may_be_thumbdata(head, path),
        lambda content, *_: Thumbdata(content),
    ),
)


_BEGINNINGS = (
    thumbcache.SIGNATURE, compound.SIGNATURE, chromium_entry.SIGNATURE, chromium_blocks.SIGNATURE,
    blob_cache.SIGNATURE,
)  # fmt: skip


def may_be_cache(head: bytes, size: int, path: str = "") -> bool:
    """Whether it is worth opening."""
    return not _is_none(head, path) and any(kind.may_be(head, size, path) for kind in KINDS)


def _is_none(head: bytes, path: str) -> bool:
    """Whether it is surely of none of the kinds, as most content is: told quickly."""
    return not (
        _has_a_name(path) or head.startswith(_BEGINNINGS) or head[:1] in thumbdata.FIRST_BYTES
    )


def is_no_cache(head: bytes, path: str, whole: bytes) -> bool:
    """Whether opening it is surely not worth it. `whole`: all of it, if that was read."""
    return _is_none(head, path) and (not whole or firefox_entry.ends_as_none(whole))


@lru_cache(maxsize=8)
def _has_a_name(path: str) -> bool:
    """Of any cache that is told by it."""
    return (
        quicklook.is_quicklook(path)
        or firefox_entry.may_be_entry(path)
        or ithmb.may_be_ithmb(path)
        or thumbdata.is_named(path)
    )


def open_cache(
    content: ReadAt, head: bytes, path: str = "", beside: Beside = lambda _name, _most: b""
) -> Cache | None:
    """The cache; None if it is none. Raises ContentError where it cannot be read.

    What is in memory is told to be Firefox's by its end, whatever its name is.
    """
    for kind in () if _is_none(head, path) else KINDS:
        if kind.may_be(head, content.size, path):
            cache = kind.open(content, head, path, beside)
            if cache is not None:
                return cache
    return open_firefox_entry(content) if isinstance(content, InMemory) else None


def _quicklook(content: ReadAt, beside: Beside) -> Cache | None:
    index = beside(quicklook.INDEX, quicklook.LARGEST_INDEX)
    log = beside(quicklook.INDEX + SUFFIX, quicklook.LARGEST_INDEX)
    cache = open_quicklook(content, index, log)
    if cache is None and content.size:
        cache = quicklook.QuickLook(content, ())
        cache.trouble = quicklook.UNEXPLAINED
    return cache
