"""btrfs: all entries of its subvolumes, in the order of their inodes; snapshots last.

Each inode says of which names it is; those of folders are looked up once and kept. What a snapshot
has as another subvolume of its family has it is not listed again: its path, size, the time of its
writing and the places of its content are the same.
"""

import stat
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from triage.evidence import (
    LARGEST,
    MOST_RUNS,
    EntryKind,
    FileEntry,
    Storage,
    Timestamps,
    Volume,
)
from triage.sources.btrfs_content import extents_of, runs_of
from triage.sources.btrfs_nodes import Key, Nodes
from triage.sources.entries import Named, Place
from triage.sources.names_met import NamesMet
from triage.sources.own_walk import OwnWalk
from triage.sources.reader import ContentError
from triage.sources.walk import DEEPEST, MOST_ENTRIES, ORPHANS

TOP, FIRST, LAST_TREE = 5, 256, (1 << 64) - 256
INODE, NAMED_BY, NAMED_BY_MORE = 1, 12, 13
DIR_INDEX, EXTENT, ROOT, ROOT_NAMED_BY = 96, 108, 132, 144
INODE_BYTES, SUBVOLUME_BYTES = 160, 239
MOST_TREES = 100_000
MOST_NAMES_OF_ONE = 65_536
MOST_EXTENTS = 4_000_000
MOST_FOLDERS = 4_000_000

NOT_REPLAYED = (
    "its log was not replayed: what was written last, before the power was cut, may be missing"
)
UNNAMED = "names in folders whose file could not be read"
ODD_PATHS = "folders whose own place could not be told"
NO_TREES = "subvolumes whose item is damaged, or beyond the most that are read"
ODD_ITEMS = "files whose items contradict each other"
AS_BEFORE = "entries of snapshots that are as in the subvolume they are of, not listed again"
LEFT_UNALLOCATED = "unallocated names, left out as the profile asks"
NOTHING_MISSED = frozenset({AS_BEFORE, LEFT_UNALLOCATED})
NO_FOLDER = Place()

_KINDS = {stat.S_IFREG: EntryKind.FILE, stat.S_IFDIR: EntryKind.DIRECTORY,
          stat.S_IFLNK: EntryKind.LINK}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Subvolume:
    """A tree of files."""

    number: int
    root: int
    """Where its tree's root is, a logical address."""
    uuid: bytes = b""
    of: bytes = b""
    """The UUID of the subvolume that it is a snapshot of; empty of what is none."""
    made: float = 0
    in_use: bool = True
    """Whether it was not given up."""


def subvolumes(nodes: Nodes, lost: Counter[str] | None) -> list[Subvolume]:
    """All of them: the topmost, the others, and snapshots last. Raises ContentError if `lost` is
    None and nodes cannot be read."""
    found: dict[int, Subvolume] = {}
    for (number, kind, _), item in nodes.items(nodes.superblock.root, (TOP, 0, 0), lost):
        is_files = number == TOP or FIRST <= number < LAST_TREE
        if kind != ROOT or not is_files:
            continue
        if len(item) >= SUBVOLUME_BYTES and len(found) < MOST_TREES:
            found[number] = _subvolume(number, item)
        elif lost is not None:
            lost[NO_TREES] += 1
    return sorted(found.values(), key=lambda each: (bool(each.of), each.number))


def _subvolume(number: int, item: bytes) -> Subvolume:
    root = struct.unpack_from("<Q", item, 176)[0]
    in_use = number == TOP or struct.unpack_from("<I", item, 216)[0] > 0
    if len(item) < 439:
        return Subvolume(number=number, root=root, in_use=in_use)
    seconds = struct.unpack_from("<Q", item, 339)[0]
    return Subvolume(
        number=number,
        root=root,
        uuid=item[247:263] if any(item[247:263]) else b"",
        of=item[263:279] if any(item[263:279]) else b"",
        made=float(seconds),
        in_use=in_use,
    )


@dataclass(slots=True)
class _Inode:
    """What a tree has of one inode."""

    number: int
    item: bytes = b""
    names: list[tuple[int, bytes]] = field(default_factory=list)
    """Of each, the folder's inode and the name."""
    extents: list[tuple[int, bytes]] = field(default_factory=list)


class BtrfsWalk(OwnWalk):
    """Iterates over a volume's entries, once, as `TreeWalk` has it."""

    def __init__(
        self,
        nodes: Nodes,
        volume: Volume,
        first_id: int,
        *,
        unallocated: bool = True,
        most_entries: int = MOST_ENTRIES,
        **_options: Any,
    ) -> None:
        """`unallocated`: with subvolumes that were given up, and what has no name."""
        super().__init__(volume, first_id, most_entries)
        self._nodes = nodes
        self._unallocated = unallocated
        self._seen: dict[bytes, set[bytes]] = {}
        """Of families with snapshots, digests of what was listed."""

    def stretches(self) -> Iterator[Iterator[FileEntry]]:
        """All of them at once."""
        yield self._all()

    def _all(self) -> Iterator[FileEntry]:
        trees = subvolumes(self._nodes, self._trouble)
        family = _families(trees)
        places = _Places(self._nodes, trees, self._trouble)
        for tree in trees:
            if not tree.in_use and not self._unallocated:
                self._trouble[LEFT_UNALLOCATED] += 1
                continue
            before = self.next_id
            yield from self._tree(tree, family.get(tree.number, b""), places)
            if tree.of:
                self._say_of_snapshot(tree, places, self.next_id - before)
        self._sum_up(NOTHING_MISSED)

    def _say_of_snapshot(self, tree: Subvolume, places: "_Places", count: int) -> None:
        if len(self.notes) >= 32:
            return
        shown = places.of(tree.number, FIRST).shown.rstrip("/")
        try:
            made = datetime.fromtimestamp(tree.made, UTC).strftime("%Y-%m-%d %H:%M UTC")
        except (OverflowError, ValueError, OSError):
            made = "an unknown time"
        self.notes.append(
            f"snapshot {shown} of {made}: entries that are otherwise in it: {count:,}"
        )

    def _tree(self, tree: Subvolume, family: bytes, places: "_Places") -> Iterator[FileEntry]:
        names = NamesMet()
        for inode in _inodes(self._nodes, tree, self._trouble, names):
            if self.next_id >= self._most:
                return
            if inode.number < FIRST or not inode.item:
                continue
            names.met(inode.number, len(inode.names) if inode.number != FIRST else 0)
            for entry in self._entries(tree, inode, places):
                if family and self._is_as_before(family, tree, inode, entry):
                    self._trouble[AS_BEFORE] += 1
                    continue
                self.next_id += 1
                yield entry
        self._trouble[UNNAMED] += names.missing()

    def _is_as_before(
        self, family: bytes, tree: Subvolume, inode: _Inode, entry: FileEntry
    ) -> bool:
        own = entry.raw_path or entry.path.encode()
        within = own[len(self._prefix) :]
        told = blake2b(digest_size=12)
        told.update(struct.pack("<QI", inode.number, len(within)) + within)
        told.update(inode.item[:8] + inode.item[16:24] + inode.item[136:160])
        for at, item in inode.extents:
            told.update(at.to_bytes(8, "little") + item)
        seen = self._seen.setdefault(family, set())
        if tree.of and told.digest() in seen:
            return True
        seen.add(told.digest())
        return False

    def _entries(self, tree: Subvolume, inode: _Inode, places: "_Places") -> Iterator[FileEntry]:
        """One a name; of what has none, one."""
        place = places.of(tree.number, FIRST)
        self._prefix = place.raw or place.shown.encode()
        if inode.number == FIRST:
            return
        made = self._entry(tree, inode)
        for count, (folder, name) in enumerate(inode.names):
            path = places.of(tree.number, folder).path_of(name)
            yield _named(made, self.next_id, path, allocated=tree.in_use)
            if not count and made.kind is EntryKind.FILE and tree.in_use and not tree.of:
                self.content_bytes += struct.unpack_from("<Q", inode.item, 24)[0]
        if not inode.names and made.kind is EntryKind.FILE:
            if not self._unallocated:
                self._trouble[LEFT_UNALLOCATED] += 1
                return
            path = place.path_of(f"{ORPHANS}/OrphanFile-{inode.number}".encode())
            yield _named(made, self.next_id, path, allocated=False, orphan=True)

    def _entry(self, tree: Subvolume, inode: _Inode) -> FileEntry:
        size, mode = (
            struct.unpack_from(form, inode.item, at)[0] for form, at in (("<Q", 16), ("<I", 52))
        )
        kind = _KINDS.get(stat.S_IFMT(mode), EntryKind.OTHER)
        size = min(size, LARGEST) if kind is EntryKind.FILE else 0
        storage, runs = Storage.NONE, None
        if size:
            extents = extents_of(inode.extents, size)
            if extents is None:
                self._trouble[ODD_ITEMS] += 1
            else:
                runs = runs_of(extents, size, self._nodes.chunks, MOST_RUNS)
            storage = Storage.FILE_SYSTEM if runs is None else Storage.RUNS
        times = [struct.unpack_from("<qI", inode.item, at) for at in (112, 124, 136, 148)]
        accessed, changed, modified, created = (
            seconds + nanoseconds * 1e-9 if seconds else None for seconds, nanoseconds in times
        )
        return FileEntry(
            id=0,
            volume_id=self._volume.id,
            path="",
            kind=kind,
            size=size,
            meta_address=min(inode.number, LARGEST),
            meta_sequence=min(tree.number, LARGEST),
            storage=storage,
            runs=runs or (),
            times=Timestamps(created, modified, changed, accessed),
        )


def _named(
    made: FileEntry, id_: int, path: Named, *, allocated: bool, orphan: bool = False
) -> FileEntry:
    return FileEntry(
        id=id_,
        volume_id=made.volume_id,
        path=path[0],
        raw_path=path[1],
        kind=made.kind,
        size=made.size,
        allocated_name=allocated,
        allocated_meta=allocated or orphan,
        orphan=orphan,
        meta_address=made.meta_address,
        meta_sequence=made.meta_sequence,
        storage=made.storage,
        runs=made.runs,
        times=made.times,
    )


def _families(trees: list[Subvolume]) -> dict[int, bytes]:
    """Of each subvolume that is a snapshot, or has one, the UUID of the family's oldest."""
    above = {tree.uuid: tree.of for tree in trees if tree.uuid and tree.of}
    family: dict[int, bytes] = {}
    for tree in trees:
        oldest = tree.uuid
        for _ in range(len(above)):
            further = above.get(oldest, b"")
            if not further:
                break
            oldest = further
        family[tree.number] = oldest
    counts = Counter(family.values())
    return {number: oldest for number, oldest in family.items() if oldest and counts[oldest] > 1}


def _inodes(nodes: Nodes, tree: Subvolume, lost: Counter[str], names: NamesMet) -> Iterator[_Inode]:
    """The inodes of a tree in their order; `names` are told what folders name."""
    inode = _Inode(0)
    for (number, kind, offset), item in nodes.items(tree.root, (0, 0, 0), lost):
        if number != inode.number:
            yield inode
            inode = _Inode(number)
        if kind == INODE and len(item) >= INODE_BYTES:
            inode.item = item
        elif kind == NAMED_BY:
            inode.names += _names_in(offset, item, MOST_NAMES_OF_ONE - len(inode.names))
        elif kind == NAMED_BY_MORE:
            inode.names += _more_names_in(item, MOST_NAMES_OF_ONE - len(inode.names))
        elif kind == EXTENT:
            keep(inode.extents, offset, item)
        elif kind == DIR_INDEX and len(item) >= 30 and item[8] == INODE:
            names.named(int.from_bytes(item[:8], "little"))
    yield inode


def _names_in(folder: int, item: bytes, most: int) -> list[tuple[int, bytes]]:
    """The names that an inode has in one folder."""
    names: list[tuple[int, bytes]] = []
    at = 0
    while at + 10 <= len(item) and len(names) < most:
        length = struct.unpack_from("<H", item, at + 8)[0]
        names.append((folder, item[at + 10 : at + 10 + length]))
        at += 10 + length
    return names


def _more_names_in(item: bytes, most: int) -> list[tuple[int, bytes]]:
    """Those for which there was no room in the usual item."""
    names: list[tuple[int, bytes]] = []
    at = 0
    while at + 18 <= len(item) and len(names) < most:
        folder, _, length = struct.unpack_from("<QQH", item, at)
        names.append((folder, item[at + 18 : at + 18 + length]))
        at += 18 + length
    return names


class _Places:
    """Where the folders are, of all subvolumes."""

    def __init__(self, nodes: Nodes, trees: list[Subvolume], trouble: Counter[str]) -> None:
        self._nodes, self._trouble = nodes, trouble
        self._roots = {tree.number: tree for tree in trees}
        self._kept: dict[tuple[int, int], Place] = {(TOP, FIRST): NO_FOLDER}

    def of(self, tree: int, folder: int) -> Place:
        """The folder's place; one made up where that cannot be told."""
        chain: list[tuple[tuple[int, int], bytes]] = []
        here = (tree, folder)
        while here not in self._kept:
            above = self._above(*here)
            if above is None or len(chain) >= DEEPEST or any(here == each for each, _ in chain):
                self._kept[here] = self._lost(*here)
                break
            chain.append((here, above[1]))
            here = above[0]
        place = self._kept[here]
        for each, name in reversed(chain):
            place = Place.at(place.path_of(name))
            if len(self._kept) < MOST_FOLDERS:
                self._kept[each] = place
        return place

    def _lost(self, tree: int, folder: int) -> Place:
        if folder == FIRST:
            return Place(f"$Subvolume {tree}/")
        self._trouble[ODD_PATHS] += 1
        return Place(f"$Lost {tree} {folder}/")

    def _above(self, tree: int, folder: int) -> tuple[tuple[int, int], bytes] | None:
        """The folder above, and the name in it."""
        try:
            if folder == FIRST:
                return self._above_tree(tree)
            root = self._roots.get(tree)
            if root is None:
                return None
            for offset, item in self._nodes.of_type(root.root, folder, NAMED_BY, 1):
                names = _names_in(offset, item, 1)
                if names:
                    return (tree, names[0][0]), names[0][1]
        except ContentError:
            return None
        return None

    def _above_tree(self, tree: int) -> tuple[tuple[int, int], bytes] | None:
        root = self._nodes.superblock.root
        for above, item in self._nodes.of_type(root, tree, ROOT_NAMED_BY, 1):
            if len(item) < 18:
                return None
            folder, _, length = struct.unpack_from("<QQH", item)
            return (above, folder), item[18 : 18 + length]
        return None


def inode_of(nodes: Nodes, root: int, number: int) -> tuple[bytes, list[tuple[int, bytes]]]:
    """An inode's item and its pieces. Raises ContentError."""
    item, extents = b"", list[tuple[int, bytes]]()
    key: Key
    for key, each in nodes.items(root, (number, INODE, 0)):
        if key[0] != number:
            break
        if key[1] == INODE:
            item = each
        elif key[1] == EXTENT:
            keep(extents, key[2], each)
    return item, extents


def keep(extents: list[tuple[int, bytes]], at: int, item: bytes, most: int = MOST_EXTENTS) -> None:
    """One more piece of a file. What is beyond the most is kept as one that contradicts the others:
    its content must not be taken for zeros."""
    if len(extents) <= most:
        extents.append((at, item if len(extents) < most else b""))
