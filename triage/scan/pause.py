"""When the evidence stick refuses or is slow: the scan waits, says why, and goes on when it can.

Whoever ends it meanwhile, the agent or the time limit, ends it: where the stick is full, the bundle
is sealed in the room that was kept for that; where the stick is gone, it cannot be.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from triage.bundle.writing.writer import BundleWriter
from triage.ending import Stopped
from triage.errors import EvidenceStickError, StickFullError, UnsealedError
from triage.scan.events import Event, GoesOn, Paused, Standing

TRY_AGAIN_SECONDS = 1.0
SLICE_SECONDS = 0.1
SLOW_SECONDS = 5.0
"""Longer than a healthy stick needs for what a scan gives it at once."""
FREEING_SECONDS = 10.0
"""So long a file system may take to hand out the room that was given back."""
LATE_SECONDS = 600.0
"""After the time limit a stick that is gone is waited for so long: then it can still be sealed."""
SLOW = "The evidence stick is slow: it has not answered for {seconds:.0f} seconds."
HINTS = {
    Standing.FULL: "It is full. Make room on it and the scan goes on; or end the scan: what was "
    "found is then signed, in room that was kept for that.",
    Standing.SLOW: "Leave it in; the scan waits for it. If that comes often, use another stick "
    "next time.",
    Standing.GONE: "Put it back, or its lock switch, and the scan goes on. While it is away "
    "nothing can be signed: a scan that is ended now has to be resumed later.",
}
LATE = "The time limit is over. Put it back within ten minutes, and what was found is signed."


class Pause:
    """Patience with the medium that the bundle is written to, until the scan is to end."""

    def __init__(self, tell: Callable[[Event], None], ends: Callable[[], Stopped]) -> None:
        """`ends`: why the scan is to end; NOT while it is not."""
        self.writer: BundleWriter | None = None
        """Of the bundle; None as long as there is none."""
        self._tell = tell
        self._ends = ends
        self._ending_since = 0.0
        """When it was first noticed, in here, that the scan is to end; by time.monotonic."""
        self._since = 0.0
        self._late = False
        """The time limit is over, and the stick is not there."""
        self._said: tuple[Standing, bool] | None = None
        self._lock = threading.Lock()
        """Held by whoever tells, so that nobody speaks while the scan has gone on."""
        self._waiting_since = 0.0
        self._over = threading.Event()
        self._watcher: threading.Thread | None = None

    def __call__(self, error: EvidenceStickError) -> None:
        """Wait a little, to try again then. Raises UnsealedError if the scan is to end without."""
        why = Standing.FULL if isinstance(error, StickFullError) else Standing.GONE
        self._since = self._since or time.monotonic()
        self._say(error.message, why)
        until = time.monotonic() + TRY_AGAIN_SECONDS
        while time.monotonic() < until:
            if reason := self._ends():
                if why is Standing.FULL and self.writer and self.writer.give_back_room():
                    return
                self._end_unless_it_helps_to_wait(error, reason, why)
            time.sleep(SLICE_SECONDS)

    def _end_unless_it_helps_to_wait(
        self, error: EvidenceStickError, reason: Stopped, why: Standing
    ) -> None:
        self._ending_since = self._ending_since or time.monotonic()
        waits = FREEING_SECONDS if why is Standing.FULL else 0.0
        if why is Standing.GONE and reason is Stopped.TIME:
            waits, self._late = LATE_SECONDS, True
            self._say(error.message, why)
        if time.monotonic() - self._ending_since >= waits:
            on = self.writer.how_it_goes_on if self.writer else "`seek resume` goes on with it"
            raise UnsealedError(
                f"The scan ended ({reason}), and its bundle could not be signed: {error.message}",
                hint=f"What was recorded is kept. When the stick is back and has room, {on}.",
            ) from error

    def _say(self, message: str, why: Standing) -> None:
        """Unless that was the last that was said."""
        if self._said != (why, self._late):
            self._said = (why, self._late)
            self._tell(Paused(message=message, hint=LATE if self._late else HINTS[why], why=why))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Within it, something waits for the stick; if for long, that is told."""
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._watch, name="stick watcher", daemon=True)
            self._watcher.start()
        self._waiting_since = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._waiting_since = 0.0

    def close(self) -> None:
        """Nothing waits for the stick any more."""
        self._over.set()
        if self._watcher is not None:
            self._watcher.join()

    def _watch(self) -> None:
        while not self._over.wait(SLICE_SECONDS * 5):
            with self._lock:
                begun = self._waiting_since
                if begun and not self._since and time.monotonic() - begun > SLOW_SECONDS:
                    self._since = begun
                    self._say(SLOW.format(seconds=SLOW_SECONDS), Standing.SLOW)

    def ended(self) -> float:
        """How long it lasted, once, when it is over; else 0."""
        if not self._since:
            return 0.0
        seconds, self._since = time.monotonic() - self._since, 0.0
        self._said = None
        self._tell(GoesOn(seconds=seconds))
        return seconds
