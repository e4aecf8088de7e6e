"""When the evidence stick refuses or is slow: the scan waits, says why, and goes on when it can."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from triage.errors import EvidenceStickError, Interrupted
from triage.scan.events import Event, GoesOn, Paused

TRY_AGAIN_SECONDS = 1.0
SLICE_SECONDS = 0.1
SLOW_SECONDS = 5.0
"""Longer than a healthy stick needs for what a scan gives it at once."""
SLOW = "The evidence stick is slow: it has not answered for {seconds:.0f} seconds."
LEAVE_IT = "Leave it in; the scan waits for it. If that comes often, use another stick next time."


class Pause:
    """Patience with the medium that the bundle is written to, until the agent has none left."""

    def __init__(
        self,
        tell: Callable[[Event], None],
        wants_stop: Callable[[], bool],
        bundle: Callable[[], Path],
    ) -> None:
        """`bundle`: where to go on later, for the message."""
        self._tell = tell
        self._wants_stop = wants_stop
        self._bundle = bundle
        self._since = 0.0
        self._only_slow = False
        self._lock = threading.Lock()
        """Held by whoever tells, so that nobody speaks while the scan has gone on."""
        self._waiting_since = 0.0
        self._over = threading.Event()
        self._watcher: threading.Thread | None = None

    def __call__(self, error: EvidenceStickError) -> None:
        """Wait a little, to try again then. Raises Interrupted if the agent wants to stop."""
        if not self._since or self._only_slow:
            self._since = self._since or time.monotonic()
            self._only_slow = False
            self._tell(Paused(message=error.message, hint=error.hint))
        until = time.monotonic() + TRY_AGAIN_SECONDS
        while time.monotonic() < until:
            if self._wants_stop():
                raise Interrupted(
                    f"The bundle is not sealed: {error.message}",
                    hint=f"What was recorded is kept. When the stick is back and has room: "
                    f"seek resume {self._bundle()}",
                ) from error
            time.sleep(SLICE_SECONDS)

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
                    self._since, self._only_slow = begun, True
                    self._tell(Paused(message=SLOW.format(seconds=SLOW_SECONDS), hint=LEAVE_IT))

    def ended(self) -> float:
        """How long it lasted, once, when it is over; else 0."""
        if not self._since:
            return 0.0
        seconds, self._since = time.monotonic() - self._since, 0.0
        self._tell(GoesOn(seconds=seconds))
        return seconds
