"""How far a scan is, kept in a file: for the guide, which may be gone when the scan is not.

The file is small, whatever is found, and always whole: a new one takes its place a few times a
second, and at once when there is something to do. The end stays in it.
"""

import json
import os
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import msgspec

from cli.guide.state import Answer, Progress
from cli.plain import SecretWanted
from triage.errors import UsageError
from triage.findings import Match
from triage.scan.events import Advanced, Event, FindingTold, Spotted, encode

KEEP_SECONDS = 0.2
_SELDOM = (Advanced, FindingTold, Spotted)
"""Events that come so often that not each is kept at once."""


class KeptProgress:
    """A listener. Raises OSError where the file cannot be written, but not before it is told."""

    def __init__(self, file: Path) -> None:
        if not file.parent.is_dir():
            raise UsageError(f"There is no folder {file.parent} for --progress.", hint="Make it.")
        self._file = file
        self._told = Progress()
        self._due = 0.0

    def __call__(self, event: Event) -> None:
        """Take it in; what the guide does not need to know is not kept."""
        self._told.take_in(_in_short(event))
        if not isinstance(event, _SELDOM) or time.monotonic() >= self._due:
            self._keep()

    def ask(self, hash_set: str) -> None:
        """Ask for the passphrase of a sealed set; the answer comes on standard input."""
        self._told.locked_set = hash_set
        self._keep()

    def ask_secret(self, wanted: SecretWanted) -> None:
        """Ask for what opens an encrypted volume; the answer comes on standard input."""
        self._told.locked_volume = json.loads(msgspec.json.encode(wanted))
        self._keep()

    def answered(self) -> None:
        """The passphrase, or the secret, has come."""
        self._told.locked_set = ""
        self._told.locked_volume = {}
        self._keep()

    def end(self, code: int, error: str) -> None:
        """The scan has ended, and how; there is nothing more to come."""
        self._told.exit_code, self._told.error = code, error
        self._keep()

    def _keep(self) -> None:
        self._due = time.monotonic() + KEEP_SECONDS
        fresh = self._file.with_name(f"{self._file.name}.new")
        fresh.write_text(json.dumps(asdict(self._told)))
        os.replace(fresh, self._file)  # noqa: PTH105 - as atomic as it gets


def _in_short(event: Event) -> Answer:
    """An entry may have thousands of runs, which nobody asks for here."""
    match event:
        case FindingTold():
            return {"event": "finding", "seconds": event.seconds,
                    "finding": {"entry": {"id": event.entry.id},
                                "result": {"matches": _kinds(event.matches)},
                                "found": {"number": event.finding.number,
                                          "group": event.group}}}  # fmt: skip
        case Spotted():
            return {"event": "spotted", "seconds": event.seconds, "entry": {"id": event.entry.id},
                    "matches": _kinds(event.matches)}  # fmt: skip
        case _:
            said: Answer = json.loads(encode(event))
            return said


def _kinds(matches: Iterable[Match]) -> list[Answer]:
    return [{"kind": str(match.kind)} for match in matches]
