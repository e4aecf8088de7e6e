"""APFS, read by ourselves: the tree of one volume, as its container gives it.

After Apple's File System Reference. Nothing is written. What was deleted leaves nothing that leads
to content, but for files that were deleted while they were open, and what snapshots have.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from triage.errors import SourceError
from triage.evidence import FileEntry, Volume, VolumeState
from triage.sources.apfs_content import attribute_of, content_of, packed_size, unpacked
from triage.sources.apfs_records import COMPRESSED, Inode, names_in
from triage.sources.apfs_volume import ApfsVolume, FileTree, recognise
from triage.sources.apfs_walk import ROOT, SNAPSHOTS, ApfsWalk, label_of
from triage.sources.bytes import Bytes
from triage.sources.reader import NOT_OPENED, ContentError
from triage.sources.signatures import Recognised
from triage.sources.tree import MOST_NAMES, TOO_MANY_NAMES, Content

__all__ = ["ApfsTree", "recognise", "tried"]


class ApfsTree:
    """Opens at first use."""

    def __init__(self, held: Bytes, volume: Volume) -> None:
        """`held`: the container's bytes, as this volume has them."""
        self._held, self._volume = held, volume
        self._opened: ApfsVolume | None = None
        self._before: dict[int, FileTree] = {}

    @property
    def _files(self) -> ApfsVolume:
        """Raises ContentError."""
        if self._opened is None:
            self._opened = ApfsVolume(self._held)
        return self._opened

    def walk(self, first_id: int, **options: Any) -> ApfsWalk:
        """As `Tree` has it."""
        try:
            files = self._files
        except ContentError as error:
            raise SourceError(
                f"The APFS volume {self._volume.id} does not open: {error.reason}.",
                hint="It is listed as damaged; the lab can look at its sectors.",
            ) from error
        return ApfsWalk(files, self._volume, first_id, **options)

    def content(self, entry: FileEntry) -> Content:
        """As `Tree` has it."""
        files = self._at(entry.meta_sequence)
        inode = files.inode(entry.meta_address)
        if not inode.is_there:
            raise ContentError(NOT_OPENED)
        if entry.stream:
            return attribute_of(files, inode, entry.stream.encode())
        return _content(files, inode)

    def reread(self, entry: FileEntry) -> Content | None:
        """As `Tree` has it."""
        return self.content(entry)

    def beside(self, entry: FileEntry, name: str, most: int) -> bytes:
        """As `Tree` has it."""
        folder = (entry.raw_path or entry.path.encode()).rpartition(b"/")[0]
        files, number = self._found((folder + b"/" if folder else b"") + name.encode())
        content = _content(files, files.inode(number))
        return content.read_at(0, content.size) if 0 < content.size <= most else b""

    def names(self, folder: str) -> Collection[str]:
        """As `Tree` has it."""
        if folder == SNAPSHOTS:
            return {label_of(each) for each in self._files.snapshots()}
        files, number = self._found(folder.encode())
        names = {
            name.decode(errors="backslashreplace")
            for name, _ in names_in(files.tree, number, MOST_NAMES + 1)
        }
        if len(names) > MOST_NAMES:
            raise ContentError(TOO_MANY_NAMES)
        return names | {SNAPSHOTS} if not folder else names

    def _at(self, transaction: int) -> FileTree:
        """The files as a snapshot has them; 0: as they are now. Raises ContentError."""
        if not transaction:
            return self._files.now
        if transaction not in self._before:
            wanted = (each for each in self._files.snapshots() if each.number == transaction)
            snapshot = next(wanted, None)
            if snapshot is None:
                raise ContentError(NOT_OPENED)
            if len(self._before) >= MOST_OPEN:
                self._before.clear()
            self._before[transaction] = self._files.as_of(snapshot)
        return self._before[transaction]

    def _found(self, path: bytes) -> tuple[FileTree, int]:
        """The files in which a path leads to something, and its number. Raises ContentError."""
        files, names = self._files.now, path.split(b"/") if path else []
        if len(names) > 1 and names[0] == SNAPSHOTS.encode():
            label = names[1].decode(errors="backslashreplace")
            named = (each for each in self._files.snapshots() if label_of(each) == label)
            snapshot = next(named, None)
            if snapshot is None:
                raise ContentError(NOT_OPENED)
            files, names = self._at(snapshot.number), names[2:]
        here = ROOT
        for wanted in names:
            listed = names_in(files.tree, here, MOST_NAMES)
            here = next((number for name, number in listed if name == wanted), 0)
            if not here:
                raise ContentError(NOT_OPENED)
        return files, here


MOST_OPEN = 64
"""Snapshots that are kept open for the content of their entries."""


def _content(files: FileTree, inode: Inode) -> Content:
    if inode.flags & COMPRESSED and packed_size(files, inode) is not None:
        return unpacked(files, inode)
    return content_of(files, inode)


def tried(held: Bytes, found: Recognised) -> Recognised:
    """Opened once: is its tree there?"""
    try:
        ApfsVolume(held)
    except ContentError as error:
        reason = f"the file system does not open: {error.reason}"
        return replace(found, state=VolumeState.DAMAGED, reason=reason, unread=())
    return found
