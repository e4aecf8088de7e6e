"""HFS+ volumes with files that macOS packed (decmpfs), after Apple's TN1150: no tool that is free
writes such a file. Few files: each of the trees has at most 14 leaves."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

BLOCK, NODE = 4096, 16384
ROOT, FIRST = 2, 16
COMPRESSED = 0x20
DATE = 3_800_000_000
PACKED = "com.apple.decmpfs"

Record = tuple[bytes, bytes]


@dataclass(frozen=True, kw_only=True)
class Made:
    """A file."""

    data: bytes = b""
    resource: bytes = b""
    attributes: Mapping[str, bytes] = field(default_factory=dict)
    flags: int = 0


def packed(kind: int, size: int, held: bytes = b"") -> bytes:
    """The attribute of a packed file."""
    return b"fpmc" + struct.pack("<IQ", kind, size) + held


def zlib_fork(units: list[bytes]) -> bytes:
    """A resource fork of units that are packed by zlib."""
    at = 4 + 8 * len(units)
    table = struct.pack("<I", len(units))
    for unit in units:
        table += struct.pack("<II", at, len(unit))
        at += len(unit)
    held = table + b"".join(units)
    head = struct.pack(">IIII", 256, 260 + len(held), 4 + len(held), 50).ljust(256, b"\0")
    return head + struct.pack(">I", len(held)) + held + bytes(50)


def bare_fork(units: list[bytes]) -> bytes:
    """A fork of units that are packed in another way."""
    at = 4 * (len(units) + 1)
    places = [at]
    for unit in units:
        at += len(unit)
        places.append(at)
    return struct.pack(f"<{len(places)}I", *places) + b"".join(units)


def hfs_volume(path: Path, files: Mapping[str, Made], *, size: int = 8 << 20) -> None:
    """A volume with these files in its root."""
    disk = bytearray(size)
    free = [6 + 36 * NODE // BLOCK]

    def lay(content: bytes) -> tuple[int, int, int]:
        count, first = -(-len(content) // BLOCK), free[0]
        disk[first * BLOCK : first * BLOCK + len(content)] = content
        free[0] += count
        return (len(content), first, count) if content else (0, 0, 0)

    catalog: list[Record] = [
        (_key(1, "disk"), _folder(len(files))), (_key(ROOT, ""), _thread(3, 1, "disk")),
    ]  # fmt: skip
    threads: list[Record] = []
    attributes: list[Record] = []
    for number, (name, made) in enumerate(sorted(files.items()), FIRST):
        forks = b"".join(_fork(*lay(each)) for each in (made.data, made.resource))
        bsd = struct.pack(">IIBBHI", 501, 20, 0, made.flags, 0o100644, 1)
        about = struct.pack(">HHII5I", 2, 2, 0, number, *[DATE] * 5) + bsd
        catalog.append((_key(ROOT, name), about + bytes(40) + forks))
        threads.append((_key(number, ""), _thread(4, ROOT, name)))
        for attribute, value in sorted(made.attributes.items()):
            raw = attribute.encode("utf-16-be")
            key = struct.pack(">HHIIH", 12 + len(raw), 0, number, 0, len(attribute)) + raw
            held = struct.pack(">IIII", 0x10, 0, 0, len(value)) + value
            attributes.append((key, held + bytes(len(held) % 2)))
    trees = [_tree([], 10, 0), _tree([*catalog, *threads], 516, 0xCF), _tree(attributes, 266, 0)]
    at, placed = 6, []
    for tree in trees:
        disk[at * BLOCK : at * BLOCK + len(tree)] = tree
        placed.append(_fork(len(tree), at, len(tree) // BLOCK))
        at += len(tree) // BLOCK
    total = size // BLOCK
    used = free[0]
    bits = bytearray(BLOCK)
    for block in (*range(used), total - 1):
        bits[block // 8] |= 0x80 >> block % 8
    disk[5 * BLOCK : 6 * BLOCK] = bits
    head = struct.pack(">HHI4sI4I", 0x482B, 4, 0x100, b"10.0", 0, DATE, DATE, 0, DATE)
    head += struct.pack(">IIIIIIIIIIQ", len(files), 0, BLOCK, total, total - used - 1, used,
                        BLOCK, BLOCK, FIRST + len(files), 1, 1)  # fmt: skip
    head += bytes(32) + _fork(BLOCK, 5, 1) + b"".join(placed) + bytes(80)
    for place in (1024, size - 1024):
        disk[place : place + 512] = head
    path.write_bytes(disk)


def _fork(length: int, first: int, count: int) -> bytes:
    return struct.pack(">QIIII", length, BLOCK, count, first, count) + bytes(56)


def _key(parent: int, name: str) -> bytes:
    raw = name.encode("utf-16-be")
    return struct.pack(">HIH", 6 + len(raw), parent, len(name)) + raw


def _folder(count: int) -> bytes:
    bsd = struct.pack(">IIBBHI", 501, 20, 0, 0, 0o40755, 0)
    return struct.pack(">HHII5I", 1, 0, count, ROOT, *[DATE] * 5) + bsd + bytes(40)


def _thread(kind: int, parent: int, name: str) -> bytes:
    raw = name.encode("utf-16-be")
    return struct.pack(">HHIH", kind, 0, parent, len(name)) + raw


def _tree(records: list[Record], longest: int, compares: int) -> bytes:
    """A header node, leaves, and above them, where they are several, an index."""
    leaves: list[list[Record]] = [[]] if records else []
    room = NODE - 14
    for record in records:
        room -= len(record[0]) + len(record[1]) + 2
        if room < 2:
            leaves.append([])
            room = NODE - 14 - len(record[0]) - len(record[1]) - 2
        leaves[-1].append(record)
    count, depth = len(leaves), min(2, len(leaves))
    root, nodes = (count + 1 if depth == 2 else depth), 1 + count + (depth == 2)
    flags = 6 if longest > 10 else 2
    header = struct.pack(">HIIIIHHIIHIBBI", depth, root, len(records), depth and 1, count, NODE,
                         longest, nodes, 0, 0, NODE, 0, compares, flags)  # fmt: skip
    used = (0xFFFF << 16 - nodes & 0xFFFF).to_bytes(2, "big")
    made = _node(1, 0, [header.ljust(106, b"\0"), bytes(128), used.ljust(NODE - 256, b"\0")])
    for number, leaf in enumerate(leaves, 1):
        after = number + 1 if number < count else 0
        made += _node(-1, 1, [key + value for key, value in leaf], (after, number - 1))
    if depth == 2:
        made += _node(0, 2, [leaf[0][0] + struct.pack(">I", number)
                             for number, leaf in enumerate(leaves, 1)])  # fmt: skip
    return made


def _node(kind: int, height: int, records: list[bytes], beside: tuple[int, int] = (0, 0)) -> bytes:
    made = struct.pack(">IIbBHH", *beside, kind, height, len(records), 0)
    offsets = []
    for record in records:
        offsets.append(len(made))
        made += record
    offsets.append(len(made))
    listed = b"".join(struct.pack(">H", each) for each in reversed(offsets))
    return made.ljust(NODE - len(listed), b"\0") + listed
