"""Outlook's stores as nodes and blocks: two trees of pages lead to them. [MS-PST] 2.2; the form of
2013, whose pages have 4 KiB and whose blocks may be deflated, as libpff's documentation has it.
"""

import zlib
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from triage.containers.probe import number
from triage.members.member import ContainerBytes, DamagedError
from triage.members.outlook_ciphers import unscrambled

NO_STORE = "it does not hold together as an Outlook store"
NO_BLOCK = "a block in it is not where it should be"
WRONG_SUM = "the checksum of a block in it is wrong"
MOST_BELOW = 100_000
"""Nodes below one: recipients and what is attached."""
_BY_BLOCK, _BY_NODE = 0x80, 0x81
_DEEPEST = 8
"""Pages above each other; of 20 entries each they lead to more than any file holds."""
_LISTS, _BELOW = 1, 2
_INTERNAL = 2
"""Of a block's number: it is no content, and not scrambled."""


class _Form(NamedTuple):
    """How wide things are."""

    wide: int
    """Bytes of a number of a block, and of a place."""
    page: int
    count_at: int
    """Where in a page its number of entries stands."""
    counted_in: int
    level: int
    kind: int
    trailer: int
    """Bytes behind a block's content."""
    sum_at: int
    """In that trailer."""
    trees: tuple[int, int]
    """Where the header names the topmost pages: of nodes, of blocks."""
    way: int
    """Where it says how blocks are scrambled."""
    aligned: int
    index_bits: int
    """Of a place in a heap, that count within a block."""


_NARROW = _Form(4, 512, 496, 1, 499, 500, 12, 8, (188, 196), 461, 64, 11)
_WIDE = _Form(8, 512, 488, 1, 491, 496, 16, 4, (224, 240), 513, 64, 11)
_OF_2013 = _Form(8, 4096, 4056, 2, 4061, 4072, 24, 4, (224, 240), 513, 512, 14)


class StoreNode(NamedTuple):
    """A message, a folder, what is attached."""

    number: int
    data: int
    """The block that it lies in, or that lists those."""
    below: int
    """The block that lists the nodes below it; 0: there are none."""
    parent: int = 0


class _Page(NamedTuple):
    level: int
    keys: tuple[int, ...]
    entries: tuple[bytes, ...]


class OutlookBlocks:
    """Reads as it is asked; of a page that makes no sense it is remembered that there was one."""

    def __init__(self, content: ContainerBytes) -> None:
        """Raises DamagedError where not even the header says what it is."""
        self._content = content
        header = content.read_at(0, 564)
        version = number(header, 10, 2)
        if len(header) < 564 or header[:4] != b"!BDN" or not 14 <= version <= 63:
            raise DamagedError(NO_STORE)
        self._form = _NARROW if version < 20 else _WIDE if version < 36 else _OF_2013
        wide = self._form.wide
        self._nodes_at, self._blocks_at = (number(header, at, wide) for at in self._form.trees)
        self._way = number(header, self._form.way, 1)
        self.index_bits = self._form.index_bits
        self.broken = False
        self._page = lru_cache(maxsize=4096)(self._read_page)

    def nodes(self) -> Iterator[StoreNode]:
        """All of the store, also what no folder lists any more."""
        seen: set[int] = set()
        waiting = [self._nodes_at]
        while waiting:
            at = waiting.pop()
            page = None if at in seen else self._page(at, _BY_NODE)
            seen.add(at)
            if page is None:
                self.broken = True
            elif page.level:
                below = [
                    number(each, 2 * self._form.wide, self._form.wide) for each in page.entries
                ]
                waiting += reversed(below)
            else:
                yield from map(self._node, page.entries)

    def node(self, wanted: int) -> StoreNode | None:
        """The node of that number."""
        raw = self._found(self._nodes_at, _BY_NODE, wanted)
        return self._node(raw) if raw else None

    def below(self, block: int) -> dict[int, StoreNode]:
        """The nodes below one, by number. Raises DamagedError."""
        found: dict[int, StoreNode] = {}
        waiting, wide = [(block, _DEEPEST)], self._form.wide
        while waiting:
            at, deeper = waiting.pop()
            data = self.block(at)
            level, count = number(data, 1, 1), number(data, 2, 2)
            if data[:1] != bytes([_BELOW]) or (level and not deeper):
                raise DamagedError(NO_STORE)
            begin, step = 8 if wide == 8 else 4, (2 if level else 3) * wide
            for place in range(begin, begin + count * step, step):
                which, first, second = (number(data, place + wide * n, wide) for n in range(3))
                if level:
                    waiting.append((first, deeper - 1))
                else:
                    which &= 0xFFFFFFFF
                    self.broken |= which in found  # one of the two hides the other
                    found[which] = StoreNode(which, first, second)
            if len(found) + len(waiting) > MOST_BELOW:
                raise DamagedError(NO_STORE)
        return found

    def size(self, block: int) -> int:
        """Bytes that content claims to have. Raises DamagedError."""
        if not block & _INTERNAL:
            return len(self.block(block)) if block else 0
        return number(self.block(block), 4, 4)

    def blocks(self, block: int, deeper: int = 2) -> Iterator[bytes]:
        """Content, block by block: these are no longer than 64 KiB. Raises DamagedError."""
        if not block & _INTERNAL:
            if block:
                yield self.block(block)
            return
        data = self.block(block)
        if data[:1] != bytes([_LISTS]) or not deeper:
            raise DamagedError(NO_STORE)
        wide = self._form.wide
        for at in range(8, 8 + number(data, 2, 2) * wide, wide):
            yield from self.blocks(number(data, at, wide), deeper - 1)

    def block(self, which: int) -> bytes:
        """One block, as it was before it was scrambled. Raises DamagedError."""
        form = self._form
        entry = self._found(self._blocks_at, _BY_BLOCK, which & ~1)
        if not entry:
            raise DamagedError(NO_BLOCK)
        at, size = number(entry, form.wide, form.wide), number(entry, 2 * form.wide, 2)
        room = -(-(size + form.trailer) // form.aligned) * form.aligned
        raw = self._content.read_at(at, room)
        data, trailer = raw[:size], raw[room - form.trailer :]
        if len(raw) < room:
            raise DamagedError(NO_BLOCK)
        if number(trailer, form.sum_at, 4) != weak_sum(data):
            raise DamagedError(WRONG_SUM)
        full = number(trailer, 18, 2) if form is _OF_2013 else 0
        if full and full != size:
            return _inflated(data, full)
        return data if which & _INTERNAL else unscrambled(data, self._way, which & 0xFFFFFFFF)

    def _node(self, raw: bytes) -> StoreNode:
        wide = self._form.wide
        which, data, below = (number(raw, wide * at, wide) for at in range(3))
        return StoreNode(which & 0xFFFFFFFF, data, below, number(raw, 3 * wide, 4))

    def _found(self, top: int, kind: int, wanted: int) -> bytes:
        """Its entry in one of the trees; empty if it has none."""
        at = top
        for _ in range(_DEEPEST):
            page = self._page(at, kind)
            if page is None:
                self.broken = True
                return b""
            place = bisect_right(page.keys, wanted) - 1
            if place < 0:
                return b""
            if not page.level:
                return page.entries[place] if page.keys[place] == wanted else b""
            at = number(page.entries[place], 2 * self._form.wide, self._form.wide)
        return b""

    def _read_page(self, at: int, kind: int) -> _Page | None:
        form = self._form
        raw = self._content.read_at(at, form.page) if at else b""
        if len(raw) < form.page or raw[form.kind : form.kind + 2] != bytes([kind, kind]):
            return None
        level, wide = raw[form.level], raw[form.level - 1]
        count = number(raw, form.count_at, form.counted_in)
        least = (3 if level or kind == _BY_BLOCK else 4) * form.wide
        if wide < least or count * wide > form.count_at or level > _DEEPEST:
            return None
        entries = tuple(raw[start : start + wide] for start in range(0, count * wide, wide))
        keys = tuple(number(each, 0, form.wide) & ~(kind == _BY_BLOCK) for each in entries)
        return _Page(level, keys, entries)


def weak_sum(data: bytes) -> int:
    """The format's CRC-32: begun with zero, and not turned over at its end."""
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


def _inflated(data: bytes, full: int) -> bytes:
    inflater = zlib.decompressobj()
    try:
        out = inflater.decompress(data, full)
    except zlib.error as error:
        raise DamagedError(WRONG_SUM) from error
    if len(out) != full:
        raise DamagedError(WRONG_SUM)
    return out
