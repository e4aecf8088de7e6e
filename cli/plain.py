"""Events for programs (JSON, a line each) and for logs (plain lines)."""

import time
from typing import Protocol

import msgspec

from cli import console, told
from cli.alike import said_once
from cli.fitting import wrapped
from triage.bundle.format import shown as words
from triage.evidence import Volume
from triage.scan.events import (
    Advanced,
    DeviceSeen,
    Event,
    FindingTold,
    FolderRead,
    GoesOn,
    Paused,
    Resumed,
    ScanKeyMade,
    Sealed,
    SetLoaded,
    Spotted,
    Stage,
    TroubleTold,
    VolumeSeen,
    encode,
)

LINE_SECONDS = 5.0
"""A line of progress at most so often."""


class SecretWanted(msgspec.Struct, frozen=True, kw_only=True, tag="secret", tag_field="event"):
    """An encrypted volume whose secret is asked for."""

    volume: Volume
    ask_for: str
    """What to ask the owner for."""
    wrong: int
    """How many were wrong."""
    trouble: str
    """Why the last one could not be tried."""


class Program(Protocol):
    """A listener that speaks to a program."""

    def __call__(self, event: Event) -> None:
        """Pass the event on."""

    def ask(self, hash_set: str) -> None:
        """Ask for the passphrase of a sealed set; the answer comes on standard input."""

    def ask_secret(self, wanted: SecretWanted) -> None:
        """Ask for what opens an encrypted volume; the answer comes on standard input."""

    def answered(self) -> None:
        """The answer has come."""


class JsonLines:
    """Every event as a line of JSON on standard output."""

    def __call__(self, event: Event) -> None:
        """Write it at once. Raises OSError if nobody reads."""
        console.program(encode(event))
        console.heard()

    def ask(self, hash_set: str) -> None:
        """Ask for the passphrase of a sealed set; the answer comes on standard input."""
        console.program(msgspec.json.encode({"event": "passphrase", "hash_set": hash_set}))

    def ask_secret(self, wanted: SecretWanted) -> None:
        """Ask for what opens an encrypted volume; the answer comes on standard input."""
        console.program(msgspec.json.encode(wanted))

    def answered(self) -> None:
        """A program that reads lines knows by itself that it has answered."""


class PlainLines:
    """What matters, in lines that can be kept; no colours, nothing that moves."""

    def __init__(self) -> None:
        self._due = 0.0
        self._findings = told.Findings()

    def __call__(self, event: Event) -> None:
        """Print the event's lines, if it has any. Raises OSError if nobody reads."""
        for line in self._lines(event):
            console.out.print(console.untrusted(line), markup=True)
            console.heard()

    def _lines(self, event: Event) -> list[str]:
        match event:
            case Advanced():
                return self._progress(event)
            case Resumed():
                return self._resumed(event)
            case _:
                line = self._line(event)
                return [line] if line else []

    def _line(self, event: Event) -> str:
        match event:
            case ScanKeyMade():
                return told.scan_key(event)
            case SetLoaded():
                return told.hash_set(event)
            case FolderRead():
                return told.folder(event)
            case DeviceSeen(device=device):
                self._findings.devices += 1
                return f"reading {told.device(device)}, read-only"
            case VolumeSeen(volume=volume):
                return f"  {told.volume(volume)}"
            case Spotted():
                return f"after {words.duration(event.seconds)}: {self._findings.line(event)}"
            case FindingTold():
                return self._found(event)
            case TroubleTold(message=message):
                return f"note: {message}"
            case Paused():
                return told.standing_still(event)
            case GoesOn():
                return told.going_on(event)
            case Advanced() | Resumed() | Sealed():
                return ""

    def _found(self, event: FindingTold) -> str:
        if said_once(event):
            note = self._findings.note(event)
            return f"note: {note}" if note else ""
        after = words.duration(event.seconds)
        same = f" (shows the same as finding {event.group})" if event.group else ""
        return f"FINDING {event.finding.number} after {after}: {self._findings.line(event)}{same}"

    def _resumed(self, event: Resumed) -> list[str]:
        """And which findings there were: how many of each kind, and the latest by name."""
        self._findings.carry(event)
        kinds = [f"  {count:,} {kind.words.on_screen}" for kind, count in event.kinds.items()]
        latest = [
            f"FINDING {each.finding.number}, before: {self._findings.line(each)}"
            for each in event.latest
        ]
        return [*wrapped(told.resumed(event), further="  "), *kinds, *latest]

    def _progress(self, event: Advanced) -> list[str]:
        if time.monotonic() < self._due and event.stage is not Stage.SEAL:
            return []
        self._due = time.monotonic() + LINE_SECONDS
        return told.lines(event)
