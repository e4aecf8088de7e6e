"""The live view: what a tired person reads at a glance, on 80 columns and 25 rows.

What was found comes first, then how far it is, then what went wrong. Plain characters and eight
colours: a text console has hardly more.
"""

import textwrap
import time
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Self

from rich.console import Group
from rich.live import Live
from rich.text import Text

from cli import console, told
from cli.kinds import KINDS
from triage.bundle.reckoning import NOT_LOOKED_INTO
from triage.findings import MatchKind
from triage.scan import Search
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

ROWS = 24
"""Of 25: the last one stays free for what the shell or Ctrl-C prints."""
WIDTH = 78
LATEST = 5
"""Findings shown by name at most, copies left out; all of them are in the report."""
BAR = 64
STANDING_ROWS = 5
"""Of what is wrong, and what to do."""
DRAW_SECONDS = 0.125
"""Findings may come by the thousand."""
KIND_WIDTH = 42


class LiveView:
    """Hears events and redraws. A context manager: leaving it leaves the last picture."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._progress: Advanced | None = None
        self._devices: deque[str] = deque(maxlen=3)
        self._unreadable: deque[str] = deque(maxlen=3)
        self._findings = told.Findings()
        self._latest: deque[str] = deque(maxlen=LATEST)
        self._notes: deque[str] = deque(maxlen=2)
        self._standing: Paused | None = None
        """Why the scan stands still; None while it does not."""
        self._drawn = 0.0
        # Drawn here alone: a thread of its own would have nobody to tell what it raised.
        self._live = Live(
            self._picture(), console=console.out, auto_refresh=False,
            redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip

    def __enter__(self) -> Self:
        with suppress(OSError):
            console.out.print(f"{told.GETTING_READY} ...")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(Exception):  # the scan is over, whatever becomes of its picture
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
        elif time.monotonic() - self._drawn >= DRAW_SECONDS or not isinstance(event, Found):
            self._drawn = time.monotonic()
            self._live.refresh()
        console.heard()

    def _take_in(self, event: Event) -> None:
        match event:
            case DeviceSeen(device=device):
                self._devices.append(told.device(device))
            case VolumeSeen(volume=volume):
                if volume.state in NOT_LOOKED_INTO or volume.unread:
                    self._unreadable.append(told.volume(volume))
            case Found():
                self._take_finding(event)
            case Trouble(message=message):
                self._notes.append(message)
            case Paused():
                self._standing = event
            case GoesOn():
                self._standing = None
            case Resumed():
                self._notes.append(told.resumed(event))
            case Advanced():
                self._progress = event
            case Sealed():
                pass

    def _take_finding(self, found: Found) -> None:
        self._findings.count(found)
        if not found.group:
            self._latest.append(told.finding(found))
        elif note := self._findings.note(found):
            self._notes.append(note)

    def _picture(self) -> Group:
        head = [*self._head(), Text(), *self._found()]
        rest = [Text(), *self._work(), Text(), *self._foot()]
        return Group(*head, *self._names(ROWS - len(head) - len(rest)), *rest)

    def _head(self) -> list[Text]:
        case = self._search.case
        about = "   ".join(
            part
            for part in (
                case.case_number and f"case {case.case_number}",
                case.exhibit and f"exhibit {case.exhibit}",
                case.examiner,
            )
            if part
        )
        title = Text.assemble(("seek ", "bold"), self._search.profile.name, "   ", _plain(about))
        return [title, *map(_short, self._devices)]

    def _found(self) -> list[Text]:
        findings = self._findings
        if not findings.total:
            return [Text("No finding yet", style="bold")]
        head = Text.assemble((f" {findings.headline} ", "bold white on red"), f"  {findings.about}")
        counted = [_counted(kind, findings.kinds[kind]) for kind in KINDS if findings.kinds[kind]]
        return [head, *map(Text, _in_columns(counted))]

    def _names(self, room: int) -> list[Text]:
        """The latest findings, as many as there is room for, the newest last."""
        names = list(self._latest)[-max(0, room - 1) :] if room > 1 else []
        return [Text("  The latest:"), *map(_short, names)] if names else []

    def _work(self) -> list[Text]:
        progress = self._progress
        if progress is None:
            return [Text(f"{told.GETTING_READY} ...", style="bold")]
        doing = [Text(_cut(told.doing(progress)), style="bold")]
        if self._standing:
            lines = textwrap.wrap(_plain(told.standing_still(self._standing)), WIDTH)
            doing = [Text(line, style="bold white on red") for line in lines[:STANDING_ROWS]]
        return [
            *doing,
            _bar(progress),
            Text(f"  time    {told.time(progress, self._search.time_limit)}"),
            Text(f"  done    {told.done(progress)}"),
            Text(f"  to do   {told.to_do(progress)}"),
            Text(f"  unread  {progress.unreadable_entries:,} could not be read or decoded"),
        ]

    def _foot(self) -> list[Text]:
        troubles = [*self._unreadable, *self._notes]
        closing = self._progress is not None and self._progress.stage is Stage.SEAL
        lines = [_short(each, "yellow") for each in troubles]
        if self._standing:  # that comes first, and needs the room
            return [Text(told.HOW_TO_STOP_STANDING[self._standing.why])]
        return lines if closing else [*lines, Text(told.HOW_TO_STOP)]


def _counted(kind: MatchKind, count: int) -> str:
    return f"{count:>5,} {KINDS[kind]}".ljust(KIND_WIDTH)


def _in_columns(counted: list[str]) -> list[str]:
    """Two in a line where they fit."""
    lines: list[str] = []
    for each in counted:
        if lines and len(lines[-1]) == KIND_WIDTH and len(lines[-1] + each.rstrip()) <= WIDTH:
            lines[-1] += each.rstrip()
        else:
            lines.append(each)
    return lines


def _bar(progress: Advanced) -> Text:
    share = told.share(progress)
    if share is None:
        return Text(f"  {progress.listed_entries:,} entries listed so far")
    filled = min(BAR, round(BAR * share))
    return Text(f"  [{'#' * filled}{'.' * (BAR - filled)}] {int(100 * share):>3} %")


def _plain(text: str) -> str:
    return console.untrusted(text).replace("\\[", "[")


def _cut(text: str) -> str:
    return _plain(text)[:WIDTH]


def _short(text: str, style: str = "") -> Text:
    """One line. The end of a path says more than its middle."""
    shown = _plain(text)
    if len(shown) > WIDTH - 2:
        shown = f"{shown[:26]}...{shown[-(WIDTH - 31) :]}"
    return Text(f"  {shown}", style=style)
