"""The live view fits a text console of 80 by 25, whatever happens, and says what matters first."""

from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from cli import told
from cli.live import ROWS, LiveView
from triage.case import Case
from triage.evidence import Device, FileEntry, SourceKind, Volume, VolumeState
from triage.findings import Match, MatchKind, Outcome, Result
from triage.profile import load
from triage.scan import Search
from triage.scan.events import (
    Advanced,
    DeviceSeen,
    Event,
    Found,
    Paused,
    Stage,
    Trouble,
    VolumeSeen,
)


def _events(amount: int) -> list[Event]:
    """Everything at once, `amount` times, with names that a suspect might choose."""
    events: list[Event] = []
    for number in range(amount):
        device = Device(id=f"d{number}", kind=SourceKind.DEVICE, path=f"/dev/sd{number}",
                        size=10**12, model="M" * 60)  # fmt: skip
        volume = Volume(id=f"d{number}v1", device_id=f"d{number}", offset=0, size=10**9,
                        state=VolumeState.ENCRYPTED, reason="needs its key " * 9)  # fmt: skip
        events += [DeviceSeen(device=device), VolumeSeen(volume=volume)]
        for kind in MatchKind:
            match = Match(kind=kind, detector="d", reason="r")
            entry = FileEntry(
                id=number, volume_id="d0v1", path="a/" * 80 + "\x1b[31m\u202ename\n.jpg"
            )
            result = Result(entry_id=number, outcome=Outcome.EXAMINED, matches=(match,))
            events.append(Found(number=number + 1, seconds=9.0, entry=entry, result=result))
        events.append(Trouble(message="its listing was cut short " * 9))
    events.append(_progress())
    return events


def _progress(stage: Stage = Stage.EXAMINE, left: float | None = 1260.0) -> Advanced:
    return Advanced(
        stage=stage, seconds=600.0, listed_entries=1_234_567, done_entries=345_678,
        done_bytes=10**10, left_entries=888_889, left_bytes=10**12,
        unreadable_entries=17, findings=6, seconds_left=left,
        now="pictures and videos where people keep things",
    )  # fmt: skip


def _drawn(events: list[Event], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    screen = Console(width=80, height=25, force_terminal=False, record=True, highlight=False)
    case = Case(case_number="1" * 30, exhibit="A", examiner="R")
    search = Search(
        devices=(), profile=load("quick"), profile_file="quick", out=Path(), case=case,
        time_limit=1800.0,
    )  # fmt: skip
    view = LiveView(search)
    monkeypatch.setattr(view._live, "update", lambda _: None)
    monkeypatch.setattr(view._live, "start", lambda **_: None)
    for event in events:
        view(event)
    with screen.capture() as captured:
        screen.print(view._picture())
    return captured.get().splitlines()


@pytest.mark.parametrize("amount", [0, 1, 3, 20])
def test_it_fits_the_screen_whatever_happens(amount: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = _drawn(_events(amount), monkeypatch)
    assert len(lines) <= ROWS
    assert max(map(len, lines)) <= 80
    assert all(line.isprintable() for line in lines)
    assert lines[-1] == told.HOW_TO_STOP


def test_findings_come_before_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = _drawn(_events(1), monkeypatch)
    headline = next(n for n, line in enumerate(lines) if "6 FINDINGS" in line)
    assert headline < next(n for n, line in enumerate(lines) if "time" in line)
    assert any("known material: a/" in line for line in _drawn(_events(1)[:3], monkeypatch))


def test_a_limit_that_comes_first_is_said() -> None:
    assert told.time(_progress(), 0) == "10 min, about 21 min left"
    assert told.time(_progress(), 1200.0) == (
        "10 min of at most 20 min; all of it would take about 21 min more"
    )
    assert told.time(_progress(left=None), 0) == "10 min"


def test_the_share_is_of_the_time_once_that_can_be_told() -> None:
    assert told.share(_progress(Stage.SURVEY)) is None
    assert told.share(_progress()) == pytest.approx(600 / 1860)
    assert told.share(_progress(left=None)) == pytest.approx(345_678 / 1_234_567)
    assert told.share(_progress(Stage.SEAL)) == pytest.approx(345_678 / 1_234_567)


def test_standing_still_is_loud(monkeypatch: pytest.MonkeyPatch) -> None:
    paused = Paused(message="The evidence stick is full.", hint="Put another in.")
    lines = _drawn([*_events(1), paused], monkeypatch)
    assert any(line.startswith("STANDING STILL: The evidence stick is full.") for line in lines)


def test_events_are_named_alike_in_the_log_and_on_the_screen() -> None:
    (found,) = [event for event in _events(1) if isinstance(event, Found)][:1]
    assert told.finding(msgspec.structs.replace(found)).startswith("known material: a/")
