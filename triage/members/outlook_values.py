"""The properties of an Outlook node: a heap in its blocks, a tree in that. [MS-PST] 2.3.1-2.3.3."""

from collections.abc import Collection, Iterator
from itertools import islice

from triage.containers.probe import number
from triage.members.member import DamagedError
from triage.members.outlook_blocks import NO_STORE, OutlookBlocks, StoreNode

MOST_BLOCKS = 512
"""Of a heap."""
MOST_RECORDS = 10_000
TEXT, OLD_TEXT, NUMBER, OBJECT, BINARY = 0x1F, 0x1E, 0x03, 0x0D, 0x102
_HEAP, _TREE, _PROPERTIES = 0xEC, 0xB5, 0xBC
_DEEPEST = 4
_LONGEST_TEXT = 4096


class OutlookValues:
    """The properties of one node."""

    def __init__(self, blocks: OutlookBlocks, node: StoreNode) -> None:
        """Raises DamagedError."""
        self._blocks = blocks
        self._node = node
        self._heap = list(islice(blocks.blocks(node.data), MOST_BLOCKS))
        first = self._heap[0] if self._heap else b""
        if first[2:4] != bytes([_HEAP, _PROPERTIES]):
            raise DamagedError(NO_STORE)
        self._records = {number(each, 0, 2): (number(each, 2, 2), number(each, 4, 4))
                         for each in self._tree(number(first, 4, 4))}  # fmt: skip
        self._below: dict[int, StoreNode] | None = None

    def text(self, tags: Collection[int]) -> str:
        """The first of these that is there; empty if none is."""
        for tag in tags:
            kind, place = self._records.get(tag, (0, 0))
            if kind in (TEXT, OLD_TEXT) and place:
                raw = self._bytes(place)[:_LONGEST_TEXT]
                text = raw.decode("utf-16-le" if kind == TEXT else "cp1252", "replace")
                return text.rstrip("\0")
        return ""

    def number(self, tag: int) -> int:
        """Of 32 bits, or fewer."""
        return self._records.get(tag, (0, 0))[1]

    def has(self, tag: int) -> bool:
        """Whether it says where that is, and that there is something of it."""
        return bool(self.number(tag))

    def content(self, tag: int) -> "tuple[bytes, StoreNode | None, int]":
        """Binary content or an object: in the heap, or a node of its own; and its kind."""
        kind, place = self._records.get(tag, (0, 0))
        if kind not in (BINARY, OBJECT) or not place:
            return b"", None, 0
        if kind == OBJECT:
            place = number(self._thing(place), 0, 4) if not place & 0x1F else place
        if place & 0x1F:
            return b"", self.below().get(place), kind
        return self._thing(place), None, kind

    def below(self) -> dict[int, StoreNode]:
        """The nodes below this one. Raises DamagedError."""
        if self._below is None:
            self._below = self._blocks.below(self._node.below) if self._node.below else {}
        return self._below

    def _bytes(self, place: int) -> bytes:
        if not place & 0x1F:
            return self._thing(place)
        node = self.below().get(place)
        return next(self._blocks.blocks(node.data), b"") if node else b""

    def _thing(self, place: int) -> bytes:
        """What lies at a place of the heap: which block, and which of the things in it, from 1."""
        at, which = divmod(place >> 5, 1 << self._blocks.index_bits)[::-1]
        block = self._heap[which] if which < len(self._heap) else b""
        table = number(block, 0, 2)
        if not 1 <= at <= number(block, table, 2):
            return b""
        begin, end = (number(block, table + 2 + 2 * each, 2) for each in (at, at + 1))
        return block[begin:end]

    def _tree(self, root: int) -> Iterator[bytes]:
        head = self._thing(root)
        if len(head) < 8 or head[0] != _TREE or head[1:3] != b"\x02\x06" or head[3] > _DEEPEST:
            raise DamagedError(NO_STORE)
        waiting, left = [(number(head, 4, 4), head[3])], MOST_RECORDS
        while waiting:
            place, level = waiting.pop()
            thing, step = self._thing(place), 6 if level else 8
            for at in range(0, len(thing) - step + 1, step):
                left -= 1
                if left < 0:
                    raise DamagedError(NO_STORE)
                if level:
                    waiting.append((number(thing, at + 2, 4), level - 1))
                else:
                    yield thing[at : at + step]
