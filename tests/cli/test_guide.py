"""The guide's screens: complete in every language, 80 by 25, safe from what a suspect wrote."""

import re
from string import Formatter
from typing import Any

import pytest

from cli import guide
from cli.guide import Progress, State, result_lines
from cli.guide_words import WORDS
from triage.errors import UsageError

ESCAPES = re.compile(r"\x1b\[[0-9;]*[a-zA-Z]")
FACTS = {
    "blocked": True,
    "layers": [{"name": "read-only-flag", "purpose": "x", "on": True, "troubles": []}],
    "build": {"build": "20261121-abcdef123456"},
}


def seen(lines: list[str]) -> list[str]:
    return [ESCAPES.sub("", line) for line in lines]


def sealed(**changes: Any) -> dict[str, Any]:
    facts = {
        "event": "sealed",
        "bundle": "/run/seek/evidence/A-1-20261121",
        "partial": "",
        "findings": 2,
        "first_finding_seconds": 3.2,
        "unreadable_entries": 0,
        "unreadable_volumes": 1,
        "troubles": 0,
        "not_reached_entries": 0,
        "seconds": 75.0,
    }
    return {**facts, **changes}


def a_device(path: str, label: str = "DATA", state: str = "readable") -> dict[str, Any]:
    volume = {"file_system": "ntfs", "size": 5_000, "label": label, "state": state}
    device = {"path": path, "size": 10**12, "model": "SOME DISK", "serial": "S1"}
    return {"device": device, "volumes": [volume], "trouble": ""}


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
    guide.show_main(state)
    lines = seen(capsys.readouterr().out.split("\r\n"))
    assert len(lines) <= 25
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("language", WORDS)
def test_the_result_says_what_was_not_looked_at(language: str) -> None:
    state = State(language=language)
    lines = seen(result_lines(state, 3, Progress(sealed=sealed())))
    text = "\n".join(lines)
    assert state.say("result_some", count=2) in text
    assert state.say("unlooked_volumes", count=1) in text
    assert "0:03" in text
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


def test_no_findings_is_never_said_alone() -> None:
    text = "\n".join(seen(result_lines(State(), 0, Progress(sealed=sealed(findings=0)))))
    assert "NO FINDINGS" in text
    assert WORDS["en"]["not_proof"] in text


def test_a_layer_that_is_off_is_named_in_red() -> None:
    layers = [{"name": "bpf-programs", "purpose": "x", "on": False, "troubles": []}]
    lines = guide.write_block_lines(State(write_block={"blocked": False, "layers": layers}))
    assert lines[0].startswith(guide.RED)
    assert "bpf-programs" in lines[1]


def test_a_suspect_s_label_cannot_steer_the_terminal() -> None:
    found = a_device("/dev/sda", label="\x1b[2Jgone\x07")
    lines = guide.lines_of_device(State(), found)
    assert all("\x1b" not in ESCAPES.sub("", line) and "\x07" not in line for line in lines)
    assert "?[2Jgone?" in ESCAPES.sub("", lines[1])


def test_elsewhere_the_guide_says_what_to_use_instead() -> None:
    with pytest.raises(UsageError, match="stick only"):
        guide.guide()
