"""Hands out the work: surveys to one worker a device, batches of entries to the others.

A worker that dies, stalls or says what it must not is replaced, and the scan goes on; surveys.py
and examiners.py say what becomes of what it held.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from triage.coordinator.arrays import ROUNDS, laid_out, members_among, outside_of
from triage.coordinator.desk import Doubt, Roll
from triage.coordinator.examiners import Examiners
from triage.coordinator.locksmith import Locksmith
from triage.coordinator.news import News, Tick
from triage.coordinator.pool import TOOK_TOO_LONG, Died, Pool, Worker
from triage.coordinator.surveys import Surveys
from triage.errors import WorkerError
from triage.evidence import Device, FileEntry, Volume
from triage.plan.order import Batch
from triage.profile import Profile, looks_up
from triage.wire.forking import kind_of
from triage.wire.messages import Reply, Role, Setup

POLL_SECONDS = 0.1


class Foreman:
    """Runs the workers of one scan."""

    def __init__(
        self,
        *,
        pool: Pool,
        survey_setups: Mapping[str, Setup],
        examiners_wanted: int,
        entry_seconds: float,
    ) -> None:
        """`survey_setups` by device. `entry_seconds`: what one entry may take an examiner."""
        self.pool = pool
        self.roll = Roll()
        self._volumes: tuple[Volume, ...] = ()
        self._listed: dict[str, Volume] = {}
        """By id, of all devices: readable or not."""
        self._members: dict[str, Volume] = {}
        """By id: the members of arrays, and those that they lie inside of, as they were when the
        volumes were listed last."""
        self._surveys = Surveys(pool, self.roll, survey_setups)
        self._examiners = Examiners(
            pool, self.roll, wanted=examiners_wanted, entry_seconds=entry_seconds
        )

    def start_surveyors(self) -> None:
        """Start them before anything else is loaded, and have them list the volumes: they are
        what the first finding waits for."""
        self._surveys.start()

    def expect_examiners(self, profile: Profile) -> None:
        """They are started as soon as their equipment is loaded."""
        self.pool.prepare(kind_of(Role.EXAMINE, profile, hash_sets=looks_up(profile)))

    def start_examiners(self, setup: Setup, doubt: Doubt) -> None:
        """Start them early: they load their models while volumes are listed and surveyed. `doubt`:
        asked of every match that any worker gives."""
        self.roll.doubt = doubt
        self._examiners.start(setup)

    def give_up_decoding(self, types: Iterable[str]) -> None:
        """An earlier run of the scan has learnt that what decodes these ends its worker."""
        self._examiners.give_up(types)

    def list_volumes(self, device: Device) -> tuple[Volume, ...]:
        """The device's volumes, read in a worker; in a second one, which opens no layer, if the
        first dies.

        Raises WorkerError if that cannot be done.
        """
        try:
            return self._list_volumes(device)
        except WorkerError as error:
            if error.message == TOOK_TOO_LONG:
                raise
            self.roll.deaths.add(f"{device.id}: {error.message}")
            return self._list_volumes(device, layers=False)

    def put_together(
        self, devices: Sequence[Device], listed: Mapping[str, tuple[Volume, ...]]
    ) -> dict[str, tuple[Volume, ...]]:
        """The same volumes, with those inside arrays of which several members are here: devices
        with a member are listed once more, as often as more members come to light."""
        volumes = dict(listed)
        for _ in range(ROUNDS):
            members = members_among(self._listed)
            if laid_out(members) == laid_out(self._members.values()):
                break
            self._members = {each.id: each for each in members}
            of = {each.device_id for each in members}
            for device in devices:
                if device.id in of:
                    with suppress(WorkerError):
                        volumes[device.id] = self.list_again(device)
        return volumes

    def list_again(self, device: Device) -> tuple[Volume, ...]:
        """With the keys that have come since. Raises WorkerError."""
        self._surveys.forget_volumes(device)
        return self.list_volumes(device)

    def locksmith(self, setup: Setup, *, stops: Callable[[], bool]) -> Locksmith:
        """Who tries secrets on volumes that are listed; `setup`: what it is given; `stops`: whether
        the scan is to end."""

        def pass_on(worker: Worker, reply: Reply | Died) -> None:
            self._examiners.drop_unless_ready(worker, reply)
            self._surveys.hear_of_volumes(worker, reply)

        return Locksmith(self.pool, self.roll, setup, pass_on, stops)

    def inside_of(self, volume: Volume) -> tuple[Volume, ...]:
        """Those of the listed that it lies inside of, the outermost first, and behind them the
        other members of arrays among them."""
        return outside_of(volume, self._listed, self._members)

    def _list_volumes(self, device: Device, *, layers: bool = True) -> tuple[Volume, ...]:
        members = tuple(self._members.values())
        self._surveys.ask_for_volumes(device, layers=layers, members=members)
        while (volumes := self._surveys.volumes_of(device)) is None:
            for worker, reply in self.pool.poll(POLL_SECONDS):
                self._examiners.drop_unless_ready(worker, reply)
                self._surveys.hear_of_volumes(worker, reply)
        others = {id_: v for id_, v in self._listed.items() if v.device_id != device.id}
        self._listed = others | {volume.id: volume for volume in volumes}
        return volumes

    def queue_survey(self, volume: Volume, first_id: int) -> None:
        """Have the volume walked."""
        inside = self.inside_of(volume)
        self._surveys.queue(volume, first_id, inside)
        known = {each.id for each in self._volumes}
        new = [each for each in (*inside, volume) if each.id not in known]
        self._volumes = (*self._volumes, *new)

    def all_are_queued(self) -> None:
        """No volume comes any more: the examiners are told where entries will lie."""
        self._examiners.restore()
        self._examiners.use(self._volumes)

    @property
    def surveying(self) -> frozenset[str]:
        """Devices whose survey has not ended."""
        return self._surveys.devices

    def abandon(self, device_id: str) -> list[Volume]:
        """End the survey of a device that is gone; the volumes whose walk had not ended."""
        return self._surveys.abandon(device_id)

    def unfinished(self, device_id: str) -> list[Volume]:
        """The device's volumes whose walk has not ended, or not begun."""
        return self._surveys.unfinished(device_id)

    @property
    def in_hand(self) -> Iterator[FileEntry]:
        """Entries that were handed out and have no result yet, or wait to be tried alone."""
        return self._examiners.in_hand

    def work(self, next_batch: Callable[[], Batch], waiting: Callable[[], bool]) -> Iterator[News]:
        """All news, until nothing waits. The caller may stop listening any time."""
        while True:
            self._surveys.hand_out()
            self._examiners.hand_out(next_batch)
            if not (self._examiners.busy or self.surveying or waiting()):
                return
            for worker, reply in self.pool.poll(POLL_SECONDS):
                yield from self._hear(worker, reply)
            yield Tick()
            if none := self._examiners.none_left():
                yield none
                return

    def _hear(self, worker: Worker, reply: Reply | Died) -> Iterator[News]:
        """News of a reply; a reply that breaks the protocol is the death of its worker."""
        try:
            news = list(self._understood(worker, reply))
        except WorkerError as error:
            self.pool.end(worker)
            news = list(self._understood(worker, Died(reason=error.message)))
        yield from news

    def _understood(self, worker: Worker, reply: Reply | Died) -> Iterator[News]:
        news = self._examiners.hear(worker, reply)
        return self._surveys.hear(worker, reply) if news is None else news
