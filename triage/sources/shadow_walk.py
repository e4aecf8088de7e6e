"""NTFS with shadow copies: the volume as it is, and then what each of them has otherwise.

A copy's table of files is held against the volume's: what lies in blocks that were never written
over is the same. Of each record that is otherwise the file is listed, unless it has the same path,
size, time of writing and places as in the volume or in a newer copy. Its content lies in the
volume's own bytes, wherever the store keeps it.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import chain

from msgspec.structs import replace

from triage.evidence import MOST_RUNS, EntryKind, FileEntry, Run, Storage
from triage.sources.bytes import Bytes
from triage.sources.entries import META_ALLOCATED, NAME_ALLOCATED, NTFS_RESERVED, Maker, Place
from triage.sources.file_system import FileSystem
from triage.sources.mft import Mft
from triage.sources.mft_records import base_of
from triage.sources.reader import ContentError
from triage.sources.shadow_bytes import ShadowBytes
from triage.sources.vss import ShadowStore
from triage.sources.walk import LOST_RECORDS, NO_NAME, Walk

SNAPSHOTS = "$Snapshots"
NUMBER_SHIFT = 16
"""In the type of an entry's attribute, behind the type: which copy has it."""
ROOT = 5
DEEPEST = 512
MOST_FOLDERS = 1_000_000
MOST_COMPARED = 1 << 20
"""Bytes of content that lies in a record, or packed."""
MOST_NOTES = 32

CLOSED = "shadow copies that could not be read"
ODD_PATHS = "files of shadow copies whose own place could not be told"
NOT_OPENED = "files of shadow copies that could not be read"
BAD_RECORDS = "MFT records of shadow copies that could not be read"
CROWDED = f"of shadow copies, {LOST_RECORDS}"
LOST_BYTES = "bytes of shadow copies that could not be read when they were listed"
OF_STORES = "stores as shadow copies have them, not listed: what is in them is the copies' own"
STORE_NAME = "{3808876b-c176-4e48-b7ae-04046e6cc752}"
"""How the names of stores end, in `System Volume Information`."""
AS_NOW = "entries of shadow copies that are as in the volume or in a newer one, not listed again"
GIVEN_UP = "files that were given up when a shadow copy was made, not looked at"
LEFT_STREAMS = "alternate streams of shadow copies, left out as the profile asks"
NOTHING_MISSED = frozenset({AS_NOW, OF_STORES, GIVEN_UP, LEFT_STREAMS})


def folder_of(store: ShadowStore) -> str:
    """Its date, as a folder's name."""
    try:
        made = datetime.fromtimestamp(store.made, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        made = "an unknown time"
    return f"shadow copy {store.number} of {made}"


class ShadowState:
    """The file system as it was at one time, or as it is."""

    def __init__(self, file_system: FileSystem, number: int = 0, top: str = "") -> None:
        """`number` of the copy, 0: as it is now; `top`: before all of its paths. Raises
        ContentError."""
        mft = file_system.mft
        if mft is None:
            raise ContentError(CLOSED)
        self.file_system, self.mft = file_system, mft
        self._maker = Maker(file_system.volume, file_system.opened.info)
        self._maker.mft = mft
        self._folders: dict[int, Place] = {ROOT: Place()}
        self._number, self._top = number, top

    def entries(self, address: int, trouble: Counter[str]) -> list[FileEntry]:
        """Of a file in use, one a name and stream; what gives none is counted in `trouble`."""
        try:
            file = self.file_system.opened.open_meta(inode=address)
        except OSError:
            trouble[NOT_OPENED if self.mft.may_be_in_use(address) else GIVEN_UP] += 1
            return []
        meta = file.info.meta
        if meta is None or not meta.flags & META_ALLOCATED:
            trouble[GIVEN_UP] += 1
            return []
        streams = self.mft.streams(address)
        short = any(each.valid < each.size and each.extents for each in streams)
        self._maker.not_as_stored = (address,) if short else ()
        found: list[FileEntry] = []
        names = self.mft.names(address)
        trouble[ODD_PATHS] += not names
        for above, name in names:
            place = self._folder(above)
            if place is None:
                trouble[ODD_PATHS] += 1
                continue
            found += self._maker.of_file(0, place.path_of(name), _NAMED, file, meta, orphan=False)
        return [self._translated(each) for each in found]

    def _translated(self, entry: FileEntry) -> FileEntry:
        """The same, where it lies in the volume's own bytes."""
        held = self.file_system.held
        if not isinstance(held, ShadowBytes):
            return entry
        entry = replace(
            entry,
            path=self._top + entry.path,
            raw_path=entry.raw_path and self._top.encode() + entry.raw_path,
            attribute_type=entry.attribute_type + (self._number << NUMBER_SHIFT),
        )
        if not entry.runs:
            return entry
        runs = held.runs_of(entry.runs, MOST_RUNS)
        return replace(entry, runs=runs, storage=Storage.RUNS if runs else Storage.FILE_SYSTEM)

    def mark(self, entry: FileEntry) -> bytes:
        """What makes two entries the same, in a digest."""
        within = (entry.raw_path or entry.path.encode())[len(self._top) :]
        told = blake2b(digest_size=12)
        written = entry.times.modified if entry.kind is EntryKind.FILE else None
        told.update(repr((within, entry.stream, entry.size, written)).encode())
        for run in entry.runs:
            told.update(b"%d %d," % (run.offset, run.length))
        if entry.storage is Storage.FILE_SYSTEM:
            told.update(self._beginning(entry))
        return told.digest()

    def _beginning(self, entry: FileEntry) -> bytes:
        type_ = entry.attribute_type & (1 << NUMBER_SHIFT) - 1
        length = min(entry.size, MOST_COMPARED)
        try:  # what cannot be read of both is the same by all else that is known
            file = self.file_system.file(entry)
            return bytes(file.read_random(0, length, type_, entry.attribute_id))
        except OSError:
            return b""

    def _folder(self, address: int) -> Place | None:
        """The place of a folder; None where it cannot be told."""
        way: list[tuple[int, bytes]] = []
        here = address
        while here not in self._folders:
            names = self.mft.names(here)
            if not names or len(way) >= DEEPEST or any(here == each for each, _ in way):
                return None
            way.append((here, names[0][1]))
            here = names[0][0]
        place = self._folders[here]
        for below, name in reversed(way):
            place = Place.at(place.path_of(name))
            if len(self._folders) < MOST_FOLDERS:
                self._folders[below] = place
        return place


class _Named:
    """In place of The Sleuth Kit's name: it is in use."""

    name, type, flags = NO_NAME.name, NO_NAME.type, NAME_ALLOCATED


_NAMED = _Named()


class ShadowedWalk:
    """Iterates over a volume's entries, once, as `TreeWalk` has it."""

    def __init__(
        self,
        walk: Walk,
        now: FileSystem,
        before: Iterator[tuple[ShadowStore, FileSystem | ContentError]],
        *,
        most_entries: int,
        streams: bool = True,
    ) -> None:
        """`walk` over the volume as it is; `before`: as its copies have it, the newest first.
        `streams`: with alternate ones."""
        self._walk, self._now, self._before = walk, now, before
        self._most = walk.next_id + most_entries
        self._streams = streams
        self._trouble: Counter[str] = Counter()
        self._is_cut = False
        """Whether there was no room for what a copy has."""
        self._notes: list[str] = []
        self.next_id = walk.next_id
        self.content_bytes = 0
        self.caps: list[str] = []
        self.notes: list[str] = []

    def __iter__(self) -> Iterator[FileEntry]:
        """The entries. Trouble with one of them never stops the walk."""
        return chain.from_iterable(self.stretches())

    def stretches(self) -> Iterator[Iterator[FileEntry]]:
        """What is there now, and then what the copies have."""
        for stretch in self._walk.stretches():
            yield stretch
            self.next_id = self._walk.next_id
        yield self._otherwise()
        self.content_bytes = self._walk.content_bytes
        self.caps, self.notes = [*self._walk.caps], [*self._walk.notes, *self._notes]
        for what, count in sorted(self._trouble.items()):
            if count:
                said = self.notes if what in NOTHING_MISSED else self.caps
                said.append(f"{what}: {count:,}")
        if self._is_cut:
            self.caps.append(f"the listing of shadow copies stopped after {self.next_id:,} entries")

    def _otherwise(self) -> Iterator[FileEntry]:
        try:
            now = ShadowState(self._now)
        except ContentError:
            self._trouble[CLOSED] += 1
            return
        told: set[bytes] = set()
        for store, there in self._before:
            if isinstance(there, ContentError):
                self._trouble[CLOSED] += 1
                continue
            first = self.next_id
            try:
                top = f"{SNAPSHOTS}/{folder_of(store)}/"
                state = ShadowState(there, store.number, top)
            except ContentError:
                self._trouble[CLOSED] += 1
                continue
            with there.image.listing(state.mft.runs):
                yield from self._of_state(state, now, told)
            self._trouble[CROWDED] += state.mft.lost
            self._trouble[LOST_BYTES] += there.image.lost
            if self.next_id > first and len(self._notes) < MOST_NOTES:
                count = f"{self.next_id - first:,}"
                self._notes.append(f"{folder_of(store)}: entries that are otherwise in it: {count}")
            if self._is_cut:
                return

    def _of_state(
        self, state: ShadowState, now: ShadowState, told: set[bytes]
    ) -> Iterator[FileEntry]:
        held = state.file_system.held
        for address in _changed(state.mft, now.mft, held, self._trouble):
            entries = state.entries(address, self._trouble)
            if not entries:
                continue
            as_now = {now.mark(each) for each in now.entries(address, Counter())}
            for entry in entries:
                if entry.path.endswith(STORE_NAME):
                    self._trouble[OF_STORES] += 1
                    continue
                mark = state.mark(entry)
                if mark in as_now or mark in told:
                    self._trouble[AS_NOW] += 1
                    continue
                told.add(mark)
                if entry.stream and not self._streams:
                    self._trouble[LEFT_STREAMS] += 1
                    continue
                if self.next_id >= self._most:
                    self._is_cut = True
                    return
                yield replace(entry, id=self.next_id)
                self.next_id += 1


def _changed(then: Mft, now: Mft, held: Bytes, trouble: Counter[str]) -> Iterator[int]:
    """Addresses of files whose records are otherwise now, each once, in their order; records that
    are none are counted in `trouble`."""
    size, met = then.record_size, set[int]()
    for begin, length in _otherwise(then, now, held):
        for number in range(begin // size, -(-(begin + length) // size)):
            try:
                raw = then.table.read_at(number * size, size)
            except ContentError:
                trouble[BAD_RECORDS] += 1
                continue
            if len(raw) != size or not any(raw[:4]) or _is_as(raw, now, number):
                continue
            if raw[:4] != b"FILE":
                trouble[BAD_RECORDS] += 1
                continue
            address = base_of(raw) or number
            if address >= NTFS_RESERVED and address not in met:
                met.add(address)
                yield address


def _is_as(raw: bytes, now: Mft, number: int) -> bool:
    """Whether the record is so now, too; what cannot be read is not."""
    try:
        return now.table.read_at(number * now.record_size, now.record_size) == raw
    except ContentError:
        return False


def _otherwise(then: Mft, now: Mft, held: Bytes) -> Iterator[tuple[int, int]]:
    """Stretches of the table that do not lie where they do now: begin and length, bytes."""
    places = held.runs_of(then.runs, MOST_RUNS) if isinstance(held, ShadowBytes) else ()
    if not places or then.record_size != now.record_size:
        yield 0, then.size
        return
    ours, theirs = list(places), list(now.runs)
    at = 0
    while ours and at < then.size:
        run = ours.pop(0)
        if not theirs:
            yield at, then.size - at
            return
        other = theirs.pop(0)
        length = min(run.length, other.length)
        if run.offset != other.offset:
            yield at, length
        at += length
        for left, runs in ((run, ours), (other, theirs)):
            if left.length > length:
                runs.insert(0, Run(left.offset + length, left.length - length))
