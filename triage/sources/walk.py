"""The walk over one volume's entries: survives loops, damage and hostile sizes, and says so."""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from types import SimpleNamespace
from typing import Any

from msgspec.structs import replace

from triage.evidence import FileEntry
from triage.sources.entries import (
    META_ALLOCATED,
    META_DIRECTORY,
    NAME_ALLOCATED,
    NTFS_RESERVED,
    VIRTUAL,
    Maker,
    Named,
    Place,
)
from triage.sources.exfat_names import MOST_BYTES, Claim, passed_over
from triage.sources.fat_left import AGAIN as ODD_AGAIN
from triage.sources.fat_left import FatName, FatVolume
from triage.sources.fat_names import names_in_use
from triage.sources.file_system import FileSystem
from triage.sources.fscrypt import encrypted_inodes
from triage.sources.in_use import ext_in_use
from triage.sources.mft import Mft
from triage.sources.reader import ContentError

DEEPEST = 512
"""Directories within directories; those below are listed, but not entered."""
MOST_ENTRIES = 50_000_000
MOST_FAILURES = 64
"""Names of one directory that may fail before it is left."""
ORPHANS = "$OrphanFiles"
ORPHAN_SEARCH = 1 << 30
NO_SEQUENCE = 0xFFFFFFFF
UNNAMED = b"OrphanFile-"
DOTS = (b".", b"..")
NO_NAME = SimpleNamespace(name=b"", type=0, flags=0)
"""In place of The Sleuth Kit's."""

MOST_AGAIN = 8
"""Names of directories that were entered by another name. The Sleuth Kit looks for orphans by
entering each by every name that leads there: where each has a dozen, deep enough, without end."""
NO_ORPHANS = "orphans were not looked for"
NOT_OPENED = "directories that could not be opened"
AGAIN = "directories that lead back to one that was listed, not entered again"
TOO_DEEP = "directories that lie too deep, not entered"
BAD_NAMES = "names that could not be read"
LOST_RECORDS = "MFT records of files with very many streams that could not be used"
ODD_NAMES = "names that are not as FAT has them, passed over"
NOT_COMPARED = "directories of which it could not be told whether names in them were passed over"
NOT_MET = "files and directories in use, but in no directory that could be read"
MET_BEFORE = "unallocated names of entries that were listed already"
LEFT_UNALLOCATED = "unallocated names, left out as the profile asks"
LEFT_STREAMS = "alternate streams, left out as the profile asks"
GONE = "directories that were given up, which could not be opened any more"
GONE_NAMES = "names in directories that were given up, which could not be read any more"
NOTHING_MISSED = frozenset(
    {AGAIN, ODD_AGAIN, MET_BEFORE, LEFT_UNALLOCATED, LEFT_STREAMS, GONE, GONE_NAMES}
)
"""What is only said: it was listed already, the profile wants it so, or it is unallocated space."""


class AddressSet:
    """A set of entry addresses, a bit each where they are dense."""

    __slots__ = ("_pages",)

    def __init__(self) -> None:
        """Empty."""
        self._pages: dict[int, bytearray] = {}

    def add(self, address: int) -> bool:
        """Whether it is new."""
        page = self._pages.get(address >> 12)
        if page is None:
            page = self._pages[address >> 12] = bytearray(512)
        place, bit = (address & 4095) >> 3, 1 << (address & 7)
        if page[place] & bit:
            return False
        page[place] |= bit
        return True

    def holds(self, address: int) -> bool:
        """Whether it was added."""
        page = self._pages.get(address >> 12)
        return page is not None and bool(page[(address & 4095) >> 3] & 1 << (address & 7))


class Walk:
    """Iterates over a volume's entries, once; `caps`, `notes` and `content_bytes` are whole then.

    Allocated directories first, depth first, those of a later turn after the others; then what
    unallocated directories name; orphans last. The order and the ids are the same for the same
    bytes.
    """

    def __init__(
        self,
        file_system: FileSystem,
        *,
        orphan_cap: int = 100_000,
        orphan_search: int = ORPHAN_SEARCH,
        streams: bool = True,
        unallocated: bool = True,
        first_id: int = 0,
        deepest: int = DEEPEST,
        most_entries: int = MOST_ENTRIES,
        turn_of: Callable[[str], int] = lambda _: 0,
    ) -> None:
        """`orphan_search`: bytes that may be read to find orphans, not counting an NTFS MFT.
        `turn_of`: of an allocated directory, by its path: what is in it is listed after all that
        lies in directories of a lower turn; the root's is 0.

        Raises SourceError if the volume does not open.
        """
        volume, held = file_system.volume, file_system.held
        self._fs = file_system.opened
        self._image = file_system.image
        self._maker = Maker(volume, self._fs.info)
        self._maker.packing = file_system.packing
        self._mft: Mft | None = None
        self._claims: list[Claim] = []
        self._held, self._volume = held, volume
        self._fat: FatVolume | None = None
        self._left: list[FatName] = []
        """Of the directory that has just ended, names that The Sleuth Kit passed over."""
        self._odd_folders: set[int] = set()
        self._first, self._in_use = 0, -1
        """The first address that users' files have, and how many are in use; -1: not known."""
        if self._maker.ntfs:
            self._prepare_ntfs(file_system)
        elif volume.file_system.startswith("ext"):
            self._maker.fscrypt = encrypted_inodes(held)
            self._first, self._in_use = ext_in_use(held)
        self._size = volume.size
        self._orphan_cap = orphan_cap
        self._orphan_search = orphan_search
        self._streams = streams
        self._unallocated = unallocated
        self._deepest = deepest
        self._most = first_id + most_entries
        self._entered: set[tuple[int, int]] = set()
        self._counted = AddressSet()
        self._users = 0
        """Files and directories in use that were met, but for the file system's own."""
        self._met = AddressSet() if self._maker.fat else None
        self._later: deque[tuple[int, Place]] = deque()
        self._turn_of = turn_of
        self._waiting: dict[int, deque[tuple[int, Place]]] = {}
        """Directories by their turn."""
        self._trouble: Counter[str] = Counter()
        self.next_id = first_id
        """The id that the next entry gets; after the walk, the next volume's `first_id`."""
        self.content_bytes = 0
        """Bytes of the volume that allocated, non-resident content occupies, each block once."""
        self.caps: list[str] = []
        """What may be missed and why, in plain words."""
        self.notes: list[str] = []
        """What else is to be said of the listing; nothing is missed by it, or it is wanted so."""

    def _prepare_ntfs(self, file_system: FileSystem) -> None:
        self._maker.mft = self._mft = file_system.mft
        if self._mft is None:
            return
        from triage.sources.valid_data import look_through  # noqa: PLC0415 - numpy

        told = look_through(self._mft)
        self._maker.not_as_stored = told.shortened
        self._first, self._in_use = NTFS_RESERVED, told.in_use

    def __iter__(self) -> Iterator[FileEntry]:
        """The entries. Trouble with one of them never stops the walk; it is counted in `caps`."""
        return chain.from_iterable(self.stretches())

    def stretches(self) -> Iterator[Iterator[FileEntry]]:
        """What directories name, and then orphans: The Sleuth Kit searches long before the first
        of these, and what damaged or hostile metadata makes of that nobody knows."""
        with self._image.listing(self._mft.runs if self._mft else ()):
            lost = self._image.lost
            yield self._named()
            if self._in_use > self._users:
                yield self._unmet()
            if self._unallocated and self._orphan_cap and self._looks_for_orphans():
                yield self._orphans()
            self._conclude(lost)

    def _named(self) -> Iterator[FileEntry]:
        self._enter_root()
        yield from self._tree(self._fs.info.root_inum, Place())
        yield from self._in_their_turn()
        while self._later:
            yield from self._tree(*self._later.popleft(), later=True)

    def _conclude(self, lost: int) -> None:
        """Say what was left out; `lost`: bytes that could not be read before this walk."""
        for what, count in self._trouble.items():
            if count:
                (self.notes if what in NOTHING_MISSED else self.caps).append(f"{what}: {count:,}")
        if self._image.lost > lost:
            unread = self._image.lost - lost
            self.caps.append(f"bytes of metadata that could not be read: {unread:,}")
        if self._mft is not None and self._mft.lost:
            self.caps.append(f"{LOST_RECORDS}: {self._mft.lost:,}")
        if self.next_id >= self._most:
            self.caps.append(f"the listing stopped after {self.next_id:,} entries")
        elif self._in_use > self._users:
            self.caps.append(f"{NOT_MET}: {self._in_use - self._users:,}")
        self.content_bytes = min(self.content_bytes, self._size)

    def _in_their_turn(self) -> Iterator[FileEntry]:
        """What lies in directories that wait, the lowest turn first. None of a lower one comes to
        them meanwhile: those are entered at once."""
        while self._waiting:
            turn = min(self._waiting)
            address, place = self._waiting[turn].popleft()
            if not self._waiting[turn]:
                del self._waiting[turn]
            yield from self._tree(address, place, turn=turn)

    def _tree(
        self,
        address: int,
        place: Place,
        *,
        turn: int = 0,
        later: bool = False,
        orphan: bool = False,
    ) -> Iterator[FileEntry]:
        """All below one directory, but for what is of a later `turn`.

        `later`: it is unallocated, so what it names may not be its.
        """
        given_up = later or orphan
        stack = [(self._names(address, given_up=given_up), place)]
        while stack:
            names, place = stack[-1]
            for file in names:
                info = file.info
                name, meta = info.name, info.meta
                raw = name.name
                if raw in DOTS:
                    continue
                path = place.path_of(raw)
                if meta is None:
                    meta, file = self._own_meta(name)  # noqa: PLW2901
                elif later and self._is_met(meta):
                    continue
                if self.next_id >= self._most:
                    return
                yield from self._entries(path, name, file, meta, orphan=orphan)
                if meta is not None and meta.type == META_DIRECTORY and self._enters(name, meta):
                    if len(stack) >= self._deepest:
                        self._trouble[TOO_DEEP] += 1
                    elif given_up or (queue := self._queue(meta, path, turn)) is None:
                        names = self._names(meta.addr, given_up=given_up)
                        stack.append((names, Place.at(path)))
                        break
                    else:
                        queue.append((meta.addr, Place.at(path)))
            else:
                yield from self._claimed(place)
                stack.pop()

    def _queue(self, meta: Any, path: Named, turn: int) -> deque[tuple[int, Place]] | None:
        """Where that directory waits: for its turn, or for all that is allocated. None: nowhere."""
        if not meta.flags & META_ALLOCATED:
            return self._later
        own = self._turn_of(path[0])
        return self._waiting.setdefault(own, deque()) if own > turn else None

    def _enter_root(self) -> None:
        """A directory that leads back to the root must not list everything under another name."""
        try:
            meta = self._fs.open_meta(inode=self._fs.info.root_inum).info.meta
        except OSError:
            return
        if meta is not None:
            self._entered.add((meta.addr, meta.seq))

    def _names(self, address: int, *, given_up: bool) -> Iterator[Any]:
        """The pytsk3.File objects of a directory; those that fail are counted.

        `given_up`: it is unallocated, so that what it held may be anything by now.
        """
        try:
            directory = iter(self._fs.open_dir(inode=address))
        except OSError:
            self._trouble[GONE if given_up else NOT_OPENED] += 1
            return
        if self._maker.exfat:
            directory = self._compared(directory, address, given_up=given_up)
        elif self._maker.fat and not given_up:
            directory = self._tallied(directory, address)
        for _ in range(MOST_FAILURES):
            try:
                yield from directory
            except OSError:
                self._trouble[GONE_NAMES if given_up else BAD_NAMES] += 1
            else:
                return

    def _compared(self, directory: Iterator[Any], address: int, *, given_up: bool) -> Iterator[Any]:
        """The same; then `_claims` are the names that The Sleuth Kit passed over."""
        listed, count = set[bytes](), 0
        for file in directory:
            name = file.info.name
            if name.flags == NAME_ALLOCATED and name.name not in DOTS:
                listed.add(name.name)
                count += not self._maker.made_up(name.name, file.info.meta)
            yield file
        raw = self._bytes_of(address, given_up=given_up)
        self._claims = passed_over(raw, listed, count)

    def _tallied(self, directory: Iterator[Any], address: int) -> Iterator[Any]:
        """The same; what The Sleuth Kit passed over is counted."""
        count, is_root, met = 0, address == self._fs.info.root_inum, set[int]()
        for file in directory:
            name = file.info.name
            made_up = is_root and self._maker.made_up(name.name, file.info.meta)
            if name.flags == NAME_ALLOCATED and not made_up:
                met.add(name.meta_addr)
                count += 1
            yield file
        missing = names_in_use(raw := self._bytes_of(address, given_up=False)) - count
        if missing > 0:
            left = self._passed_over(address, raw, met)
            self._left = left if len(left) <= missing else []
            if len(self._left) < missing:
                self._trouble[ODD_NAMES] += missing - len(self._left)

    def _passed_over(self, address: int, raw: bytes, met: set[int]) -> list[FatName]:
        """Names of a FAT directory that The Sleuth Kit did not list."""
        try:
            if self._fat is None:
                self._fat = FatVolume(self._held, self._volume)
            file = self._fs.open_meta(inode=address)
            runs = [(run.addr, run.len) for attribute in file for run in attribute]
            return self._fat.passed_over(raw, runs, met)
        except (OSError, ContentError):
            return []

    def _bytes_of(self, address: int, *, given_up: bool) -> bytes:
        """Of a directory. Where they are not all there, or too many, that is counted."""
        raw, size = b"", 1
        with suppress(OSError, AttributeError):
            file = self._fs.open_meta(inode=address)
            size = file.info.meta.size
            raw = bytes(file.read_random(0, min(size, MOST_BYTES)))
        if len(raw) < size and not given_up:
            self._trouble[NOT_COMPARED] += 1
        return raw

    def _claimed(self, place: Place) -> Iterator[FileEntry]:
        """An entry for each name that was passed over in the directory that has just ended."""
        left, self._left = self._left, []
        for odd in left:
            yield from self._of_odd(odd, place)
        claims, self._claims = self._claims, []
        for name, size in claims:
            if self.next_id >= self._most:
                return
            yield self._maker.of_claim(self.next_id, place.path_of(name), size)
            self.next_id += 1

    def _of_odd(self, odd: FatName, place: Place) -> Iterator[FileEntry]:
        """What lies under a name that The Sleuth Kit passed over."""
        if self._fat is None:
            return
        for entry in self._fat.below(odd, place, self._odd_folders, self._trouble):
            if self.next_id >= self._most:
                return
            if not entry.allocated and not self._unallocated:
                self._trouble[LEFT_UNALLOCATED] += 1
                continue
            yield replace(entry, id=self.next_id)
            self.next_id += 1
            self.content_bytes += sum(run.length for run in entry.runs)

    def _own_meta(self, name: Any) -> tuple[Any, Any]:
        """The metadata that The Sleuth Kit did not join to a name, and its file; or None twice.

        It leaves them apart where the sequence in the name is not that of the metadata; yet that
        is raised by one when an NTFS entry is given up, and orphans' names carry all ones.
        """
        if not name.meta_addr:
            return None, None
        try:
            file = self._fs.open_meta(inode=name.meta_addr)
        except OSError:
            return None, None
        meta, wanted = file.info.meta, name.meta_seq
        if meta is None or (wanted != NO_SEQUENCE and meta.seq - wanted not in (0, 1)):
            return None, None
        return meta, file

    def _enters(self, name: Any, meta: Any) -> bool:
        """Whether a directory is entered: only by its own name, and only once."""
        if name.flags != NAME_ALLOCATED and meta.flags & META_ALLOCATED:
            return False
        key = (meta.addr, meta.seq)
        if key in self._entered:
            self._trouble[AGAIN] += 1
            return False
        self._entered.add(key)
        return True

    def _is_met(self, meta: Any) -> bool:
        """On FAT the address is that of the name itself: met again, it is another's cluster."""
        if self._met is None or self._met.add(meta.addr):
            return False
        self._trouble[MET_BEFORE] += 1
        return True

    def _entries(
        self, path: Named, name: Any, file: Any, meta: Any, *, orphan: bool
    ) -> list[FileEntry]:
        """The entries of one name."""
        allocated = name.flags == NAME_ALLOCATED
        if not (self._unallocated or allocated):
            self._trouble[LEFT_UNALLOCATED] += 1
            return []
        if meta is None:
            entries = [self._maker.of_name_only(self.next_id, path, name, orphan=orphan)]
        elif meta.type in VIRTUAL:
            return []
        elif not allocated and meta.flags & META_ALLOCATED:
            entries = [self._maker.of_reallocated(self.next_id, path, name, meta, orphan=orphan)]
        else:
            entries = self._maker.of_file(self.next_id, path, name, file, meta, orphan=orphan)
            self._count(entries[0], meta)
        if len(entries) > 1 and not self._streams:
            self._trouble[LEFT_STREAMS] += len(entries) - 1
            entries = entries[:1]
        self.next_id += len(entries)
        return entries

    def _count(self, entry: FileEntry, meta: Any) -> None:
        """Add what the file's streams occupy, once for all its names."""
        if self._met is not None:
            self._met.add(entry.meta_address)
        address = entry.meta_address
        if not entry.allocated or not self._counted.add(address):
            return
        self._users += address >= self._first
        self.content_bytes += self._maker.occupied

    def _unmet(self) -> Iterator[FileEntry]:
        """What is in use and in no directory that was read, with all below it."""
        left = min(self._in_use - self._users, self._orphan_cap)
        for address in self._addresses():
            if left <= 0 or self.next_id >= self._most:
                return
            if self._counted.holds(address):
                continue
            try:
                file = self._fs.open_meta(inode=address)
            except OSError:
                continue
            meta = file.info.meta
            if meta is None or not meta.flags & META_ALLOCATED or meta.type in VIRTUAL:
                continue
            left -= 1
            path = Place(ORPHANS + "/").path_of(b"%s%d" % (UNNAMED, address))
            entries = self._maker.of_file(self.next_id, path, NO_NAME, file, meta, orphan=True)
            self._counted.add(address)
            self._users += 1
            self.content_bytes += self._maker.occupied
            self.next_id += len(entries)
            yield from entries
            key = (address, meta.seq)
            if meta.type == META_DIRECTORY and key not in self._entered:
                self._entered.add(key)
                yield from self._tree(address, Place.at(path))

    def _addresses(self) -> Iterator[int]:
        """Those that may be in use, from the first that users' files have."""
        if self._mft is None:
            return iter(range(self._first, self._fs.info.last_inum))
        from triage.sources.valid_data import addresses_in_use  # noqa: PLC0415 - numpy

        return addresses_in_use(self._mft)

    def _looks_for_orphans(self) -> bool:
        """Not where it costs too much: on FAT all that is unallocated is read for it.

        On ext and UFS all inode tables are; on HFS+ and ISO 9660 there is nothing to find.
        """
        if self._maker.orphanless:
            return False
        cost = self._size if self._maker.fat else self._fs.info.last_inum * self._maker.per_inode
        if self._trouble[AGAIN] > MOST_AGAIN:
            self.caps.append(f"{NO_ORPHANS}: too many directories lead back to others")
            return False
        if cost <= self._orphan_search:
            return True
        said = self.notes if self._maker.orphans_are_outside else self.caps
        said.append(f"{NO_ORPHANS}: {cost // 1_000_000} MB would be read")
        return False

    def _orphans(self) -> Iterator[FileEntry]:
        """Metadata that no directory names, and what orphaned directories name; up to the cap."""
        above = self._fs.info.last_inum
        last = self.next_id + self._orphan_cap
        for entry in self._tree(above, Place(ORPHANS + "/"), orphan=True):
            yield entry
            if self.next_id >= last:
                self.caps.append(f"the list of orphans was cut off after {self._orphan_cap:,}")
                return
