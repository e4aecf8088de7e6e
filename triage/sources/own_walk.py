"""What each walk of a tree of our own keeps beside the entries: what is said of it, and the ids."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import chain

from triage.evidence import FileEntry, Volume


class OwnWalk(ABC):
    """A `TreeWalk` but for its entries: whoever is one gives them by `stretches`."""

    def __init__(self, volume: Volume, first_id: int, most_entries: int) -> None:
        """At most so many entries, from that id on."""
        self._volume = volume
        self._most = first_id + most_entries
        self._trouble: Counter[str] = Counter()
        """In words, and how often."""
        self.caps: list[str] = []
        self.notes: list[str] = []
        self.content_bytes = 0
        self.next_id = first_id

    def __iter__(self) -> Iterator[FileEntry]:
        """The entries. Trouble with one of them never stops the walk."""
        return chain.from_iterable(self.stretches())

    @abstractmethod
    def stretches(self) -> Iterator[Iterator[FileEntry]]:
        """As `TreeWalk` has it."""

    def _sum_up(self, nothing_missed: Collection[str]) -> None:
        """At the end: trouble becomes what may be missed, or, of those words, what else is to be
        said."""
        for what, count in sorted(self._trouble.items()):
            if count:
                (self.notes if what in nothing_missed else self.caps).append(f"{what}: {count:,}")
        if self.next_id >= self._most:
            self.caps.append(f"the listing stopped after {self.next_id:,} entries")
        self.content_bytes = min(self.content_bytes, self._volume.size)
