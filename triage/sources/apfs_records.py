"""APFS: what the records of a volume's tree say. After Apple's File System Reference.

All that belongs to one identifier lies together: an inode, its extended attributes, its names, the
pieces of its content, and, of a folder, the names in it.
"""

import struct
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from triage.sources.apfs_nodes import BTree

SNAPSHOT, INODE, ATTRIBUTE, LINK, EXTENT, NAME = 1, 3, 4, 5, 8, 9
INODE_BYTES = 92
FIELD_NAME, FIELD_STREAM = 4, 8
IN_STREAM = 0x1
COMPRESSED, DATALESS = 0x20, 0x40000000
"""Of BSD's flags: packed by the system; what it holds lies in iCloud."""
SPARSE = 0x200
"""Of APFS' own flags."""
PACKED, RESOURCE_FORK = b"com.apple.decmpfs", b"com.apple.ResourceFork"
ABOVE_ROOT = 1
"""The folder that holds the root, and nothing that anybody has."""
LENGTH = 0x00FFFFFFFFFFFFFF
LARGEST_NUMBER = 0x0FFFFFFFFFFFFFFF
LONGEST_NAME = 1023
MOST_EXTENTS = 4_000_000
MOST_NAMES_OF_ONE = 65_536
MOST_ATTRIBUTES = 4_096

Extent = tuple[int, int, int, int]
"""A piece of a stream: where it begins in it, bytes, first block (0: a hole), number for the
cipher."""


@dataclass(slots=True)
class Attribute:
    """An extended attribute."""

    name: bytes
    value: bytes = b""
    """All of it; empty of one that lies in a stream."""
    stream: int = 0
    """The identifier under which its pieces are; 0: it lies in none."""
    size: int = 0


@dataclass(slots=True)
class Inode:
    """What a tree has of one identifier."""

    number: int
    item: bytes = b""
    """The inode's own record."""
    attributes: list[Attribute] = field(default_factory=list)
    links: list[tuple[int, bytes]] = field(default_factory=list)
    """Of each of its several names, the folder's number and the name."""
    extents: list[Extent] = field(default_factory=list)
    """Those under this identifier."""
    lost: int = 0
    """Records that are none, or more than are taken."""
    taken_apart: dict[int, bytes] | None = None
    """Its extended fields, once they were asked for."""

    @property
    def is_there(self) -> bool:
        """Whether there is an inode at all."""
        return len(self.item) >= INODE_BYTES

    @property
    def parent(self) -> int:
        """The number of the folder of its first name."""
        return int.from_bytes(self.item[:8], "little")

    @property
    def stream(self) -> int:
        """Under which identifier the pieces of its content are."""
        return int.from_bytes(self.item[8:16], "little")

    @property
    def mode(self) -> int:
        """As Unix has it."""
        return int.from_bytes(self.item[80:82], "little")

    @property
    def flags(self) -> int:
        """BSD's."""
        return int.from_bytes(self.item[68:72], "little")

    @property
    def is_sparse(self) -> bool:
        """Whether what is not there is a hole."""
        return bool(int.from_bytes(self.item[48:56], "little") & SPARSE)

    def attribute(self, name: bytes) -> Attribute | None:
        """The extended attribute of that name."""
        return next((each for each in self.attributes if each.name == name), None)

    def fields(self) -> dict[int, bytes]:
        """Its extended fields, by their types: lengths of all, then the values, each at a multiple
        of eight bytes."""
        if self.taken_apart is None:
            self.taken_apart = self._fields()
        return self.taken_apart

    def _fields(self) -> dict[int, bytes]:
        blob = self.item[INODE_BYTES:]
        if len(blob) < 4:
            return {}
        count = int.from_bytes(blob[:2], "little")
        at = 4 + 4 * count
        if at > len(blob):
            return {}
        found: dict[int, bytes] = {}
        for number in range(count):
            kind, _, length = struct.unpack_from("<BBH", blob, 4 + 4 * number)
            found.setdefault(kind, blob[at : at + length])
            at += (length + 7) & ~7
        return found


def add(inode: Inode, kind: int, key: bytes, value: bytes) -> None:
    """What a record says of the inode that it belongs to."""
    if kind == EXTENT:
        if len(key) >= 16 and len(value) >= 24 and len(inode.extents) < MOST_EXTENTS:
            at = int.from_bytes(key[8:16], "little")
            length, block, number = struct.unpack_from("<QQQ", value)
            inode.extents.append((at, length & LENGTH, block, number))
        else:
            inode.lost += 1
    elif kind == INODE:
        inode.item = value
    elif kind == ATTRIBUTE:
        found = _attribute(key, value) if len(inode.attributes) < MOST_ATTRIBUTES else None
        if found is not None:
            inode.attributes.append(found)
        else:
            inode.lost += 1
    elif kind == LINK:
        if len(value) >= 10 and len(inode.links) < MOST_NAMES_OF_ONE:
            folder, length = struct.unpack_from("<QH", value)
            inode.links.append((folder, _text(value[10 : 10 + length])))
        else:
            inode.lost += 1


def _attribute(key: bytes, value: bytes) -> Attribute | None:
    if len(key) < 10 or len(value) < 4:
        return None
    length = int.from_bytes(key[8:10], "little")
    name = _text(key[10 : 10 + length])
    flags, size = struct.unpack_from("<HH", value)
    if not flags & IN_STREAM:
        return Attribute(name, value[4 : 4 + size], size=min(size, len(value) - 4))
    if len(value) < 20:
        return None
    stream, whole = struct.unpack_from("<QQ", value, 4)
    return Attribute(name, stream=stream, size=whole)


def _text(raw: bytes) -> bytes:
    """A name up to its NUL."""
    return raw.partition(b"\0")[0][:LONGEST_NAME]


def inodes(
    tree: BTree,
    lost: Counter[str] | None = None,
    known: set[int] | None = None,
    named: Callable[[int], None] = lambda _number: None,
) -> Iterator[Inode]:
    """All that the tree has, by identifiers, in their order. `lost`, `known`: as for
    `BTree.records`; `named` is told each number that a folder has a name for."""
    inode = Inode(0)
    for number, key, value in tree.records(0, lost, known):
        if number >> 4 != inode.number:
            yield inode
            inode = Inode(number >> 4)
        if number & 0xF == NAME and inode.number != ABOVE_ROOT:
            named(int.from_bytes(value[:8], "little"))
        add(inode, number & 0xF, key, value)
    yield inode


def inode_of(tree: BTree, number: int) -> Inode:
    """What the tree has of one identifier, but for the names in it. Raises ContentError."""
    inode = Inode(number)
    if not 0 < number <= LARGEST_NUMBER:
        return inode
    for found, key, value in tree.records(number << 4):
        if found >> 4 != number or found & 0xF >= NAME:
            break
        add(inode, found & 0xF, key, value)
    return inode


def names_in(tree: BTree, folder: int, most: int) -> Iterator[tuple[bytes, int]]:
    """Names in a folder, and the numbers of what they name. Raises ContentError."""
    if not 0 < folder <= LARGEST_NUMBER:
        return
    for found, key, value in tree.records(folder << 4 | NAME):
        if found != folder << 4 | NAME or most <= 0:
            return
        most -= 1
        name = name_of(key)
        if len(value) >= 8:
            yield name, int.from_bytes(value[:8], "little")


def name_of(key: bytes) -> bytes:
    """The name in a directory record's key: behind a length of two bytes, or behind one of ten
    bits with a hash above it, in which all of the name lies either way.

    Which of both a volume has is told by the length: it fits only in one of the two.
    """
    if len(key) >= 12 and int.from_bytes(key[8:12], "little") & 0x3FF == len(key) - 12:
        return _text(key[12:])
    return _text(key[10:])
