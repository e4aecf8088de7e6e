"""APFS: its objects, and the B-trees that they make. After Apple's File System Reference (2020).

An object is one or more blocks that begin with a Fletcher-64 sum, an identifier and a transaction,
and is believed only where all three are right. A tree may be a suspect's work: no node is entered
twice, each is a level below the one that named it, and keys never fall.
"""

import struct
from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator

import numpy as np

from triage.sources.bytes import Bytes
from triage.sources.reader import ContentError

SMALLEST_BLOCK, LARGEST_BLOCK = 4096, 65536
HEADER, NODE_HEADER, INFO = 32, 56, 40
OBJECT = struct.Struct("<8sQQII")
NODE = struct.Struct("<HHIHH")
ROOT, FIXED, HASHED = 0x1, 0x4, 0x8
KIND, STORED, PHYSICAL = 0xFFFF, 0xC0000000, 0x40000000
SUPERBLOCK, TREE, TREE_NODE, MAP, VOLUME = 0x1, 0x2, 0x3, 0xB, 0xD
DELETED, NO_HEADER = 0x1, 0x8
MOST_LEVELS = 16
KEPT_BYTES = 16 << 20
ANY = -1

DAMAGED = "a node of its trees is damaged"
NODES_LOST = "parts of its trees that could not be read"
MODULUS = 0xFFFFFFFF
_WEIGHTS = {
    block: np.arange(block // 4 - 2, 0, -1, dtype=np.uint64)
    for block in (4096, 8192, 16384, 32768, 65536)
}

Key = int
"""A record's key as one number, in the order of the tree."""


def sum_of(raw: bytes) -> int:
    """Fletcher-64 of an object without its first eight bytes, as those ought to be."""
    words = np.frombuffer(raw, "<u4", offset=8).astype(np.uint64)
    weights = _WEIGHTS.get(len(raw))
    if weights is None:
        raise ContentError(DAMAGED)
    first = int(words.sum()) % MODULUS
    second = int(np.dot(words, weights)) % MODULUS
    low = MODULUS - (first + second) % MODULUS
    high = MODULUS - (first + low) % MODULUS
    return high << 32 | low


def is_whole(raw: bytes) -> bool:
    """Whether an object is what its sum says."""
    return len(raw) in _WEIGHTS and sum_of(raw) == int.from_bytes(raw[:8], "little")


class Objects:
    """The objects of a container, by the number of their first block."""

    def __init__(self, held: Bytes, block: int) -> None:
        """`block`: bytes."""
        self.held, self.block = held, block
        self.count = held.size // block

    def raw(self, address: int, size: int = 0) -> bytes:
        """What lies there, a block or `size` bytes. Raises ContentError."""
        size = size or self.block
        if not 0 < address < self.count:
            raise ContentError(DAMAGED)
        raw = self.held.read_at(address * self.block, size)
        if len(raw) != size:
            raise ContentError(DAMAGED)
        return raw

    def object(self, address: int, kinds: tuple[int, ...], number: int = ANY) -> bytes:
        """The block there, of one of these kinds, with that identifier. Raises ContentError."""
        raw = self.raw(address)
        _, identifier, _, kind, _ = OBJECT.unpack_from(raw)
        is_it = kind & KIND in kinds and number in (ANY, identifier)
        if not is_it or not is_whole(raw):
            raise ContentError(DAMAGED)
        return raw


class ApfsNode:
    """One node, taken apart. What it says of itself is checked, its records only when asked for."""

    __slots__ = ("_ends", "_fixed", "_keys", "_places", "_raw", "count", "flags", "keys", "level")

    def __init__(self, raw: bytes, order: Callable[[bytes, int], Key], fixed: tuple[int, int]):
        """`order`: makes a key's number from the bytes and its place; `fixed`: lengths of keys and
        values in a tree in which they are all the same. Raises ContentError."""
        self.flags, self.level, self.count, at, length = NODE.unpack_from(raw, HEADER)
        each = 4 if self.flags & FIXED else 8
        table = NODE_HEADER + at
        self._raw, self._fixed = raw, fixed
        self._keys = table + length
        self._ends = len(raw) - (INFO if self.flags & ROOT else 0)
        if self.level >= MOST_LEVELS or self.count * each > length or self._keys > self._ends:
            raise ContentError(DAMAGED)
        form = "<HH" if each == 4 else "<HHHH"
        self._places = list(struct.iter_unpack(form, raw[table : table + self.count * each]))
        keys, last = self._keys, self._ends - 8
        try:
            self.keys = [order(raw, keys + place[0]) for place in self._places]
        except struct.error as error:
            raise ContentError(DAMAGED) from error
        if any(keys + place[0] > last for place in self._places):
            raise ContentError(DAMAGED)

    def record(self, index: int) -> tuple[bytes, bytes]:
        """Key and value; cut off where they would leave the node."""
        place = self._places[index]
        if len(place) == 2:
            key_length, value_length = self._fixed
            if self.level:
                value_length = 8
            key, value = place
        else:
            key, key_length, value, value_length = place
        key += self._keys
        value = self._ends - value
        if value < self._keys:
            return self._raw[key : key + key_length], b""
        end = min(value + value_length, self._ends)
        return self._raw[key : key + key_length], self._raw[value:end]


class BTree:
    """One B-tree. Raises ContentError if its root cannot be read."""

    def __init__(
        self,
        objects: Objects,
        root: int,
        order: Callable[[bytes, int], Key],
        *,
        fixed: tuple[int, int] = (0, 0),
        where: "Map | None" = None,
        at: int = 0,
    ) -> None:
        """`where`: what tells where nodes are that are named by identifiers, as of the transaction
        `at`; without it they are named by their blocks."""
        self._objects, self._order, self._fixed = objects, order, fixed
        self._where, self._at = where, at
        self._kept: OrderedDict[int, ApfsNode] = OrderedDict()
        self._most = max(8, KEPT_BYTES // 4 // objects.block)
        self._base = 0
        self.root = root
        if self.node(root).flags & HASHED:
            self._base = root

    def place_of(self, number: int) -> tuple[int, int, int]:
        """Block, flags and size of a node. Raises ContentError."""
        if self._where is None:
            return number, 0, 0
        return self._where.place_of(number, self._at)

    def node(self, number: int, level: int = ANY) -> ApfsNode:
        """The node, of that level if one is given. Raises ContentError."""
        node = self._kept.get(number)
        if node is None:
            node = ApfsNode(self._read(number), self._order, self._fixed)
            if len(self._kept) >= self._most:
                self._kept.popitem(last=False)
            self._kept[number] = node
        else:
            self._kept.move_to_end(number)
        if level not in (ANY, node.level):
            raise ContentError(DAMAGED)
        return node

    def _read(self, number: int) -> bytes:
        address, flags, size = self.place_of(number)
        if size not in (0, *_WEIGHTS):
            raise ContentError(DAMAGED)
        raw = self._objects.raw(address, size)
        if flags & NO_HEADER:
            return raw
        _, identifier, _, kind, _ = OBJECT.unpack_from(raw)
        if identifier != number or kind & KIND not in (TREE, TREE_NODE) or not is_whole(raw):
            raise ContentError(DAMAGED)
        return raw

    def records(
        self, first: Key = 0, lost: Counter[str] | None = None, known: set[int] | None = None
    ) -> Iterator[tuple[Key, bytes, bytes]]:
        """The records from that key on: its number, the key, the value.

        Nodes that cannot be read are counted in `lost` and left out; ContentError is raised for
        them if there is none. `known`: leaves, by their blocks, that are left out too; what is
        entered is added to them.
        """
        entered: set[int] = set()
        last: Key = -1
        stack: list[tuple[int, int]] = [(self.root, ANY)]
        while stack:
            number, level = stack.pop()
            if number in entered:
                _count(lost)
                continue
            entered.add(number)
            try:
                if known is not None and level == 0:
                    block = self.place_of(number)[0]
                    if block in known:
                        continue
                    known.add(block)
                node = self.node(number, level)
            except ContentError:
                if lost is None:
                    raise
                _count(lost)
                continue
            begin = bisect_left(node.keys, first)
            if node.level:
                stack += self._below(node, max(0, begin - 1))
                continue
            for index in range(begin, node.count):
                key = node.keys[index]
                if key < last:
                    _count(lost)
                    break
                last = key
                yield key, *node.record(index)

    def _below(self, node: ApfsNode, begin: int) -> Iterator[tuple[int, int]]:
        """What a node names, the last first."""
        for index in range(node.count - 1, begin - 1, -1):
            value = node.record(index)[1]
            if len(value) >= 8:
                yield int.from_bytes(value[:8], "little") + self._base, node.level - 1

    def last_up_to(self, wanted: Key) -> tuple[Key, bytes] | None:
        """The record with the greatest key up to that one: its key and value. Raises
        ContentError."""
        number, level = self.root, ANY
        while True:
            node = self.node(number, level)
            index = bisect_left(node.keys, wanted + 1) - 1
            if index < 0:
                return None
            value = node.record(index)[1]
            if not node.level:
                return node.keys[index], value
            if len(value) < 8:
                raise ContentError(DAMAGED)
            number, level = int.from_bytes(value[:8], "little") + self._base, node.level - 1


class Map:
    """An object map: where the objects are that are named by identifiers, at any transaction."""

    def __init__(self, objects: Objects, address: int) -> None:
        """Raises ContentError."""
        raw = objects.object(address, (MAP,))
        self._tree = BTree(objects, int.from_bytes(raw[48:56], "little"), pair, fixed=(16, 16))

    def place_of(self, number: int, at: int) -> tuple[int, int, int]:
        """Block, flags and size of an object as of a transaction. Raises ContentError."""
        found = self._tree.last_up_to(number << 64 | at)
        if found is None or found[0] >> 64 != number or len(found[1]) < 16:
            raise ContentError(DAMAGED)
        flags, size, address = struct.unpack_from("<IIQ", found[1])
        if flags & DELETED:
            raise ContentError(DAMAGED)
        return address, flags, size


def pair(raw: bytes, at: int) -> Key:
    """Keys of two numbers: of object maps, and of the extents of sealed volumes."""
    first, second = struct.unpack_from("<QQ", raw, at)
    return int(first << 64 | second)


def by_type(raw: bytes, at: int) -> Key:
    """Keys that begin with an identifier, whose four highest bits are a type: the identifier
    counts first."""
    (number,) = struct.unpack_from("<Q", raw, at)
    return int((number & 0x0FFFFFFFFFFFFFFF) << 4 | number >> 60)


def _count(lost: Counter[str] | None) -> None:
    if lost is not None:
        lost[NODES_LOST] += 1
