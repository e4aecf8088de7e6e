"""Windows' shadow copies of an NTFS volume: which there are, and where the blocks lie of each.

After libyal's description of the format. The volume's own bytes are the newest state; each store
keeps the blocks that were written over since it was made, so a snapshot is its store's blocks over
those of every newer store, over the volume. Nothing is believed: lists end, and places lie in the
volume.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from triage.sources.bytes import Bytes
from triage.sources.reader import ContentError

GUID = bytes.fromhex("6b870838 76c1484e b7ae04046e6cc752")
HEADER_AT, CATALOG_AT = 0x1E00, 48
BLOCK, HEAD = 16384, 128
HEADER, CATALOG, LIST = 1, 2, 3
NEXT_AT = 40
ENTRY = 128
SNAPSHOT, STORE = 2, 3
DESCRIPTOR = struct.Struct("<QQQII")
FORWARDS, OVERLAY, UNUSED = 1, 2, 4
SECTOR = 512
NOT_NAMED = -1
MOST_CATALOG, MOST_LISTED = 64, 8192
"""Blocks of the catalog, and of one store's list: 8,192 name the blocks of 64 GiB."""
EPOCH = 11_644_473_600
"""Seconds from 1601, when Windows' time begins, to 1970."""

ODD = "the catalog of its shadow copies is damaged"
TOO_MANY = "a shadow copy of it has more blocks than can be"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowStore:
    """A shadow copy."""

    number: int
    """From 1, the oldest."""
    made: float
    """Seconds since 1970."""
    list_at: int
    """Where the list of its blocks begins; NOT_NAMED: that is not said."""


@dataclass(frozen=True, slots=True)
class ShadowBlocks:
    """Blocks of one store, by where they lay when it was made."""

    whole: Mapping[int, tuple[int, bool]]
    """Where each lies now; or, if that is so, which block of the next newer state it is."""
    over: Mapping[int, tuple[int, int]]
    """Of which some sectors alone were kept: where the block lies, and which, a bit each."""


def stores_of(held: Bytes) -> list[ShadowStore]:
    """A volume's shadow copies, the oldest first; none where there is no catalog. Raises
    ContentError where there is one, which cannot be read. A copy whose list of blocks the catalog
    does not name is one that cannot be read."""
    head = held.read_at(HEADER_AT, SECTOR)
    if not _is_block(head, HEADER):
        return []
    at = struct.unpack_from("<Q", head, CATALOG_AT)[0]
    if not at:
        return []
    made: dict[bytes, float] = {}
    lists: dict[bytes, int] = {}
    for block in _blocks(held, at, CATALOG, MOST_CATALOG):
        for entry in range(HEAD, BLOCK, ENTRY):
            kind = struct.unpack_from("<Q", block, entry)[0]
            own = block[entry + 16 : entry + 32]
            if kind == SNAPSHOT:
                made[own] = struct.unpack_from("<Q", block, entry + 48)[0] / 1e7 - EPOCH
            elif kind == STORE:
                lists[own] = struct.unpack_from("<Q", block, entry + 8)[0]
    there = sorted((when, lists.get(own, NOT_NAMED)) for own, when in made.items())
    return [
        ShadowStore(number=number, made=when, list_at=place)
        for number, (when, place) in enumerate(there, 1)
    ]


def blocks_of(held: Bytes, store: ShadowStore) -> ShadowBlocks:
    """The blocks of a store. Raises ContentError."""
    whole: dict[int, tuple[int, bool]] = {}
    over: dict[int, tuple[int, int]] = {}
    back: dict[int, int] = {}
    """Of those that forward, by what they forward to."""
    for raw in _blocks(held, store.list_at, LIST, MOST_LISTED):
        for original, relative, place, flags, bitmap in DESCRIPTOR.iter_unpack(raw[HEAD:]):
            if flags & UNUSED or (not original and not place and not relative):
                continue
            if flags & OVERLAY:
                before = over.get(original, (place, 0))
                over[original] = before[0], before[1] | bitmap
                continue
            moved = back.pop(original, original)
            if not flags & FORWARDS:
                whole[moved] = place, False
            elif moved != relative:
                whole[moved] = relative, True
                back[relative] = moved
    return ShadowBlocks(whole, over)


def _blocks(held: Bytes, at: int, kind: int, most: int) -> Iterator[bytes]:
    """Blocks of a kind, each of which names the next one. Raises ContentError."""
    met: set[int] = set()
    for _ in range(most):
        if not at:
            return
        block = held.read_at(at, BLOCK) if 0 < at <= held.size - BLOCK else b""
        if len(block) != BLOCK or not _is_block(block, kind) or at in met:
            raise ContentError(ODD)
        met.add(at)
        yield block
        at = struct.unpack_from("<Q", block, NEXT_AT)[0]
    if at:
        raise ContentError(TOO_MANY)


def _is_block(raw: bytes, kind: int) -> bool:
    return raw[:16] == GUID and struct.unpack_from("<I", raw, 20)[0] == kind
