"""How far a scan is, kept in a file: for the guide, which may be gone when the scan is not.

The file is small, whatever is found, and always whole: a new one takes its place a few times a
second, and at once when there is something to do. The end stays in it.
"""

import json
import os
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from cli.guide.state import Answer, Progress
from triage.scan.events import Advanced, Event, Found, encode

KEEP_SECONDS = 0.2
_SELDOM = (Advanced, Found)
"""Events that come so often that not each is kept at once."""


class KeptProgress:
    """A listener. Raises OSError where the file cannot be written."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._told = Progress()
        self._due = 0.0
        self._keep()

    def __call__(self, event: Event) -> None:
        """Take it in; what the guide does not need to know is not kept."""
        self._told.take_in(_in_short(event) if isinstance(event, Found) else _whole(event))
        if not isinstance(event, _SELDOM) or time.monotonic() >= self._due:
            self._keep()

    def ask(self, hash_set: str) -> None:
        """Ask for the passphrase of a sealed set; the answer comes on standard input."""
        self._told.locked_set = hash_set
        self._keep()

    def answered(self) -> None:
        """The passphrase has come."""
        self._told.locked_set = ""
        self._keep()

    def end(self, code: int, error: str) -> None:
        """The scan has ended, and how; there is nothing more to come."""
        self._told.exit_code, self._told.error = code, error
        with suppress(OSError):
            self._keep()

    def _keep(self) -> None:
        self._due = time.monotonic() + KEEP_SECONDS
        fresh = self._file.with_name(f"{self._file.name}.new")
        fresh.write_text(json.dumps(asdict(self._told)))
        os.replace(fresh, self._file)  # noqa: PTH105 - as atomic as it gets


def _whole(event: Event) -> Answer:
    said: Answer = json.loads(encode(event))
    return said


def _in_short(found: Found) -> Answer:
    """Its entry may have thousands of runs, which nobody asks for here."""
    kinds = [{"kind": str(match.kind)} for match in found.result.matches]
    return {"event": "finding", "number": found.number, "seconds": found.seconds,
            "group": found.group, "result": {"matches": kinds}}  # fmt: skip
