"""The files of a stick's boot partition, read strictly: FAT16 as `mkfs.vfat` and mtools write it, and nothing else.

A stick that was lost and came back is whatever its finder made of it. So nothing is mounted and no system's driver reads
it: what is not exactly as a new boot partition is laid out is refused, with the reason (Microsoft's FAT specification, 1.03).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

SECTOR = 512
LARGEST = 64 << 20
MOST_ENTRIES, DEEPEST = 10_000, 16
ENTRY = 32
LONG_NAME, LABEL, FOLDER = 0x0F, 0x08, 0x10
LAST_CLUSTER = 0xFFF8
FEWEST_CLUSTERS = 4085
"""With fewer it is FAT12."""
MOST_CLUSTERS = 65524


class NotAsMadeError(Exception):
    """The partition is not laid out as a new one is."""


def boot_files(volume: bytes) -> dict[str, bytes]:
    """Path to content. Raises NotAsMadeError."""
    return dict(BootVolume(volume).files())


class BootVolume:
    """One FAT16 volume, all of it in memory."""

    def __init__(self, volume: bytes) -> None:
        """Raises NotAsMadeError."""
        if not SECTOR <= len(volume) <= LARGEST or volume[510:512] != b"\x55\xaa":
            raise NotAsMadeError("it is no FAT volume")
        sector, per_cluster, reserved, fats, root_entries, few, _, fat = struct.unpack_from("<HBHBHHBH", volume, 11)
        sectors = few or struct.unpack_from("<I", volume, 32)[0]
        if sector != SECTOR or fats != 2 or not per_cluster or not reserved or not fat:
            raise NotAsMadeError("its first sector is not as mkfs.vfat makes it")
        self._volume = volume
        self._cluster = per_cluster * SECTOR
        first = reserved * SECTOR
        self._root = first + 2 * fat * SECTOR
        self._data = self._root + -(-root_entries * ENTRY // SECTOR) * SECTOR
        self._clusters = (sectors * SECTOR - self._data) // self._cluster
        if sectors * SECTOR > len(volume) or not FEWEST_CLUSTERS <= self._clusters <= MOST_CLUSTERS:
            raise NotAsMadeError("it is not FAT16, or longer than its partition")
        one, other = volume[first : first + fat * SECTOR], volume[first + fat * SECTOR : self._root]
        if one != other or len(one) < 2 * (self._clusters + 2):
            raise NotAsMadeError("its two allocation tables differ")
        self._next = struct.unpack_from(f"<{self._clusters + 2}H", one)
        self._seen: set[int] = set()
        """Clusters that a file or folder has: no two have one."""
        self._entries = 0

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Each file. Raises NotAsMadeError: also of a name that is there twice."""
        names: set[str] = set()
        for path, content in self._folder("", self._volume[self._root : self._data], depth=0):
            if path.lower() in names:
                raise NotAsMadeError(f"the name {path!r} is there twice")
            names.add(path.lower())
            yield path, content

    def _folder(self, folder: str, table: bytes, *, depth: int) -> Iterator[tuple[str, bytes]]:
        if depth > DEEPEST:
            raise NotAsMadeError("its folders lie too deep")
        for name, attributes, cluster, size in self._listed(table):
            path = f"{folder}{name}"
            if attributes & FOLDER:
                yield from self._folder(f"{path}/", self._content(cluster, None), depth=depth + 1)
            else:
                yield path, self._content(cluster, size)

    def _listed(self, table: bytes) -> Iterator[tuple[str, int, int, int]]:
        """Name, attributes, first cluster and size of what a folder lists."""
        pieces: list[bytes] = []
        for at in range(0, len(table), ENTRY):
            entry = table[at : at + ENTRY]
            if not entry[0]:
                return
            self._entries += 1
            if self._entries > MOST_ENTRIES:
                raise NotAsMadeError("it lists too much")
            attributes = entry[11]
            if entry[0] == 0xE5 or entry[:2] in {b". ", b".."}:
                pieces = []
            elif attributes == LONG_NAME:
                pieces.insert(0, entry)
            else:
                name, pieces = _name(pieces, entry), []
                if not attributes & LABEL:
                    cluster, size = struct.unpack_from("<HI", entry, 26)
                    yield name, attributes, cluster, size

    def _content(self, cluster: int, size: int | None) -> bytes:
        """A file's bytes, or all of a folder's."""
        content = bytearray()
        while 2 <= cluster < self._clusters + 2:
            if cluster in self._seen:
                raise NotAsMadeError("two files share a place")
            self._seen.add(cluster)
            at = self._data + (cluster - 2) * self._cluster
            content += self._volume[at : at + self._cluster]
            cluster = self._next[cluster]
        if content and cluster < LAST_CLUSTER:
            raise NotAsMadeError("a file breaks off")
        if size is None:
            return bytes(content)
        if not len(content) - self._cluster < size <= len(content):
            raise NotAsMadeError("a file is not as long as its place")
        return bytes(content[:size])


def _name(pieces: list[bytes], entry: bytes) -> str:
    """The long name, if the entry has one, or the short one. Raises NotAsMadeError: of a long name that is another's, a system
    might read the short one instead."""
    if pieces:
        if any(piece[13] != _sum(entry[:11]) or piece[0] & 0x1F != number for number, piece in enumerate(pieces, 1)):
            raise NotAsMadeError("a long name belongs to no file")
        units = b"".join(piece[1:11] + piece[14:26] + piece[28:32] for piece in pieces)
        ends = next((at for at in range(0, len(units), 2) if units[at : at + 2] == b"\0\0"), len(units))
        return units[:ends].decode("utf-16-le", "replace")
    base, kind = (part.decode("latin-1").rstrip() for part in (entry[:8], entry[8:11]))
    base, kind = base.lower() if entry[12] & 8 else base, kind.lower() if entry[12] & 16 else kind
    return f"{base}.{kind}" if kind else base


def _sum(short: bytes) -> int:
    """By which a long name is bound to the short one."""
    value = 0
    for byte in short:
        value = ((value >> 1) | (value << 7 & 0xFF)) + byte & 0xFF
    return value
