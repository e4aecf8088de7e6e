"""Every line that anybody reads fits 80 columns, and nothing that we say is cut in a word."""

import io
import os
import pty
import re
import signal
import subprocess
import termios
from collections.abc import Callable
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import cast

import msgspec
import pytest
from rich.console import Console

from cli import console, faults, told
from cli.fitting import columns
from cli.interrupt import STOPPING, Interrupt
from cli.live import ROWS, LiveView
from cli.plain import PlainLines
from cli.wording import speaker
from tests.bundle import samples
from tests.cli import findings
from tests.conftest import SEEK, Seek
from triage.bundle.format.speaking import Speaker
from triage.case import Case
from triage.errors import UsageError
from triage.evidence import Device, FileEntry, SourceKind, Volume, VolumeState
from triage.findings import Match
from triage.languages import Language
from triage.match_kinds import MatchKind
from triage.plan.tiers import Tier
from triage.profile import load
from triage.scan import Search
from triage.scan.events import (
    Advanced,
    DeviceSeen,
    Event,
    FindingTold,
    Paused,
    Resumed,
    Stage,
    TroubleTold,
    VolumeSeen,
)

SAY = speaker()
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
TAKEN_BACK = re.compile(r"[^\n]*\n[^\n]*?\r\x1b\[1A\x1b\[2K")
"""A line that was there while something was done."""
FULL = 10**15
"""Bytes of a very large disk."""


def an_advance(stage: Stage, tier: Tier | None, *, listed_all: bool = True) -> Advanced:
    return Advanced(
        stage=stage, seconds=86_399.0, listed_entries=12_345_678, done_entries=11_345_678,
        done_bytes=FULL, left_entries=1_000_000, left_bytes=FULL, unreadable_entries=1_234_567,
        findings=123_456, listed_all=listed_all,
        seconds_left=86_399.0 if stage is Stage.EXAMINE else None,
        now=tier.meaning if tier is not None else "", tier=tier.code if tier is not None else "",
    )  # fmt: skip


EVERY_ADVANCE = [
    an_advance(stage, tier, listed_all=listed_all)
    for stage, tier, listed_all in product(Stage, (None, *Tier), (True, False))
]


def a_search(language: Language = Language.ENGLISH) -> Search:
    case = Case(case_number="2026/0417-KRIM-1234567", exhibit="EX-3 (laptop, Lenovo, grey)",
                examiner="A. Examiner-With-A-Long-Name, Unit 7")  # fmt: skip
    return Search(devices=(), profile=load("standard"), profile_file="standard", out=Path(),
                  case=case, time_limit=43_200.0, language=language)  # fmt: skip


def a_device(number: int) -> Device:
    return Device(
        id=f"d{number}", kind=SourceKind.DEVICE, path=f"/dev/disk/by-id/{'x' * 90}{number}",
        size=FULL, model="A Very Long Model Name Of A Disk That Nobody Would Choose 2000",
    )  # fmt: skip


def a_finding(kind: MatchKind) -> FindingTold:
    entry = FileEntry(
        id=1, volume_id="d0v1", path="Users/写真/" + "a very long folder/" * 9 + "é\u202ename\n.jpg"
    )
    match = Match(kind=kind, detector="d", reason="r")
    return findings.told(123_456, entry, match, seconds=3.0)


def a_volume(state: VolumeState) -> Volume:
    return Volume(
        id="d10v12", device_id="d10", offset=0, size=FULL, file_system="bitlocker to go",
        label="A label that somebody chose", state=state,
        reason="BitLocker; protected by TPM and PIN, startup key, recovery password, password",
    )  # fmt: skip


RESUMED = Resumed(
    bundle="/run/seek/evidence/x", carried_entries=12_345_678, findings=123_456,
    dropped_lines=1_234, findings_again=9_999, kinds=dict.fromkeys(MatchKind, 20_576),
    to_look_at=100_000, first_finding_seconds=1.0,
    latest=tuple(map(a_finding, list(MatchKind)[:5])),
)  # fmt: skip
PAUSED = Paused(
    message="Cannot write entries.jsonl: Input/output error.",
    hint="It does not answer, or was pulled out. Do not trust it any more; use another one. " * 2,
)
TROUBLE = TroubleTold(
    message="d0v8: not all of it was listed: the device disappeared; " + "x " * 30
)
EVERYTHING: list[Event] = [
    *(DeviceSeen(device=a_device(number)) for number in range(5)),
    *(VolumeSeen(volume=a_volume(state)) for state in VolumeState),
    RESUMED,
    *map(a_finding, MatchKind),
    TROUBLE,
]


@pytest.fixture(params=Language)
def view(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> LiveView:
    made = LiveView(a_search(request.param))
    monkeypatch.setattr(made._live, "update", lambda _: None)
    monkeypatch.setattr(made._live, "start", lambda **_: None)
    return made


def drawn(view: LiveView) -> list[str]:
    screen = Console(width=80, height=25, force_terminal=False, record=True, highlight=False)
    with screen.capture() as captured:
        screen.print(view._picture())
    return captured.get().splitlines()


def is_said(sentence: str, lines: list[str]) -> bool:
    """Whole, wherever lines were broken: a word that was cut would not be there."""
    return " ".join(sentence.split()) in " ".join(" ".join(lines).split())


def check(lines: list[str]) -> None:
    assert len(lines) <= ROWS, lines
    assert max(map(columns, lines)) <= 79, max(lines, key=columns)
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("events", [[], EVERYTHING], ids=["nothing", "everything"])
def test_what_is_being_done_is_said_whole_in_every_stage_and_tier(
    events: list[Event], view: LiveView
) -> None:
    say = view._say
    for event in events:
        view(event)
    for advance in EVERY_ADVANCE:
        view(advance)
        lines = drawn(view)
        check(lines)
        for sentence in (told.doing(say, advance), told.done(say, advance),
                         told.to_do(say, advance),
                         told.time(say, advance, 43_200.0)):  # fmt: skip
            assert is_said(sentence, lines), (sentence, lines)


@pytest.mark.parametrize("stage", Stage)
def test_standing_still_is_said_whole_whatever_else_there_is_to_say(
    stage: Stage, view: LiveView
) -> None:
    for event in (*EVERYTHING, an_advance(stage, Tier.PERSONAL_DOCUMENTS), PAUSED):
        view(event)
    lines = drawn(view)
    check(lines)
    assert is_said(told.standing_still(view._say, PAUSED), lines)


DAMAGED = a_volume(VolumeState.DAMAGED)


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (RESUMED, lambda say: told.resumed(say, RESUMED)),
        (TROUBLE, lambda _: TROUBLE.message),
        (VolumeSeen(volume=DAMAGED), lambda say: told.volume(say, DAMAGED)),
    ],
    ids=["resumed", "trouble", "volume"],
)
def test_the_newest_of_what_went_wrong_is_said_whole(
    event: Event, sentence: Callable[[Speaker], str], view: LiveView
) -> None:
    for each in (*EVERYTHING[:5], *map(a_finding, MatchKind)):
        view(each)
    view(an_advance(Stage.EXAMINE, Tier.NEIGHBOURS))
    view(event)
    lines = drawn(view)
    check(lines)
    assert is_said(sentence(view._say), lines)


def test_a_finding_s_kind_is_whole_and_its_name_gives_way(view: LiveView) -> None:
    for kind in MatchKind:
        view(a_finding(kind))
        lines = drawn(view)
        check(lines)
        said = kind.words.on_screen.told(view._say.language)
        shown = next(line for line in reversed(lines) if f"{said}: " in line)
        assert shown.endswith("name\\n.jpg")
        assert "..." in shown


def test_what_is_looked_at_reads_as_a_sentence() -> None:
    """Each can follow "Looking at": a noun with an article or a plural, no preposition, no verb."""
    openings = ("what ", "files ", "pictures ", "other ", "archives ", "thumbnail ", "everything ",
                "very large files")  # fmt: skip
    assert all(tier.meaning.startswith(openings) for tier in Tier)
    assert told.doing(SAY, an_advance(Stage.EXAMINE, Tier.NEIGHBOURS)) == (
        "Looking at what lies beside findings"
    )


def test_lines_of_a_log_fit_too_where_no_name_makes_them_longer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for advance in EVERY_ADVANCE:
        for line in told.lines(SAY, advance):
            assert columns(line) <= 79, line
    PlainLines()(msgspec.structs.replace(RESUMED, latest=()))
    said = capsys.readouterr().out.splitlines()
    assert max(map(columns, said)) <= 79
    assert is_said(told.resumed(SAY, RESUMED), said)


def test_a_log_has_a_line_for_each_event_with_its_names_whole(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A log is searched: a path that is broken into lines would not be found."""
    for kind in MatchKind:
        PlainLines()(a_finding(kind))
        (line,) = capsys.readouterr().out.splitlines()
        assert line.endswith(told.finding(SAY, a_finding(kind)))
        assert "a very long folder/" * 9 in line


def test_an_error_is_wrapped_on_a_terminal_and_a_line_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error = UsageError(
        "/a/very/long/path/to/IMG_0007.JPG is a JPEG picture, not an image of a disk.",
        hint="To look at pictures, give the folder that they lie in. To take its bytes for a disk "
        "all the same, add --as-image.",
    )
    for is_terminal in (True, False):
        screen = Console(file=io.StringIO(), width=80, force_terminal=is_terminal,
                         color_system=None, highlight=False, soft_wrap=True)  # fmt: skip
        monkeypatch.setattr(console, "err", screen)
        assert faults.tell(error) == (2, "usage")
        lines = cast("io.StringIO", screen.file).getvalue().splitlines()
        assert is_said(f"seek: {error.message}", lines)
        assert is_said(f"What to do: {error.hint}", lines)
        assert (max(map(columns, lines)) <= 79) == is_terminal
        assert (len(lines) == 2) != is_terminal


def test_ctrl_c_is_said_in_the_picture_and_not_across_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(console, "from_a_signal", said.append)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # pytest has its own handlers
    interrupt = Interrupt()
    view = LiveView(a_search(), stops=lambda: interrupt.wished)
    interrupt.is_shown = lambda: True
    view._take_in(an_advance(Stage.EXAMINE, Tier.NEIGHBOURS))
    assert drawn(view)[-1] == view._say(told.HOW_TO_STOP)
    interrupt._wish(2, None)
    assert (drawn(view)[-1], said) == (STOPPING, [])
    other = Interrupt()
    other._wish(2, None)
    other._wish(2, None)
    assert said == [f"\n{STOPPING}\n"]


def on_a_terminal(*arguments: str, cwd: Path) -> list[str]:
    """What the command prints on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (25, 80))
    environment = {**os.environ, "TERM": "vt102"}
    process = subprocess.Popen(
        [SEEK, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        cwd=cwd,
    )
    os.close(theirs)
    said = b""
    with suppress(OSError):  # EIO: the other end was closed
        while part := os.read(ours, 65536):
            said += part
    process.wait()
    os.close(ours)
    return ESCAPES.sub("", TAKEN_BACK.sub("", said.decode())).splitlines()


@pytest.mark.parametrize("command", ["verify", "model list", "profile list"])
def test_on_a_terminal_a_command_breaks_its_lines_between_words(
    command: str, seek: Seek, tmp_path: Path
) -> None:
    arguments = command.split()
    if command == "verify":
        arguments.append(str(samples.sealed(tmp_path, findings=1).relative_to(tmp_path)))
    lines = on_a_terminal(*arguments, cwd=tmp_path)
    done = seek(*arguments, cwd=tmp_path)
    whole = (done.stdout + done.stderr).splitlines()
    words, told = " ".join(lines).split(), " ".join(whole).split()
    assert "".join(words) == "".join(told)
    assert {word for word in told if columns(word) <= 70} <= {
        *words
    }  # a longer path has to give way
    assert max(map(columns, whole)) > 80
    assert max(map(columns, lines)) <= 80
