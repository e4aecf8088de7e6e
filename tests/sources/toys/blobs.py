"""A tree: blobs with names, some of them packed, behind a list of where they lie."""

import struct
import zlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from triage.evidence import FileEntry, Run, Storage, Volume
from triage.sources.bytes import Bytes
from triage.sources.reader import NOT_OPENED, ContentError
from triage.sources.runs import BytesContent
from triage.sources.signatures import Head, Recognised
from triage.sources.tree import Content
from triage.sources.trees import TREES, TreeReader

MAGIC = b"NAMED BLOBS\0"
LISTED = struct.Struct("<HBQQQ")
"""Length of the name, whether it is packed, where, bytes there, bytes of content."""
MOST_BLOBS, LARGEST_PACKED = 10_000, 64 << 20
CUT = "blobs whose place in the list could not be read"


class BlobWalk:
    """In the order of the list."""

    def __init__(self, held: Bytes, volume: Volume, first_id: int) -> None:
        self._held, self._volume, self.next_id = held, volume, first_id
        self.caps: list[str] = []
        self.notes: list[str] = []
        self.content_bytes = 0

    def stretches(self) -> Iterator[Iterator[FileEntry]]:
        yield iter(self)

    def __iter__(self) -> Iterator[FileEntry]:
        at = len(MAGIC) + 4
        count = int.from_bytes(self._held.read_at(at - 4, 4), "little")
        for number in range(min(count, MOST_BLOBS)):
            raw = self._held.read_at(at, LISTED.size)
            if len(raw) < LISTED.size:
                self.caps.append(f"{CUT}: {count - number:,}")
                return
            length, packed, place, stored, size = LISTED.unpack(raw)
            name = self._held.read_at(at + LISTED.size, length)
            at += LISTED.size + length
            yield self._entry(name, (place, stored, size), in_runs=not packed)

    def _entry(self, name: bytes, where: tuple[int, int, int], *, in_runs: bool) -> FileEntry:
        place, stored, size = where
        in_runs = in_runs and stored == size and place + size <= self._held.size
        self.content_bytes += stored
        self.next_id += 1
        return FileEntry(
            id=self.next_id - 1,
            volume_id=self._volume.id,
            path=name.decode(errors="backslashreplace"),
            size=size,
            meta_address=place,
            meta_sequence=stored,
            storage=Storage.RUNS if in_runs else Storage.FILE_SYSTEM,
            runs=(Run(place, size),) if in_runs else (),
        )


class BlobTree:
    """Over the bytes of one volume."""

    def __init__(self, held: Bytes, volume: Volume) -> None:
        self._held, self._volume = held, volume

    def walk(self, first_id: int, **_options: Any) -> BlobWalk:
        return BlobWalk(self._held, self._volume, first_id)

    def content(self, entry: FileEntry) -> Content:
        stored = min(entry.meta_sequence, LARGEST_PACKED)
        unpacked = zlib.decompressobj()
        try:
            data = unpacked.decompress(self._held.read_at(entry.meta_address, stored), entry.size)
        except zlib.error as error:
            raise ContentError(NOT_OPENED) from error
        if len(data) != entry.size:
            raise ContentError(NOT_OPENED)
        return BytesContent(data)

    def reread(self, entry: FileEntry) -> Content | None:
        return None if entry.runs else self.content(entry)

    def beside(self, entry: FileEntry, name: str, most: int) -> bytes:
        folder = entry.path.rpartition("/")[0]
        for each in self.walk(0):
            if each.path == f"{folder}/{name}".lstrip("/") and each.size <= most and each.runs:
                return self._held.read_at(each.runs[0].offset, each.size)
        raise ContentError(NOT_OPENED)

    def names(self, folder: str) -> Collection[str]:
        within = f"{folder}/" if folder else ""
        paths = (each.path for each in self.walk(0))
        return {p[len(within) :].partition("/")[0] for p in paths if p.startswith(within)}


def recognise(head: Head) -> Recognised | None:
    return Recognised(name="blobs") if head.bytes(0, len(MAGIC)) == MAGIC else None


TREES.append(TreeReader(names=("blobs",), open=BlobTree, recognise=recognise))


def make(blobs: Mapping[str, bytes], size: int, *, packed: Collection[str] = ()) -> bytes:
    """For tests: a volume of that size."""
    contents = {n: zlib.compress(c) if n in packed else c for n, c in blobs.items()}
    at = len(MAGIC) + 4 + sum(LISTED.size + len(name.encode()) for name in blobs)
    listed, stored = MAGIC + len(blobs).to_bytes(4, "little"), b""
    for name, content in contents.items():
        where = at + len(stored), len(content), len(blobs[name])
        listed += LISTED.pack(len(name.encode()), name in packed, *where) + name.encode()
        stored += content
    return (listed + stored).ljust(size, b"\0")
