"""The guide's screens: complete in every language, 80 by 25, safe from what a suspect wrote."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from string import Formatter
from typing import Any

import msgspec
import pytest

from cli import guide
from cli.guide import asking, ending, overview, progress, result, screen, searching, stick
from cli.guide.state import SUREST_FIRST, Progress, State
from cli.guide.words import WORDS
from triage.case import Case
from triage.ending import Ending, How, Reason, Unseen
from triage.ending_words import ENDED, not_seen
from triage.errors import UsageError
from triage.evidence import Device, SourceKind
from triage.findings import MatchKind
from triage.machine import Machine
from triage.scan.events import Sealed, encode

ESCAPES = re.compile(r"\x1b\[[0-9;]*[a-zA-Z]")
FACTS = {
    "blocked": True,
    "layers": [{"name": "read-only-flag", "purpose": "x", "on": True, "troubles": []}],
    "build": {"build": "20261121-abcdef123456"},
}


def seen(lines: list[str]) -> list[str]:
    return [ESCAPES.sub("", line) for line in lines]


def fits(lines: list[str]) -> bool:
    return len(lines) <= 24 and max(map(len, seen(lines))) <= 80


def sealed(how: How = How.COMPLETE, *unseen: Reason, **changes: Any) -> dict[str, Any]:
    """The last event, as a scan really sends it; three of each reason."""
    reasons = (*unseen, Reason.OUTSIDE_FILES)
    event = Sealed(
        bundle="/run/seek/evidence/A-1-20261121",
        report="/run/seek/evidence/A-1-20261121/report.html",
        ending=Ending(how=how, unseen=tuple(Unseen(reason=r, count=3) for r in reasons)),
        signer="SHA256:" + "x" * 43,
        key_made_for_scan=True,
        findings=2,
        to_look_at=2,
        first_finding_seconds=3.2,
        seconds=75.0,
        started="2026-11-21T10:00:00Z",
        ended="2026-11-21T10:01:15Z",
        case=Case(case_number="2026/114", examiner="J. Roe", exhibit="A3"),
        machine=Machine(maker="Dell Inc.", model="OptiPlex 7050", serial="5XYZ123"),
        devices=tuple(
            Device(id=f"d{n}", kind=SourceKind.DEVICE, path=f"/dev/sd{n}", size=10**12,
                   model="SAMSUNG MZ7LN256HAJQ", serial=f"S2ABNX0H12345{n}")
            for n in range(6)
        ),
        hash_sets=("national set 2026-10", "our own"),
    )  # fmt: skip
    told: dict[str, Any] = json.loads(encode(msgspec.structs.replace(event, **changes)))
    return told


def a_finding(number: int, *kinds: str) -> dict[str, Any]:
    matches = [{"kind": kind} for kind in kinds]
    return {
        "event": "finding",
        "number": number,
        "seconds": 2.5,
        "result": {"matches": matches},
    }


def a_device(path: str, label: str = "DATA", state: str = "readable") -> dict[str, Any]:
    volume = {"file_system": "ntfs", "size": 5_000, "label": label, "state": state}
    device = {"path": path, "size": 10**12, "model": "SOME DISK", "serial": "S1"}
    return {"device": device, "volumes": [volume], "trouble": ""}


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Everything that is drawn, and everything that the root helper is asked, in order."""
    log: list[str] = []
    for module in (ending, asking):
        monkeypatch.setattr(module, "show", lambda lines: log.extend(seen(lines)))
    monkeypatch.setattr(asking, "read_key", lambda: log.append("a key was asked for"))
    return log


@pytest.mark.parametrize("language", WORDS)
def test_every_language_has_every_word_with_the_same_gaps(language: str) -> None:
    assert WORDS[language].keys() == WORDS["en"].keys()
    for word, text in WORDS["en"].items():
        gaps = {name for _, name, _, _ in Formatter().parse(text) if name}
        assert {name for _, name, _, _ in Formatter().parse(WORDS[language][word]) if name} == gaps


@pytest.mark.parametrize("language", WORDS)
def test_the_main_screen_fits_80_by_25(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    devices = [a_device(f"/dev/sd{letter}") for letter in "abcdefgh"]
    refused = [
        {"device": "/dev/sdx1", "reason": "no signed enrolment names its partition UUID"}
    ] * 3
    state = State(
        language=language,
        write_block=FACTS,
        devices=devices,
        evidence={"open": False, "refused": refused},
    )
    overview.show(state)
    assert fits(capsys.readouterr().out.split("\r\n"))


@pytest.mark.parametrize("language", WORDS)
def test_the_running_scan_fits_and_shows_findings_first(language: str) -> None:
    told = Progress(standing_still="Cannot write entries.jsonl: Input/output error.")
    told.take_in({"event": "progress", "stage": "examine", "seconds": 5, "listed_entries": 10**7,
                  "done_entries": 10**6, "done_bytes": 10**12, "left_entries": 9 * 10**6,
                  "left_bytes": 10**13, "unreadable_entries": 12, "findings": 1,
                  "seconds_left": 7200.0, "now": "pictures"})  # fmt: skip
    told.take_in(a_finding(3, "classifier", "hash_set"))
    state = State(language=language)
    lines = progress.lines(state, told, 75)
    assert fits(lines)
    assert "3" in seen(lines)[3]
    assert "0:02" in seen(lines)[3]
    assert state.say("kind_hash_set") in seen(lines)[4]


@pytest.mark.parametrize("language", WORDS)
def test_a_stick_that_was_pulled_is_asked_for_until_the_scan_goes_on(language: str) -> None:
    state, told = State(language=language), Progress()
    told.take_in({"event": "paused", "message": "Cannot write: No such device.", "hint": ""})
    assert state.say("standing_still") in "\n".join(seen(progress.lines(state, told, 1)))
    told.take_in({"event": "goes_on", "seconds": 4.0})
    assert state.say("standing_still") not in "\n".join(seen(progress.lines(state, told, 1)))


@pytest.mark.parametrize("language", WORDS)
def test_the_result_says_what_was_not_looked_at_and_which_search_it_was(language: str) -> None:
    state = State(language=language)
    facts = sealed(How.INTERRUPTED, Reason.NOT_REACHED, Reason.VOLUME_ENCRYPTED)
    told = Progress(sealed=facts)
    for number, kind in enumerate(SUREST_FIRST):
        told.take_in(a_finding(number, kind))
    lines = result.lines(state, told)
    text = "\n".join(seen(lines))
    for part in (
        state.say("result_some", count=2),
        ENDED[language]["interrupted"],
        not_seen(language, "not_reached", 3),
        "0:03",
        "2026/114  J. Roe  A3",
        "Dell Inc.  OptiPlex 7050  5XYZ123",
        "S2ABNX0H123450",
        state.say("more_devices", count=3),
        "national set 2026-10, our own",
        "A-1-20261121/report.html",
        facts["signer"],
    ):
        assert part in text
    assert fits(lines)


@pytest.mark.parametrize("language", WORDS)
def test_the_result_fits_whatever_was_not_looked_at_and_counts_what_has_no_room(
    language: str,
) -> None:
    state = State(language=language)
    told = Progress(sealed=sealed(How.OUT_OF_TIME, *(r for r in Reason if r.matters)))
    for number, kind in enumerate(SUREST_FIRST):
        told.take_in(a_finding(number, kind))
    lines = result.lines(state, told)
    assert fits(lines)
    shown = sum(any(not_seen(language, r, 3) in line for r in Reason) for line in seen(lines))
    left = len(told.sealed["ending"]["unseen"]) - shown
    assert state.say("unlooked_more", count=left) in "\n".join(seen(lines))


@pytest.mark.parametrize("language", WORDS)
def test_what_shows_the_same_is_looked_at_once_and_said_so(language: str) -> None:
    state, told = State(language=language), Progress()
    for number, group in enumerate((0, 1, 1, 0), start=1):
        told.take_in({**a_finding(number, "hash_set"), "group": group})
    running = progress.lines(state, told, 75)
    assert fits(running)
    assert state.say("to_look_at", count=2) in seen(running)[3]
    told.take_in(sealed(findings=4, to_look_at=2))
    ended = result.lines(state, told)
    assert fits(ended)
    assert state.say("result_fewer", count=4, fewer=2) in "\n".join(seen(ended))


@pytest.mark.parametrize("how", [how for how in How if how is not How.COMPLETE])
def test_no_findings_is_no_all_clear_where_not_all_could_be_looked_at(how: How) -> None:
    lines = result.lines(State(), Progress(sealed=sealed(how, findings=0)))
    assert "NO FINDINGS, BUT NOT ALL WAS LOOKED AT" in "\n".join(seen(lines))
    assert any(screen.YELLOW in line for line in lines[:3])


def test_no_findings_is_never_green_and_never_said_alone() -> None:
    told = Progress(sealed=sealed(findings=0, first_finding_seconds=None))
    lines = result.lines(State(), told)
    assert not any(screen.GREEN in line for line in lines)
    text = "\n".join(seen(lines))
    assert "NO FINDINGS" in text
    assert "BUT NOT ALL" not in text
    assert WORDS["en"]["not_proof"] in text


def test_a_layer_that_is_off_is_named_in_red() -> None:
    layers = [{"name": "bpf-programs", "purpose": "x", "on": False, "troubles": []}]
    lines = overview.write_block_lines(State(write_block={"blocked": False, "layers": layers}))
    assert lines[0].startswith(screen.RED)
    assert "bpf-programs" in lines[1]


@pytest.mark.parametrize("language", WORDS)
def test_what_is_read_in_part_or_lies_in_no_volume_is_shown(language: str) -> None:
    found = a_device("/dev/sda")
    usual = found["volumes"][0] | {"label": "x" * 40, "file_system": "y" * 40}
    found["volumes"] = [
        usual | {"state": "readable", "unread": ["its journal was not replayed"]},
        usual | {"state": "unclaimed", "unread": ["they hold something"]},
        usual | {"state": "unclaimed"},
        usual | {"state": "no_files"},
    ]
    state = State(language=language)
    lines = overview.lines_of_device(state, found)
    said = ("in_part", "unclaimed", "no_files")
    assert [state.say(word) in line for word, line in zip(said, lines[1:], strict=True)] == [
        True
    ] * 3
    assert fits(lines)


def test_a_suspect_s_label_cannot_steer_the_terminal() -> None:
    found = a_device("/dev/sda", label="\x1b[2Jgone\x07")
    lines = overview.lines_of_device(State(), found)
    assert all("\x1b" not in ESCAPES.sub("", line) and "\x07" not in line for line in lines)
    assert "?[2Jgone?" in ESCAPES.sub("", lines[1])


@pytest.fixture
def lab_sets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    monkeypatch.setattr(stick, "HASH_SETS", folder)
    monkeypatch.setattr(stick, "MEMORY", tmp_path / "memory")
    return folder


def test_the_scan_is_told_case_and_clock_and_the_lab_s_sets(lab_sets: Path) -> None:
    (lab_sets / "notable.seekset").write_bytes(b"a set")
    (lab_sets / ".hidden").touch()
    state = State(clock="3 min slow")
    state.case["exhibit"] = "A3"
    command = searching.scan_command(state)
    assert command[:3] == ["seek", "scan", "--profile"]
    copy = stick.MEMORY / "notable.seekset"
    assert command[-6:] == ["--exhibit", "A3", "--clock", "3 min slow", "--hash-set", str(copy)]
    assert copy.read_bytes() == b"a set"


def test_sets_that_do_not_fit_in_memory_are_read_from_the_stick(
    lab_sets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (lab_sets / "notable.seekset").write_bytes(b"a set")
    full = shutil.disk_usage("/")._replace(free=8)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    assert stick.hash_sets_in_memory() == [lab_sets / "notable.seekset"]


def test_a_stick_without_sets_says_so() -> None:
    lines = overview.evidence_lines(State(evidence={"open": True, "evidence": {}}))
    assert "NO HASH SET" in lines[1]


def test_the_stick_may_be_pulled_is_said_after_closing_and_before_switching_off(
    monkeypatch: pytest.MonkeyPatch, shown: list[str]
) -> None:
    def helper(verb: str, argument: str = "") -> dict[str, Any]:
        shown.append(verb)
        return {"open": False}

    def sleep(seconds: float) -> None:
        shown.append("sleep")
        if seconds > ending.SECONDS_TO_READ:
            raise SystemExit

    monkeypatch.setattr(ending, "ask_helper", helper)
    monkeypatch.setattr(time, "sleep", sleep)
    with pytest.raises(SystemExit):
        ending.switch_off(State())
    told = next(index for index, line in enumerate(shown) if "MAY BE PULLED OUT NOW" in line)
    assert shown.index("evidence-close") < told < shown.index("sleep") < shown.index("power-off")


def test_an_evidence_stick_that_is_in_use_keeps_the_machine_on(
    monkeypatch: pytest.MonkeyPatch, shown: list[str]
) -> None:
    answers = {"evidence-close": {"open": True, "error": "target is busy"}}
    monkeypatch.setattr(ending, "ask_helper", lambda verb: answers.get(verb, {}))
    ending.switch_off(State())
    assert any("target is busy" in line for line in shown)
    assert not any("PULLED" in line for line in shown)


def test_a_system_that_runs_from_the_evidence_stick_is_not_pulled_while_it_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    facts = tmp_path / "stick.json"
    monkeypatch.setattr(stick, "STICK_FACTS", facts)
    facts.write_text('{"disk": "/dev/sdb", "in_memory": false}')
    assert stick.system_needs("/dev/sdb")
    assert not stick.system_needs("/dev/sdc")
    facts.write_text('{"disk": "/dev/sdb", "in_memory": true}')
    assert not stick.system_needs("/dev/sdb")


def test_a_question_shows_where_to_type_though_standard_error_goes_elsewhere() -> None:
    ours, theirs = pty.openpty()
    code = "from cli.guide.screen import read_line; read_line('Case', '')"
    asked = subprocess.Popen(
        [sys.executable, "-c", code], stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL
    )
    os.close(theirs)
    seen_so_far = b""
    while b">" not in seen_so_far:
        seen_so_far += os.read(ours, 1024)
    os.write(ours, b"A-1\n")
    assert asked.wait() == 0
    assert ESCAPES.sub("", seen_so_far.decode()).split() == ["Case", ">"]


def test_every_kind_of_match_has_words_here_too() -> None:
    assert set(SUREST_FIRST) == {str(kind) for kind in MatchKind}


def test_elsewhere_the_guide_says_what_to_use_instead() -> None:
    with pytest.raises(UsageError, match="stick only"):
        guide.guide()
