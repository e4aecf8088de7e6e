"""The fence round whoever listens to a scan: nothing that a listener does or raises ends the scan.

A pipe whose reader is gone, a terminal that was closed, a sentence that cannot be made: what the
listener raises is kept for the audit log, once, and the scan goes on and is sealed.
"""

import threading
import time
import traceback
from collections.abc import Callable

from triage.scan.events import Event, Sealed

Tell = Callable[[Event], None]

TOLD_AT_ONCE = 3
"""So many failures in a row may be of single events: the next one is told as if nothing was."""
FIRST_REST_SECONDS = 0.5
LONGEST_REST_SECONDS = 30.0
"""From then on a listener is left alone for twice as long each time; it may be a pipe that is dead
for good, and there may be fifty thousand events."""
LONGEST_COMPLAINT = 500


class Telling:
    """Tells a listener of events, from whatever thread, one at a time."""

    def __init__(self, tell: Tell) -> None:
        self.stop_wished = False
        """The listener raised what only ends programs, KeyboardInterrupt: the scan closes and
        signs, as it does when it is asked to."""
        self._tell = tell
        self._lock = threading.RLock()
        self._failures = 0
        """In a row."""
        self._rests_until = 0.0
        self._complaint: tuple[str, str] | None = None
        self._complained = False

    def __call__(self, event: Event) -> None:
        """Tell, unless the listener rests. The last event is always told. Raises nothing."""
        with self._lock:
            if time.monotonic() < self._rests_until and not isinstance(event, Sealed):
                return
            try:
                self._tell(event)
            except Exception as error:  # noqa: BLE001 - this is the fence
                self._note(error, event)
            except BaseException as error:  # noqa: BLE001 - KeyboardInterrupt, SystemExit
                self.stop_wished = True
                self._note(error, event)
            else:
                self._failures = 0

    def complaint(self) -> tuple[str, str] | None:
        """What the listener raised first and where, once; None if it raised nothing."""
        with self._lock:
            complaint, self._complaint = self._complaint, None
            return complaint

    def _note(self, error: BaseException, event: Event) -> None:
        self._failures += 1
        if self._failures >= TOLD_AT_ONCE:
            rest = FIRST_REST_SECONDS * 2.0 ** min(16, self._failures - TOLD_AT_ONCE)
            self._rests_until = time.monotonic() + min(LONGEST_REST_SECONDS, rest)
        if not self._complained:
            self._complained = True
            told = f"{type(event).__name__}, {_where(error)}"
            self._complaint = (_said(error)[:LONGEST_COMPLAINT], told[:LONGEST_COMPLAINT])


def _said(error: BaseException) -> str:
    """The error in one line; even that may be more than it is able to say."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - it is the listener's error: its text is its code too
        return type(error).__name__


def _where(error: BaseException) -> str:
    """File and line that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
