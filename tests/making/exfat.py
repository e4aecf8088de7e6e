"""exFAT volumes: mkfs.exfat makes an empty one, this fills it, after Microsoft's specification.

Kernel and FUSE drivers need a mount; writing the entry sets ourselves needs none, and lets tests
give up names, fragment files and lie about sizes.
"""

import struct
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

DIRECTORY, ARCHIVE = 0x10, 0x20
IN_USE = 0x80
END = 0xFFFFFFFF


@dataclass(slots=True, kw_only=True)
class Node:
    """A file or directory to be."""

    content: bytes = b""
    children: "dict[str, Node] | None" = None
    deleted: bool = False
    fragmented: bool = False
    claimed_size: int | None = None
    """The size that the entry claims, if not the content's."""
    clusters: list[int] = field(default_factory=list)


def make(path: Path, size: int, *, label: str = "") -> None:
    """An empty exFAT volume in a file of `size` bytes."""
    with path.open("wb") as file:
        file.truncate(size)
    subprocess.run(
        ["mkfs.exfat", "-c", "4096", "-L", label or "EXFAT", str(path)],
        check=True,
        capture_output=True,
    )


class Filling:
    """An empty volume that is filled once, by `write`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._root = Node(children={})
        with path.open("rb") as file:
            boot = file.read(512)
        self._heap_at: int
        self._fat_at, _, self._heap_at, self._count, root = struct.unpack_from("<IIIII", boot, 80)
        self._sector, self._cluster = 1 << boot[108], 1 << (boot[108] + boot[109])
        self._root_cluster = root

    def file(
        self,
        path: str,
        content: bytes,
        *,
        deleted: bool = False,
        fragmented: bool = False,
        claimed_size: int | None = None,
    ) -> None:
        """A file; directories above it are made. Paths are `/`-separated, relative."""
        *above, name = path.split("/")
        here = self._root
        for part in above:
            assert here.children is not None
            here = here.children.setdefault(part, Node(children={}))
        assert here.children is not None
        here.children[name] = Node(
            content=content, deleted=deleted, fragmented=fragmented, claimed_size=claimed_size
        )

    def delete(self, path: str) -> None:
        """Give up a file or a directory and all below it."""
        here = self._root
        for part in path.split("/"):
            assert here.children is not None
            here = here.children[part]
        self._give_up(here)

    def _give_up(self, node: Node) -> None:
        node.deleted = True
        for child in (node.children or {}).values():
            self._give_up(child)

    def write(self) -> None:
        """Write all of it."""
        with self._path.open("r+b") as file:
            self._file = file
            existing = self._read(self._root_cluster, self._cluster)
            used = next(n for n in range(0, len(existing), 32) if existing[n] == 0)
            self._bitmap_at, self._bitmap = self._load_bitmap(existing)
            self._next = max(self._last_used() + 1, self._root_cluster + 1)
            assert self._root.children is not None
            data = existing[:used] + self._directory(self._root.children)
            self._write_root(data)
            file.seek(self._place(self._bitmap_at))
            file.write(self._bitmap)

    def _write_root(self, data: bytes) -> None:
        count = max(1, -(-(len(data) + 32) // self._cluster))
        clusters = [self._root_cluster, *self._take(count - 1, fragmented=False)]
        self._chain(clusters)
        self._store(clusters, data.ljust(count * self._cluster, b"\0"))

    def _directory(self, children: dict[str, Node]) -> bytes:
        sets = []
        for name, node in children.items():
            if node.children is None:
                content = node.content
            else:
                content = self._directory(node.children)
                content = content.ljust(
                    -(-(len(content) + 32) // self._cluster) * self._cluster, b"\0"
                )
            node.clusters = self._take(
                -(-len(content) // self._cluster), fragmented=node.fragmented
            )
            self._store(node.clusters, content)
            if node.fragmented:
                self._chain(node.clusters)
            if node.deleted:
                self._mark(node.clusters, used=False)
            sets.append(_entry_set(name, node, len(content)))
        return b"".join(sets)

    def _take(self, count: int, *, fragmented: bool) -> list[int]:
        step = 2 if fragmented else 1
        clusters = [self._next + step * number for number in range(count)]
        self._next += step * count
        assert self._next <= self._count + 2, "the volume is full"
        self._mark(clusters, used=True)
        return clusters

    def _mark(self, clusters: list[int], *, used: bool) -> None:
        for cluster in clusters:
            place, bit = (cluster - 2) >> 3, 1 << ((cluster - 2) & 7)
            self._bitmap[place] = self._bitmap[place] | bit if used else self._bitmap[place] & ~bit

    def _chain(self, clusters: list[int]) -> None:
        for here, following in zip(clusters, [*clusters[1:], END], strict=True):
            self._file.seek(self._fat_at * self._sector + 4 * here)
            self._file.write(struct.pack("<I", following))

    def _store(self, clusters: list[int], content: bytes) -> None:
        for number, cluster in enumerate(clusters):
            self._file.seek(self._place(cluster))
            self._file.write(content[number * self._cluster : (number + 1) * self._cluster])

    def _place(self, cluster: int) -> int:
        return self._heap_at * self._sector + (cluster - 2) * self._cluster

    def _read(self, cluster: int, length: int) -> bytes:
        self._file.seek(self._place(cluster))
        return self._file.read(length)

    def _load_bitmap(self, root: bytes) -> tuple[int, bytearray]:
        entry = next(root[n : n + 32] for n in range(0, len(root), 32) if root[n] == 0x81)
        first, length = struct.unpack_from("<IQ", entry, 20)
        return first, bytearray(self._read(first, length))

    def _last_used(self) -> int:
        used = [n for n in range(8 * len(self._bitmap)) if self._bitmap[n >> 3] >> (n & 7) & 1]
        return max(used) + 2


def _entry_set(name: str, node: Node, stored: int) -> bytes:
    units = name.encode("utf-16-le")
    names = [units[n : n + 30].ljust(30, b"\0") for n in range(0, len(units), 30)]
    in_use = 0 if node.deleted else IN_USE
    size = stored if node.claimed_size is None else node.claimed_size
    attributes = ARCHIVE if node.children is None else DIRECTORY
    stamp = (2024 - 1980) << 25 | 6 << 21 | 15 << 16 | 12 << 11
    file = struct.pack(
        "<BBHHHIII12s", 0x05 | in_use, 1 + len(names), 0, attributes, 0, stamp, stamp, stamp,
        bytes(12),
    )  # fmt: skip
    flags = 0x01 if node.fragmented or not node.clusters else 0x03
    stream = struct.pack(
        "<BBBBHHQIIQ", 0x40 | in_use, flags, 0, len(name), _name_hash(name), 0, size, 0,
        node.clusters[0] if node.clusters else 0, size,
    )  # fmt: skip
    whole = file + stream + b"".join(bytes([0x41 | in_use, 0]) + part for part in names)
    return whole[:2] + struct.pack("<H", _checksum(whole)) + whole[4:]


def _checksum(entries: bytes) -> int:
    total = 0
    for number, byte in enumerate(entries):
        if number not in (2, 3):
            value = byte | IN_USE if number % 32 == 0 else byte  # as it was before it was given up
            total = ((total & 1) << 15) + (total >> 1) + value & 0xFFFF
    return total


def _name_hash(name: str) -> int:
    total = 0
    for byte in name.upper().encode("utf-16-le"):
        total = ((total & 1) << 15) + (total >> 1) + byte & 0xFFFF
    return total
