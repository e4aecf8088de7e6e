"""The describers: workers that say of the lab's own pictures what a set or a comparison needs.

Files are handed to them open, some at a time. What a dead one held is looked at as entries are:
each file alone, then its digests alone, and then it is set aside with the reason.
"""

import os
import socket
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from msgspec.structs import replace

from triage.coordinator import checking
from triage.coordinator.desk import Desk, Roll, in_full, what_went_wrong
from triage.coordinator.examiners import MOST_FAILED_STARTS, START_SECONDS, patience
from triage.coordinator.pool import DECODER_MEMORY_BYTES, Died, Pool
from triage.errors import WorkerError
from triage.profile import NOTHING, Limits, parse_duration
from triage.wire.messages import (
    Describe,
    Described,
    Description,
    Failed,
    ModelInHand,
    Reply,
    Role,
    Setup,
)

POLL_SECONDS = 0.1
MOST_DESCRIBERS = 16
"""More are seldom worth their start, and each holds open files."""
_AT_ONCE = 16
"""Files in one request, of which each worker has one, and one waits for it."""
_BYTES_AT_ONCE = 16 << 20
_FILE_SECONDS = parse_duration(Limits().entry_time)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFile:
    """A file of the lab's, opened for reading; closed by whoever has it described."""

    descriptor: int
    size: int
    name: str


Told = Generator[tuple[OpenedFile, Description], None, None]


@dataclass(slots=True, kw_only=True)
class _Held:
    """One file that has no description yet."""

    place: int
    file: OpenedFile
    died_of: str = ""
    """How the reader ended that had it alone: from then on it is not decoded."""


@dataclass(slots=True, kw_only=True)
class _Seat:
    """One describer, and what it holds."""

    desk: Desk
    files: socket.socket
    """On which its files travel to it."""
    theirs: socket.socket
    """Its own end, for one that has to be forked once more."""
    held: list[_Held] = field(default_factory=list)
    asked: Describe | None = None


class Describers:
    """Runs as many as there is work for."""

    def __init__(self, pool: Pool, *, wanted: int, looks: bool = False) -> None:
        """`wanted`: how many at most. `looks`: say what copies would be looked for by, too."""
        self.roll = Roll()
        self._pool = pool
        self._wanted = min(wanted, MOST_DESCRIBERS)
        self._looks = looks
        self._seats: list[_Seat] = []
        self._waiting: deque[list[_Held]] = deque()
        self._done: dict[int, tuple[OpenedFile, Description]] = {}
        self._cut = self._told = 0
        self._failed_starts = 0

    def descriptions(self, files: Iterable[OpenedFile]) -> Told:
        """One for each file, in their order. Raises WorkerError if no worker starts."""
        more = iter(files)
        try:
            while self.turn(more):
                yield from self._in_order()
        finally:
            self.close()

    def turn(self, more: Iterator[OpenedFile], seconds: float = POLL_SECONDS) -> bool:
        """Hand out what there is, and hear what was said; False: nothing is left to do."""
        self._cut_batches(more)
        self._hand_out()
        busy = bool(self._waiting or self._done or any(seat.held for seat in self._seats))
        for worker, reply in self._pool.poll(seconds if busy else 0):
            for seat in [each for each in self._seats if each.desk.worker is worker]:
                self._hear(seat, reply)
        return busy

    def close(self) -> None:
        """End all of them, and close the files that they had."""
        for held in (*self._waiting, *(seat.held for seat in self._seats)):
            for one in held:
                os.close(one.file.descriptor)
        self._waiting.clear()
        for seat in list(self._seats):
            self._dismiss(seat)

    def _in_order(self) -> Iterator[tuple[OpenedFile, Description]]:
        while self._told in self._done:
            yield self._done.pop(self._told)
            self._told += 1

    def _cut_batches(self, more: Iterator[OpenedFile]) -> None:
        while len(self._waiting) < self._wanted and (held := self._batch(more)):
            self._waiting.append(held)

    def _batch(self, more: Iterator[OpenedFile]) -> list[_Held]:
        held: list[_Held] = []
        for file in islice(more, _AT_ONCE):
            held.append(_Held(place=self._cut, file=file))
            self._cut += 1
            if sum(one.file.size for one in held) >= _BYTES_AT_ONCE:
                break
        return held

    def _hand_out(self) -> None:
        resting = [seat for seat in self._seats if not seat.held]
        for _ in range(min(len(self._waiting) - len(resting), self._wanted - len(self._seats))):
            self._start_one()
        for seat in resting:
            if self._waiting and seat.desk.ready:
                self._ask(seat, self._waiting.popleft())

    def _ask(self, seat: _Seat, held: list[_Held]) -> None:
        seat.held = held
        sizes = tuple(one.file.size for one in held)
        decode = not any(one.died_of for one in held)
        seat.asked = Describe(sizes=sizes, decode=decode, looks=self._looks and decode)
        socket.send_fds(seat.files, [b"."], [one.file.descriptor for one in held])
        within = patience(_FILE_SECONDS, len(sizes), sum(sizes))
        self._pool.send(seat.desk.worker, seat.asked, within=within)

    def _hear(self, seat: _Seat, reply: Reply | Died) -> None:
        """What breaks the protocol is the end of who said it."""
        if not isinstance(reply, Failed | Died):
            try:
                self._understand(seat, reply)
            except WorkerError as error:
                reply = Died(reason=error.message)
            else:
                return
        self._lose(seat, reply)

    def _understand(self, seat: _Seat, reply: Reply) -> None:
        if isinstance(reply, Described) and seat.asked is not None:
            checking.check_described(seat.asked, reply)
            self._settle(seat, reply)
        else:
            self.roll.admit(seat.desk, reply)
            seat.desk.worker.deadline = float("inf")
            self._failed_starts = 0

    def _settle(self, seat: _Seat, reply: Described) -> None:
        seat.desk.lay_down()
        for one, description in zip(seat.held, reply.files, strict=True):
            blind = bool(one.died_of and description.digests)
            self._tell(one, replace(description, trouble=one.died_of) if blind else description)
        seat.held, seat.asked = [], None

    def _tell(self, one: _Held, description: Description) -> None:
        os.close(one.file.descriptor)
        self._done[one.place] = one.file, description

    def _lose(self, seat: _Seat, reply: Failed | Died) -> None:
        held, reason = seat.held, what_went_wrong(reply)
        seat.held = []
        self._dismiss(seat)
        self.roll.deaths.add(in_full(reply))
        if not seat.desk.ready:
            self._note_failed_start(reply)
        elif len(held) > 1:
            self._waiting.extendleft([one] for one in reversed(held))
        for one in held if len(held) == 1 else ():
            self._once_more(one, reason)

    def _note_failed_start(self, reply: Failed | Died) -> None:
        self._failed_starts += 1
        if isinstance(reply, Failed) or self._failed_starts == MOST_FAILED_STARTS:
            raise cannot_start(in_full(reply))

    def _once_more(self, one: _Held, reason: str) -> None:
        if one.died_of:
            self._tell(one, Description(left_out=one.died_of))
            return
        one.died_of = reason
        self._waiting.appendleft([one])

    def _start_one(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        ours.shutdown(socket.SHUT_RD)
        worker = self._pool.start(setup_with(files=theirs.fileno()))
        worker.deadline = time.monotonic() + START_SECONDS
        self._seats.append(_Seat(desk=Desk(worker=worker), files=ours, theirs=theirs))

    def _dismiss(self, seat: _Seat) -> None:
        self._pool.end(seat.desk.worker)
        seat.files.close()
        seat.theirs.close()
        self._seats.remove(seat)


def setup_with(*, files: int = -1, models: tuple[ModelInHand, ...] = ()) -> Setup:
    """What a describer is given; `files`: its end of the socket on which files come."""
    return Setup(
        role=Role.DESCRIBE,
        devices=(),
        profile=NOTHING,
        models=models,
        files=files,
        memory_bytes=DECODER_MEMORY_BYTES,
    )


def cannot_start(reason: str) -> WorkerError:
    """What stops the command: none of its files would be looked at."""
    return WorkerError(
        f"A worker could not start: {reason}",
        hint="Free some memory and start again; with SIGILL, use a newer computer.",
    )
