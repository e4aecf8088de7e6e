"""The live view fits a text console of 80 by 25, whatever happens, and says what matters first."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from rich.console import Console

from cli import told
from cli.live import ROWS, LiveView
from cli.plain import PlainLines
from cli.wording import speaker
from tests.cli import findings
from triage.case import Case
from triage.evidence import Device, FileEntry, SourceKind, Volume, VolumeState
from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.profile import SetKind, SetSignature, load
from triage.scan import Search
from triage.scan.events import (
    Advanced,
    DeviceSeen,
    Event,
    FindingTold,
    GoesOn,
    Paused,
    Resumed,
    SetLoaded,
    Spotted,
    Stage,
    Standing,
    TroubleTold,
    VolumeSeen,
)
from triage.scan.pause import HINTS

SAY = speaker()


def _events(amount: int) -> list[Event]:
    """Everything at once, `amount` times, with names that a suspect might choose."""
    events: list[Event] = [_loaded(f"set {number} " + "n" * 30) for number in range(amount)]
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
            events.append(findings.told(number + 1, entry, match))
        events.append(TroubleTold(message="its listing was cut short " * 9))
    events.append(_progress())
    return events


def _loaded(name: str, **changes: Any) -> SetLoaded:
    facts = {"name": name, "kind": SetKind.NOTABLE, "file": "x", "entries": 3, "counted": 3,
             "digests": {"md5": 3}, "categories": {"1": 1, "": 2}, "without_size": 0}  # fmt: skip
    return SetLoaded(**{**facts, **changes})


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
    monkeypatch.setattr(view, "_live", SimpleNamespace(**dict.fromkeys(
        ("update", "start", "stop", "refresh"), lambda *_, **__: None)))  # fmt: skip
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
    headline = next(n for n, line in enumerate(lines) if f"{len(MatchKind)} FINDINGS" in line)
    assert headline < next(n for n, line in enumerate(lines) if "time" in line)
    assert any("known material: a/" in line for line in _drawn(_events(1)[:4], monkeypatch))


def test_what_is_looked_up_in_stands_above_the_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    many = _loaded("lab", entries=51_234_567, counted=51_234_567)
    lines = _drawn([many, _loaded("one", entries=1, counted=1), _progress()], monkeypatch)
    assert lines[1].strip() == "looked up in lab 51,234,567; one 1"


def test_a_set_is_told_with_all_that_matters_before_a_scan() -> None:
    assert told.hash_set(SAY, _loaded("lab")) == (
        "hash set lab: notable, 3 entries (md5 3); by category 1: 1, none: 2; not signed"
    )
    signed = {s: _loaded("lab", signature=s, signed_by="a@lab") for s in SetSignature}
    by = {signature: told.hash_set(SAY, loaded) for signature, loaded in signed.items()}
    assert "; signed by a@lab" in by[SetSignature.LISTED]
    assert "NOT LISTED" in by[SetSignature.UNLISTED]
    assert "not checked" in by[SetSignature.UNCHECKED]
    odd = _loaded("lab", counted=2, without_size=1, bad_lines=4, unused=("Colour",),
                  expires="2020-01-31", expired=True)  # fmt: skip
    said = told.hash_set(SAY, odd)
    for words in ("2 of them count", "1 without a size", "4 lines not understood",
                  "columns not used: Colour", "EXPIRED 2020-01-31"):  # fmt: skip
        assert words in said
    assert "some without a size" in told.hash_set(SAY, _loaded("lab", without_size=None))


def test_a_limit_that_comes_first_is_said() -> None:
    assert told.time(SAY, _progress(), 0) == "10 min, about 21 min left"
    assert told.time(SAY, _progress(), 1200.0) == (
        "10 min of at most 20 min; all of it would take about 21 min more"
    )
    assert told.time(SAY, _progress(left=None), 0) == "10 min"


def test_the_share_is_of_the_time_once_that_can_be_told() -> None:
    assert told.share(_progress(Stage.SURVEY)) is None
    assert told.share(_progress()) == pytest.approx(600 / 1860)
    assert told.share(_progress(left=None)) == pytest.approx(345_678 / 1_234_567)
    assert told.share(_progress(Stage.SEAL)) == pytest.approx(345_678 / 1_234_567)


@pytest.mark.parametrize("why", Standing)
@pytest.mark.parametrize("amount", [1, 20])
def test_standing_still_is_loud_whole_and_promises_what_ctrl_c_does(
    why: Standing, amount: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused = Paused(message="Cannot write entries.jsonl: No space.", hint=HINTS[why], why=why)
    lines = _drawn([*_events(amount), paused], monkeypatch)
    assert len(lines) <= ROWS
    assert max(map(len, lines)) <= 80
    said = " ".join(line.strip() for line in lines)
    assert f"STANDING STILL: Cannot write entries.jsonl: No space. {HINTS[why]}" in said
    assert lines[-1] == told.HOW_TO_STOP_STANDING[why]
    assert ("nothing can be signed" in lines[-1]) == (why is Standing.GONE)


def test_after_standing_still_it_promises_to_sign_again(monkeypatch: pytest.MonkeyPatch) -> None:
    paused = Paused(message="It is gone.", hint=HINTS[Standing.GONE], why=Standing.GONE)
    lines = _drawn([*_events(1), paused, GoesOn(seconds=3.0)], monkeypatch)
    assert lines[-1] == told.HOW_TO_STOP


def test_events_are_named_alike_in_the_log_and_on_the_screen() -> None:
    (found,) = [event for event in _events(1) if isinstance(event, FindingTold)][:1]
    assert told.finding(SAY, msgspec.structs.replace(found)).startswith("known material: a/")


def _known(number: int, group: int = 0) -> tuple[Spotted, FindingTold]:
    match = Match(kind=MatchKind.HASH_SET, detector="d", reason="r")
    entry = FileEntry(id=number, volume_id="d0v1", path=f"a/{number}.jpg")
    return (
        Spotted(seconds=1.0, entry=entry, matches=(match,)),
        findings.told(number, entry, match, group=group),
    )


def test_known_material_is_shown_when_it_is_spotted_and_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spotted, found = _known(1)
    for events in ([spotted], [spotted, found]):
        lines = _drawn([*events, _progress()], monkeypatch)
        assert any(line.startswith(" 1 FINDING   the first after 1 s") for line in lines)
        assert sum("known material: a/1.jpg" in line for line in lines) == 1


def test_in_a_log_it_is_a_line_of_its_own_before_its_finding() -> None:
    spotted, found = _known(1)
    lines = PlainLines()
    assert lines._lines(spotted) == ["after 1.0 s: known material: a/1.jpg"]
    assert lines._lines(found) == ["FINDING 1 after 9.0 s: known material: a/1.jpg"]


def test_of_several_devices_each_finding_says_on_which_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The path alone could be on either."""
    spotted, found = _known(1)
    devices = [event for event in _events(2) if isinstance(event, DeviceSeen)]
    lines = PlainLines()
    for device in devices:
        lines._lines(device)
    assert lines._lines(spotted) == ["after 1.0 s: known material on d0v1: a/1.jpg"]
    assert lines._lines(found) == ["FINDING 1 after 9.0 s: known material on d0v1: a/1.jpg"]
    drawn = _drawn([*devices, spotted, _progress()], monkeypatch)
    assert any("known material on d0v1: a/1.jpg" in line for line in drawn)


def test_findings_that_come_again_are_told_of_a_scan_that_is_gone_on_with() -> None:
    """Known material is told before its entry is settled; such an entry is looked at again."""
    earlier = Resumed(
        bundle="x", carried_entries=12, findings=1, findings_again=256, dropped_lines=0
    )
    assert told.resumed(SAY, earlier) == (
        "resumed: 12 entries were done before, with 1 finding; "
        "256 findings spotted before, to be looked at again"
    )


def test_a_copy_counts_as_one_to_look_at_until_it_turns_out_to_be_one() -> None:
    findings = told.Findings(SAY)
    first, copy = _known(1), _known(2, group=1)
    assert [findings.count(event) for event in (first[0], copy[0])] == [True, True]
    assert (findings.total, findings.to_look_at) == (2, 2)
    assert [findings.count(event) for event in (first[1], copy[1])] == [False, False]
    assert (findings.total, findings.to_look_at) == (2, 1)
    assert findings.kinds == {MatchKind.HASH_SET: 2}
    assert findings.count(copy[1]), "an entry of another scan with the same number"
