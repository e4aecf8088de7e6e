"""Discs, read by ourselves: the trees of ISO 9660 in each session, and UDF's.

Nothing on a disc is freed, and one file may be named by several trees: what a tree names that
another has named already is not listed again, but what only one of them names is, whichever.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from triage.errors import SourceError
from triage.evidence import (
    LARGEST,
    MOST_RUNS,
    EntryKind,
    FileEntry,
    Run,
    Storage,
    Volume,
    VolumeState,
)
from triage.sources import iso9660, udf
from triage.sources.bytes import Bytes
from triage.sources.disc_names import NOT_THERE, DiscName, DiscView, FolderId
from triage.sources.entries import Named, Place
from triage.sources.own_walk import OwnWalk
from triage.sources.reader import NOT_OPENED, ContentError
from triage.sources.runs import RunsContent
from triage.sources.signatures import SESSION, Recognised, sessions_of
from triage.sources.tree import MOST_NAMES, TOO_MANY_NAMES, Content
from triage.sources.walk import (
    AGAIN,
    DEEPEST,
    LEFT_UNALLOCATED,
    MOST_ENTRIES,
    TOO_DEEP,
)
from triage.sources.walk import NOT_OPENED as FOLDERS_NOT_OPENED

NO_TREES = "it has no tree that can be read"
LOST = "names that could not be read"
LISTED = "entries of the disc's other trees and sessions that are as listed already"
TOO_MANY = "directories beyond the most that are entered"
CLOSED = "trees of the disc that could not be opened: {count}"
NO_UDF = "a UDF tree, which could not be read: {why}"
NOTHING_MISSED = frozenset({AGAIN, LISTED, LEFT_UNALLOCATED})
MOST_FOLDERS = 1_000_000
NSR = (b"NSR02", b"NSR03")


def views_of(held: Bytes) -> tuple[list[DiscView], list[str]]:
    """The trees of a disc, the last session's first, and what is to be said of those that are
    not among them: a later session, and last UDF."""
    views, unread, closed = list[DiscView](), list[str](), 0
    found, _ = sessions_of(held)
    for number, at in reversed(list(enumerate(found, 1))):
        title = f"session {number}" if len(found) > 1 else "the disc"
        here, lost = iso9660.views_at(held, at, title)
        views += here
        closed += lost
        if number > 1 and not here and SESSION not in unread:
            unread.append(SESSION)
    if closed:
        unread.append(CLOSED.format(count=closed))
    if not any(held.read_at(sector * 2048 + 1, 5) in NSR for sector in range(16, 32)):
        return views, unread
    try:
        views.append(udf.UdfView(held))
    except ContentError as error:
        unread.append(NO_UDF.format(why=error.reason))
    return views, unread


class DiscTree:
    """Opens at first use."""

    def __init__(self, held: Bytes, volume: Volume) -> None:
        """`held`: the volume's bytes."""
        self._held, self._volume = held, volume

    def walk(self, first_id: int, **options: Any) -> "DiscWalk":
        """As `Tree` has it."""
        views, _ = views_of(self._held)
        if not views:
            raise SourceError(
                f"The disc {self._volume.id} does not open: {NO_TREES}.",
                hint="It is listed as damaged; the lab can look at its sectors.",
            )
        return DiscWalk(views, self._volume, first_id, **options)

    def content(self, entry: FileEntry) -> Content:
        """As `Tree` has it: what is there lies in runs."""
        raise ContentError(NOT_THERE)

    def reread(self, entry: FileEntry) -> Content | None:
        """As `Tree` has it: there is no other way."""
        return None

    def beside(self, entry: FileEntry, name: str, most: int) -> bytes:
        """As `Tree` has it."""
        folder = entry.path.rpartition("/")[0]
        for each in self._in(folder):
            if each.name == name.encode() and each.in_use and each.runs is not None:
                if not 0 < each.size <= most:
                    return b""
                return RunsContent(self._held, each.runs, each.size).read_at(0, each.size)
        raise ContentError(NOT_OPENED)

    def names(self, folder: str) -> Collection[str]:
        """As `Tree` has it: what any of the trees has there."""
        names: set[str] = set()
        for each in self._in(folder):
            if each.in_use:
                names.add(each.name.decode(errors="backslashreplace"))
            if len(names) > MOST_NAMES:
                raise ContentError(TOO_MANY_NAMES)
        return names

    def _in(self, path: str) -> Iterator[DiscName]:
        """What lies in that folder of any tree. Raises ContentError if none has it."""
        met = False
        for view in views_of(self._held)[0]:
            try:
                here = _found(view, path)
            except ContentError:
                continue
            met = True
            yield from view.names(here)
        if not met:
            raise ContentError(NOT_OPENED)


def _found(view: DiscView, path: str) -> FolderId:
    """The folder at a path. Raises ContentError."""
    here = view.root
    for wanted in path.encode().split(b"/") if path else ():
        named = (each.folder for each in view.names(here) if each.name == wanted)
        following = next((folder for folder in named if folder is not None), None)
        if following is None:
            raise ContentError(NOT_OPENED)
        here = following
    return here


class DiscWalk(OwnWalk):
    """Iterates over a disc's entries, once, as `TreeWalk` has it."""

    def __init__(
        self,
        views: list[DiscView],
        volume: Volume,
        first_id: int,
        *,
        unallocated: bool = True,
        deepest: int = DEEPEST,
        most_entries: int = MOST_ENTRIES,
        most_folders: int = MOST_FOLDERS,
        **_options: Any,
    ) -> None:
        """As `Walk` has them. `most_folders`: that are entered, of one tree."""
        super().__init__(volume, first_id, most_entries)
        self._views = views
        self._unallocated, self._deepest = unallocated, deepest
        self._most_folders = most_folders
        self._paths: set[str] = set()
        """Of what has no content."""
        self._contents: set[tuple[Run, ...]] = set()

    def stretches(self) -> Iterator[Iterator[FileEntry]]:
        """All of them at once."""
        yield self._all()

    def _all(self) -> Iterator[FileEntry]:
        for view in self._views:
            before = self.next_id
            new: set[tuple[Run, ...]] = set()
            yield from self._of(view, new)
            self._contents |= new
            self._trouble[LOST] += view.lost
            if view is not self._views[0] and self.next_id > before:
                self.notes.append(f"listed of {view.title} alone: {self.next_id - before:,}")
        self._sum_up(NOTHING_MISSED)

    def _of(self, view: DiscView, new: set[tuple[Run, ...]]) -> Iterator[FileEntry]:
        """What a tree names that none before it did. `new`: the content of that."""
        entered: set[FolderId] = {view.root}
        stack = [(self._names(view, view.root), Place())]
        while stack:
            names, place = stack[-1]
            for name in names:
                if self.next_id >= self._most:
                    return
                path = place.path_of(name.name)
                if not name.in_use and not self._unallocated:
                    self._trouble[LEFT_UNALLOCATED] += 1
                    continue
                if self._is_listed(name, path[0]):
                    self._trouble[LISTED] += 1
                else:
                    if name.runs and name.runs not in new:
                        new.add(name.runs)
                        self.content_bytes += name.size
                    yield self._entry(name, path)
                    self.next_id += 1
                if name.folder is None:
                    continue
                if name.folder in entered:
                    self._trouble[AGAIN] += 1
                elif len(entered) >= self._most_folders:
                    self._trouble[TOO_MANY] += 1
                elif len(stack) >= self._deepest:
                    self._trouble[TOO_DEEP] += 1
                else:
                    entered.add(name.folder)
                    stack.append((self._names(view, name.folder), Place.at(path)))
                    break
            else:
                stack.pop()

    def _names(self, view: DiscView, folder: FolderId) -> Iterator[DiscName]:
        try:
            yield from view.names(folder)
        except ContentError:
            self._trouble[FOLDERS_NOT_OPENED] += 1

    def _is_listed(self, name: DiscName, path: str) -> bool:
        """Whether a tree before this one has it."""
        if name.runs and name.size:
            return name.runs in self._contents
        if path in self._paths:
            return True
        self._paths.add(path)
        return False

    def _entry(self, name: DiscName, path: Named) -> FileEntry:
        size = min(name.size, LARGEST)
        storage, runs = Storage.NONE, name.runs
        if size:
            whole = runs is not None and len(runs) <= MOST_RUNS
            storage = Storage.RUNS if whole else Storage.FILE_SYSTEM
        return FileEntry(
            id=self.next_id,
            volume_id=self._volume.id,
            path=path[0],
            raw_path=path[1],
            kind=name.kind,
            size=size if name.kind is EntryKind.FILE else 0,
            allocated_name=name.in_use,
            allocated_meta=name.in_use,
            meta_address=max(0, name.runs[0].offset) // iso9660.SECTOR if name.runs else 0,
            storage=storage,
            runs=(runs or ()) if storage is Storage.RUNS else (),
            times=name.times,
        )


def tried(held: Bytes, found: Recognised) -> Recognised:
    """Opened once: is there a tree, and is UDF's among them if it should be?"""
    views, unread = views_of(held)
    if views:
        return replace(found, unread=(*found.unread, *unread))
    if any(udf.VIRTUAL in each for each in unread):
        return replace(found, state=VolumeState.UNSUPPORTED, reason=udf.VIRTUAL, unread=())
    reason = f"the file system does not open: {NO_TREES}"
    return replace(found, state=VolumeState.DAMAGED, reason=reason, unread=())
