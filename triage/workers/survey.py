"""The survey: volume systems read and file systems walked, in a worker."""

import time
from collections.abc import Callable, Iterator

from triage.detectors.names import NameDetector
from triage.errors import WorkerError
from triage.evidence import FileEntry, Volume
from triage.plan.rows import Rows
from triage.plan.tiers import Planner, turn_of
from triage.sources import Source
from triage.wire.messages import (
    EntriesMet,
    ListVolumes,
    Reply,
    Request,
    Settled,
    Setup,
    Survey,
    Surveyed,
    Volumes,
)
from triage.wire.volume_keys import read_keys
from triage.workers.opened import sources_by_device
from triage.workers.preload import preload

BATCH_ENTRIES = 512
BATCH_SECONDS = 0.25
"""A batch is sent at the latest after so long, so that the screen moves."""


class SurveyTasks:
    """Answers for the first device that it was given."""

    def __init__(self, setup: Setup) -> None:
        preload()
        self._devices = setup.devices
        self._opened = setup.devices[0]
        """The one whose volumes it lists; on the others only members of its arrays are read."""
        self._keys = setup.keys
        self._look_at = setup.profile.look_at
        removable = bool(self._opened.device.removable)
        self._planner = Planner(setup.profile, removable=removable, now=time.time())
        lists = [each.words for each in setup.word_lists]
        self._listed = NameDetector(lists) if lists else None

    def begin(self) -> None:
        """There is nothing to open before the first request."""

    def answer(self, request: Request) -> Iterator[Reply]:
        """Volumes, or the entries of one of them and then Surveyed."""
        match request:
            case ListVolumes(layers=layers, members=members):
                source = self._source(members)
                yield Volumes(volumes=tuple(source.listed(layers=layers)))
            case Survey():
                yield from self._survey(request)
            case _:
                raise WorkerError(f"A surveyor cannot do {type(request).__name__}")

    def _source(self, known: tuple[Volume, ...]) -> Source:
        """Its device, with what is known of volumes on it and beside it."""
        sources = sources_by_device(self._devices, known, read_keys(self._keys))
        return sources[self._opened.device.id]

    def _survey(self, wanted: Survey) -> Iterator[Reply]:
        look_at, volume = self._look_at, wanted.volume
        source = self._source((*wanted.inside, volume))
        walk = source.walk(
            volume,
            first_id=wanted.first_id,
            orphan_cap=look_at.orphans,
            streams=look_at.alternate_streams,
            unallocated=look_at.unallocated,
            turn_of=turn_of,
        )
        place = source.places(volume)
        for stretch in walk.stretches():
            yield from self._entries(stretch, place)
        yield Surveyed(
            volume_id=volume.id,
            content_bytes=walk.content_bytes,
            caps=tuple(walk.caps),
            notes=tuple(walk.notes),
        )

    def _entries(
        self, entries: Iterator[FileEntry], place: Callable[[FileEntry], int]
    ) -> Iterator[EntriesMet]:
        rows, settled, count = Rows(), [], 0
        due = time.monotonic() + BATCH_SECONDS
        for entry in entries:
            names = tuple(self._listed.matches(entry.shown_path)) if self._listed else ()
            placement = self._planner.place(entry, listed_name=bool(names))
            if placement.outcome is None:
                rows.add(entry, placement, place(entry))
            else:
                settled.append(
                    Settled(
                        entry=entry,
                        outcome=placement.outcome,
                        reason=placement.reason,
                        matches=names,
                    )
                )
            count += 1
            if not count % 32 and (count >= BATCH_ENTRIES or time.monotonic() > due):
                yield EntriesMet(rows=rows.to_bytes(), settled=tuple(settled))
                rows, settled, count = Rows(), [], 0
                due = time.monotonic() + BATCH_SECONDS
        yield EntriesMet(rows=rows.to_bytes(), settled=tuple(settled))
