"""APFS: the content of a file or an attribute, whose pieces lie in the container."""

from collections.abc import Sequence

from triage.evidence import LARGEST, MOST_RUNS, Run
from triage.sources.apfs_nodes import Objects
from triage.sources.apfs_records import FIELD_STREAM, PACKED, RESOURCE_FORK, Extent, Inode
from triage.sources.apfs_volume import FileTree
from triage.sources.decmpfs import unpacked_size, unpacking
from triage.sources.reader import NOT_OPENED, ContentError
from triage.sources.runs import BytesContent, RunsContent
from triage.sources.tree import Content

ODD = "its pieces contradict each other, or are not all there"
MOST_PACKED = 1 << 20
"""Bytes of an attribute that says how a file is packed; Apple's are at most some thousands."""


def runs_of(
    extents: Sequence[Extent], size: int, objects: Objects, *, gaps: bool = False
) -> tuple[Run, ...] | None:
    """The runs in which a stream lies; None where its pieces contradict each other, or are not in
    the container.

    `gaps`: what no piece is said of is a hole, as in a sparse file; otherwise None for that too.
    """
    runs: list[Run] = []
    position, block = 0, objects.block
    for at, length, first, _ in extents:
        if at >= size:
            break
        if at < position or length <= 0 or at % block or len(runs) >= MOST_RUNS - 2:
            return None
        if at > position:
            if not gaps:
                return None
            runs.append(Run(-1, at - position))
        taken = min(length, size - at)
        position = at + taken
        if not first:
            runs.append(Run(-1, taken))
            continue
        if first + -(-taken // block) > objects.count:
            return None
        runs.append(Run(first * block, taken))
    if position < size:
        if not gaps:
            return None
        runs.append(Run(-1, size - position))
    return tuple(runs)


def is_renumbered(tree: FileTree, extents: Sequence[Extent]) -> bool:
    """Whether a piece of what is encrypted is numbered for the cipher by another place than its
    own: it was moved, or encrypted before there was an APFS."""
    return bool(tree.key) and any(first and first != number for _, _, first, number in extents)


def stream_of(tree: FileTree, stream: int, size: int, *, gaps: bool = False) -> Content:
    """What lies under an identifier. Raises ContentError."""
    if not 0 <= size <= LARGEST:
        raise ContentError(ODD)
    extents = tree.extents(stream)
    runs = runs_of(extents, size, tree.objects, gaps=gaps)
    if runs is None:
        raise ContentError(ODD)
    if is_renumbered(tree, extents):
        from triage.sources.filevault import RenumberedContent  # noqa: PLC0415

        return RenumberedContent(tree.objects.held, tree.objects.block, extents, size, tree.key)
    return RunsContent(tree.objects.held, runs, size)


def content_of(tree: FileTree, inode: Inode) -> Content:
    """The content of a file that is not packed. Raises ContentError."""
    size = int.from_bytes(inode.fields().get(FIELD_STREAM, b"")[:8], "little")
    return stream_of(tree, inode.stream, size, gaps=inode.is_sparse)


def attribute_of(tree: FileTree, inode: Inode, name: bytes) -> Content:
    """What an extended attribute holds. Raises ContentError."""
    found = inode.attribute(name)
    if found is None:
        raise ContentError(NOT_OPENED)
    if found.stream:
        return stream_of(tree, found.stream, found.size)
    return BytesContent(found.value)


def packing_of(tree: FileTree, inode: Inode) -> bytes:
    """What a packed file says of its packing, and what is packed there. Raises ContentError."""
    packed = attribute_of(tree, inode, PACKED)
    return packed.read_at(0, min(packed.size, MOST_PACKED))


def packed_size(tree: FileTree, inode: Inode) -> int | None:
    """Bytes of a packed file when it is unpacked; None of what is not packed."""
    if inode.attribute(PACKED) is None:
        return None
    try:
        return unpacked_size(packing_of(tree, inode))
    except ContentError:
        return None


def unpacked(tree: FileTree, inode: Inode) -> Content:
    """The content of a packed file. Raises ContentError."""
    fork: Content = BytesContent(b"")
    if inode.attribute(RESOURCE_FORK) is not None:
        fork = attribute_of(tree, inode, RESOURCE_FORK)
    return unpacking(packing_of(tree, inode), fork)
