"""Glancing: the thumbnails in the first 64 KB of pictures say which of them to examine first.

Nothing is settled by it. What cannot be read or decoded here is met again when the entry is
examined, and becomes its outcome then.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from triage.evidence import HEAD_BYTES, FileEntry
from triage.sources import ContentError, Source
from triage.workers.ahead import read_ahead
from triage.workers.entry_needs import EntryNeeds
from triage.workers.judging import Judging

if TYPE_CHECKING:
    from triage.parts.part import Part


class Glancing:
    """Reads beginnings, and holds the thumbnails in them against every detector."""

    def __init__(self, judging: Judging, sources: Mapping[str, Source]) -> None:
        """`sources` by volume; may still be filled."""
        self._judging = judging
        self._sources = sources

    def promising(self, entries: Sequence[FileEntry]) -> Iterator[int]:
        """Ids of the entries whose thumbnail matches anything."""
        self._read_ahead(entries)
        carriers = [(entry, each) for entry in entries for each in self._thumbnails(entry)]
        answers = self._judging.promising(carriers) if carriers else []
        yield from {entry.id for (entry, _), yes in zip(carriers, answers, strict=True) if yes}

    def _thumbnails(self, entry: FileEntry) -> "tuple[Part, ...]":
        from triage.parts.embedded import embedded  # noqa: PLC0415

        try:
            content = self._sources[entry.volume_id].content(entry)
            return tuple(embedded(content.read_at(0, HEAD_BYTES)))
        except (ContentError, KeyError):
            return ()

    def _read_ahead(self, entries: Sequence[FileEntry]) -> None:
        for volume_id, source in self._sources.items():
            mine = [entry for entry in entries if entry.volume_id == volume_id]
            if mine:
                read_ahead(source, volume_id, mine, lambda _: HEAD_BYTES)


def glancing(needs: EntryNeeds, judging: Judging, sources: Mapping[str, Source]) -> Glancing | None:
    """One, where the profile has any use for thumbnails."""
    return Glancing(judging, sources) if needs.thumbnails else None
