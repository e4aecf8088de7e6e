"""The live view: what a tired person reads at a glance, on 80 columns and 25 rows."""

from collections import Counter, deque
from types import TracebackType
from typing import Self

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cli import console
from cli.kinds import KINDS, said_once, surest, too_many_alike
from cli.plain import resumed_line
from triage.bundle import shown as words
from triage.evidence import Volume
from triage.findings import MatchKind
from triage.scan import NOT_LOOKED_INTO, Search
from triage.scan.events import (
    Advanced,
    DeviceSeen,
    Event,
    Found,
    GoesOn,
    Paused,
    Resumed,
    Sealed,
    Stage,
    Trouble,
    VolumeSeen,
)

LATEST = 4
"""Findings and notes shown by name, copies left out; all of them are in the report."""


class LiveView:
    """Hears events and redraws. A context manager: leaving it leaves the last picture."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._progress: Advanced | None = None
        self._devices: list[str] = []
        self._unreadable: list[Volume] = []
        self._kinds: Counter[MatchKind] = Counter()
        self._latest: deque[str] = deque(maxlen=LATEST)
        self._notes: deque[str] = deque(maxlen=2)
        self._to_look_at = 0
        """Findings that show the same counted once."""
        self._said_once: set[int] = set()
        self._first: float | None = None
        self._standing = ""
        """Why the scan stands still; empty while it does not."""
        self._live = Live(self._picture(), console=console.out, refresh_per_second=8)

    def __enter__(self) -> Self:
        console.out.print("Getting ready: key, hash sets, models …")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def __call__(self, event: Event) -> None:
        """Take the event in, and redraw.

        The screen is drawn only between the first device and the signing: before and after, a
        key or a sealed set may ask for its passphrase.
        """
        self._take_in(event)
        self._live.update(self._picture())
        if isinstance(event, DeviceSeen):
            self._live.start(refresh=True)
        elif isinstance(event, Advanced) and event.stage is Stage.SEAL:
            self._live.stop()

    def _take_in(self, event: Event) -> None:
        match event:
            case DeviceSeen(device=device):
                self._devices.append(f"{device.path}  {words.size(device.size)}  {device.model}")
            case VolumeSeen(volume=volume):
                if volume.state in NOT_LOOKED_INTO:
                    self._unreadable.append(volume)
            case Found():
                self._count(event)
            case Trouble(message=message):
                self._notes.append(message)
            case Paused(message=message, hint=hint):
                self._standing = f"{message} {hint}"
            case GoesOn():
                self._standing = ""
            case Resumed():
                self._notes.append(resumed_line(event))
            case Advanced():
                self._progress = event
            case Sealed():
                pass

    def _count(self, found: Found) -> None:
        self._kinds[surest(found.result.matches)] += 1
        self._first = found.seconds if self._first is None else self._first
        if not found.group:
            self._to_look_at += 1
            self._latest.append(found.entry.shown_path)
        elif said_once(found) and found.group not in self._said_once:
            self._said_once.add(found.group)
            self._notes.append(too_many_alike(found))

    def _picture(self) -> RenderableType:
        return Group(*self._head(), Text(), *self._work(), Text(), *self._found(), *self._foot())

    def _head(self) -> list[RenderableType]:
        case = self._search.case
        about = "  ".join(
            part
            for part in (
                case.case_number and f"case {case.case_number}",
                case.exhibit and f"exhibit {case.exhibit}",
                case.examiner,
            )
            if part
        )
        title = Text.assemble(("seek ", "bold"), self._search.profile.name, "   ", _plain(about))
        return [title, *[Text(f"  {_plain(device)}"[:78]) for device in self._devices[-3:]]]

    def _work(self) -> list[RenderableType]:
        progress = self._progress
        if progress is None:
            return [Text("Getting ready: key, hash sets, models …", style="bold")]
        doing = {
            Stage.SURVEY: "Listing what is there",
            Stage.EXAMINE: "Looking at content",
            Stage.SEAL: "Closing and signing",
        }[progress.stage]
        table = Table.grid(padding=(0, 2))
        table.add_row("time", words.duration(progress.seconds) + _remaining(progress))
        table.add_row("done", f"{progress.done_entries:,} of {progress.listed_entries:,} entries")
        table.add_row(
            "to do", f"{progress.left_entries:,} entries, {words.size(progress.left_bytes)}"
        )
        table.add_row("unread", f"{progress.unreadable_entries:,} entries could not be read")
        now = f"{doing}: {progress.now}" if progress.now else doing
        if self._standing:
            stands = Text(f" STANDING STILL: {_plain(self._standing)}", style="bold white on red")
            return [stands, _bar(progress), table]
        return [Text(_short(now), style="bold"), _bar(progress), table]

    def _found(self) -> list[RenderableType]:
        total = sum(self._kinds.values())
        if not total:
            return [Text("No finding yet", style="bold")]
        first = words.duration(self._first or 0.0)
        head = Text.assemble(
            (f" {words.count(total, 'FINDING', 'FINDINGS')} ", "bold white on red"),
            f"  {self._to_look_at:,} to look at" if self._to_look_at < total else "",
            f"  the first after {first}",
        )
        table = Table.grid(padding=(0, 2))
        for kind, meaning in KINDS.items():
            if self._kinds[kind]:
                table.add_row(f"  {self._kinds[kind]:>6,}", meaning)
        return [head, table, *[Text(_short(path), style="dim") for path in self._latest]]

    def _foot(self) -> list[RenderableType]:
        lines: list[RenderableType] = [
            Text(
                _short(f"{volume.id} {volume.file_system}: {volume.reason or volume.state}"),
                "yellow",
            )
            for volume in self._unreadable[-3:]
        ]
        lines += [Text(_short(note), style="yellow") for note in self._notes]
        return [*lines, Text("Ctrl-C stops, and closes and signs what there is.", style="dim")]


def _bar(progress: Advanced) -> RenderableType:
    listed = max(1, progress.listed_entries)
    row = Table.grid(padding=(0, 2))
    row.add_row(
        ProgressBar(total=listed, completed=progress.done_entries, width=60),
        f"{100 * progress.done_entries // listed:>3} %",
    )
    return row


def _remaining(progress: Advanced) -> str:
    if progress.seconds_left is None:
        return ""
    return f", about {words.duration(progress.seconds_left)} left"


def _plain(text: str) -> str:
    return console.untrusted(text).replace("\\[", "[")


def _short(text: str) -> str:
    """The end of a path says more than its beginning."""
    shown = _plain(text)
    return f"  {shown}" if len(shown) <= 76 else f"  …{shown[-75:]}"
