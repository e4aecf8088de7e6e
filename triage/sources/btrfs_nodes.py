"""btrfs: its B-trees. A tree's items are read in the order of their keys, or from a key on.

A node says where it lies, of which file system it is and which level it has, and is believed only
where that is what was looked for; of what has two copies the other is tried. (Linux also holds it
against a CRC-32C, for which nothing is fast enough here.) A tree may be a suspect's work: no node
is entered twice, each is a level below the one that named it, and keys only rise.
"""

import struct
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence

from triage.sources.btrfs_chunks import CHUNK_ITEM, Chunks
from triage.sources.btrfs_superblock import BtrfsDevice, Superblock
from triage.sources.btrfs_table import devices_in
from triage.sources.bytes import Bytes
from triage.sources.reader import ContentError

HEADER = 101
POINTER = struct.Struct("<QBQQQ")
ITEM = struct.Struct("<QBQII")
LAST = 0xFFFFFFFFFFFFFFFF
MOST_LEVELS = 8
COPIES = 4
KEPT_BYTES = 8 << 20

DAMAGED = "a node of its trees is damaged"
NODES_LOST = "parts of its trees that could not be read"

Key = tuple[int, int, int]
"""What it is of, its type, and a number that the type gives a meaning."""


class Nodes:
    """The trees of one file system."""

    def __init__(self, held: Bytes, devices: Sequence[BtrfsDevice], superblock: Superblock) -> None:
        """`devices`: what of `held` is which. Raises ContentError if the tree of chunks cannot be
        read."""
        self.superblock, self.here = superblock, len(devices)
        self.chunks = Chunks(held, devices, superblock)
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._most = max(1, KEPT_BYTES // self.superblock.node)
        self.node(self.superblock.chunk_root)
        for (_, kind, start), item in self.items(self.superblock.chunk_root):
            if kind == CHUNK_ITEM:
                self.chunks.add(start, item)
        self.chunks.settle()

    @classmethod
    def of(cls, held: Bytes) -> "Nodes":
        """Of all devices that these bytes are. Raises ContentError."""
        return cls(held, *devices_in(held))

    def node(self, address: int, level: int = -1) -> bytes:
        """The node there, of that level if one is given. Raises ContentError."""
        node = self._kept.get(address)
        if node is None:
            node = self._read(address)
            if len(self._kept) >= self._most:
                self._kept.popitem(last=False)
            self._kept[address] = node
        if level >= 0 and node[100] != level:
            raise ContentError(DAMAGED)
        return node

    def _read(self, address: int) -> bytes:
        trouble: ContentError | None = None
        for copy in range(COPIES):
            try:
                node = self.chunks.read(address, self.superblock.node, copy)
            except ContentError as error:
                trouble = error
                continue
            if self._is_node(node, address):
                return node
        raise trouble or ContentError(DAMAGED)

    def _is_node(self, node: bytes, address: int) -> bool:
        there, generation = (struct.unpack_from("<Q", node, at)[0] for at in (48, 80))
        count, level = struct.unpack_from("<I", node, 96)[0], node[100]
        size = POINTER.size if level else ITEM.size
        return (
            there == address
            and node[32:48] == self.superblock.uuid
            and generation <= self.superblock.generation + 1
            and level < MOST_LEVELS
            and HEADER + count * size <= len(node)
        )

    def items(
        self, root: int, first: Key = (0, 0, 0), lost: Counter[str] | None = None
    ) -> Iterator[tuple[Key, bytes]]:
        """The items from that key on. Nodes that cannot be read are counted in `lost` and left
        out. Raises ContentError for them if there is none."""
        entered: set[int] = set()
        last: Key = (-1, 0, 0)
        stack: list[tuple[int, int]] = [(root, -1)]
        while stack:
            address, level = stack.pop()
            if address in entered:
                _count(lost)
                continue
            entered.add(address)
            try:
                node = self.node(address, level)
            except ContentError:
                if lost is None:
                    raise
                _count(lost)
                continue
            if node[100]:
                stack += _below(node, first)
                continue
            for key, item in _items_of(node):
                if key < first:
                    continue
                if key <= last:
                    _count(lost)
                    break
                last = key
                yield key, item

    def of_type(self, root: int, number: int, kind: int, most: int) -> Iterator[tuple[int, bytes]]:
        """The items of one thing and of one type, at most so many: their offsets and what they
        say. Raises ContentError."""
        for key, item in self.items(root, (number, kind, 0)):
            if key[:2] != (number, kind) or most <= 0:
                return
            most -= 1
            yield key[2], item


def _below(node: bytes, first: Key) -> list[tuple[int, int]]:
    """What a node points to, the last first, without what lies before the key."""
    level = node[100] - 1
    count = struct.unpack_from("<I", node, 96)[0]
    pointers = [POINTER.unpack_from(node, HEADER + POINTER.size * n) for n in range(count)]
    begin = 0
    for number, pointer in enumerate(pointers):
        if pointer[:3] > first:
            break
        begin = number
    return [(pointer[3], level) for pointer in reversed(pointers[begin:])]


def _items_of(node: bytes) -> Iterator[tuple[Key, bytes]]:
    count = struct.unpack_from("<I", node, 96)[0]
    for number, kind, offset, at, length in ITEM.iter_unpack(
        node[HEADER : HEADER + ITEM.size * count]
    ):
        yield (number, kind, offset), node[HEADER + at : HEADER + at + length]


def _count(lost: Counter[str] | None) -> None:
    if lost is not None:
        lost[NODES_LOST] += 1
