"""What the trees of a disc have in common: a name, and what lies under it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from triage.evidence import EntryKind, Run, Timestamps

FolderId = tuple[int, int]
"""What a directory is found by; each tree has its own meaning for it."""
NO_TIMES = Timestamps()
MOST_FOLDER = 64 << 20
"""Bytes of one directory."""
BAD_FOLDER = "a directory is damaged"
NOT_THERE = "its content would lie outside of the disc, or is packed (zisofs)"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscName:
    """A name in a directory of a disc."""

    name: bytes
    """In UTF-8."""
    kind: EntryKind = EntryKind.FILE
    size: int = 0
    """Bytes."""
    runs: tuple[Run, ...] | None = ()
    """Where all of it lies; None where that is not on the disc, or not told."""
    times: Timestamps = NO_TIMES
    in_use: bool = True
    folder: FolderId | None = None
    """Of a directory, by which it is asked for."""


class DiscView(Protocol):
    """One tree of a disc, which may have several."""

    title: str
    """What it is, as it is told."""
    root: FolderId
    lost: int
    """Names that could not be read."""

    def names(self, folder: FolderId) -> Iterator[DiscName]:
        """The names in a directory. Raises ContentError."""
        ...
