"""Names in the directories of small archives, held against the lab's lists before these are opened.

Nothing is settled by it: who matches is examined first, and says the rest then.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from triage.containers.kinds import FAMILY, kind_by_name
from triage.detectors.in_use import Detectors, InUse
from triage.detectors.item import Item
from triage.evidence import FileEntry
from triage.media.window import InMemory
from triage.members.zip_names import zip_names
from triage.sources import ContentError, Source

_ZIPPED = b"PK"


class InnerNames:
    """Looks into the directories of zips, and of what is zip inside."""

    def __init__(self, detectors: Sequence[InUse], sources: Mapping[str, Source]) -> None:
        """`sources` by volume; may still be filled."""
        self._detectors = detectors
        self._sources = sources

    def promising(self, entries: Sequence[FileEntry]) -> Iterator[int]:
        """Ids of those that hold a name which is on a list."""
        for entry in entries:
            kind = kind_by_name(entry.path)
            if kind and FAMILY[kind] != "Disk images" and self._matches(entry):
                yield entry.id

    def _matches(self, entry: FileEntry) -> bool:
        items = [
            Item(entry=replace(entry, path=name, stream=""), head=b"")
            for name in self._names(entry)
        ]
        found = (each.matches_of(items) for each in self._detectors if items)
        return any(any(matches) for matches in found)

    def _names(self, entry: FileEntry) -> list[str]:
        """None of what cannot be read: that is met again when it is examined."""
        try:
            content = self._sources[entry.volume_id].small(entry)
            return list(zip_names(InMemory(content))) if content.startswith(_ZIPPED) else []
        except (ContentError, MemoryError, KeyError):
            return []


def inner_names(detectors: Detectors, sources: Mapping[str, Source]) -> InnerNames | None:
    """One, where the profile has lists of names."""
    of_names = [each for each in detectors.in_use if each.needs.word_lists]
    return InnerNames(of_names, sources) if of_names else None
