"""The copier: a worker that hands over what entries hold, one after the other, for the lab."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from triage.coordinator.describers import POLL_SECONDS, cannot_start
from triage.coordinator.desk import Desk, Roll, in_full, what_went_wrong
from triage.coordinator.examiners import MOST_FAILED_STARTS, START_SECONDS, patience
from triage.coordinator.pool import DECODER_MEMORY_BYTES, Died, Pool
from triage.errors import WorkerError
from triage.evidence import FileEntry, Volume
from triage.profile import NOTHING, Limits, parse_duration
from triage.wire.messages import (
    PARTS_SECONDS,
    PARTS_SECONDS_A_BYTE,
    Copied,
    Copy,
    CopyParts,
    Failed,
    NextBytes,
    OpenedDevice,
    PartCopied,
    Reply,
    Role,
    Setup,
    UseVolumes,
    WantedPart,
)

Take = Callable[[bytes], None]
TakePart = Callable[[int], None]
"""The bytes since the last of these calls were the part of that number; below 0: none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """How far the copier is with what it was asked for."""

    entry: FileEntry
    parts: int
    """How many things that lie in the entry are wanted; 0: the entry itself is."""
    arrived: int
    """Bytes that were handed over."""
    seconds: float
    """Since it was asked."""


Watch = Callable[[UnderWay], None]
"""Told at the beginning, again and again, also while nothing comes, and at the end."""


def _nobody(_: UnderWay) -> None:
    """Watches."""


_ENTRY_SECONDS = parse_duration(Limits().entry_time)
TOO_SHORT = "fewer bytes were there than the bundle says"


@dataclass(slots=True, kw_only=True)
class _InHand:
    """The entry that is copied."""

    request: Copy | CopyParts
    take: Take
    part: TakePart = lambda number: None
    most: int
    """Bytes that may come: of an entry, or of one thing that lies in it."""
    seconds: float
    begun: float = field(default_factory=time.monotonic)
    taken: int = 0
    arrived: int = 0
    """Bytes that came, of all that lies in it."""
    how_it_ended: str | None = field(default=None)

    @property
    def entry(self) -> FileEntry:
        """That it is about."""
        return self.request.entry

    @property
    def under_way(self) -> UnderWay:
        """How far it is."""
        wanted = self.request
        return UnderWay(
            entry=wanted.entry,
            parts=len(wanted.parts) if isinstance(wanted, CopyParts) else 0,
            arrived=self.arrived,
            seconds=time.monotonic() - self.begun,
        )


class Copier:
    """The one worker, started anew where an entry ends it."""

    def __init__(
        self,
        pool: Pool,
        devices: Sequence[OpenedDevice],
        volumes: Sequence[Volume],
        *,
        keys: int = -1,
        passwords: tuple[str, ...] = (),
        watch: Watch = _nobody,
    ) -> None:
        """`volumes`: as the bundle has them, of those devices; an entry is in one of them. `keys`:
        descriptor of those of encrypted volumes. `passwords`: of archives. `watch` is told how far
        `copy` and `copy_parts` are."""
        self._watch = watch
        self.roll = Roll()
        self._pool = pool
        self._setup = Setup(
            role=Role.COPY,
            devices=tuple(devices),
            profile=NOTHING,
            keys=keys,
            passwords=passwords,
            memory_bytes=DECODER_MEMORY_BYTES,
        )
        self._volumes = tuple(volumes)
        self._desk: Desk | None = None
        self._in_hand: _InHand | None = None
        self._failed_starts = 0

    def copy(self, entry: FileEntry, take: Take, *, again: bool = False) -> str:
        """Why `take` was not given all of it; empty: it was. Raises WorkerError if no worker
        starts, and what `take` raises; then the copier is at its end."""
        self.ask(entry, take, again=again)
        return self._ended()

    def copy_parts(
        self,
        entry: FileEntry,
        parts: Sequence[WantedPart],
        take: Take,
        part: TakePart,
        *,
        again: bool = False,
    ) -> str:
        """What lies in the entry: `take` is given the bytes of one after the other, and `part` is
        told behind each which it is. Why not all came; raises what `copy` does."""
        self.ask_for_parts(entry, parts, take, part, again=again)
        return self._ended()

    def ask(self, entry: FileEntry, take: Take, *, again: bool = False) -> None:
        """Begin; a worker that is not there yet is asked as soon as it is ready."""
        self._ask(
            _InHand(
                request=Copy(entry=entry, again=again),
                take=take,
                most=entry.size,
                seconds=patience(_ENTRY_SECONDS, 1, entry.size),
            )
        )

    def ask_for_parts(
        self,
        entry: FileEntry,
        parts: Sequence[WantedPart],
        take: Take,
        part: TakePart,
        *,
        again: bool = False,
    ) -> None:
        """Likewise."""
        sizes = [each.size for each in parts]
        looked = PARTS_SECONDS + entry.size * PARTS_SECONDS_A_BYTE
        self._ask(
            _InHand(
                request=CopyParts(entry=entry, parts=tuple(parts), again=again),
                take=take,
                part=part,
                most=max(sizes),
                seconds=looked + patience(_ENTRY_SECONDS, len(sizes), entry.size + sum(sizes)),
            )
        )

    def _ask(self, in_hand: _InHand) -> None:
        self._in_hand = in_hand
        if self._desk is None:
            worker = self._pool.start(self._setup)
            worker.deadline = time.monotonic() + START_SECONDS
            self._desk = Desk(worker=worker)
        elif self._desk.ready:
            self._send(self._desk, in_hand)

    def _ended(self) -> str:
        ended = None
        while ended is None:
            self._show()
            ended = self.turn()
        self._show()
        return ended

    def _show(self) -> None:
        if self._in_hand is not None:
            self._watch(self._in_hand.under_way)

    def _send(self, desk: Desk, in_hand: _InHand) -> None:
        self._pool.send(desk.worker, in_hand.request, within=in_hand.seconds)

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
            raise _out_of_turn(reply)
        elif isinstance(reply, NextBytes):
            in_hand.taken += len(reply.data)
            in_hand.arrived += len(reply.data)
            if in_hand.taken > in_hand.most:
                raise WorkerError("a worker handed over more than the entry holds")
            in_hand.take(reply.data)
        elif isinstance(reply, PartCopied) and isinstance(in_hand.request, CopyParts):
            _hand_on(in_hand, in_hand.request.parts, reply)
        elif isinstance(reply, Copied):
            self._settle(desk, in_hand, reply)
        else:
            raise _out_of_turn(reply)

    def _settle(self, desk: Desk, in_hand: _InHand, reply: Copied) -> None:
        if reply.entry_id != in_hand.entry.id:
            raise WorkerError("a worker copied another entry")
        of_parts = isinstance(in_hand.request, CopyParts)
        if of_parts and in_hand.taken:
            raise WorkerError("a worker handed over bytes and did not say of what")
        desk.lay_down()
        short = not of_parts and in_hand.taken < in_hand.most
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
                self._ask(self._in_hand)
        elif self._in_hand is not None and self._in_hand.how_it_ended is None:
            self._in_hand.how_it_ended = what_went_wrong(reply)


def _hand_on(in_hand: _InHand, parts: Sequence[WantedPart], reply: PartCopied) -> None:
    if reply.number >= len(parts):
        raise WorkerError("a worker handed over a part that was not asked for")
    if reply.number >= 0 and in_hand.taken != parts[reply.number].size:
        raise WorkerError("a worker handed over a part of another size")
    in_hand.taken = 0
    in_hand.part(reply.number)


def _out_of_turn(reply: Reply | Died) -> WorkerError:
    return WorkerError(f"a worker spoke out of turn: {type(reply).__name__.lower()}")
