"""XFS, read by ourselves: versions 4 and 5.

Nothing is written, and what is in its log alone is not read, which is said.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from triage.errors import SourceError
from triage.evidence import FileEntry, Volume, VolumeState
from triage.sources.bytes import Bytes
from triage.sources.reader import NOT_OPENED, ContentError
from triage.sources.runs import RunsContent
from triage.sources.signatures import Recognised
from triage.sources.tree import MOST_NAMES, TOO_MANY_NAMES, Content
from triage.sources.xfs_directories import XfsFolder, XfsName
from triage.sources.xfs_inodes import NO_INODE, Inodes, XfsInode, runs_of
from triage.sources.xfs_log import LogState, log_state
from triage.sources.xfs_shape import TOO_NEW, TOO_OLD, shape_of
from triage.sources.xfs_walk import XfsWalk

NOT_REPLAYED = (
    "its log was not replayed: what was written last, before the power was cut, may be missing"
)
LOG_ELSEWHERE = "its log lies on another device: what was written last may be missing"
REALTIME = "what lies on its realtime device"


class XfsTree:
    """Opens at first use."""

    def __init__(self, held: Bytes, volume: Volume) -> None:
        """`held`: the volume's bytes."""
        self._held, self._volume = held, volume
        self._inodes: Inodes | None = None

    @property
    def _opened(self) -> Inodes:
        """Raises ContentError."""
        if self._inodes is None:
            self._inodes = Inodes(self._held, shape_of(self._held))
        return self._inodes

    def walk(self, first_id: int, **options: Any) -> XfsWalk:
        """As `Tree` has it."""
        try:
            inodes = self._opened
        except ContentError as error:
            raise SourceError(
                f"The XFS file system of {self._volume.id} does not open: {error.reason}.",
                hint="It is listed as damaged; the lab can look at its sectors.",
            ) from error
        return XfsWalk(inodes, self._volume, first_id, **options)

    def content(self, entry: FileEntry) -> Content:
        """As `Tree` has it."""
        inode = self._opened.inode(entry.meta_address)
        if not inode.kind or inode.generation != entry.meta_sequence:
            raise ContentError(NO_INODE)
        return self._content(inode, entry.size)

    def _content(self, inode: XfsInode, size: int) -> Content:
        inodes = self._opened
        return RunsContent(self._held, runs_of(inodes.shape, inodes.extents(inode), size), size)

    def reread(self, entry: FileEntry) -> Content | None:
        """As `Tree` has it: there is no other way, for each block is there once."""
        return None

    def beside(self, entry: FileEntry, name: str, most: int) -> bytes:
        """As `Tree` has it."""
        folder = (entry.raw_path or entry.path.encode()).rpartition(b"/")[0]
        inode = self._found((folder + b"/" if folder else b"") + name.encode())
        if not 0 < inode.size <= most:
            return b""
        return self._content(inode, inode.size).read_at(0, inode.size)

    def names(self, folder: str) -> Collection[str]:
        """As `Tree` has it."""
        names: set[str] = set()
        for name in self._listed(self._found(folder.encode())):
            names.add(name.name.decode(errors="backslashreplace"))
            if len(names) > MOST_NAMES:
                raise ContentError(TOO_MANY_NAMES)
        return names

    def _found(self, path: bytes) -> XfsInode:
        """The inode at a path. Raises ContentError."""
        inode = self._opened.inode(self._opened.shape.root)
        for wanted in path.split(b"/") if path else ():
            number = next((each.inode for each in self._listed(inode) if each.name == wanted), 0)
            if not number:
                raise ContentError(NOT_OPENED)
            inode = self._opened.inode(number)
        return inode

    def _listed(self, folder: XfsInode) -> Iterator[XfsName]:
        return iter(XfsFolder(self._opened, folder, given_up=False))


def tried(held: Bytes, found: Recognised) -> Recognised:
    """Opened once: does it list its root directory, and was its log left in order?"""
    try:
        inodes = Inodes(held, shape_of(held))
        next(iter(XfsFolder(inodes, inodes.inode(inodes.shape.root))), None)
    except ContentError as error:
        state, reason = VolumeState.DAMAGED, f"the file system does not open: {error.reason}"
        if error.reason in (TOO_NEW, TOO_OLD):
            state, reason = VolumeState.UNSUPPORTED, error.reason
        return replace(found, state=state, reason=reason, unread=())
    shape, unread = inodes.shape, found.unread
    if not shape.log and shape.log_size:
        unread = (*unread, LOG_ELSEWHERE)
    elif log_state(held, shape) is not LogState.CLEAN:
        unread = (*unread, NOT_REPLAYED)
    if shape.realtime:
        unread = (*unread, REALTIME)
    return replace(found, block_size=shape.block, unread=unread)
