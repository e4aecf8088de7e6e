"""XFS: all entries of a volume, directory by directory; then what no directory names.

Of what was deleted there are names whose inode is free, and inodes whose content nothing else took:
their size is gone, see `Inodes.size_left`.
"""

import stat
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from triage.evidence import (
    LARGEST,
    MOST_RUNS,
    EntryKind,
    FileEntry,
    Run,
    Storage,
    Volume,
)
from triage.sources.entries import Named, Place
from triage.sources.own_walk import OwnWalk
from triage.sources.reader import ContentError
from triage.sources.walk import (
    AGAIN,
    DEEPEST,
    LEFT_UNALLOCATED,
    MOST_ENTRIES,
    NOT_OPENED,
    ORPHANS,
    TOO_DEEP,
    AddressSet,
)
from triage.sources.xfs_directories import XfsFolder, XfsName
from triage.sources.xfs_inodes import Inodes, XfsInode, runs_of
from triage.sources.xfs_nodes import CHUNK, FreeSpace, chunks_of

PARTS_LOST = "parts of directories that could not be read"
NO_INODES = "names whose inode could not be read"
GROUPS_LOST = "allocation groups whose inodes could not be told"
NO_SIZES = "deleted files, whose sizes are told by their last byte that is not zero"
GONE = "deleted files that could not be read any more"
FREE_LOST = (
    "allocation groups whose free space could not be told: what was deleted there is not read"
)
NOTHING_MISSED = frozenset({AGAIN, LEFT_UNALLOCATED, NO_SIZES, GONE, FREE_LOST})

FILE, FOLDER, LINK, OTHER = EntryKind.FILE, EntryKind.DIRECTORY, EntryKind.LINK, EntryKind.OTHER
_KINDS = {stat.S_IFREG: FILE, stat.S_IFDIR: FOLDER, stat.S_IFLNK: LINK}
_NAME_KINDS = {0: FILE, 1: FILE, 2: FOLDER, 7: LINK}
LAST_TURN = 1 << 30
"""No directory waits for its turn."""
MOST_FREE_INODES = 4_000_000


class XfsWalk(OwnWalk):
    """Iterates over a volume's entries, once, as `TreeWalk` has it."""

    def __init__(
        self,
        inodes: Inodes,
        volume: Volume,
        first_id: int,
        *,
        orphan_cap: int = 100_000,
        unallocated: bool = True,
        deepest: int = DEEPEST,
        most_entries: int = MOST_ENTRIES,
        turn_of: Callable[[str], int] = lambda _: 0,
        **_options: Any,
    ) -> None:
        """As `Walk` has them. `unallocated`: with what was deleted, and what has no name."""
        super().__init__(volume, first_id, most_entries)
        self._inodes = inodes
        self._shape = inodes.shape
        self._unallocated, self._orphan_cap = unallocated, orphan_cap
        self._deepest = deepest
        self._turn_of = turn_of
        self._waiting: dict[int, deque[tuple[int, Place]]] = {}
        """Directories by their turn."""
        self._free = FreeSpace(inodes.held, inodes.shape)
        self._met = AddressSet()
        """Inodes in use."""
        self._is_cut = False
        """Whether there is more without a name than may be listed."""
        self._left = AddressSet()
        """Inodes that are free, whose content was listed."""

    def stretches(self) -> Iterator[Iterator[FileEntry]]:
        """What directories name, then what none does."""
        yield self._named()
        yield self._unnamed()
        if self._is_cut:
            self.caps.append(f"the list of orphans was cut off after {self._orphan_cap:,}")
        self._trouble[FREE_LOST] += len(self._free.lost)
        self._sum_up(NOTHING_MISSED)

    def _named(self) -> Iterator[FileEntry]:
        self._met.add(self._shape.root)
        self._waiting[0] = deque([(self._shape.root, Place())])
        while self._waiting:
            turn = min(self._waiting)
            number, place = self._waiting[turn].popleft()
            if not self._waiting[turn]:
                del self._waiting[turn]
            yield from self._tree(number, place, turn)

    def _tree(self, number: int, place: Place, turn: int) -> Iterator[FileEntry]:
        """All below one directory, but for what is of a later turn."""
        stack = [(self._names(number), place)]
        while stack:
            names, place = stack[-1]
            for name in names:
                if self.next_id >= self._most:
                    return
                path = place.path_of(name.name)
                entry, enters = self._entry(name, path)
                if entry is not None:
                    self.next_id += 1
                    yield entry
                if not enters:
                    continue
                own = self._turn_of(path[0])
                if len(stack) >= self._deepest:
                    self._trouble[TOO_DEEP] += 1
                elif own > turn:
                    self._waiting.setdefault(own, deque()).append((name.inode, Place.at(path)))
                else:
                    stack.append((self._names(name.inode), Place.at(path)))
                    break
            else:
                stack.pop()

    def _names(self, number: int) -> Iterator[XfsName]:
        try:
            folder = XfsFolder(self._inodes, self._inodes.inode(number))
            yield from folder
        except ContentError:
            self._trouble[NOT_OPENED] += 1
            return
        if folder.lost:
            self._trouble[PARTS_LOST] += folder.lost

    def _entry(self, name: XfsName, path: Named) -> tuple[FileEntry | None, bool]:
        """What a name is listed as, and whether it is a directory to be entered."""
        if not name.in_use and not self._unallocated:
            self._trouble[LEFT_UNALLOCATED] += 1
            return None, False
        try:
            inode = self._inodes.inode(name.inode)
        except ContentError:
            if name.in_use:
                self._trouble[NO_INODES] += 1
            return self._of_name(name, path, in_use=False), False
        if not name.in_use:
            if inode.kind:
                return self._of_name(name, path, in_use=True), False
            return self._given_up(inode, path, _NAME_KINDS.get(name.kind, OTHER)), False
        if not inode.kind:
            self._trouble[NO_INODES] += 1
            return self._of_name(name, path, in_use=False), False
        is_new = self._met.add(name.inode)
        entry = self._of_inode(inode, path, is_new=is_new)
        if entry.kind is not FOLDER:
            return entry, False
        if not is_new:
            self._trouble[AGAIN] += 1
        return entry, is_new

    def _of_name(self, name: XfsName, path: Named, *, in_use: bool) -> FileEntry:
        """A name alone. `in_use`: whether its inode is, by another name or another file."""
        return FileEntry(
            id=self.next_id,
            volume_id=self._volume.id,
            path=path[0],
            raw_path=path[1],
            kind=_NAME_KINDS.get(name.kind, OTHER),
            allocated_name=name.in_use,
            allocated_meta=in_use,
            meta_address=min(name.inode, LARGEST),
        )

    def _of_inode(
        self, inode: XfsInode, path: Named, *, is_new: bool, named: bool = True
    ) -> FileEntry:
        """`is_new`: its content was not counted. `named`: by a directory."""
        kind = _KINDS.get(inode.kind, OTHER)
        size = min(inode.size, LARGEST) if kind is FILE else 0
        storage, runs = Storage.NONE, None
        if size:
            try:
                extents = self._inodes.extents(inode, MOST_RUNS)
            except ContentError:
                storage = Storage.FILE_SYSTEM
            else:
                runs = runs_of(self._shape, extents, size)
                storage = Storage.FILE_SYSTEM if len(runs) > MOST_RUNS else Storage.RUNS
                if is_new:
                    self.content_bytes += sum(each[2] for each in extents) * self._shape.block
        stored = storage, tuple(runs) if runs and storage is Storage.RUNS else ()
        return self._made(
            inode, path, kind, size, stored, named=named, in_use=True, orphan=not named
        )

    def _given_up(
        self, inode: XfsInode, path: Named, kind: EntryKind, *, orphan: bool = False
    ) -> FileEntry:
        """A free inode, with what it still says of its content."""
        size, storage, runs = 0, Storage.NONE, []
        if kind is FILE and self._left.add(inode.number):
            extents = self._inodes.left(inode, self._free)
            try:
                size = self._inodes.size_left(extents) if extents else 0
            except ContentError:
                self._trouble[GONE] += 1
            if size:
                runs, storage = runs_of(self._shape, extents, size), Storage.RUNS
                self._trouble[NO_SIZES] += 1
        return self._made(
            inode, path, kind, size, (storage, tuple(runs)),
            named=False, in_use=False, orphan=orphan,
        )  # fmt: skip

    def _made(
        self,
        inode: XfsInode,
        path: Named,
        kind: EntryKind,
        size: int,
        stored: tuple[Storage, tuple[Run, ...]],
        *,
        named: bool,
        in_use: bool,
        orphan: bool,
    ) -> FileEntry:
        """The next entry. `named`: by a directory, as in use."""
        return FileEntry(
            id=self.next_id,
            volume_id=self._volume.id,
            path=path[0],
            raw_path=path[1],
            kind=kind,
            size=size,
            meta_address=min(inode.number, LARGEST),
            meta_sequence=inode.generation,
            storage=stored[0],
            runs=stored[1],
            times=inode.times,
            allocated_name=named,
            allocated_meta=in_use,
            orphan=orphan,
        )

    def _unnamed(self) -> Iterator[FileEntry]:
        """What is in use and in no directory, with all below it; then what is free and has
        content."""
        if not self._orphan_cap:
            return
        last = min(self.next_id + self._orphan_cap, self._most)
        used, free = self._sweep()
        if not self._unallocated:
            self._trouble[LEFT_UNALLOCATED] += len(used)
            return
        place = Place(ORPHANS + "/")
        for inode in [*self._uppermost(used), *used]:
            if self._met.holds(inode.number):
                continue
            if self.next_id >= last:
                self._is_cut = True
                return
            self._met.add(inode.number)
            path = place.path_of(f"OrphanFile-{inode.number}".encode())
            entry = self._of_inode(inode, path, is_new=True, named=False)
            self.next_id += 1
            yield entry
            if entry.kind is FOLDER:
                yield from self._tree(inode.number, Place.at(path), LAST_TURN)
        for number in free:
            left = self._orphan_given_up(number, place)
            if left is None:
                continue
            if self.next_id >= last:
                self._is_cut = True
                return
            self.next_id += 1
            yield left

    def _orphan_given_up(self, number: int, place: Place) -> FileEntry | None:
        """What is left of a free inode, if any of its content is."""
        try:
            inode = self._inodes.inode(number)
        except ContentError:
            self._trouble[GONE] += 1
            return None
        if inode.kind or not any(inode.fork[:16]):
            return None
        path = place.path_of(f"OrphanFile-{number}".encode())
        entry = self._given_up(inode, path, FILE, orphan=True)
        return entry if entry.size else None

    def _sweep(self) -> tuple[list[XfsInode], list[int]]:
        """Inodes that are in use and were not met, and the numbers of those that are free."""
        used: list[XfsInode] = []
        free: list[int] = []
        for group in range(self._shape.groups):
            try:
                for chunk in chunks_of(self._inodes.held, self._shape, group):
                    for place in range(CHUNK):
                        if chunk.absent >> place & 1:
                            continue
                        number = self._shape.inode_in(group, chunk.first + place)
                        if chunk.free >> place & 1:
                            if len(free) < MOST_FREE_INODES:
                                free.append(number)
                            else:
                                self._is_cut = True
                        elif not self._met.holds(number) and number not in self._shape.own:
                            used += self._used(number)
                    if len(used) > self._orphan_cap:
                        self._is_cut = True
                        return used, free
            except ContentError:
                self._trouble[GROUPS_LOST] += 1
        return used, free

    def _used(self, number: int) -> list[XfsInode]:
        try:
            inode = self._inodes.inode(number)
        except ContentError:
            self._trouble[NO_INODES] += 1
            return []
        return [inode] if inode.kind else []

    def _uppermost(self, used: list[XfsInode]) -> list[XfsInode]:
        """Of directories that were not met those that are in none of the others, then all."""
        folders = [inode for inode in used if inode.kind == stat.S_IFDIR]
        numbers = {inode.number for inode in folders}
        return [each for each in folders if self._above(each) not in numbers] + folders

    def _above(self, inode: XfsInode) -> int:
        folder = XfsFolder(self._inodes, inode, given_up=False)
        try:
            for _ in folder:
                if folder.above:
                    break
        except ContentError:
            return 0
        return folder.above
