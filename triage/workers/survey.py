"""The survey: volume systems read and file systems walked, in a worker."""

import time
from collections.abc import Iterator

from triage.detectors.names import NameDetector
from triage.errors import WorkerError
from triage.evidence import FileEntry, SourceKind, Volume
from triage.findings import Match
from triage.profile import LookAt
from triage.sources import directories, volumes
from triage.sources.file_systems import FileSystems
from triage.sources.reader import Reader
from triage.sources.walk import Walk
from triage.workers.messages import (
    Entries,
    ListVolumes,
    OpenedDevice,
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
        self._opened: OpenedDevice = setup.devices[0]
        self._look_at = setup.profile.look_at
        lists = [each.words for each in setup.word_lists]
        self._listed = NameDetector(lists) if lists else None
        self._is_directory = self._opened.device.kind is SourceKind.DIRECTORY
        if not self._is_directory:
            self._file_systems = FileSystems(Reader(self._opened.descriptors, self._opened.sizes))

    def answer(self, request: Request) -> Iterator[Reply]:
        """Volumes, or the entries of one of them and then Surveyed."""
        match request:
            case ListVolumes():
                yield Volumes(volumes=tuple(self._volumes()))
            case Survey(volume=volume, first_id=first_id):
                yield from self._survey(volume, first_id)
            case _:
                raise WorkerError(f"A surveyor cannot do {type(request).__name__}")

    def _volumes(self) -> list[Volume]:
        if self._is_directory:
            return [directories.volume_of(self._opened.device)]
        return volumes.list_volumes(self._file_systems.reader, self._opened.device)

    def _survey(self, volume: Volume, first_id: int) -> Iterator[Reply]:
        walk = self._walk(volume, self._look_at, first_id)
        for batch in _batches(iter(walk)):
            yield Entries(entries=batch, names=self._names_in(batch))
        yield Surveyed(
            volume_id=volume.id, content_bytes=walk.content_bytes, caps=tuple(walk.caps)
        )

    def _names_in(self, batch: tuple[FileEntry, ...]) -> dict[int, tuple[Match, ...]]:
        if self._listed is None:
            return {}
        matches = ((entry.id, tuple(self._listed.matches(entry.shown_path))) for entry in batch)
        return {id_: found for id_, found in matches if found}

    def _walk(
        self, volume: Volume, look_at: LookAt, first_id: int
    ) -> Walk | directories.DirectoryWalk:
        if self._is_directory:
            root = self._opened.descriptors[0]
            return directories.DirectoryWalk(root, volume, first_id=first_id)
        return Walk(
            self._file_systems,
            volume,
            orphan_cap=look_at.orphans,
            streams=look_at.alternate_streams,
            unallocated=look_at.unallocated,
            first_id=first_id,
        )


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
