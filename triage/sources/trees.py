"""Trees over bytes: which file systems are read, and by what.

A tree is a row of TREES and a module beside this one. Layers are tried before it.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from triage.errors import SourceError
from triage.evidence import Volume
from triage.sources import apfs, btrfs, discs, xfs
from triage.sources.bytes import Bytes
from triage.sources.layers import layer_at
from triage.sources.signatures import Head, Recognised, named
from triage.sources.sleuth_kit import SleuthKitTree, tried
from triage.sources.tree import Tree
from triage.sources.tsk import NAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeReader:
    """What reads some kinds of file system."""

    names: Collection[str]
    """As volumes have them in `file_system`."""
    open: Callable[[Bytes, Volume], Tree]
    """The tree in a volume's bytes. Raises SourceError."""
    tried: Callable[[Bytes, Recognised], Recognised] = lambda _, found: found
    """Opened once when volumes are listed: the same with its label, or as damaged."""
    recognise: Callable[[Head], Recognised | None] | None = None
    """Whether one begins there; None if `signatures` knows that."""


TREES: list[TreeReader] = [
    TreeReader(names=NAMES, open=SleuthKitTree, tried=tried),
    TreeReader(names=("btrfs",), open=btrfs.BtrfsTree, tried=btrfs.tried),
    TreeReader(names=("apfs",), open=apfs.ApfsTree, tried=apfs.tried, recognise=apfs.recognise),
    TreeReader(names=("iso9660", "udf"), open=discs.DiscTree, tried=discs.tried),
    TreeReader(names=("xfs",), open=xfs.XfsTree, tried=xfs.tried),
]


def recognised(head: Head) -> Recognised | None:
    """What begins there that is no layer; None if no signature is known."""
    for reader in TREES:
        found = reader.recognise(head) if reader.recognise else None
        if found is not None:
            return found
    return named(head)


def recognise(held: Bytes, offset: int, size: int) -> Recognised | None:
    """The layer, file system or whatever else has a signature at `offset`."""
    head = Head(held, offset, size)
    layer = layer_at(head)
    return layer[1] if layer is not None else recognised(head)


def reader_of(file_system: str) -> TreeReader | None:
    """What reads it; None if nothing does."""
    return next((each for each in TREES if file_system in each.names), None)


def open_tree(held: Bytes, volume: Volume) -> Tree:
    """The tree in a volume's bytes. Raises SourceError."""
    reader = reader_of(volume.file_system)
    if reader is None:
        raise SourceError(
            f"Nothing here reads the {volume.file_system} of {volume.id}.",
            hint="The lab can look into it with other tools.",
        )
    return reader.open(held, volume)
