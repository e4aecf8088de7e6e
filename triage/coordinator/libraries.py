"""The versions of what workers alone load, asked of one that is given nothing to read."""

import time

from triage.choices import TypeUse
from triage.coordinator.desk import Desk, Roll, in_full
from triage.coordinator.pool import Died, Pool
from triage.errors import WorkerError
from triage.profile import Profile
from triage.wire.messages import Failed, Role, Setup

_SECONDS = 60.0
_TYPES = Profile(name="types", description="loads what tells types", detectors=(TypeUse(),))


def libraries() -> dict[str, str]:
    """Name to version. Raises WorkerError if no worker comes to say it."""
    roll = Roll()
    with Pool() as pool:
        desk = Desk(worker=pool.start(Setup(role=Role.EXAMINE, devices=(), profile=_TYPES)))
        desk.worker.deadline = time.monotonic() + _SECONDS
        while not desk.ready:
            for _, reply in pool.poll(_SECONDS):
                if isinstance(reply, Died | Failed):
                    raise WorkerError(f"A worker could not start: {in_full(reply)}")
                roll.admit(desk, reply)
    return roll.libraries
