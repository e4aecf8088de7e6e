"""btrfs, read by ourselves: the tree of a volume's subvolumes and snapshots.

Nothing is written, and its log is not replayed, which is said. What was deleted leaves nothing that
leads to content, but for subvolumes that are being given up and files that were deleted while open.
"""

import struct
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from triage.errors import SourceError
from triage.evidence import FileEntry, Volume, VolumeState
from triage.sources.btrfs_content import OVERLAP, BtrfsContent, extents_of
from triage.sources.btrfs_nodes import Nodes
from triage.sources.btrfs_table import devices_in
from triage.sources.btrfs_walk import (
    DIR_INDEX,
    FIRST,
    INODE,
    NOT_REPLAYED,
    ROOT,
    TOP,
    BtrfsWalk,
    Subvolume,
    inode_of,
    subvolumes,
)
from triage.sources.bytes import Bytes
from triage.sources.reader import NOT_OPENED, ContentError
from triage.sources.signatures import Recognised
from triage.sources.tree import MOST_NAMES, TOO_MANY_NAMES, Content

OTHERS = "what lies only on those of its {count} devices that are not here ({missing})"
NOT_WITHOUT = "it does not open without those of its {count} devices that are not here ({missing})"
OF_PARITY = "what lies in a RAID 5 or 6 of btrfs, which this version cannot read"
NO_TREES = "it has no tree of files"


class BtrfsTree:
    """Opens at first use."""

    def __init__(self, held: Bytes, volume: Volume) -> None:
        """`held`: the volume's bytes."""
        self._held, self._volume = held, volume
        self._nodes: Nodes | None = None
        self._trees: dict[int, Subvolume] = {}

    @property
    def _opened(self) -> Nodes:
        """Raises ContentError."""
        if self._nodes is None:
            nodes = Nodes.of(self._held)
            self._trees = {tree.number: tree for tree in subvolumes(nodes, None)}
            self._nodes = nodes
        return self._nodes

    def walk(self, first_id: int, **options: Any) -> BtrfsWalk:
        """As `Tree` has it."""
        try:
            nodes = self._nodes or Nodes.of(self._held)
        except ContentError as error:
            raise SourceError(
                f"The btrfs file system of {self._volume.id} does not open: {error.reason}.",
                hint="It is listed as damaged; the lab can look at its sectors.",
            ) from error
        return BtrfsWalk(nodes, self._volume, first_id, **options)

    def content(self, entry: FileEntry) -> Content:
        """As `Tree` has it."""
        nodes = self._opened
        tree = self._trees.get(entry.meta_sequence)
        if tree is None:
            raise ContentError(NOT_OPENED)
        return self._content(nodes, tree, entry.meta_address, entry.size)

    def _content(self, nodes: Nodes, tree: Subvolume, inode: int, size: int) -> Content:
        _, items = inode_of(nodes, tree.root, inode)
        extents = extents_of(items, size)
        if extents is None:
            raise ContentError(OVERLAP)
        return BtrfsContent(nodes.chunks, extents, size, nodes.superblock.sector)

    def reread(self, entry: FileEntry) -> Content | None:
        """As `Tree` has it: by the copies that its runs are not of, where there are any."""
        return self.content(entry)

    def beside(self, entry: FileEntry, name: str, most: int) -> bytes:
        """As `Tree` has it."""
        nodes = self._opened
        folder = (entry.raw_path or entry.path.encode()).rpartition(b"/")[0]
        tree, inode = self._found((folder + b"/" if folder else b"") + name.encode())
        item, _ = inode_of(nodes, tree.root, inode)
        size = struct.unpack_from("<Q", item, 16)[0] if len(item) >= 24 else 0
        if not 0 < size <= most:
            return b""
        return self._content(nodes, tree, inode, size).read_at(0, size)

    def names(self, folder: str) -> Collection[str]:
        """As `Tree` has it."""
        tree, inode = self._found(folder.encode())
        names = {name.decode(errors="backslashreplace") for name, *_ in self._listed(tree, inode)}
        if len(names) > MOST_NAMES:
            raise ContentError(TOO_MANY_NAMES)
        return names

    def _found(self, path: bytes) -> tuple[Subvolume, int]:
        """The subvolume and inode at a path. Raises ContentError."""
        if not self._opened or TOP not in self._trees:
            raise ContentError(NO_TREES)
        tree, inode = self._trees[TOP], FIRST
        for wanted in path.split(b"/") if path else ():
            named = (each for each in self._listed(tree, inode) if each[0] == wanted)
            _, number, kind = next(named, (b"", 0, 0))
            if not kind:
                raise ContentError(NOT_OPENED)
            if kind != ROOT:
                inode = number
                continue
            below = self._trees.get(number)
            if below is None:
                raise ContentError(NOT_OPENED)
            tree, inode = below, FIRST
        return tree, inode

    def _listed(self, tree: Subvolume, folder: int) -> Iterator[tuple[bytes, int, int]]:
        """Name, number and kind of what a folder names: an inode, or a subvolume."""
        nodes = self._opened
        for _, item in nodes.of_type(tree.root, folder, DIR_INDEX, MOST_NAMES + 1):
            if len(item) < 30:
                continue
            number, kind = struct.unpack_from("<QB", item)
            length = struct.unpack_from("<H", item, 27)[0]
            if kind in (INODE, ROOT):
                yield item[30 : 30 + length], number, kind


def tried(held: Bytes, found: Recognised) -> Recognised:
    """Opened once: are its trees there, and all of it on the devices that are here?"""
    try:
        nodes = Nodes.of(held)
        trees = subvolumes(nodes, None)
        if trees:
            nodes.node(trees[0].root)
    except ContentError as error:
        state, reason = VolumeState.DAMAGED, f"the file system does not open: {error.reason}"
        missing, count = _devices(held)
        if missing > 0:
            state = VolumeState.UNSUPPORTED
            reason = NOT_WITHOUT.format(count=f"{count:,}", missing=f"{missing:,}")
        return replace(found, state=state, reason=reason, unread=())
    if not trees:
        return replace(found, state=VolumeState.DAMAGED, reason=NO_TREES, unread=())
    unread = found.unread
    if nodes.chunks.elsewhere:
        devices = nodes.superblock.devices
        missing = max(0, devices - nodes.here)
        unread = (*unread, OTHERS.format(count=f"{devices:,}", missing=f"{missing:,}"))
    if nodes.chunks.parity:
        unread = (*unread, OF_PARITY)
    if nodes.superblock.log_root:
        unread = (*unread, NOT_REPLAYED)
    return replace(found, block_size=nodes.superblock.sector, unread=unread)


def _devices(held: Bytes) -> tuple[int, int]:
    """How many are not here, of how many."""
    try:
        devices, superblock = devices_in(held)
    except ContentError:
        return 0, 0
    return superblock.devices - len(devices), superblock.devices
