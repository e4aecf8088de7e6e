"""Hands out the work: surveys to one worker a device, batches of entries to the others.

A worker that dies, stalls or says what it must not is replaced. The entries it held are looked at
again, each alone; one that fails a second time is settled as unreadable with the reason, and the
scan goes on. A survey whose worker died is made once more, from the first entry that was not
listed; one that stalled is not, for it would stall again.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from triage.errors import WorkerError
from triage.evidence import Device, FileEntry, Volume
from triage.findings import Outcome, Result
from triage.plan.order import Batch
from triage.workers import border
from triage.workers.border import Listed
from triage.workers.messages import (
    Entries,
    Examine,
    Failed,
    Glance,
    Glanced,
    ListVolumes,
    Ready,
    Reply,
    Request,
    Results,
    Setup,
    Survey,
    Surveyed,
    UseVolumes,
    Volumes,
)
from triage.workers.pool import TOOK_TOO_LONG, Died, Pool, Worker

START_SECONDS = 120.0
"""Importing a classifier from a slow stick under emulation takes tens of seconds."""
SILENCE_SECONDS = 300.0
"""A survey that says nothing for so long is ended; what it listed by then counts."""
SLOWEST_BYTES_PER_SECOND = 2_000_000
"""A device slower than this is not waited for."""
POLL_SECONDS = 0.1
MOST_FAILED_STARTS = 4
"""In a row. A machine that is out of memory may get some back."""
NOTHING = Batch()


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A batch whose every entry now has a result."""

    entries: tuple[FileEntry, ...]
    results: tuple[Result, ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A batch was glanced at; its entries still wait."""

    entries: tuple[FileEntry, ...]
    promising: tuple[int, ...] = ()
    """Ids of those to be examined first."""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; a chance to show progress and to stop."""


@dataclass(frozen=True, slots=True)
class OutOfWorkers:
    """No examiner starts any more; nothing further can be looked at."""

    reason: str


News = Listed | Surveyed | Examined | Seen | Tick | OutOfWorkers


@dataclass(slots=True, kw_only=True)
class Desk:
    """What one worker is at."""

    worker: Worker
    ready: bool = False
    batch: Batch = NOTHING
    alone: bool = False
    volume: Volume | None = None
    first_id: int = 0
    next_id: int = 0
    """Of the entry that the walk of the volume lists next."""

    @property
    def idle(self) -> bool:
        """Ready, and nothing in hand."""
        return self.ready and not self.batch and self.volume is None

    def lay_down(self) -> None:
        """What was in hand is done."""
        self.batch = NOTHING
        self.worker.deadline = float("inf")


@dataclass(slots=True, kw_only=True)
class Foreman:
    """Runs the workers of one scan."""

    pool: Pool
    survey_setups: dict[str, Setup]
    """By device: a surveyor holds only that device's descriptors."""
    examiners_wanted: int
    entry_seconds: float
    confinement: set[tuple[str, ...]] = field(default_factory=set)
    """Every combination of sandbox layers that workers reported."""
    deaths: list[str] = field(default_factory=list)
    _examine_setup: Setup | None = None
    _surveyors: dict[str, Desk] = field(default_factory=dict)
    _examiners: list[Desk] = field(default_factory=list)
    _walks: dict[str, deque[tuple[Volume, int]]] = field(default_factory=dict)
    _heard: dict[str, int] = field(default_factory=dict)
    """By volume whose walk is made once more: the first id that was not listed."""
    _retries: deque[FileEntry] = field(default_factory=deque)
    _volumes: tuple[Volume, ...] = ()
    _failed_starts: int = 0
    _examiner_was_ready: bool = False

    def list_volumes(self, device: Device) -> tuple[Volume, ...]:
        """The device's volumes, read in a worker; in a second one if the first dies.

        Raises WorkerError if that cannot be done.
        """
        try:
            return self._list_volumes(device)
        except WorkerError as error:
            if error.message == TOOK_TOO_LONG:
                raise
            self.deaths.append(f"{device.id}: {error.message}")
            return self._list_volumes(device)

    def _list_volumes(self, device: Device) -> tuple[Volume, ...]:
        desk = self._surveyor(device.id)
        self.pool.send(desk.worker, ListVolumes(device_id=device.id), within=SILENCE_SECONDS)
        while True:
            for worker, reply in self.pool.poll(POLL_SECONDS):
                if worker is not desk.worker:
                    self._drop_unless_ready(worker, reply)
                    continue
                try:
                    if volumes := self._volumes_in(desk, device, reply):
                        return volumes
                except WorkerError:
                    self.pool.end(worker)
                    del self._surveyors[device.id]
                    raise

    def _volumes_in(self, desk: Desk, device: Device, reply: Reply | Died) -> tuple[Volume, ...]:
        """The volumes that the reply lists; none if it only says Ready. Raises WorkerError."""
        if isinstance(reply, Volumes):
            desk.worker.deadline = float("inf")
            return border.check_volumes(device, reply)
        if not isinstance(reply, Ready):
            raise WorkerError(_what_went_wrong(reply), hint="The device is left out.")
        self._note_ready(desk, reply)
        return ()

    def _drop_unless_ready(self, worker: Worker, reply: Reply | Died) -> None:
        """Another worker, while volumes are listed: a dead one is started anew when needed."""
        for examiner in [each for each in self._examiners if each.worker is worker]:
            if isinstance(reply, Ready):
                self._note_ready(examiner, reply)
            else:
                self.pool.end(worker)
                self._examiners.remove(examiner)
        for device_id, desk in list(self._surveyors.items()):
            if desk.worker is not worker:
                continue
            if isinstance(reply, Ready):
                self._note_ready(desk, reply)
            else:
                self.pool.end(worker)
                del self._surveyors[device_id]

    def start_surveyors(self) -> None:
        """Start them before anything else is loaded: they are what the first finding waits for."""
        for device_id in self.survey_setups:
            self._surveyor(device_id)

    def start_examiners(self, setup: Setup) -> None:
        """Start them early: they load their models while volumes are listed and surveyed."""
        self._examine_setup = setup
        self.restore_examiners()

    def restore_examiners(self) -> None:
        """Start those that are missing."""
        while len(self._examiners) < self.examiners_wanted:
            self._examiners.append(self._start_examiner())

    def queue_survey(self, volume: Volume, first_id: int) -> None:
        """Have the volume walked."""
        self._walks.setdefault(volume.device_id, deque()).append((volume, first_id))
        self._volumes = (*self._volumes, volume)

    def share_volumes(self) -> None:
        """Tell the examiners of the volumes that entries will lie on."""
        for desk in self._examiners:
            self.pool.send(desk.worker, UseVolumes(volumes=self._volumes))

    @property
    def surveying(self) -> frozenset[str]:
        """Devices whose survey has not ended."""
        return frozenset(d for d, walks in self._walks.items() if walks or self._walking(d))

    def abandon(self, device_id: str) -> list[Volume]:
        """End the survey of a device that is gone; the volumes whose walk had not ended."""
        volumes = self.unfinished(device_id)
        self._walks.pop(device_id, None)
        desk = self._surveyors.pop(device_id, None)
        if desk is not None:
            self.pool.end(desk.worker)
        return volumes

    def unfinished(self, device_id: str) -> list[Volume]:
        """The device's volumes whose walk has not ended, or not begun."""
        desk = self._surveyors.get(device_id)
        under_way = [desk.volume] if desk and desk.volume else []
        return under_way + [volume for volume, _ in self._walks.get(device_id, ())]

    @property
    def in_hand(self) -> Iterator[FileEntry]:
        """Entries that were handed out and have no result yet, or wait to be tried alone."""
        for desk in self._examiners:
            if not desk.batch.glance:
                yield from desk.batch.entries
        yield from self._retries

    def work(self, next_batch: Callable[[], Batch], waiting: Callable[[], bool]) -> Iterator[News]:
        """All news, until nothing waits. The caller may stop listening any time."""
        while True:
            self._hand_out_surveys()
            self._hand_out_batches(next_batch)
            if not (self._busy() or waiting()):
                return
            for worker, reply in self.pool.poll(POLL_SECONDS):
                yield from self._hear(worker, reply)
            yield Tick()
            if self.examiners_wanted and not self._examiners:
                yield self._none_left()
                return

    def _none_left(self) -> OutOfWorkers:
        """Raises WorkerError if none was ever ready: nothing was looked at."""
        if not self._examiner_was_ready:
            raise WorkerError(
                f"A worker could not start: {self.deaths[-1]}",
                hint="Try the profile quick; it needs the least memory.",
            )
        return OutOfWorkers(self.deaths[-1])

    def _busy(self) -> bool:
        return bool(self._retries or self.surveying or any(d.batch for d in self._examiners))

    def _walking(self, device_id: str) -> bool:
        desk = self._surveyors.get(device_id)
        return desk is not None and desk.volume is not None

    def _hand_out_surveys(self) -> None:
        for device_id, walks in self._walks.items():
            if walks and not self._walking(device_id):
                desk = self._surveyor(device_id)
                volume, first_id = walks.popleft()
                desk.volume, desk.first_id, desk.next_id = volume, first_id, first_id
                request = Survey(volume=volume, first_id=first_id)
                self.pool.send(desk.worker, request, within=SILENCE_SECONDS)

    def _hand_out_batches(self, next_batch: Callable[[], Batch]) -> None:
        for desk in self._examiners:
            if not desk.idle:
                continue
            desk.alone = bool(self._retries)
            desk.batch = self._next(next_batch)
            if desk.batch:
                request = _request(desk.batch)
                self.pool.send(desk.worker, request, within=self._patience(desk.batch))

    def _next(self, next_batch: Callable[[], Batch]) -> Batch:
        if self._retries:
            return Batch(entries=(self._retries.popleft(),))
        return next_batch()

    def _patience(self, batch: Batch) -> float:
        total = sum(entry.size for entry in batch.entries)
        return self.entry_seconds * (1 + len(batch.entries) / 32) + total / SLOWEST_BYTES_PER_SECOND

    def _hear(self, worker: Worker, reply: Reply | Died) -> Iterator[News]:
        """News of a reply; a reply that breaks the protocol is the death of its worker."""
        try:
            news = list(self._understood(worker, reply))
        except WorkerError as error:
            self.pool.end(worker)
            news = list(self._understood(worker, Died(reason=error.message)))
        yield from news

    def _understood(self, worker: Worker, reply: Reply | Died) -> Iterator[News]:
        examiner = next((d for d in self._examiners if d.worker is worker), None)
        if examiner is not None:
            return self._hear_examiner(examiner, reply)
        for device_id, desk in self._surveyors.items():
            if desk.worker is worker:
                return self._hear_surveyor(device_id, desk, reply)
        return iter(())

    def _hear_surveyor(self, device_id: str, desk: Desk, reply: Reply | Died) -> Iterator[News]:
        volume = desk.volume
        if isinstance(reply, Entries) and volume is not None:
            desk.worker.deadline = time.monotonic() + SILENCE_SECONDS
            listed = border.listed(volume, desk.next_id, reply)
            desk.next_id += listed.count
            yield listed.from_id(self._heard.get(volume.id, 0))
        elif isinstance(reply, Surveyed) and volume is not None:
            border.check_surveyed(volume, reply)
            desk.volume = None
            desk.worker.deadline = float("inf")
            yield reply
        elif isinstance(reply, Failed | Died):
            yield from self._cut_short(device_id, desk, reply)
        else:
            self._note_ready(desk, reply)

    def _cut_short(self, device_id: str, desk: Desk, reply: Failed | Died) -> Iterator[News]:
        if isinstance(reply, Died):
            del self._surveyors[device_id]
        volume, desk.volume = desk.volume, None
        if volume is None:
            return
        cap = f"the survey was cut short: {_what_went_wrong(reply)}"
        self.deaths.append(f"{volume.id}: {cap}")
        if self._is_worth_another_walk(volume, reply):
            self._heard[volume.id] = desk.next_id
            self._walks[device_id].appendleft((volume, desk.first_id))
        else:
            yield Surveyed(volume_id=volume.id, content_bytes=0, caps=(cap,))

    def _is_worth_another_walk(self, volume: Volume, reply: Failed | Died) -> bool:
        died = isinstance(reply, Died) and reply.reason != TOOK_TOO_LONG
        return died and volume.id not in self._heard

    def _hear_examiner(self, desk: Desk, reply: Reply | Died) -> Iterator[News]:
        entries = desk.batch.entries
        if isinstance(reply, Results) and not desk.batch.glance:
            border.check_results(entries, reply.results)
            desk.lay_down()
            yield Examined(entries=entries, results=reply.results, seconds=reply.seconds)
        elif isinstance(reply, Glanced) and desk.batch.glance:
            border.check_glanced(entries, reply)
            desk.lay_down()
            yield Seen(entries=entries, promising=reply.promising, seconds=reply.seconds)
        elif isinstance(reply, Failed | Died):
            self.pool.end(desk.worker)
            if isinstance(reply, Failed) and not desk.ready:
                self._failed_starts = MOST_FAILED_STARTS  # it would fail again
            yield from self._replace(desk, _what_went_wrong(reply))
        else:
            self._note_ready(desk, reply)

    def _replace(self, desk: Desk, reason: str) -> Iterator[News]:
        self._examiners.remove(desk)
        self._failed_starts += not desk.ready
        self.deaths.append(reason)
        if self._failed_starts < MOST_FAILED_STARTS:
            self._examiners.append(self._start_examiner())
        entries = desk.batch.entries
        if desk.batch.glance:
            yield Seen(entries=entries)
        elif desk.alone:
            results = tuple(_quarantined(entry, reason) for entry in entries)
            yield Examined(entries=entries, results=results, seconds=0.0)
        else:
            self._retries.extend(entries)

    def _start_examiner(self) -> Desk:
        if self._examine_setup is None:
            raise WorkerError("An examiner was wanted before it was said what for.")
        worker = self.pool.start(self._examine_setup)
        worker.deadline = time.monotonic() + START_SECONDS
        if self._volumes:
            self.pool.send(worker, UseVolumes(volumes=self._volumes), within=START_SECONDS)
        return Desk(worker=worker)

    def _surveyor(self, device_id: str) -> Desk:
        if device_id not in self._surveyors:
            worker = self.pool.start(self.survey_setups[device_id])
            self._surveyors[device_id] = Desk(worker=worker)
        return self._surveyors[device_id]

    def _note_ready(self, desk: Desk, reply: Reply | Died) -> None:
        """Raises WorkerError for anything but the one Ready that is due."""
        if not isinstance(reply, Ready) or desk.ready:
            raise WorkerError(f"a worker spoke out of turn: {type(reply).__name__.lower()}")
        border.check_ready(reply)
        desk.ready = True
        self.confinement.add(reply.confinement)
        if desk in self._examiners:
            self._examiner_was_ready, self._failed_starts = True, 0
            desk.worker.deadline = float("inf")


def _request(batch: Batch) -> Request:
    return Glance(entries=batch.entries) if batch.glance else Examine(entries=batch.entries)


def _quarantined(entry: FileEntry, reason: str) -> Result:
    return Result(entry_id=entry.id, outcome=Outcome.UNREADABLE, reason=reason)


def _what_went_wrong(reply: Reply | Died) -> str:
    if isinstance(reply, Died):
        return reply.reason
    if isinstance(reply, Failed):
        return reply.message
    return type(reply).__name__.lower()
