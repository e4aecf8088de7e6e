"""A tree of entries over bytes or in a folder, and the content of an entry.

The Sleuth Kit's file systems are trees, and so is a folder that was given as the source. A row of
TREES in `trees` says which file systems a tree reads.
"""

from collections.abc import Collection, Iterator
from typing import Any, Protocol

from triage.evidence import FileEntry
from triage.sources.runs import CHUNK


class Content(Protocol):
    """The bytes of one stream. Reading raises ContentError, and nothing else."""

    size: int

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end."""
        ...

    def chunks(self, size: int = CHUNK) -> Iterator[bytes | memoryview]:
        """All of it in order, at most `size` bytes at once.

        A memoryview is good only until the next chunk is asked for.
        """
        ...


class TreeWalk(Protocol):
    """Iterates over a tree's entries, once; all else is whole afterwards."""

    caps: list[str]
    """What may be missed and why, in plain words."""
    notes: list[str]
    """What else is to be said of the listing."""
    content_bytes: int
    """Bytes of the volume that allocated content occupies."""
    next_id: int
    """The id that the next entry would get."""

    def __iter__(self) -> Iterator[FileEntry]:
        """The entries, in the same order and with the same ids for the same bytes. Trouble with
        one of them never stops the walk."""
        ...

    def stretches(self) -> Iterator[Iterator[FileEntry]]:
        """The same in a few parts: between two of them much time may pass."""
        ...


class Tree(Protocol):
    """The entries of one volume.

    An entry whose content lies in whole runs of the volume's bytes says where (storage `runs`), and
    is read there without its tree; the tree reads all others (storage `file_system`).
    """

    def walk(self, first_id: int, **options: Any) -> TreeWalk:
        """`options` as for `walk.Walk`, for those trees that know them. Raises SourceError."""
        ...

    def content(self, entry: FileEntry) -> Content:
        """The bytes of an entry that does not lie in runs. Raises ContentError."""
        ...

    def reread(self, entry: FileEntry) -> Content | None:
        """The bytes of any entry by another way than its runs; None if there is none. Raises
        ContentError."""
        ...

    def beside(self, entry: FileEntry, name: str, most: int) -> bytes:
        """The file of that name in the entry's folder; empty if it holds more than `most`. Raises
        ContentError."""
        ...

    def names(self, folder: str) -> Collection[str]:
        """Allocated names in a folder, at most MOST_NAMES of them. Raises ContentError if they
        cannot be told."""
        ...


MOST_NAMES = 1_000_000
TOO_MANY_NAMES = "too many names in one folder"
