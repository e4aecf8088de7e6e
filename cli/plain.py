"""Events for programs (JSON, a line each) and for logs (plain lines)."""

import sys
import time

from cli import console
from cli.kinds import KINDS, said_once, surest, too_many_alike
from triage.bundle import shown as words
from triage.scan.events import (
    Advanced,
    DeviceSeen,
    Event,
    Found,
    GoesOn,
    Paused,
    Resumed,
    Sealed,
    Trouble,
    VolumeSeen,
    encode,
)

LINE_SECONDS = 5.0
"""A line of progress at most so often."""


def resumed_line(event: Resumed) -> str:
    """What an earlier run is good for."""
    done = words.count(event.carried_entries, "entry was", "entries were")
    again = words.count(event.dropped_lines, "entry", "entries")
    found = words.count(event.findings, "finding")
    return f"resumed: {done} done before, {found} among them; {again} looked at again"


class JsonLines:
    """Every event as a line of JSON on standard output."""

    def __call__(self, event: Event) -> None:
        """Write it at once."""
        sys.stdout.buffer.write(encode(event) + b"\n")
        sys.stdout.buffer.flush()


class PlainLines:
    """What matters, in lines that can be kept; no colours, nothing that moves."""

    def __init__(self) -> None:
        self._due = 0.0
        self._said_once: set[int] = set()
        """Leaders of the groups of which nothing more is said."""

    def __call__(self, event: Event) -> None:
        """Print the event's line, if it has one."""
        line = self._line(event)
        if line:
            console.out.print(console.untrusted(line), markup=True)

    def _line(self, event: Event) -> str:
        match event:
            case DeviceSeen(device=device):
                return f"reading {device.path} ({words.size(device.size)}) read-only"
            case VolumeSeen(volume=volume):
                name = volume.file_system or volume.description or "no file system"
                reason = f" - {volume.reason}" if volume.reason else ""
                size = words.size(volume.size)
                return f"  volume {volume.id} {name} {size}: {volume.state}{reason}"
            case Found():
                return self._found(event)
            case Trouble(message=message):
                return f"note: {message}"
            case Paused(message=message, hint=hint):
                return f"STANDING STILL: {message} {hint}"
            case GoesOn(seconds=seconds):
                return f"going on after {words.duration(seconds)}"
            case Resumed():
                return resumed_line(event)
            case Advanced():
                return self._progress(event)
            case Sealed():
                return ""

    def _found(self, event: Found) -> str:
        if said_once(event):
            new = event.group not in self._said_once
            self._said_once.add(event.group)
            return f"note: {too_many_alike(event)}" if new else ""
        kind = KINDS[surest(event.result.matches)]
        after = words.duration(event.seconds)
        same = f" (shows the same as finding {event.group})" if event.group else ""
        return f"FINDING {event.number} after {after}: {kind}: {event.entry.shown_path}{same}"

    def _progress(self, event: Advanced) -> str:
        if time.monotonic() < self._due:
            return ""
        self._due = time.monotonic() + LINE_SECONDS
        left = words.count(event.left_entries, "entry", "entries")
        return (
            f"{words.duration(event.seconds)}: {event.done_entries:,} of "
            f"{event.listed_entries:,} entries done, {left} ({words.size(event.left_bytes)}) wait"
        )
