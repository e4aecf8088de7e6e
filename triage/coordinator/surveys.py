"""The surveys: one worker a device lists its volumes and walks them one after the other.

A survey whose worker died is made once more, from the first entry that was not listed; one that
stalled is not, for it would stall again.
"""

import time
from collections import deque
from collections.abc import Iterator, Mapping

from triage.coordinator import checking
from triage.coordinator.allowance import words_of
from triage.coordinator.desk import Desk, Roll, in_full, what_went_wrong
from triage.coordinator.news import News
from triage.coordinator.pool import TOOK_TOO_LONG, Died, Pool, Worker
from triage.errors import WorkerError
from triage.evidence import Device, Volume
from triage.wire.messages import (
    EntriesMet,
    Failed,
    ListVolumes,
    Reply,
    Setup,
    Survey,
    Surveyed,
    Volumes,
)

CUT_SHORT = "its listing was cut short"
SILENCE_SECONDS = 300.0
"""A survey that says nothing for so long is ended; what it listed by then counts."""


class Surveys:
    """Runs the surveyors."""

    def __init__(self, pool: Pool, roll: Roll, setups: Mapping[str, Setup]) -> None:
        """`setups` by device, which is the first in it: on others lie members of its arrays."""
        self._pool = pool
        self._roll = roll
        self._setups = setups
        self._desks: dict[str, Desk] = {}
        self._listings: dict[str, Reply | Died | None] = {}
        """By device whose volumes were asked for: the answer, once it came."""
        self._walks: dict[str, deque[Survey]] = {}
        self._heard: dict[str, int] = {}
        """By volume whose walk is made once more: the first id that was not listed."""

    def start(self) -> None:
        """Start the surveyors of all devices, and have them list their volumes."""
        for device_id in self._setups:
            self._ask_for_volumes(device_id)

    def ask_for_volumes(
        self, device: Device, *, layers: bool = True, members: tuple[Volume, ...] = ()
    ) -> None:
        """Have a device's volumes listed, unless they are being listed already. `members`: of
        arrays, as they were listed before."""
        if device.id not in self._listings:
            self._ask_for_volumes(device.id, layers=layers, members=members)

    def forget_volumes(self, device: Device) -> None:
        """Those of a device may be others by now."""
        self._listings.pop(device.id, None)

    def hear_of_volumes(self, worker: Worker, reply: Reply | Died) -> None:
        """Keep what a surveyor says while volumes are listed, for whoever asks for its device.

        One that breaks off after its answer is started anew when it is needed.
        """
        device_id = next((each for each, d in self._desks.items() if d.worker is worker), None)
        if device_id is None:
            return
        try:
            if self._is_greeting(self._desks[device_id], reply):
                self._roll.admit(self._desks[device_id], reply)
                return
        except WorkerError as error:
            reply = Died(reason=error.message)
        if self._listings.get(device_id) is None:
            self._listings[device_id] = reply
            worker.deadline = float("inf")
        else:
            self._dismiss(device_id)

    def volumes_of(self, device: Device) -> tuple[Volume, ...] | None:
        """The volumes of a device; None as long as it was not heard of.

        Raises WorkerError if they cannot be listed, which is then the end of that worker.
        """
        reply = self._listings[device.id]
        try:
            if reply is None:
                return None
            if isinstance(reply, Volumes):
                volumes = checking.check_volumes(device, reply)
                self._roll.allowance.words(text for v in volumes for text in words_of(v))
                return volumes
            raise WorkerError(what_went_wrong(reply), hint="The device is left out.")
        except WorkerError:
            del self._listings[device.id]
            self._dismiss(device.id)
            raise

    def _dismiss(self, device_id: str) -> None:
        if desk := self._desks.pop(device_id, None):
            self._pool.end(desk.worker)

    def _ask_for_volumes(
        self, device_id: str, *, layers: bool = True, members: tuple[Volume, ...] = ()
    ) -> None:
        desk = self._desk(device_id)
        self._listings[device_id] = None
        request = ListVolumes(device_id=device_id, layers=layers, members=members)
        self._pool.send(desk.worker, request, within=SILENCE_SECONDS)

    def queue(self, volume: Volume, first_id: int, inside: tuple[Volume, ...] = ()) -> None:
        """Have the volume walked. `inside`: those that it lies inside of."""
        walk = Survey(volume=volume, first_id=first_id, inside=inside)
        self._walks.setdefault(volume.device_id, deque()).append(walk)

    @property
    def devices(self) -> frozenset[str]:
        """Those whose survey has not ended."""
        return frozenset(d for d, walks in self._walks.items() if walks or self._walking(d))

    def abandon(self, device_id: str) -> list[Volume]:
        """End the survey of a device that is gone; the volumes whose walk had not ended."""
        volumes = self.unfinished(device_id)
        self._walks.pop(device_id, None)
        self._dismiss(device_id)
        return volumes

    def unfinished(self, device_id: str) -> list[Volume]:
        """The device's volumes whose walk has not ended, or not begun."""
        desk = self._desks.get(device_id)
        under_way = [desk.volume] if desk and desk.volume else []
        return under_way + [walk.volume for walk in self._walks.get(device_id, ())]

    def hand_out(self) -> None:
        """Have the next volume of each device walked whose surveyor is free."""
        for device_id, walks in self._walks.items():
            if walks and not self._walking(device_id):
                desk = self._desk(device_id)
                desk.walk = walks.popleft()
                desk.next_id = desk.walk.first_id
                self._pool.send(desk.worker, desk.walk, within=SILENCE_SECONDS)

    def hear(self, worker: Worker, reply: Reply | Died) -> Iterator[News]:
        """What a reply means. Raises WorkerError for what a surveyor may not say."""
        for device_id, desk in self._desks.items():
            if desk.worker is worker:
                return self._understood(device_id, desk, reply)
        return iter(())

    def _understood(self, device_id: str, desk: Desk, reply: Reply | Died) -> Iterator[News]:
        volume = desk.volume
        if self._is_greeting(desk, reply):
            self._roll.admit(desk, reply)
        elif isinstance(reply, EntriesMet) and volume is not None:
            desk.worker.deadline = time.monotonic() + SILENCE_SECONDS
            listed = checking.listed(volume, desk.next_id, reply)
            desk.next_id += listed.count
            self._allow(desk, volume, listed)
            yield listed.from_id(self._heard.get(volume.id, 0))
        elif isinstance(reply, Surveyed) and volume is not None:
            checking.check_surveyed(volume, reply)
            self._roll.allowance.words((*reply.caps, *reply.notes))
            desk.walk = None
            desk.worker.deadline = float("inf")
            yield reply
        elif isinstance(reply, Failed | Died):
            yield from self._cut_short(device_id, desk, reply)
        else:
            self._roll.admit(desk, reply)

    def _allow(self, desk: Desk, volume: Volume, listed: checking.Listed) -> None:
        allowance = self._roll.allowance
        allowance.rows(desk.worker.inbox.length, listed.count)
        if desk.walk is not None:
            allowance.listed(desk.next_id - desk.walk.first_id, volume.size)
        allowance.reasons(each.reason for each in listed.settled)
        for each in listed.settled:
            self._roll.believe(each.matches, {})

    @staticmethod
    def _is_greeting(desk: Desk, reply: Reply | Died) -> bool:
        """Whether it stands where Ready is due: nothing else is heard before that."""
        return not (desk.ready or isinstance(reply, Failed | Died))

    def _cut_short(self, device_id: str, desk: Desk, reply: Failed | Died) -> Iterator[News]:
        if isinstance(reply, Died):
            del self._desks[device_id]
        walk, desk.walk = desk.walk, None
        if walk is None:
            return
        volume = walk.volume
        cap = f"{CUT_SHORT}: {what_went_wrong(reply)}"
        self._roll.deaths.add(f"{volume.id}: {CUT_SHORT}: {in_full(reply)}")
        if self._is_worth_another_walk(volume, reply):
            self._heard[volume.id] = desk.next_id
            self._walks[device_id].appendleft(walk)
        else:
            yield Surveyed(volume_id=volume.id, content_bytes=0, caps=(cap,))

    def _is_worth_another_walk(self, volume: Volume, reply: Failed | Died) -> bool:
        died = isinstance(reply, Died) and reply.reason != TOOK_TOO_LONG
        return died and volume.id not in self._heard

    def _walking(self, device_id: str) -> bool:
        desk = self._desks.get(device_id)
        return desk is not None and desk.volume is not None

    def _desk(self, device_id: str) -> Desk:
        if device_id not in self._desks:
            worker = self._pool.start(self._setups[device_id])
            self._desks[device_id] = Desk(worker=worker)
        return self._desks[device_id]
