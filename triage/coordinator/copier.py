"""The copier: a worker that hands over what entries hold, one after the other, for the lab."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from triage.coordinator.describers import POLL_SECONDS, cannot_start
from triage.coordinator.desk import Desk, Roll, in_full, what_went_wrong
from triage.coordinator.examiners import MOST_FAILED_STARTS, START_SECONDS, patience
from triage.coordinator.pool import Died, Pool
from triage.errors import WorkerError
from triage.evidence import FileEntry, Volume
from triage.profile import NOTHING, Limits, parse_duration
from triage.wire.messages import (
    Copied,
    Copy,
    Failed,
    NextBytes,
    OpenedDevice,
    Reply,
    Role,
    Setup,
    UseVolumes,
)

Take = Callable[[bytes], None]

_ENTRY_SECONDS = parse_duration(Limits().entry_time)
_MEMORY_BYTES = 1 << 30
TOO_SHORT = "fewer bytes were there than the bundle says"


@dataclass(slots=True, kw_only=True)
class _InHand:
    """The entry that is copied."""

    entry: FileEntry
    again: bool
    take: Take
    taken: int = 0
    how_it_ended: str | None = field(default=None)


class Copier:
    """The one worker, started anew where an entry ends it."""

    def __init__(
        self, pool: Pool, devices: Sequence[OpenedDevice], volumes: Sequence[Volume]
    ) -> None:
        """`volumes`: as the bundle has them, of those devices; an entry is in one of them."""
        self.roll = Roll()
        self._pool = pool
        self._setup = Setup(
            role=Role.COPY, devices=tuple(devices), profile=NOTHING, memory_bytes=_MEMORY_BYTES
        )
        self._volumes = tuple(volumes)
        self._desk: Desk | None = None
        self._in_hand: _InHand | None = None
        self._failed_starts = 0

    def copy(self, entry: FileEntry, take: Take, *, again: bool = False) -> str:
        """Why `take` was not given all of it; empty: it was. Raises WorkerError if no worker
        starts, and what `take` raises; then the copier is at its end."""
        self.ask(entry, take, again=again)
        while (ended := self.turn()) is None:
            pass
        return ended

    def ask(self, entry: FileEntry, take: Take, *, again: bool = False) -> None:
        """Begin; a worker that is not there yet is asked as soon as it is ready."""
        self._in_hand = in_hand = _InHand(entry=entry, take=take, again=again)
        if self._desk is None:
            worker = self._pool.start(self._setup)
            worker.deadline = time.monotonic() + START_SECONDS
            self._desk = Desk(worker=worker)
        elif self._desk.ready:
            self._send(self._desk, in_hand)

    def _send(self, desk: Desk, in_hand: _InHand) -> None:
        entry = in_hand.entry
        request = Copy(entry=entry, again=in_hand.again)
        self._pool.send(desk.worker, request, within=patience(_ENTRY_SECONDS, 1, entry.size))

    def turn(self, seconds: float = POLL_SECONDS) -> str | None:
        """Hear what was said; how it ended, once it has: as `copy` says it."""
        for worker, reply in self._pool.poll(seconds):
            if self._desk is None or worker is not self._desk.worker:
                continue
            try:
                self._hear(self._desk, reply)
            except WorkerError as error:
                self._lose(Died(reason=error.message))
        in_hand = self._in_hand
        return in_hand.how_it_ended if in_hand is not None else None

    def _hear(self, desk: Desk, reply: Reply | Died) -> None:
        """Raises WorkerError for what breaks the protocol."""
        in_hand = self._in_hand
        if isinstance(reply, Failed | Died):
            self._lose(reply)
        elif not desk.ready:
            self.roll.admit(desk, reply)
            desk.worker.deadline = float("inf")
            self._failed_starts = 0
            self._pool.send(desk.worker, UseVolumes(volumes=self._volumes))
            if in_hand is not None:
                self._send(desk, in_hand)
        elif in_hand is None or in_hand.how_it_ended is not None:
            raise WorkerError(f"a worker spoke out of turn: {type(reply).__name__.lower()}")
        elif isinstance(reply, NextBytes):
            in_hand.taken += len(reply.data)
            if in_hand.taken > in_hand.entry.size:
                raise WorkerError("a worker handed over more than the entry holds")
            in_hand.take(reply.data)
        elif isinstance(reply, Copied):
            self._settle(desk, in_hand, reply)
        else:
            raise WorkerError(f"a worker spoke out of turn: {type(reply).__name__.lower()}")

    def _settle(self, desk: Desk, in_hand: _InHand, reply: Copied) -> None:
        if reply.entry_id != in_hand.entry.id:
            raise WorkerError("a worker copied another entry")
        desk.lay_down()
        short = in_hand.taken < in_hand.entry.size
        in_hand.how_it_ended = reply.trouble or (TOO_SHORT if short else "")

    def _lose(self, reply: Failed | Died) -> None:
        desk, self._desk = self._desk, None
        self.roll.deaths.add(in_full(reply))
        if desk is None:
            return
        self._pool.end(desk.worker)
        if not desk.ready:
            self._failed_starts += 1
            if isinstance(reply, Failed) or self._failed_starts == MOST_FAILED_STARTS:
                raise cannot_start(in_full(reply))
            if self._in_hand is not None:
                self.ask(self._in_hand.entry, self._in_hand.take, again=self._in_hand.again)
        elif self._in_hand is not None and self._in_hand.how_it_ended is None:
            self._in_hand.how_it_ended = what_went_wrong(reply)
