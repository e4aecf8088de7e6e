"""A folder given as the source: its entries and their content, through the operating system.

Only descriptors below the folder's own are opened, no symbolic link is followed, and access times
are left alone where the system allows it. There is nothing unallocated here: report that.
"""

import os
import stat
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from triage.evidence import EntryKind, FileEntry, Storage, Timestamps, Volume
from triage.sources.beneath import open_beneath
from triage.sources.entries import Named, Place
from triage.sources.reader import CHANGED, NOT_OPENED, READ_FAILED, TOO_SHORT, ContentError

DEEPEST = 256
"""Each open level holds a descriptor."""
CHUNK = 1 << 20
NOT_LISTED = "folders that could not be opened"
TOO_DEEP = "folders that lie too deep, not entered"
AGAIN = "folders that were listed already, not entered again"
MOUNTS = "folders that are mount points of other file systems, entered"
BAD_NAMES = "names that could not be read"
NOTHING_MISSED = frozenset({AGAIN, MOUNTS})
"""What is only said: all of it was listed."""

_KINDS = {stat.S_IFREG: EntryKind.FILE, stat.S_IFDIR: EntryKind.DIRECTORY,
          stat.S_IFLNK: EntryKind.LINK}  # fmt: skip


class FolderTree:
    """The tree of a folder that was given as the source; nothing in it lies in runs."""

    def __init__(self, root: int, volume: Volume) -> None:
        """`root`: a descriptor of the folder; it stays the caller's."""
        self._root = root
        self._volume = volume

    def walk(self, first_id: int, **_options: Any) -> "FolderWalk":
        """All there is: nothing in it is unallocated, nor a stream of its own."""
        return FolderWalk(self._root, self._volume, first_id=first_id)

    def content(self, entry: FileEntry) -> "FolderContent":
        """As `Tree` has it."""
        return FolderContent(self._root, entry)

    reread = content

    def beside(self, entry: FileEntry, name: str, most: int) -> bytes:
        """As `Tree` has it."""
        folder = entry.path.rpartition("/")[0]
        path = f"{folder}/{name}" if folder else name
        try:
            here = open_beneath(self._root, path.encode(), folder=False)
        except (OSError, ValueError) as error:
            raise ContentError(NOT_OPENED) from error
        try:
            status = os.fstat(here)
            if not stat.S_ISREG(status.st_mode) or status.st_size > most:
                return b""
            return os.pread(here, status.st_size, 0)
        except OSError as error:
            raise ContentError(NOT_OPENED) from error
        finally:
            os.close(here)

    def names(self, folder: str) -> Collection[str]:
        """As `Tree` has it."""
        try:
            if not folder:
                return os.listdir(self._root)  # noqa: PTH208
            here = open_beneath(self._root, folder.encode(), folder=True)
            try:
                return os.listdir(here)  # noqa: PTH208
            finally:
                os.close(here)
        except (OSError, ValueError) as error:
            raise ContentError(NOT_OPENED) from error


class FolderWalk:
    """Iterates over a folder's entries, once, names in the order of their bytes.

    `caps`, `notes`, `content_bytes` and `next_id` are whole afterwards, as with `walk.Walk`.
    """

    def __init__(self, root: int, volume: Volume, *, first_id: int = 0) -> None:
        """`root`: a descriptor of the folder; it stays the caller's."""
        self._root = root
        self._volume = volume
        self._entered: set[tuple[int, int]] = set()
        self._counted: set[tuple[int, int]] = set()
        self._trouble: Counter[str] = Counter()
        self.next_id = first_id
        self.content_bytes = 0
        self.caps: list[str] = []
        self.notes: list[str] = []

    def stretches(self) -> Iterator[Iterator[FileEntry]]:
        """All of them at once."""
        yield iter(self)

    def __iter__(self) -> Iterator[FileEntry]:
        """The entries. Trouble with one of them never stops the walk; it is counted in `caps`."""
        root = os.dup(self._root)
        stack: list[tuple[int, Iterator[os.DirEntry[str]], Place]] = []
        try:
            stack.append((root, self._names(root), Place()))
            self._enters(os.fstat(root), None)
            while stack:
                yield from self._step(stack)
        finally:
            for fd, _, _ in stack:
                os.close(fd)
            for what, count in self._trouble.items():
                (self.notes if what in NOTHING_MISSED else self.caps).append(f"{what}: {count:,}")

    def _step(
        self, stack: list[tuple[int, Iterator[os.DirEntry[str]], Place]]
    ) -> Iterator[FileEntry]:
        fd, names, place = stack[-1]
        name = next(names, None)
        if name is None:
            stack.pop()
            os.close(fd)
            return
        raw = os.fsencode(name.name)
        here = place.path_of(raw)
        try:
            status = os.lstat(raw, dir_fd=fd)
        except OSError:
            self._trouble[BAD_NAMES] += 1
            return
        yield self._entry(here, status)
        if not stat.S_ISDIR(status.st_mode) or not self._enters(status, os.fstat(fd)):
            return
        if len(stack) >= DEEPEST:
            self._trouble[TOO_DEEP] += 1
            return
        below = self._open(fd, raw, status)
        if below is not None:
            stack.append((below, self._names(below), Place.at(here)))

    def _names(self, fd: int) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(fd) as names:
                return iter(sorted(names, key=lambda name: os.fsencode(name.name)))
        except OSError:
            self._trouble[NOT_LISTED] += 1
            return iter(())

    def _open(self, above: int, name: bytes, status: os.stat_result) -> int | None:
        try:
            fd = open_beneath(above, name, folder=True)
        except OSError:
            self._trouble[NOT_LISTED] += 1
            return None
        if not os.path.samestat(os.fstat(fd), status):
            os.close(fd)
            self._trouble[NOT_LISTED] += 1
            return None
        return fd

    def _enters(self, status: os.stat_result, above: os.stat_result | None) -> bool:
        key = (status.st_dev, status.st_ino)
        if key in self._entered:
            self._trouble[AGAIN] += 1
            return False
        self._entered.add(key)
        if above is not None and above.st_dev != status.st_dev:
            self._trouble[MOUNTS] += 1
        return True

    def _entry(self, path: Named, status: os.stat_result) -> FileEntry:
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), EntryKind.OTHER)
        size = status.st_size if kind is EntryKind.FILE else 0
        self._count(kind, status)
        id_, self.next_id = self.next_id, self.next_id + 1
        return FileEntry(
            id=id_,
            volume_id=self._volume.id,
            path=path[0],
            raw_path=path[1],
            kind=kind,
            size=size,
            meta_address=status.st_ino,
            storage=Storage.DIRECTORY if size else Storage.NONE,
            times=Timestamps(
                modified=status.st_mtime_ns / 1e9,
                changed=status.st_ctime_ns / 1e9,
                accessed=status.st_atime_ns / 1e9,
            ),
        )

    def _count(self, kind: EntryKind, status: os.stat_result) -> None:
        if kind is not EntryKind.FILE:
            return
        if status.st_nlink > 1:
            key = (status.st_dev, status.st_ino)
            if key in self._counted:
                return
            self._counted.add(key)
        self.content_bytes += status.st_blocks * 512


class FolderContent:
    """A file below the folder. It must still be the file that was listed."""

    def __init__(self, root: int, entry: FileEntry) -> None:
        """Raises ContentError if it is gone, exchanged, or changed its size."""
        self._fd = -1
        self.size = entry.size
        try:
            self._fd = open_beneath(root, entry.raw_path or entry.path.encode(), folder=False)
            status = os.fstat(self._fd)
        except (OSError, ValueError) as error:
            raise ContentError(NOT_OPENED) from error
        is_same = stat.S_ISREG(status.st_mode) and status.st_ino == entry.meta_address
        if not is_same or status.st_size != entry.size:
            raise ContentError(CHANGED)

    def __del__(self) -> None:
        """Closes what was opened."""
        if self._fd >= 0:
            os.close(self._fd)

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end. Raises ContentError."""
        length = min(length, self.size - offset)
        if length <= 0 or offset < 0:
            return b""
        pieces: list[bytes] = []
        while length:
            try:
                data = os.pread(self._fd, length, offset)
            except OSError as error:
                raise ContentError(READ_FAILED) from error
            if not data:
                raise ContentError(TOO_SHORT)
            pieces.append(data)
            offset += len(data)
            length -= len(data)
        return b"".join(pieces)

    def chunks(self, size: int = CHUNK) -> Iterator[bytes | memoryview]:
        """All of it, in chunks of at most `size` bytes. Raises ContentError."""
        for offset in range(0, self.size, size):
            yield self.read_at(offset, size)
