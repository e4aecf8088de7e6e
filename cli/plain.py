"""Events for programs (JSON, a line each) and for logs (plain lines)."""

import time
from typing import Protocol

import msgspec

from cli import console, told
from cli.alike import said_once
from cli.fitting import wrapped
from cli.wording import speaker
from triage.evidence import Volume
from triage.languages import Language, colon
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

    def __init__(self, language: Language = Language.ENGLISH) -> None:
        self._say = speaker(language)
        self._due = 0.0
        self._findings = told.Findings(self._say)

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
                return told.scan_key(self._say, event)
            case SetLoaded():
                return told.hash_set(self._say, event)
            case FolderRead():
                return told.folder(self._say, event)
            case DeviceSeen(device=device):
                self._findings.devices += 1
                seen = told.device(self._say, device)
                return self._say("reading {device}, read-only", device=seen)
            case VolumeSeen(volume=volume):
                return f"  {told.volume(self._say, volume)}"
            case Spotted():
                return f"{self._after(event.seconds)}: {self._findings.line(event)}"
            case FindingTold():
                return self._found(event)
            case TroubleTold(message=message):
                return self._note(message)
            case Paused():
                return told.standing_still(self._say, event)
            case GoesOn():
                return told.going_on(self._say, event)
            case Advanced() | Resumed() | Sealed():
                return ""

    def _note(self, said: str) -> str:
        return self._say("note") + colon(self._say.language) + said

    def _found(self, event: FindingTold) -> str:
        if said_once(event):
            note = self._findings.note(event)
            return self._note(note) if note else ""
        head = self._say("FINDING {number}", number=str(event.finding.number))
        said = f"{head} {self._after(event.seconds)}: {self._findings.line(event)}"
        if not event.group:
            return said
        same = self._say("shows the same as finding {number}", number=str(event.group))
        return f"{said} ({same})"

    def _after(self, seconds: float) -> str:
        return self._say("after {time}", time=self._say.duration(seconds))

    def _resumed(self, event: Resumed) -> list[str]:
        """And which findings there were: how many of each kind, and the latest by name."""
        self._findings.carry(event)
        say = self._say
        kinds = [
            f"  {say.number(count)} {kind.words.on_screen.told(say.language)}"
            for kind, count in event.kinds.items()
        ]
        latest = [
            f"{say('FINDING {number}, before', number=str(each.finding.number))}: "
            f"{self._findings.line(each)}"
            for each in event.latest
        ]
        return [*wrapped(told.resumed(self._say, event), further="  "), *kinds, *latest]

    def _progress(self, event: Advanced) -> list[str]:
        if time.monotonic() < self._due and event.stage is not Stage.SEAL:
            return []
        self._due = time.monotonic() + LINE_SECONDS
        return told.lines(self._say, event)
