"""Who signed in and out, and whose password was wrong: into the store's log, as soon as nobody else
writes the store. A sign-in does not wait for an import of hours; it is written after that."""

from collections import deque
from contextlib import suppress
from threading import Lock

from lab.settling import judging
from lab.store import LabStore
from triage.bundle.format.auditlog import utc_now
from triage.errors import StoreError

SIGNED_IN = "signed in"
SIGNED_OUT = "signed out"
WRONG_PASSWORD = "wrong password"  # noqa: S105 - what happened
_MOST = 10_000
_AT_THE_END = 5.0
"""Seconds."""


class Comings:
    """Those that are not written yet; the first of them first."""

    def __init__(self, store: LabStore, one_writes: Lock) -> None:
        """`one_writes`: what all writers of this process hold."""
        self._store, self._one_writes = store, one_writes
        self._waiting: deque[tuple[str, str, str, str]] = deque()
        self._left_out = 0

    def tell(self, event: str, name: str, address: str) -> None:
        """It happened now, to an account that there is."""
        with self._one_writes:
            self._waiting.append((event, name, address, utc_now()))
            if len(self._waiting) > _MOST:
                self._waiting.popleft()
                self._left_out += 1
            self._write(0.0)

    def close(self) -> None:
        """What still waits, at the server's end."""
        with self._one_writes:
            self._write(_AT_THE_END if self._waiting else 0.0)

    def _write(self, patience: float) -> None:
        if not self._waiting:
            return
        with suppress(StoreError), judging(self._store, "", patience=patience) as writer:
            if self._left_out:
                writer.trail.say("sign-ins left out", "", count=self._left_out)
                self._left_out = 0
            while self._waiting:
                event, name, address, at = self._waiting[0]
                writer.trail.say(event, name, at=at, address=address)
                self._waiting.popleft()
