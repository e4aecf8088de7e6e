"""APFS: all entries of a volume, in the order of their inodes; of its snapshots what is otherwise.

Each inode says of which names it is; those of folders are looked up once and kept. A snapshot
shares with the volume all nodes in which nothing was changed since: only what lies in others is
looked at, and listed where its path, size, time of writing or place is not as it is now.
"""

import stat
import struct
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from triage.evidence import (
    LARGEST,
    EntryKind,
    FileEntry,
    Hindrance,
    Run,
    Storage,
    Timestamps,
    Volume,
)
from triage.sources.apfs_content import is_renumbered, packed_size, runs_of
from triage.sources.apfs_records import (
    COMPRESSED,
    DATALESS,
    FIELD_NAME,
    FIELD_STREAM,
    PACKED,
    RESOURCE_FORK,
    Attribute,
    Extent,
    Inode,
    inodes,
    names_in,
)
from triage.sources.apfs_volume import SNAPSHOTS_CLOSED, ApfsSnapshot, ApfsVolume, FileTree
from triage.sources.entries import Named, Place
from triage.sources.names_met import NamesMet
from triage.sources.own_walk import OwnWalk
from triage.sources.reader import ContentError
from triage.sources.walk import DEEPEST, MOST_ENTRIES, ORPHANS

ROOT, PRIVATE, FIRST = 2, 3, 16
SNAPSHOTS = "$Snapshots"
MOST_FOLDERS = 4_000_000
MOST_BESIDE = 100_000
MOST_NOTES = 32

UNNAMED = "names in folders whose file could not be read"
ODD_PATHS = "folders whose own place could not be told"
ODD_ITEMS = "files whose records contradict each other"
AS_NOW = "entries of snapshots that are as in the volume or in an earlier one, not listed again"
LEFT_UNALLOCATED = "unallocated names, left out as the profile asks"
NOTHING_MISSED = frozenset({AS_NOW, LEFT_UNALLOCATED})

_KINDS = {stat.S_IFREG: EntryKind.FILE, stat.S_IFDIR: EntryKind.DIRECTORY,
          stat.S_IFLNK: EntryKind.LINK}  # fmt: skip
Stored = tuple[int, Storage, tuple[Run, ...]]
"""Bytes, and how they lie."""
NOTHING: Stored = (0, Storage.NONE, ())


class ApfsWalk(OwnWalk):
    """Iterates over a volume's entries, once, as `TreeWalk` has it."""

    def __init__(
        self,
        held: ApfsVolume,
        volume: Volume,
        first_id: int,
        *,
        unallocated: bool = True,
        most_entries: int = MOST_ENTRIES,
        **_options: Any,
    ) -> None:
        """`unallocated`: with what is not in use: deleted while it was open, or without a name."""
        super().__init__(volume, first_id, most_entries)
        self._held = held
        self._unallocated = unallocated

    def stretches(self) -> Iterator[Iterator[FileEntry]]:
        """What is there now, and then what snapshots have."""
        yield self._now()
        yield self._before()

    def _now(self) -> Iterator[FileEntry]:
        self._leaves: set[int] = set()
        files = self._held.now
        places = ApfsPlaces(files, Place(), self._trouble)
        names = NamesMet()
        for inode in inodes(files.tree, self._trouble, self._leaves, names.named):
            if self.next_id >= self._most:
                break
            self._trouble[ODD_ITEMS] += bool(inode.lost)
            if inode.number < FIRST or not inode.is_there:
                continue
            names.met(inode.number, max(1, len(inode.links)))
            for entry in self._entries(files, inode, places, None):
                self.next_id += 1
                yield entry
        self._trouble[UNNAMED] += names.missing()

    def _before(self) -> Iterator[FileEntry]:
        told: set[bytes] = set()
        now = ApfsPlaces(self._held.now, Place(), Counter())
        for snapshot in self._held.snapshots(self._trouble):
            if self.next_id >= self._most:
                break
            before = self.next_id
            yield from self._otherwise(snapshot, now, told)
            if self.next_id > before and len(self.notes) < MOST_NOTES:
                count = self.next_id - before
                self.notes.append(
                    f"{label_of(snapshot)}: entries that are otherwise in it: {count:,}"
                )
        self._sum_up(NOTHING_MISSED)

    def _otherwise(
        self, snapshot: ApfsSnapshot, now: "ApfsPlaces", told: set[bytes]
    ) -> Iterator[FileEntry]:
        """What a snapshot has otherwise than the volume as it is now, and those before it."""
        try:
            files = self._held.as_of(snapshot)
        except ContentError:
            self._trouble[SNAPSHOTS_CLOSED] += 1
            return
        places = ApfsPlaces(
            files, Place.at((f"{SNAPSHOTS}/{label_of(snapshot)}", b"")), self._trouble
        )
        last = 0
        for number, _, _ in files.tree.records(FIRST << 4, self._trouble, self._leaves):
            if number >> 4 == last:
                continue
            last = number >> 4
            try:
                inode = files.inode(last)
            except ContentError:
                self._trouble[ODD_ITEMS] += 1
                continue
            self._trouble[ODD_ITEMS] += bool(inode.lost)
            if not inode.is_there:
                continue
            there = self._as_now(last, now)
            for entry in self._entries(files, inode, places, snapshot):
                mark = _mark(entry, places.top)
                if mark in there or mark in told:
                    self._trouble[AS_NOW] += 1
                    continue
                if self.next_id >= self._most:
                    return
                told.add(mark)
                self.next_id += 1
                yield entry

    def _as_now(self, number: int, now: "ApfsPlaces") -> set[bytes]:
        """What the volume has of an inode as it is now."""
        try:
            inode = self._held.now.inode(number)
        except ContentError:
            return set()
        if not inode.is_there:
            return set()
        return {_mark(entry, "") for entry in self._entries(self._held.now, inode, now, None)}

    def _entries(
        self, files: FileTree, inode: Inode, places: "ApfsPlaces", snapshot: ApfsSnapshot | None
    ) -> Iterator[FileEntry]:
        """One a name and stream; of what has no name, one."""
        kind = _KINDS.get(stat.S_IFMT(inode.mode), EntryKind.OTHER)
        made = self._entry(files, inode, kind, snapshot)
        forks = [
            (name, self._attribute(files, each))
            for name, each in _streams(inode)
        ]  # fmt: skip
        names = inode.links or _own_name(inode) or places.listed(inode)
        for number, (folder, name) in enumerate(names):
            in_use = folder != PRIVATE
            if not in_use and not self._unallocated:
                self._trouble[LEFT_UNALLOCATED] += 1
                continue
            path = places.of(folder).path_of(name)
            if kind is EntryKind.DIRECTORY:
                places.keep(inode.number, path)
            if in_use and not number and snapshot is None:
                self.content_bytes += sum(each.length for each in made.runs if each.offset >= 0)
            yield _with(made, self.next_id, path, in_use=in_use)
            for stream, stored in forks:
                yield _with(made, self.next_id, path, in_use=in_use, stream=stream, stored=stored)
        if names or kind is not EntryKind.FILE:
            return
        if not self._unallocated:
            self._trouble[LEFT_UNALLOCATED] += 1
        else:
            path = places.top_place.path_of(f"{ORPHANS}/OrphanFile-{inode.number}".encode())
            yield _with(made, self.next_id, path, in_use=False, orphan=True)
            for stream, stored in forks:
                yield _with(
                    made, self.next_id, path, in_use=False, orphan=True, stream=stream,
                    stored=stored,
                )  # fmt: skip

    def _entry(
        self, files: FileTree, inode: Inode, kind: EntryKind, snapshot: ApfsSnapshot | None
    ) -> FileEntry:
        size, storage, runs = NOTHING
        hindrance = Hindrance.NONE
        if kind is EntryKind.FILE:
            size, storage, runs = self._content(files, inode)
            if inode.flags & DATALESS:
                hindrance, storage, runs = Hindrance.CLOUD, Storage.NONE, ()
        created, modified, changed, accessed = (
            moment * 1e-9 if moment > 0 else None
            for moment in struct.unpack_from("<4q", inode.item, 16)
        )
        return FileEntry(
            id=0,
            volume_id=self._volume.id,
            path="",
            kind=kind,
            size=size,
            meta_address=inode.number,
            meta_sequence=0 if snapshot is None else snapshot.number,
            storage=storage,
            runs=runs,
            hindrance=hindrance,
            times=Timestamps(created, modified, changed, accessed),
        )

    def _content(self, files: FileTree, inode: Inode) -> Stored:
        if inode.flags & COMPRESSED:
            size = packed_size(files, inode)
            if size is not None:
                size = min(size, LARGEST)
                return size, Storage.FILE_SYSTEM if size else Storage.NONE, ()
        stream = inode.fields().get(FIELD_STREAM, b"")
        if inode.flags & COMPRESSED and (not stream or inode.attribute(PACKED) is not None):
            self._trouble[ODD_ITEMS] += 1
        size = min(int.from_bytes(stream[:8], "little"), LARGEST)
        if inode.stream == inode.number and not files.keeps_extents_apart:
            return self._stored(files, inode.extents, size, gaps=inode.is_sparse)
        return self._looked_up(files, inode.stream, size, gaps=inode.is_sparse)

    def _attribute(self, files: FileTree, attribute: Attribute) -> Stored:
        size = min(attribute.size, LARGEST)
        if not attribute.stream:
            return size, Storage.FILE_SYSTEM if size else Storage.NONE, ()
        return self._looked_up(files, attribute.stream, size)

    def _looked_up(self, files: FileTree, stream: int, size: int, *, gaps: bool = False) -> Stored:
        if not size:
            return NOTHING
        try:
            return self._stored(files, files.extents(stream), size, gaps=gaps)
        except ContentError:
            self._trouble[ODD_ITEMS] += 1
            return size, Storage.FILE_SYSTEM, ()

    def _stored(self, files: FileTree, extents: list[Extent], size: int, *, gaps: bool) -> Stored:
        if not size:
            return NOTHING
        runs = runs_of(extents, size, files.objects, gaps=gaps)
        if runs is None:
            self._trouble[ODD_ITEMS] += 1
        elif not is_renumbered(files, extents):
            return size, Storage.RUNS, runs
        return size, Storage.FILE_SYSTEM, ()


def label_of(snapshot: ApfsSnapshot) -> str:
    """Its name and date, as a folder's name."""
    try:
        made = datetime.fromtimestamp(snapshot.made, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        made = "an unknown time"
    name = snapshot.name.decode(errors="backslashreplace").replace("/", ":")
    return f"{name} of {made}"


def _streams(inode: Inode) -> Iterator[tuple[str, Attribute]]:
    """Attributes that may hold files: resource forks, and what is too long to lie in the tree."""
    for each in inode.attributes:
        is_fork = each.name == RESOURCE_FORK
        if is_fork and inode.flags & COMPRESSED:
            continue
        if is_fork or each.stream:
            yield each.name.decode(errors="backslashreplace"), each


def _own_name(inode: Inode) -> list[tuple[int, bytes]]:
    name = inode.fields().get(FIELD_NAME, b"").partition(b"\0")[0]
    return [(inode.parent, name)] if name else []


def _mark(entry: FileEntry, top: str) -> bytes:
    """What makes two entries the same, in a digest."""
    within = (entry.raw_path or entry.path.encode())[len(top.encode()) :]
    told = blake2b(digest_size=12)
    written = entry.times.modified if entry.kind is EntryKind.FILE else None
    told.update(repr((within, entry.stream, entry.size, written)).encode())
    for run in entry.runs:
        told.update(b"%d %d," % (run.offset, run.length))
    return told.digest()


def _with(
    made: FileEntry,
    id_: int,
    path: Named,
    *,
    in_use: bool,
    orphan: bool = False,
    stream: str = "",
    stored: Stored | None = None,
) -> FileEntry:
    size, storage, runs = stored or (made.size, made.storage, made.runs)
    return FileEntry(
        id=id_,
        volume_id=made.volume_id,
        path=path[0],
        raw_path=path[1],
        stream=stream,
        kind=EntryKind.FILE if stored else made.kind,
        size=size,
        allocated_name=in_use,
        orphan=orphan,
        meta_address=made.meta_address,
        meta_sequence=made.meta_sequence,
        storage=storage,
        runs=runs,
        hindrance=made.hindrance,
        times=made.times,
    )


class ApfsPlaces:
    """Where the folders are, at one time."""

    def __init__(self, files: FileTree, top: Place, trouble: Counter[str]) -> None:
        """`top`: of the volume's first folder."""
        self._files, self._trouble = files, trouble
        self.top_place, self.top = top, top.shown
        self._kept: dict[int, Place] = {
            ROOT: top,
            PRIVATE: Place.at(top.path_of(b"private-dir")),
        }
        self._last: tuple[int, dict[int, bytes]] = (0, {})

    def keep(self, folder: int, path: Named) -> None:
        """That a folder is there."""
        if len(self._kept) < MOST_FOLDERS:
            self._kept.setdefault(folder, Place.at(path))

    def of(self, folder: int) -> Place:
        """The folder's place; one made up where that cannot be told."""
        chain: list[tuple[int, bytes]] = []
        here = folder
        while here not in self._kept:
            above = self._above(here)
            if above is None or len(chain) >= DEEPEST or any(here == each for each, _ in chain):
                self._trouble[ODD_PATHS] += 1
                self._kept[here] = Place.at(self.top_place.path_of(f"$Lost {here}".encode()))
                break
            chain.append((here, above[1]))
            here = above[0]
        place = self._kept[here]
        for each, name in reversed(chain):
            place = Place.at(place.path_of(name))
            if len(self._kept) < MOST_FOLDERS:
                self._kept[each] = place
        return place

    def _above(self, folder: int) -> tuple[int, bytes] | None:
        """The folder above, and the name in it."""
        try:
            inode = self._files.inode(folder)
        except ContentError:
            return None
        if not inode.is_there:
            return None
        names = inode.links or _own_name(inode) or self.listed(inode)
        return names[0] if names else None

    def listed(self, inode: Inode) -> list[tuple[int, bytes]]:
        """Under which name the folder that an inode says it is in has it."""
        parent = inode.parent
        if self._last[0] != parent:
            names: dict[int, bytes] = {}
            try:
                for name, number in names_in(self._files.tree, parent, MOST_BESIDE):
                    names.setdefault(number, name)
            except ContentError:
                pass
            self._last = parent, names
        found = self._last[1].get(inode.number)
        return [(parent, found)] if found else []
