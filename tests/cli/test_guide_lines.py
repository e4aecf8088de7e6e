"""The guide in every language: every screen fits 80 by 25, says its words whole, and speaks the
agent's language where the engine has something to say."""

import ast
import re
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from cli.fitting import columns
from cli.guide import overview, progress, screen, stick
from cli.guide.state import Progress, State
from cli.guide.words import ERRORS, LAYERS, NOT_ENROLLED, POSED, TIERS, WORDS
from triage import errors
from triage.evidence import VolumeState
from triage.match_kinds import MatchKind
from triage.plan.tiers import Tier
from triage.processor import Processor
from triage.scan.events import Stage

ESCAPES = re.compile(r"\x1b\[[0-9;]*[a-zA-Z]")
HELPER = Path("image-build/overlay/usr/lib/seek/seek_stick")
LANGUAGES = sorted(WORDS)
LONG = {
    "free": "999 GB", "device": "/dev/nvme10n1p1", "names": "known-material-of-our-lab.seekset",
    "reason": "", "count": 123_456, "time": "99:59:59", "value": "2026/0417-KRIM-1234567",
    "name": "known-material-of-our-lab-2026-11.seekset", "key": "SHA256:" + "x" * 43,
    "code": 130, "fewer": 123_456, "why": "", "own": 123_456, "state": "enabled",
    "hash": "f" * 64, "percent": 100, "disk": "/dev/sdaa", "room": "999 GB",
    "serial": "0123456789ABCDEF0123456789ABCDEF",
}  # fmt: skip
"""The longest that is likely in each gap."""


def seen(lines: list[str]) -> list[str]:
    return [ESCAPES.sub("", line) for line in lines]


def check(lines: list[str], *sentences: str) -> None:
    shown = seen(lines)
    assert len(shown) <= 24, shown
    assert max(map(columns, shown)) <= 79, max(shown, key=columns)
    assert all(line.isprintable() for line in shown)
    whole = " ".join(" ".join(shown).split())
    for sentence in sentences:
        assert " ".join(sentence.split()) in whole, (sentence, shown)


def filled(language: str, word: str) -> str:
    gaps = {name for _, name, _, _ in Formatter().parse(WORDS[language][word]) if name}
    return State(language=language).say(word, **{gap: LONG[gap] for gap in gaps})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_fits_where_it_stands_with_the_longest_that_is_likely(language: str) -> None:
    """A sentence is wrapped wherever it is shown; a word of a column must not need to be."""
    for word in WORDS[language]:
        check(screen.paragraph(filled(language, word)), filled(language, word))
    for word in ("time", "listed", "done", "left", "not_reached", "not_read", "findings"):
        assert columns(WORDS[language][word]) <= 21
    for word in ("menu", "menu_end", "stop", "stopping", "safe_now", "back"):
        assert columns(WORDS[language][word]) <= 79


def helper_s_first_arguments(file: str, call: str) -> set[str]:
    """The codes that the stick's root helper gives, read in its source: it runs on the image."""
    calls = (
        node
        for node in ast.walk(ast.parse((HELPER / file).read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == call
    )
    first = {ast.literal_eval(node.args[0]) for node in calls
             if isinstance(node.args[0], ast.Constant)}  # fmt: skip
    return {str(each) for each in first}


def test_every_code_of_engine_and_helper_has_words_in_every_language() -> None:
    assert set(TIERS) == {tier.code for tier in Tier}
    assert set(ERRORS) == {error("").code for error in every_error()}
    posed = helper_s_first_arguments("evidence.py", "NotOursError") | {"another_open"}
    assert set(POSED) == posed
    assert len(posed) == 8
    why_not = helper_s_first_arguments("own_enrolment.py", "NotNowError") | {"failed"}
    assert set(NOT_ENROLLED) == why_not
    assert set(LAYERS) == helper_s_first_arguments("write_block.py", "layer")
    for language in LANGUAGES:
        state = State(language=language)
        assert all(state.knows(str(stage)) for stage in Stage)
        assert all(state.kind(kind) for kind in MatchKind)
        assert all(state.knows(str(condition)) for condition in VolumeState)


def every_error() -> list[type[errors.SeekError]]:
    found = [each for each in vars(errors).values()
             if isinstance(each, type) and issubclass(each, errors.SeekError)]  # fmt: skip
    assert len(found) > 10
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_running_scan_says_in_the_agent_s_language_what_it_looks_at(language: str) -> None:
    state, told = State(language=language), Progress()
    for number, kind in enumerate(MatchKind, 1):
        finding = {"entry": {"id": number}, "result": {"matches": [{"kind": kind}]},
                   "found": {"number": number * 20_000}}  # fmt: skip
        told.take_in({"event": "finding", "seconds": 86_399.0, "finding": finding})
    for stage in Stage:
        for tier in Tier:
            told.take_in(an_advance(str(stage), tier))
            lines = progress.lines(state, told, 359_999)
            check(lines, TIERS[tier.code].told(language), state.say(str(stage)))
            if language != "en":
                assert tier.meaning not in " ".join(seen(lines))


def an_advance(stage: str, tier: Tier) -> dict[str, Any]:
    return {
        "event": "progress", "stage": stage, "seconds": 359_999.0, "listed_entries": 12_345_678,
        "done_entries": 11_345_678, "done_bytes": 10**15, "left_entries": 1_000_000,
        "left_bytes": 10**15, "unreadable_entries": 1_234_567, "findings": 123_456,
        "listed_all": False, "seconds_left": 359_999.0, "now": tier.meaning, "tier": tier.code,
    }  # fmt: skip


def a_device(number: int, **more: Any) -> dict[str, Any]:
    volume = {
        "file_system": "", "size": 10**15 - number, "label": "写真 and a label of somebody's",
        "description": 'Microsoft reserved "Microsoft reserved partition"', "state": "unrecognised",
    }  # fmt: skip
    device = {"path": f"/dev/nvme1{number}n1", "size": 10**15, "model": "A VERY LONG MODEL " * 5,
              "serial": "S1234567890123456"}  # fmt: skip
    return {"device": device, "volumes": [volume] * 4, "trouble": "", "code": ""} | more


def a_state(language: str, **more: Any) -> State:
    case = {"case": "2026/0417-KRIM-1234567-" + "x" * 80, "examiner": "A. Examiner-With-A-Name",
            "exhibit": "EX-3 (laptop, Lenovo, grey)"}  # fmt: skip
    refused = [
        {"device": f"/dev/sd{letter}1", "code": code, "reason": "in English"}
        for letter, code in zip("ab", ("other_serial", "other_id"), strict=True)
    ]
    layers = [
        {
            "name": name,
            "purpose": "in English",
            "on": False,
            "troubles": ["/dev/sda opens " * 9],
        }
        for name in LAYERS
    ]
    facts: dict[str, Any] = {
        "write_block": {"blocked": False, "layers": layers,
                        "build": {"build": "20261121-abcdef123456", "root_hash": "f" * 64}},
        "evidence": {"open": False, "refused": refused},
        "devices": [a_device(n) for n in range(8)],
        "processor": Processor(name="an old one", flags=frozenset({"mmx"})),
    }  # fmt: skip
    return State(language=language, case=case, **facts | more)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_main_screen_with_all_that_can_go_wrong_fits_and_is_whole(language: str) -> None:
    state = a_state(language)
    lines = overview.lines_of_main_screen(state)
    check(
        lines,
        state.say("block_off"),
        state.say("evidence_none"),
        state.say("too_old"),
        POSED["other_serial"].told(language),
        POSED["other_id"].told(language),
        ", ".join(LAYERS),
        state.case["examiner"],
        state.case["exhibit"],
        state.say("menu"),
        "2026/0417-KRIM-",
    )
    assert "in English" not in " ".join(seen(lines))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("unread", [[], ["a journal that was not replayed"]], ids=["whole", "part"])
def test_a_volume_in_any_state_is_one_line_with_its_state_whole(
    unread: list[str], language: str
) -> None:
    state = State(language=language)
    for condition in VolumeState:
        volume = a_device(1)["volumes"][0] | {"state": str(condition), "unread": unread}
        line = overview.line_of_volume(state, volume)
        check([line])
        words = [WORDS[language][word] for word in (str(condition), "in_part") if state.knows(word)]
        assert any(seen([line])[0].rstrip().endswith(word) for word in words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_hash_sets_are_named_whole_and_the_rest_is_counted(
    language: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for number in range(20):
        (tmp_path / f"known-material-{number:02}.seekset").touch()
    monkeypatch.setattr(stick, "HASH_SETS", tmp_path)
    evidence = {"open": True, "evidence": {"device": "/dev/sdb3"}}
    state = a_state(language, write_block={"blocked": True}, evidence=evidence)
    lines = seen(overview.hash_set_lines(state))
    assert len(lines) <= 2
    named = re.findall(r"known-material-\d\d\.seekset", " ".join(lines))
    assert named
    assert lines[-1].endswith(f"+{20 - len(named)}")
    check(overview.lines_of_main_screen(state), state.say("block_on"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ["source", "worker"])
def test_a_device_that_cannot_be_read_says_so_in_the_agent_s_language(
    code: str, language: str
) -> None:
    devices = [a_device(0, trouble="said in English", code=code, volumes=[])]
    state = a_state(language, devices=devices, write_block={"blocked": True})
    lines = overview.lines_of_main_screen(state)
    check(lines, ERRORS[code].told(language))
    assert "in English" not in " ".join(seen(lines))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_layers_of_the_write_block_are_told_a_screen_at_a_time(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[list[str]] = []
    monkeypatch.setattr(screen, "show", drawn.append)
    monkeypatch.setattr(screen, "read_key", lambda: "")
    state = a_state(language)
    overview.show_write_block(state)
    for lines in drawn:
        check(lines)
    said = " ".join(" ".join(line for lines in drawn for line in seen(lines)).split())
    assert "in English" not in said
    for purpose in LAYERS.values():
        assert all(word in said for word in purpose.told(language).split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_headlines_are_whole(language: str) -> None:
    state = State(language=language)
    for text in (
        state.say("result_fewer", count=123_456, fewer=123_455),
        state.say("may_pull_when_off"),
        state.say("scan_failed", code=130),
    ):
        check(screen.headline(text, screen.RED), text)


def test_names_of_the_engine_s_errors_are_codes() -> None:
    assert errors.EvidenceStickError("").code == "evidence_stick"
    assert errors.HashSetError("").code == "hash_set"
    assert errors.SeekError("").code == "seek"


@pytest.mark.parametrize("language", LANGUAGES)
def test_kinds_with_very_many_findings_fit(language: str) -> None:
    state = State(language=language)
    told = Progress(kinds=dict.fromkeys(MatchKind, 123_456))
    check(["  x", *progress.kind_lines(state, told)])
