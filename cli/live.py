"""The live view: what a tired person reads at a glance, on 80 columns and 25 rows.

What was found comes first, then how far it is, then what went wrong. Plain characters and eight
colours: a text console has hardly more.
"""

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from rich.console import Group
from rich.live import Live
from rich.text import Text

from cli import console, told
from cli.fitting import columns, shortened, wrapped
from cli.interrupt import STOPPING
from cli.wording import speaker
from triage.bundle.format.reckoning import NOT_LOOKED_INTO
from triage.bundle.format.shown import visible
from triage.bundle.format.speaking import Speaker
from triage.match_kinds import MatchKind, any_notable
from triage.profile import SetSignature
from triage.scan import Search
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
)

ROWS = 24
"""Of 25: the last one stays free for what the shell or Ctrl-C prints."""
WIDTH = 78
LATEST = 5
"""Findings shown by name at most, copies left out; all of them are in the report."""
DEVICES = 3
NOTE_ROWS = 7
"""For what went wrong, at most; the newest is always there."""
BAR = 64
DRAW_SECONDS = 0.125
"""Findings may come by the thousand."""
KIND_WIDTH = 42
INDENT = "  "


class LiveView:
    """Hears events and redraws. A context manager: leaving it leaves the last picture."""

    def __init__(self, search: Search, *, stops: Callable[[], bool] = lambda: False) -> None:
        """`stops`: whether the agent wants the scan to end."""
        self._search = search
        self._say = speaker(search.language)
        self._stops = stops
        self._progress: Advanced | None = None
        self._sets: list[str] = []
        self._devices: list[str] = []
        self._unreadable: deque[str] = deque(maxlen=3)
        self._findings = told.Findings(self._say)
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
            console.out.print(f"{self._say(told.GETTING_READY)} ...")
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
        elif time.monotonic() - self._drawn >= DRAW_SECONDS or not isinstance(event, FindingTold):
            self._drawn = time.monotonic()
            self._live.refresh()
        console.heard()

    def _take_in(self, event: Event) -> None:
        match event:
            case ScanKeyMade():
                _print_above(told.scan_key(self._say, event))
            case SetLoaded() | FolderRead():
                self._take_sets(event)
            case DeviceSeen(device=device):
                self._findings.devices += 1
                self._devices.append(told.device(self._say, device, WIDTH - len(INDENT)))
            case VolumeSeen(volume=volume):
                if volume.state in NOT_LOOKED_INTO or volume.unread:
                    self._unreadable.append(told.volume(self._say, volume))
            case Spotted() | FindingTold():
                self._take_finding(event)
            case TroubleTold(message=message):
                self._notes.append(message)
            case Paused() | GoesOn():
                self._standing = event if isinstance(event, Paused) else None
            case Resumed():
                self._take_up(event)
            case Advanced():
                self._progress = event
            case Sealed():
                pass

    def _take_sets(self, event: SetLoaded | FolderRead) -> None:
        """Before the screen is drawn: in full, and it stays above it; later in short."""
        line = (
            told.folder(self._say, event)
            if isinstance(event, FolderRead)
            else told.hash_set(self._say, event)
        )
        doubtful = isinstance(event, SetLoaded) and event.signature is not SetSignature.LISTED
        _print_above(visible(line), "yellow" if doubtful else "")
        if isinstance(event, SetLoaded):
            self._sets.append(told.in_short(self._say, event))

    def _take_finding(self, found: Spotted | FindingTold) -> None:
        """One that was spotted is shown already when it comes as a finding."""
        news = self._findings.count(found)
        if news and not found.group:
            self._latest.append(self._findings.line(found, WIDTH - len(INDENT)))
        elif isinstance(found, FindingTold) and (note := self._findings.note(found)):
            self._notes.append(note)

    def _take_up(self, earlier: Resumed) -> None:
        """What an earlier run found is shown as if it had just been found."""
        self._findings.carry(earlier)
        self._latest += [self._findings.line(each, WIDTH - len(INDENT)) for each in earlier.latest]
        self._notes.append(told.resumed(self._say, earlier))

    def _picture(self) -> Group:
        """Where there is too little room, devices go first, then names, then older notes."""
        found, work, stop = self._found(), self._work(), self._stop()
        for devices in range(DEVICES, -1, -1):
            head = [*self._head(devices), Text(), *found]
            rest = [Text(), *work, Text()]
            room = ROWS - len(head) - len(rest) - len(stop)
            notes = self._what_went_wrong(min(room, NOTE_ROWS))
            if notes or not self._troubles:
                break
        return Group(*head, *self._names(room - len(notes)), *rest, *notes, *stop)

    def _head(self, most: int) -> list[Text]:
        case = self._search.case
        about = "   ".join(
            part
            for part in (
                self._search.profile.name,
                case.case_number and self._say("case {case}", case=case.case_number),
                case.exhibit and self._say("exhibit {exhibit}", exhibit=case.exhibit),
                case.examiner,
            )
            if part
        )
        first, *more = wrapped(visible(about), WIDTH, "seek ", INDENT)
        title = Text.assemble(("seek", "bold"), first.removeprefix("seek"))
        devices = [*self._device_lines(most), *self._set_line()]
        return [title, *map(Text, more), *map(Text, devices)]

    def _set_line(self) -> list[str]:
        """What is looked up in: one entry does not look like millions."""
        sets = visible(self._say("looked up in {names}", names="; ".join(self._sets)))
        return [INDENT + shortened(sets, WIDTH - len(INDENT))] if self._sets else []

    def _device_lines(self, most: int) -> list[str]:
        shown = [INDENT + visible(device) for device in self._devices[:most]]
        if len(shown) == len(self._devices):
            return shown
        left = len(self._devices) - max(0, len(shown) - 1)
        kept = shown[:-1]
        rest = (
            self._say("and {n} more device|and {n} more devices", n=left)
            if kept
            else self._say("{n} device|{n} devices", n=left)
        )
        return [*kept, f"{INDENT}{rest}"]

    def _found(self) -> list[Text]:
        findings = self._findings
        there = [kind for kind in MatchKind if findings.kinds[kind]]
        if any_notable(there):
            headline = (f" {findings.headline} ", "bold white on red")
            head = Text.assemble(headline, f"  {findings.about}")
        else:
            head = Text(self._say("No finding yet"), style="bold")
        if not there:
            return [head]
        counted = [_counted(self._say, kind, findings.kinds[kind]) for kind in there]
        return [head, *map(Text, _in_columns(counted))]

    def _names(self, room: int) -> list[Text]:
        """The latest findings, as many as there is room for, the newest last."""
        names = list(self._latest)[-max(0, room - 1) :] if room > 1 else []
        shown = [Text(INDENT + name) for name in names]
        return [Text(INDENT + self._say("The latest:")), *shown] if shown else []

    def _work(self) -> list[Text]:
        progress = self._progress
        if progress is None:
            return [Text(f"{self._say(told.GETTING_READY)} ...", style="bold")]
        doing = _lines(told.doing(self._say, progress), "bold")
        if self._standing:
            doing = _lines(told.standing_still(self._say, self._standing), "bold white on red")
        left = "missed" if self._is_stopped else "to do"
        rows = (
            ("time", told.time(self._say, progress, self._search.time_limit)),
            ("done", told.done(self._say, progress)),
            (left, told.to_do(self._say, progress)),
            (
                "unread",
                self._say("{n} could not be read or decoded", n=progress.unreadable_entries),
            ),
        )
        titles = [self._say(name) for name, _ in rows]
        width = max(map(columns, titles))
        lines = (
            line
            for title, (_, said) in zip(titles, rows, strict=True)
            for line in _row(title + " " * (width - columns(title)), said)
        )
        return [*doing, _bar(self._say, progress), *lines]

    @property
    def _is_over(self) -> bool:
        return self._progress is not None and self._progress.stage is Stage.SEAL

    @property
    def _is_stopped(self) -> bool:
        """It is over, and not all was reached."""
        return self._is_over and not (self._progress and told.reached_all(self._progress))

    def _stop(self) -> list[Text]:
        if self._standing:
            return [Text(self._say(told.HOW_TO_STOP_STANDING[self._standing.why]))]
        if self._is_over:
            return []
        return [Text(self._say(STOPPING if self._stops() else told.HOW_TO_STOP))]

    def is_shown(self) -> bool:
        """Whether the picture is on the screen and still changes."""
        return self._live.is_started and not self._is_over

    @property
    def _troubles(self) -> list[str]:
        return [*self._unreadable, *self._notes]

    def _what_went_wrong(self, room: int) -> list[Text]:
        """Whole sentences only, the newest last; the oldest are left out."""
        lines: list[Text] = []
        for each in reversed(self._troubles):
            more = _lines(each, "yellow", INDENT)
            if len(more) + len(lines) > room:
                break
            lines = [*more, *lines]
        return lines


def _print_above(line: str, style: str = "") -> None:
    """Before the screen is drawn: it stays above it."""
    for each in wrapped(line, WIDTH, further=INDENT):
        console.out.print(Text(each, style=style))


def _counted(say: Speaker, kind: MatchKind, amount: int) -> str:
    return f"{say.number(amount):>5} {kind.words.on_screen.told(say.language)}".ljust(KIND_WIDTH)


def _in_columns(counted: list[str]) -> list[str]:
    """Two in a line where they fit."""
    lines: list[str] = []
    for each in counted:
        if lines and len(lines[-1]) == KIND_WIDTH and len(lines[-1] + each.rstrip()) <= WIDTH:
            lines[-1] += each.rstrip()
        else:
            lines.append(each)
    return lines


def _bar(say: Speaker, progress: Advanced) -> Text:
    share = told.share(progress)
    if share is None:
        return Text(f"  {told.listed(say, progress)}")
    filled = min(BAR, int(BAR * share))
    return Text(f"  [{'#' * filled}{'.' * (BAR - filled)}] {int(100 * share):>3} %")


def _row(name: str, said: str) -> list[Text]:
    before = f"{INDENT}{name}{INDENT}"
    return [*map(Text, wrapped(said, WIDTH, before, " " * len(before)))]


def _lines(text: str, style: str, indent: str = "") -> list[Text]:
    return [Text(line, style=style) for line in wrapped(visible(text), WIDTH, indent)]
