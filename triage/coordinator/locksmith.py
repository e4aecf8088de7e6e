"""The locksmith: one worker that makes keys of secrets, and nothing else.

It has two gigabytes and no part in the survey. One that dies or is late is replaced for the next
secret; the one that it had stays untold.
"""

from collections.abc import Callable

from triage.coordinator import checking
from triage.coordinator.desk import Desk, Roll, in_full, what_went_wrong
from triage.coordinator.pool import Died, Pool, Worker
from triage.errors import WorkerError
from triage.evidence import Volume
from triage.secret import Secret
from triage.wire.messages import (
    Failed,
    Gather,
    Gathered,
    Reply,
    Setup,
    StaysLocked,
    Unlock,
    Unlocked,
)

MEMORY_BYTES = 2 * 1024**3
"""RLIMIT_AS: LUKS2 may want one gigabyte for a keyslot."""
SECONDS = 300.0
"""For one secret, on all keyslots, and for looking through one volume."""

PassOn = Callable[[Worker, Reply | Died], None]
"""What others say meanwhile."""


class Locksmith:
    """Asks one worker, one question at a time."""

    def __init__(self, pool: Pool, roll: Roll, setup: Setup, pass_on: PassOn) -> None:
        self._pool = pool
        self._roll = roll
        self._setup = setup
        self._pass_on = pass_on
        self._desk: Desk | None = None

    def try_secret(
        self, volume: Volume, inside: tuple[Volume, ...], secret: Secret | None
    ) -> Unlocked | StaysLocked:
        """Whether it opens the volume; None: whether anything does that was gathered."""
        asked = Unlock(volume=volume, inside=inside, secret=secret)
        reply = self._answer(asked)
        if isinstance(reply, Unlocked | StaysLocked):
            try:
                checking.check_unlocked(asked, reply)
            except WorkerError as error:
                reply = self._dismissed(Died(reason=error.message))
            else:
                return reply
        return StaysLocked(volume_id=volume.id, reason=what_went_wrong(reply))

    def gather(self, volume: Volume, inside: tuple[Volume, ...]) -> int:
        """How many secrets lie about in that volume; they are kept for `try_secret`."""
        asked = Gather(volume=volume, inside=inside)
        reply = self._answer(asked)
        if isinstance(reply, Gathered):
            try:
                checking.check_gathered(asked, reply)
            except WorkerError as error:
                self._dismissed(Died(reason=error.message))
            else:
                return reply.count
        return 0

    def dismiss(self) -> None:
        """What it knows goes with it."""
        if self._desk is not None:
            self._pool.end(self._desk.worker)
            self._desk = None

    def _answer(self, asked: Unlock | Gather) -> Reply | Died:
        desk = self._desk = self._desk or Desk(worker=self._pool.start(self._setup))
        self._pool.send(desk.worker, asked, within=SECONDS)
        while True:
            for worker, reply in self._pool.poll(0.1):
                if worker is not desk.worker:
                    self._pass_on(worker, reply)
                elif desk.ready or isinstance(reply, Failed | Died):
                    return self._heard(desk, reply)
                else:
                    try:
                        self._roll.admit(desk, reply)
                    except WorkerError as error:
                        return self._dismissed(Died(reason=error.message))

    def _heard(self, desk: Desk, reply: Reply | Died) -> Reply | Died:
        if isinstance(reply, Unlocked | StaysLocked | Gathered):
            desk.worker.deadline = float("inf")
            return reply
        return self._dismissed(reply)

    def _dismissed(self, reply: Reply | Died) -> Reply | Died:
        self._roll.deaths.add(f"unlocking: {in_full(reply)}")
        self.dismiss()
        return reply
