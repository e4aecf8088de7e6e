"""When the evidence stick refuses: the scan stands still, says why, and goes on when it can."""

import time
from collections.abc import Callable
from pathlib import Path

from triage.errors import EvidenceStickError, Interrupted
from triage.scan.events import Event, GoesOn, Paused

TRY_AGAIN_SECONDS = 1.0
SLICE_SECONDS = 0.1


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

    def __call__(self, error: EvidenceStickError) -> None:
        """Wait a little, to try again then. Raises Interrupted if the agent wants to stop."""
        if not self._since:
            self._since = time.monotonic()
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

    def ended(self) -> float:
        """How long it lasted, once, when it is over; else 0."""
        if not self._since:
            return 0.0
        seconds, self._since = time.monotonic() - self._since, 0.0
        self._tell(GoesOn(seconds=seconds))
        return seconds
