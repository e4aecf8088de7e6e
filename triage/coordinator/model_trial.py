"""One run of a model in a worker without rights, before a lab relies on it."""

import time

from triage.coordinator.describers import POLL_SECONDS, setup_with
from triage.coordinator.desk import Desk, Roll, in_full
from triage.coordinator.examiners import START_SECONDS
from triage.coordinator.pool import Died, Pool
from triage.errors import ModelError, WorkerError
from triage.wire.messages import Failed, ModelInHand, Reply, Tried, TryModel

_RUN_SECONDS = 300.0


class ModelTrial:
    """The one worker, and what it is at."""

    def __init__(self, pool: Pool, model: ModelInHand) -> None:
        """Start it."""
        self.roll = Roll()
        self._pool = pool
        self._named = model.named
        self._desk = Desk(worker=pool.start(setup_with(models=(model,))))
        self._desk.worker.deadline = time.monotonic() + START_SECONDS

    def outcome(self) -> Tried:
        """Wait for it. Raises ModelError if the model does not do what its card says."""
        while (tried := self.turn()) is None:
            pass
        return tried

    def turn(self, seconds: float = POLL_SECONDS) -> Tried | None:
        """Hear what was said; the outcome, when it comes. Raises ModelError or WorkerError."""
        for _, reply in self._pool.poll(seconds):
            if isinstance(reply, Tried) and self._desk.ready:
                return reply
            try:
                self._admit(reply)
            except WorkerError as error:
                self._pool.end(self._desk.worker)
                raise ModelError(
                    f"Model '{self._named}' ended the worker that ran it: {error.message}",
                    hint="Leave it out: it would end the workers of a scan too.",
                ) from error
        return None

    def _admit(self, reply: Reply | Died) -> None:
        """Raises ModelError with what the worker says of the model, WorkerError if it ended."""
        if isinstance(reply, Failed):
            self._pool.end(self._desk.worker)
            raise ModelError(
                f"{reply.message.rstrip('.')}.",
                hint="docs/formats/model-pack.md describes the card.",
            )
        if isinstance(reply, Died):
            raise WorkerError(in_full(reply))
        self.roll.admit(self._desk, reply)
        self._pool.send(self._desk.worker, TryModel(), within=_RUN_SECONDS)
