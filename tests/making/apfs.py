"""APFS containers, written by ourselves: no tool on Linux puts files into one.

After Apple's File System Reference, as far as reading needs it: superblocks, checkpoints, object
maps, trees of any depth, snapshots. There is no space manager. dissect.apfs and libfsapfs read what
is made here as it was meant.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path

BLOCK = 4096
MAX = 0xFFFFFFFF
FILES = 0xE
VIRTUAL, PHYSICAL, EPHEMERAL = 0, 0x40000000, 0x80000000
HASHED = 0x180
"""Of a sealed volume's tree: with hashes of its nodes, which have no headers."""
CHECKPOINTS, CHECKPOINTS_AT = 8, 1
FIRST_FREE, FIRST_VOLUME = 16, 1026
ROOT_NODE, FIRST_NODE = 1028, 5000
YEAR = 1_700_000_000
VOLUME_UUID = bytes.fromhex("458ed10d8ac34af18dfd3954d151a3f3")
CONTAINER_UUID = bytes.fromhex("12345678123446789234567812345678")


def summed(raw: bytes) -> bytes:
    """An object with its Fletcher-64 sum, word by word as the reference has it."""
    words = struct.unpack(f"<{len(raw) // 4 - 2}I", raw[8:])
    first, second = sum(words) % MAX, sum(accumulate(words)) % MAX
    low = MAX - (first + second) % MAX
    high = MAX - (first + low) % MAX
    return struct.pack("<II", low, high) + raw[8:]


@dataclass
class Made:
    """A file that is more than its bytes."""

    content: bytes = b""
    attributes: Mapping[bytes, bytes] = field(default_factory=dict)
    """Those of more than 3,000 bytes lie in a stream."""
    flags: int = 0
    """BSD's; 0x20: packed."""
    links: Sequence[str] = ()
    """Further names."""
    holes: Sequence[int] = ()
    """Blocks of it that are not there."""
    clone_of: str = ""
    pieces: int = 1
    """In how many extents it lies, the last first."""
    mode: int = 0o100644
    nameless: bool = False
    """Its inode does not say its name."""
    written: int = YEAR


Files = Mapping[str, bytes | Made]
FOLDER = Made(mode=0o40755)


@dataclass
class MadeVolume:
    """A volume of a container."""

    files: Files = field(default_factory=dict)
    name: str = "Macintosh HD"
    role: int = 0x40
    hashed: bool = True
    """Whether names lie behind their hashes."""
    earlier: Sequence[tuple[str, Files]] = ()
    """Snapshots, the oldest first."""
    sealed: bool = False
    flags: int = 1
    moved: int = 0
    """By how many blocks pieces were moved since they were encrypted."""
    deleted_open: Files = field(default_factory=dict)
    """Files that were deleted while they were open."""


Records = list[tuple[bytes, bytes]]


class Container:
    """Blocks that are given away one after the other."""

    def __init__(self, size: int, *, in_a_leaf: int = 4, in_a_branch: int = 8) -> None:
        """`in_a_leaf`: identifiers whose records share a leaf; `in_a_branch`: children of a
        node."""
        self.raw = bytearray(size)
        self.free = FIRST_FREE
        self.in_a_leaf, self.in_a_branch = in_a_leaf, in_a_branch
        self.kept: dict[bytes, int] = {}
        self.secret: set[int] = set()
        """Blocks that belong to a volume's tree and its files."""

    def take(self, count: int = 1) -> int:
        at, self.free = self.free, self.free + count
        assert self.free * BLOCK <= len(self.raw), "the container is too small"
        return at

    def put(self, at: int, data: bytes) -> None:
        self.raw[at * BLOCK : at * BLOCK + len(data)] = data

    def content(self, data: bytes) -> int:
        """Where it lies; the same content lies in one place."""
        if data not in self.kept:
            count = -(-len(data) // BLOCK)
            self.kept[data] = self.take(count)
            self.put(self.kept[data], data)
            self.secret.update(range(self.kept[data], self.kept[data] + count))
        return self.kept[data]

    def object(
        self, at: int, kind: int, body: bytes, *, number: int = 0, xid: int = 1, sub: int = 0
    ) -> int:
        head = struct.pack("<8xQQII", number or at, xid, kind, sub)
        assert len(body) <= BLOCK - 32
        if sub == FILES:
            self.secret.add(at)
        self.put(at, summed((head + body).ljust(BLOCK, b"\0")))
        return at

    def node(self, records: Records, level: int, *, root: bool, fixed: bool, flags: int) -> bytes:
        """Its body behind the header of an object."""
        each = 4 if fixed else 8
        table, keys, values = b"", b"", b""
        length = -(-len(records) * each // 64) * 64
        end = BLOCK - (40 if root else 0)
        for key, value in records:
            values = value + values
            place = (len(keys), len(values)) if fixed else (
                len(keys), len(key), len(values), len(value))  # fmt: skip
            table += struct.pack(f"<{len(place)}H", *place)
            keys += key
        own = root | (2 if not level else 0) | (4 if fixed else 0)
        own |= 0x18 if flags & HASHED else 0
        head = struct.pack("<HHIHHHHHHHH", own, level, len(records), 0, length,
                           len(keys), 0, 0xFFFF, 0, 0xFFFF, 0)  # fmt: skip
        body = head + table.ljust(length, b"\0") + keys
        room = end - 32 - len(body) - len(values)
        assert room >= 0, "a node does not hold so much"
        body += bytes(room) + values
        if not root:
            return body
        sizes = (16, 16) if fixed else (0, 0)
        return body + struct.pack("<IIIIIIQQ", flags, BLOCK, *sizes, 64, 64, len(records), 1)

    def tree(
        self,
        leaves: Sequence[Records],
        put: Callable[[bytes, int, int, bool], int],
        *,
        fixed: bool = False,
        flags: int = 0,
    ) -> int:
        """A tree over these leaves. `put`: puts a node's body, at a level and a place in it, and
        whether it is the root, and gives its number."""
        level = 0
        rows = list(leaves) or [[]]
        while True:
            if len(rows) == 1:
                return put(
                    self.node(rows[0], level, root=True, fixed=fixed, flags=flags), level, 0, True
                )
            named = [
                (
                    row[0][0],
                    put(
                        self.node(row, level, root=False, fixed=fixed, flags=flags), level, n, False
                    ),
                )
                for n, row in enumerate(rows)
            ]
            hashed = bytes(32) if flags & HASHED else b""
            above = [(key, struct.pack("<Q", number) + hashed) for key, number in named]
            step = self.in_a_branch
            rows = [above[n : n + step] for n in range(0, len(above), step)]
            level += 1

    def physical(self, leaves: Sequence[Records], sub: int, *, fixed: bool = False) -> int:
        def put(body: bytes, level: int, place: int, root: bool) -> int:
            return self.object(self.take(), PHYSICAL | (2 if root else 3), body, sub=sub)

        return self.tree(leaves, put, fixed=fixed, flags=0x10)

    def map(self, entries: Mapping[tuple[int, int], int], xid: int, flags: int = 0) -> int:
        """An object map of identifiers and transactions, to blocks."""
        records = [
            (struct.pack("<QQ", *key), struct.pack("<IIQ", flags, BLOCK, at))
            for key, at in sorted(entries.items())
        ]
        step = 40 if self.in_a_leaf > 2 else 3
        leaves = [records[n : n + step] for n in range(0, len(records), step)]
        tree = self.physical(leaves, 0xB, fixed=True)
        body = struct.pack("<IIIIQQQQQ", 0, 0, PHYSICAL | 2, PHYSICAL | 2, tree, 0, 0, 0, 0)
        return self.object(self.take(), PHYSICAL | 0xB, body, xid=xid)


def key(number: int, kind: int, rest: bytes = b"") -> bytes:
    return struct.pack("<Q", number | kind << 60) + rest


def _fields(fields: Sequence[tuple[int, bytes]]) -> bytes:
    if not fields:
        return b""
    head = b"".join(struct.pack("<BBH", kind, 2, len(value)) for kind, value in fields)
    values = b"".join(value.ljust(-(-len(value) // 8) * 8, b"\0") for _, value in fields)
    return struct.pack("<HH", len(fields), len(values)) + head + values


def _stream(size: int) -> bytes:
    return struct.pack("<QQQQQ", size, -(-size // BLOCK) * BLOCK, 0, size, 0)


class _State:
    """The records of one volume at one time."""

    def __init__(self, container: Container, volume: MadeVolume, numbers: dict[str, int]) -> None:
        self.container, self.volume, self.numbers = container, volume, numbers
        self.records: dict[int, Records] = {}
        self.extents: Records = []

    def add(self, number: int, kind: int, rest: bytes, value: bytes) -> None:
        self.records.setdefault(number, []).append((key(number, kind, rest), value))

    def number(self, path: str) -> int:
        return self.numbers.setdefault(path, 16 + len(self.numbers))

    def inode(self, number: int, parent: int, name: str, made: Made, stream: int = 0) -> None:
        size, mode, stream = len(made.content), made.mode, stream or number
        named = [] if made.nameless else [(4, name.encode() + b"\0")]
        fields = _fields([*named, *([(8, _stream(size))] if size else [])])
        when = made.written * 10**9
        value = struct.pack("<QQQQQQQIIIIIIHHQ", parent, stream, when, when, when, when, 0, 1, 0,
                            0, made.flags, 501, 20, mode, 0, 0)  # fmt: skip
        self.add(number, 3, b"", value + fields)

    def name(self, folder: int, name: str, number: int, kind: int) -> None:
        raw = name.encode() + b"\0"
        told = sum(raw) & 0x3FFFFF
        head = struct.pack("<I", len(raw) | told << 10) if self.volume.hashed else struct.pack(
            "<H", len(raw))  # fmt: skip
        self.add(folder, 9, head + raw, struct.pack("<QQH", number, YEAR * 10**9, kind))

    def lay(self, stream: int, made: Made) -> None:
        """The pieces of a stream."""
        data = made.content
        count = -(-len(data) // BLOCK)
        step = max(1, -(-count // made.pieces))
        cuts = sorted({*range(0, count, step), *made.holes, *(n + 1 for n in made.holes), count})
        spans = [(a, b) for a, b in pairwise(cuts) if b <= count]
        at = {first: self.container.content(data[first * BLOCK : end * BLOCK])
              for first, end in reversed(spans) if first not in made.holes}  # fmt: skip
        for first, end in spans:
            length, block = (end - first) * BLOCK, at.get(first, 0)
            if self.volume.sealed:
                self.extents.append((struct.pack("<QQ", stream, first * BLOCK),
                                     struct.pack("<QQ", length, block)))  # fmt: skip
            else:
                self.add(stream, 8, struct.pack("<Q", first * BLOCK),
                         struct.pack("<QQQ", length, block, block and block + self.volume.moved),
                )  # fmt: skip

    def file(self, path: str, given: bytes | Made, folder: int) -> None:
        made = given if isinstance(given, Made) else Made(given)
        number, name = self.number(path), path.rpartition("/")[2]
        stream = self.numbers[made.clone_of] if made.clone_of else number
        self.inode(number, folder, name, made, stream)
        self.name(folder, name, number, 8)
        for attribute, value in sorted(made.attributes.items()):
            rest = struct.pack("<H", len(attribute) + 1) + attribute + b"\0"
            if len(value) <= 3000:
                held = struct.pack("<HH", 2, len(value)) + value
            else:
                own = self.number(f"{path}\0{attribute.decode()}")
                self.lay(own, Made(value))
                held = struct.pack("<HHQ", 1, 48, own) + _stream(len(value))
            self.add(number, 4, rest, held)
        for count, other in enumerate((path, *made.links) if made.links else ()):
            above, _, last = other.rpartition("/")
            raw = last.encode() + b"\0"
            held = struct.pack("<QH", self.folder(above), len(raw)) + raw
            self.add(number, 5, struct.pack("<Q", 900 + count), held)
            if count:
                self.name(self.folder(above), last, number, 8)
        if made.content and not made.clone_of:
            self.lay(stream, made)

    def folder(self, path: str) -> int:
        if not path:
            return 2
        known = path in self.numbers
        number = self.number(path)
        if (
            not known
            or number not in self.records
            or not any(each[0] == key(number, 3) for each in self.records[number])
        ):
            above, _, name = path.rpartition("/")
            folder = self.folder(above)
            self.inode(number, folder, name, FOLDER)
            self.name(folder, name, number, 4)
        return number

    def leaves(self) -> list[Records]:
        """Records whose identifiers belong together lie together, at every time."""
        self.inode(2, 1, "root", FOLDER)
        self.inode(3, 1, "private-dir", FOLDER)
        self.name(1, "root", 2, 4)
        self.name(1, "private-dir", 3, 4)
        step = self.container.in_a_leaf
        groups: dict[int, Records] = {}
        for number in sorted(self.records):
            groups.setdefault(number // step, []).extend(sorted(self.records[number], key=_order))
        return [part for _, group in sorted(groups.items()) for part in _parted(group)]


def _order(record: tuple[bytes, bytes]) -> tuple[int, int, bytes]:
    kind, rest = record[0][7] >> 4, record[0][8:]
    if kind == 9:
        return kind, int.from_bytes(rest[:4], "little") & 0xFFFFFC00, rest[4:]
    return kind, int.from_bytes(rest[:8], "little") if kind in (5, 8) else 0, rest


def _parted(records: Records) -> list[Records]:
    """As many leaves as it takes."""
    parts: list[Records] = [[]]
    room = 0
    for record in records:
        takes = len(record[0]) + len(record[1]) + 12
        if room + takes > 3600:
            parts.append([])
            room = 0
        parts[-1].append(record)
        room += takes
    return parts


def _state_of(
    container: Container, volume: MadeVolume, files: Files, numbers: dict[str, int]
) -> _State:
    state = _State(container, volume, numbers)
    for path, made in files.items():
        state.file(path, made, state.folder(path.rpartition("/")[0]))
    return state


def _volume(container: Container, volume: MadeVolume, number: int, xid: int) -> int:
    """The block of its superblock."""
    numbers: dict[str, int] = {}
    entries: dict[tuple[int, int], int] = {}
    last: dict[int, bytes] = {}
    snapshots: Records = []
    fext = 0
    times = [*volume.earlier, ("", volume.files)]
    for turn, (name, files) in enumerate(times):
        at = xid - len(times) + 1 + turn
        state = _state_of(container, volume, files, numbers)
        if not name:
            for path, made in volume.deleted_open.items():
                state.file(path, made, 3)

        def put(body: bytes, level: int, place: int, root: bool, at: int = at) -> int:
            node = ROOT_NODE if root else FIRST_NODE + level * 100_000 + place
            if volume.sealed:
                entries[node, at] = container.take()
                container.put(entries[node, at], bytes(32) + body)
                return 0 if root else node - ROOT_NODE
            if last.get(node) != body:
                last[node] = body
                entries[node, at] = container.object(
                    container.take(), VIRTUAL | (2 if root else 3), body, number=node, xid=at,
                    sub=FILES)  # fmt: skip
            return node

        container.tree(state.leaves(), put, flags=HASHED if volume.sealed else 0)
        if volume.sealed:
            state.extents.sort(key=lambda each: struct.unpack("<QQ", each[0]))
            leaves = [state.extents[n : n + 3] for n in range(0, len(state.extents), 3)]
            fext = container.physical(leaves, 0x1F, fixed=True)
        if name:
            superblock = container.take()
            _superblock(container, volume, (number, at), superblock, (0, 0, 0))
            raw = name.encode() + b"\0"
            when = (YEAR + 86400 * turn) * 10**9
            value = struct.pack("<QQQQQIIH", 0, superblock, when, when, 0, PHYSICAL | 2, 0,
                                len(raw)) + raw  # fmt: skip
            snapshots.append((key(at, 1), value))
    tree = container.physical([snapshots[n : n + 2] for n in range(0, len(snapshots), 2)], 0x10)
    where = container.map(entries, xid, 0x8 if volume.sealed else 0)
    return _superblock(container, volume, (number, xid), container.take(), (where, tree, fext))


def _superblock(
    container: Container,
    volume: MadeVolume,
    own: tuple[int, int],
    at: int,
    trees: tuple[int, int, int],
) -> int:
    """`own`: its identifier and transaction; `trees`: the blocks of its map, its snapshots, its
    extents."""
    (number, xid), (where, snapshots, fext) = own, trees
    index = number - FIRST_VOLUME
    body = bytearray(BLOCK - 32)
    features = (0x8 if volume.hashed else 0) | (0x20 if volume.sealed else 0)
    struct.pack_into("<4sIQQQ", body, 0, b"APSB", index, 2, 0, features)
    struct.pack_into("<III", body, 116 - 32, 2, PHYSICAL | 2, PHYSICAL | 2)
    struct.pack_into("<QQQQ", body, 128 - 32, where, ROOT_NODE, 0, snapshots)
    body[240 - 32 : 256 - 32] = VOLUME_UUID[:15] + bytes([index])
    struct.pack_into("<Q", body, 264 - 32, volume.flags)
    body[704 - 32 : 704 - 32 + len(volume.name.encode())] = volume.name.encode()
    struct.pack_into("<H", body, 964 - 32, volume.role)
    struct.pack_into("<QI", body, 1032 - 32, fext, PHYSICAL | 2)
    return container.object(at, 0xD, bytes(body), number=number, xid=xid)


def apfs_container(
    path: Path,
    volumes: Sequence[MadeVolume],
    *,
    size: int = 16 << 20,
    in_a_leaf: int = 4,
    in_a_branch: int = 8,
    features: int = 2,
    keybag: tuple[int, int] = (0, 0),
    container: Container | None = None,
) -> None:
    """A container with these volumes; the newest checkpoint lies in the middle of their ring, and
    one that is older by a transaction before it."""
    made = container or Container(size, in_a_leaf=in_a_leaf, in_a_branch=in_a_branch)
    xid = 20
    entries = {
        (number, xid): _volume(made, volume, number, xid)
        for number, volume in enumerate(volumes, FIRST_VOLUME)
    }
    where = made.map(entries, xid)
    body = bytearray(BLOCK - 32)
    struct.pack_into("<4sIQQQQ", body, 0, b"NXSB", BLOCK, len(made.raw) // BLOCK, 0, 0, features)
    body[72 - 32 : 88 - 32] = CONTAINER_UUID
    struct.pack_into("<QQIIQQ", body, 88 - 32, 9000, xid + 1, CHECKPOINTS, 4, CHECKPOINTS_AT, 9)
    struct.pack_into("<IIIIII", body, 128 - 32, 4, 1, 2, 2, 0, 1)
    struct.pack_into("<QQQII", body, 152 - 32, 1024, where, 1025, 0, 100)
    struct.pack_into(f"<{len(volumes)}Q", body, 184 - 32, *(number for number, _ in entries))
    struct.pack_into("<QQ", body, 1296 - 32, *keybag)
    for at, when, map_ in ((2, xid - 1, 0), (4, xid, where), (0, xid - 1, 0)):
        struct.pack_into("<Q", body, 160 - 32, map_)
        made.object(at, EPHEMERAL | 1, bytes(body), number=1, xid=when)
    made.object(3, PHYSICAL | 0xC, struct.pack("<II", 1, 0), xid=xid)
    path.write_bytes(bytes(made.raw))
