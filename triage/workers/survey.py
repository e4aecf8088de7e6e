"""The survey: volume systems read and file systems walked, in a worker."""

import time
from collections.abc import Iterator

from triage.detectors.names import NameDetector
from triage.errors import WorkerError
from triage.evidence import FileEntry, Volume
from triage.findings import Match
from triage.sources import Source
from triage.workers.messages import (
    Entries,
    ListVolumes,
    Reply,
    Request,
    Setup,
    Survey,
    Surveyed,
    Volumes,
)

BATCH_ENTRIES = 512
BATCH_SECONDS = 0.25
"""A batch is sent at the latest after so long, so that the screen moves."""


class SurveyTasks:
    """Answers for the one device that it was given."""

    def __init__(self, setup: Setup) -> None:
        self._opened = setup.devices[0]
        self._look_at = setup.profile.look_at
        lists = [each.words for each in setup.word_lists]
        self._listed = NameDetector(lists) if lists else None

    def answer(self, request: Request) -> Iterator[Reply]:
        """Volumes, or the entries of one of them and then Surveyed."""
        match request:
            case ListVolumes():
                source = Source(self._opened.device, self._opened.descriptors)
                yield Volumes(volumes=tuple(source.volumes))
            case Survey(volume=volume, first_id=first_id):
                yield from self._survey(volume, first_id)
            case _:
                raise WorkerError(f"A surveyor cannot do {type(request).__name__}")

    def _survey(self, volume: Volume, first_id: int) -> Iterator[Reply]:
        look_at = self._look_at
        source = Source(self._opened.device, self._opened.descriptors, [volume])
        walk = source.walk(
            volume,
            first_id=first_id,
            orphan_cap=look_at.orphans,
            streams=look_at.alternate_streams,
            unallocated=look_at.unallocated,
        )
        for batch in _batches(iter(walk)):
            yield Entries(entries=batch, names=self._names_in(batch))
        yield Surveyed(volume_id=volume.id, content_bytes=walk.content_bytes, caps=tuple(walk.caps))

    def _names_in(self, batch: tuple[FileEntry, ...]) -> dict[int, tuple[Match, ...]]:
        if self._listed is None:
            return {}
        matches = ((entry.id, tuple(self._listed.matches(entry.shown_path))) for entry in batch)
        return {id_: found for id_, found in matches if found}


def _batches(entries: Iterator[FileEntry]) -> Iterator[tuple[FileEntry, ...]]:
    batch: list[FileEntry] = []
    due = time.monotonic() + BATCH_SECONDS
    for entry in entries:
        batch.append(entry)
        if len(batch) >= BATCH_ENTRIES or (len(batch) % 32 == 0 and time.monotonic() > due):
            yield tuple(batch)
            batch.clear()
            due = time.monotonic() + BATCH_SECONDS
    if batch:
        yield tuple(batch)
