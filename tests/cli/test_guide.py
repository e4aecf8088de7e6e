"""The guide's screens: complete in every language, 80 by 25, safe from what a suspect wrote."""

import dataclasses
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
from cli.guide import (
    asking,
    ending,
    locked,
    overview,
    passwords,
    progress,
    result,
    running,
    screen,
    searching,
    sets,
    stick,
)
from cli.guide.screen import YELLOW
from cli.guide.state import Progress, State
from cli.guide.words import WORDS
from triage.case import Case
from triage.ending import Ending, How, Reason, Unseen
from triage.ending_words import ENDED, not_seen
from triage.errors import UsageError
from triage.evidence import Device, SourceKind
from triage.hashsets.importing import BuildOrder, Seal, build
from triage.hashsets.sealing import SetKey
from triage.hashsets.wrapping import wrap_for_passphrase
from triage.machine import Machine
from triage.match_kinds import MatchKind
from triage.processor import X86_64_V2, Processor
from triage.profile import SetKind
from triage.scan.events import Sealed, Standing, encode

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
        hash_set_entries=(51_000_000, 1),
    )  # fmt: skip
    told: dict[str, Any] = json.loads(encode(msgspec.structs.replace(event, **changes)))
    return told


def a_finding(number: int, *kinds: str, entry: int = 0, group: int = 0) -> dict[str, Any]:
    finding = {
        "entry": {"id": entry},
        "result": {"matches": [{"kind": kind} for kind in kinds]},
        "found": {"number": number} | ({"group": group} if group else {}),
    }
    return {"event": "finding", "seconds": 2.5, "finding": finding}


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


@pytest.mark.parametrize("why", Standing)
@pytest.mark.parametrize("language", WORDS)
def test_the_running_scan_fits_and_shows_findings_first(language: str, why: Standing) -> None:
    told = Progress(standing_still="Cannot write entries.jsonl: Input/output error.",
                    standing_why=why)  # fmt: skip
    told.take_in({"event": "progress", "stage": "examine", "seconds": 5, "listed_entries": 10**7,
                  "done_entries": 10**6, "done_bytes": 10**12, "left_entries": 9 * 10**6,
                  "left_bytes": 10**13, "unreadable_entries": 12, "findings": 1,
                  "seconds_left": 7200.0, "now": "pictures"})  # fmt: skip
    told.take_in(a_finding(3, "classifier", "hash_set"))
    state = State(language=language)
    lines = progress.lines(state, told, 75)
    assert fits(lines)
    assert state.say(f"standing_{why}") in "\n".join(seen(lines))
    assert "3" in seen(lines)[3]
    assert "0:02" in seen(lines)[3]
    assert state.kind(MatchKind.HASH_SET) in seen(lines)[4]


@pytest.mark.parametrize("language", WORDS)
def test_a_stick_that_was_pulled_is_asked_for_until_the_scan_goes_on(language: str) -> None:
    state, told = State(language=language), Progress()
    told.take_in({"event": "paused", "message": "Cannot write: No such device.", "hint": ""})
    assert state.say("standing_gone") in "\n".join(seen(progress.lines(state, told, 1)))
    told.take_in({"event": "goes_on", "seconds": 4.0})
    assert state.say("standing_gone") not in "\n".join(seen(progress.lines(state, told, 1)))


@pytest.mark.parametrize("language", WORDS)
def test_the_guide_promises_to_sign_only_where_that_can_be(language: str) -> None:
    state, told = State(language=language), Progress()
    for why in Standing:
        told.take_in({"event": "paused", "message": "Cannot write.", "hint": "", "why": why})
        for told.stopping in (False, True):
            last = seen(progress.lines(state, told, 1))[-1].strip()
            assert (last == state.say("stop_gone")) == (why is Standing.GONE)


@pytest.mark.parametrize("language", WORDS)
def test_a_scan_without_a_bundle_says_what_to_do_whole(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stick, "ask_helper", lambda verb: {"open": False})
    errors = tmp_path / "errors.txt"
    errors.write_text(f"seek: {'It broke. ' * 20}\nWhat to do: {'Mend it at once. ' * 20}\n")
    for told in (Progress(exit_code=1), Progress(exit_code=130), Progress()):
        for file in (errors, tmp_path / "none"):
            assert fits(result.failure_lines(State(language=language), told, file))
    said = " ".join(line.strip() for line in seen(
        result.failure_lines(State(language=language), Progress(exit_code=1), errors)))  # fmt: skip
    assert ("Mend it at once. " * 20).strip() in said


@pytest.mark.parametrize("language", WORDS)
def test_the_result_says_what_was_not_looked_at_and_which_search_it_was(language: str) -> None:
    state = State(language=language)
    facts = sealed(How.INTERRUPTED, Reason.NOT_REACHED, Reason.VOLUME_ENCRYPTED)
    told = Progress(sealed=facts)
    for number, kind in enumerate(MatchKind):
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
        f"national set 2026-10 {state.number(51_000_000)}, our own 1",
        "A-1-20261121/report.html",
        facts["signer"],
    ):
        assert part in text
    assert fits(lines)
    assert any(line.startswith(YELLOW) and "report.html" in line for line in lines)
    closed = facts | {"recipients": ["age1xyz"], "report": "", "bundle": "/x/envelope-2026"}
    text = "\n".join(seen(result.lines(state, Progress(sealed=closed))))
    assert f"envelope-2026 {state.say('for_the_lab')}" in text


@pytest.mark.parametrize("language", WORDS)
def test_the_result_fits_whatever_was_not_looked_at_and_counts_what_has_no_room(
    language: str,
) -> None:
    state = State(language=language)
    told = Progress(sealed=sealed(How.OUT_OF_TIME, *(r for r in Reason if r.matters)))
    for number, kind in enumerate(MatchKind):
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
        told.take_in(a_finding(number, "hash_set", group=group))
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
    lines = [text for _, text in overview.lines_of_device(state, found)]
    said = ("in_part", "unclaimed", "no_files")
    assert all(state.say(word) in line for word, line in zip(said, lines[1:], strict=True))
    assert fits(lines)


def test_a_suspect_s_label_cannot_steer_the_terminal() -> None:
    found = a_device("/dev/sda", label="\x1b[2Jgone\x07")
    lines = [text for _, text in overview.lines_of_device(State(), found)]
    assert all("\x1b" not in ESCAPES.sub("", line) and "\x07" not in line for line in lines)
    assert "?[2Jgone?" in ESCAPES.sub("", lines[1])


def attached(path: str, size: int, *volumes: tuple[str, int], **facts: Any) -> dict[str, Any]:
    told = [{"state": "readable", "label": label, "size": size} for label, size in volumes]
    return {"device": {"path": path, "size": size, **facts}, "volumes": told, "trouble": ""}


WINDOWS = (("EFI", 10**8), ("MSR", 10**7), ("C", 9 * 10**10), ("RECOVERY", 10**9))
PLUGGED = [
    attached("/dev/sr0", 4 * 10**9, removable=True),
    attached("/dev/sda", 10**10, is_stick=True, removable=True, transport="usb"),
    attached("/dev/sdb", 0, removable=True, transport="usb"),
    attached("/dev/sdc", 3 * 10**10, ("PHOTOS", 3 * 10**10), removable=True, transport="usb"),
    attached("/dev/sdd", 10**11, *WINDOWS, transport="sata"),
    attached("/dev/nvme0n1", 10**12, *WINDOWS, transport="nvme"),
]


def test_built_in_disks_come_first_and_sticks_discs_and_empty_readers_last() -> None:
    lines = seen(overview.device_lines(State(devices=PLUGGED), 100))
    shown = [line.split()[0] for line in lines if "/dev/" in line]
    assert shown == ["/dev/nvme0n1", "/dev/sdd", "/dev/sdc", "/dev/sr0", "/dev/sdb", "/dev/sda"]


@pytest.mark.parametrize("room", range(2, 17))
def test_no_built_in_disk_is_hidden_while_an_empty_reader_shows(room: int) -> None:
    lines = seen(overview.device_lines(State(devices=PLUGGED), room))
    assert len(lines) == min(room, 15)
    shown = [line.split()[0] for line in lines if "/dev/" in line]
    assert (
        shown
        == ["/dev/nvme0n1", "/dev/sdd", "/dev/sdc", "/dev/sr0", "/dev/sdb", "/dev/sda"][
            : len(shown)
        ]
    )
    hidden = 15 - sum("..." not in line for line in lines)
    assert (State().say("more", count=hidden) in lines) == bool(hidden)


def test_where_room_is_short_the_smallest_volumes_give_way() -> None:
    text = "\n".join(seen(overview.device_lines(State(devices=PLUGGED), 9)))
    assert text.count(" C ") == 2
    assert "MSR" not in text


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize(("flags", "word"), [("lm pni ssse3", "old"), ("lm sse2", "too_old")])
def test_an_old_processor_is_said_on_the_main_screen(
    language: str, flags: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    processor = Processor(name="Some Processor", flags=frozenset(flags.split()))
    refused = [{"device": "/dev/sdx1", "reason": "no signed enrolment names it"}] * 3
    state = State(
        language=language,
        processor=processor,
        write_block=FACTS,
        devices=PLUGGED,
        evidence={"open": True, "evidence": {}, "refused": refused},
    )
    overview.show(state)
    lines = capsys.readouterr().out.split("\r\n")
    assert state.say(word) in seen(lines)
    assert fits(lines)


def test_nothing_is_said_of_a_processor_that_is_as_most_are() -> None:
    assert not overview.processor_lines(State(processor=Processor(name="", flags=X86_64_V2)))


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
    state = State(clock="3 min slow", language="de")
    state.case["exhibit"] = "A3"
    command = searching.scan_command(state)
    assert command[:3] == ["seek", "scan", "--profile"]
    assert command[command.index("--language") + 1] == "de"
    copy = stick.MEMORY / "notable.seekset"
    told = ["--exhibit", "A3", "--clock", "3 min slow", "--hash-sets-in", str(stick.MEMORY)]
    assert command[-6:] == told
    assert copy.read_bytes() == b"a set"


def test_what_is_in_memory_is_what_is_on_the_stick_now(lab_sets: Path) -> None:
    """Another stick, a set that was taken off or made anew in the same size; folders are told."""
    lab, old = lab_sets / "lab.seekset", lab_sets / "old.md5"
    lab.write_bytes(b"first")
    old.write_bytes(b"old")
    (lab_sets / "more").mkdir()
    (lab_sets / "more/inner.md5").touch()
    assert stick.hash_sets_folder() == stick.MEMORY
    assert sorted(p.name for p in stick.MEMORY.rglob("*")) == ["lab.seekset", "more", "old.md5"]
    old.unlink()
    lab.write_bytes(b"other")
    os.utime(lab, (1, 1))
    assert stick.hash_sets_folder() == stick.MEMORY
    assert sorted(path.name for path in stick.MEMORY.iterdir()) == ["lab.seekset", "more"]
    assert (stick.MEMORY / "lab.seekset").read_bytes() == b"other"


def test_a_stick_with_nothing_but_what_computers_leave_has_no_sets(lab_sets: Path) -> None:
    (lab_sets / "desktop.ini").touch()
    assert stick.hash_sets_folder() is None
    assert "--hash-sets-in" not in searching.scan_command(State())
    assert "NO HASH SET" in overview.hash_set_lines(State())[0]


def test_sets_that_do_not_fit_in_memory_are_read_from_the_stick(
    lab_sets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (lab_sets / "notable.seekset").write_bytes(b"a set")
    full = shutil.disk_usage("/")._replace(free=8)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    assert stick.hash_sets_folder() == lab_sets


@pytest.mark.parametrize("language", WORDS)
def test_sets_are_shown_with_how_much_is_in_them(language: str, lab_sets: Path) -> None:
    """A compiled one says how many entries it has; of a list there is the size."""
    digests = lab_sets / "own.md5"
    digests.write_text("\n".join(f"{number:032x}" for number in range(1, 5001)))
    order = BuildOrder(inputs=[digests], name="lab", kind=SetKind.NOTABLE)
    build(order, lab_sets / "lab.seekset")
    state = State(language=language)
    (line,) = overview.hash_set_lines(state)
    said = f"lab.seekset {state.number(5_000)}, own.md5 {state.size(165_000)}"
    assert said in line
    assert line.startswith(screen.GREEN)
    for number in range(40):
        shutil.copy(digests, lab_sets / f"a list with a long name {number}.md5")
    lines = overview.hash_set_lines(State(language=language))
    assert fits(lines)
    assert re.search(r", \+\d\d", " ".join(seen(lines)))


@pytest.mark.parametrize("language", WORDS)
def test_a_screen_tells_of_each_set_all_that_matters_before_the_search(
    language: str, lab_sets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{n:032x},{n:040x},{n if n % 2 else ''},{n % 3 or ''}" for n in range(1, 3001)]
    source = lab_sets / "source.csv"
    source.write_text("\n".join(["md5,sha1,size,category", *rows]))
    order = BuildOrder(inputs=[source], name="Lab", kind=SetKind.NOTABLE, expires="2020-01-31")
    build(order, lab_sets / "a.seekset")
    known = BuildOrder(inputs=[source], name="Known", kind=SetKind.KNOWN, expires="2999-01-31")
    build(known, lab_sets / "b.seekset")
    key = SetKey.fresh()
    seal = Seal(key=key, stanzas=(wrap_for_passphrase(key, "correct horse"),))
    build(
        BuildOrder(inputs=[source], name="s", kind=SetKind.NOTABLE, seal=seal), lab_sets / "c.set"
    )
    (lab_sets / "one.txt").write_text("d" * 32)
    (lab_sets / "cut.seekset").write_bytes((lab_sets / "a.seekset").read_bytes()[:5000])
    (lab_sets / "folder").mkdir()
    state = State(language=language)
    drawn: list[list[str]] = []
    monkeypatch.setattr(screen, "show", drawn.append)
    monkeypatch.setattr(screen, "read_key", lambda: "")
    sets.show(state)
    assert all(fits(lines) for lines in drawn)
    said = " ".join(" ".join(seen([line for lines in drawn for line in lines])).split())
    amount = state.number(3_000)
    assert f"Lab{state.colon}{state.say('set_notable')}; md5 {amount}, sha1 {amount}" in said
    assert f"Known{state.colon}{state.say('set_known')}; md5 {amount}" in said
    none, some = state.say("set_no_category"), state.number(1_000)
    by = ", ".join(f"{name}{state.colon}{some}" for name in ("1", "2", none))
    assert state.say("set_categories", names=by) in said
    assert said.count(state.say("set_without_size", count=1_500)) == 2
    assert state.say("set_expired", time="2020-01-31") in said
    assert state.say("set_expires", time="2999-01-31") in said
    for word, times in (("set_sealed", 1), ("set_is_a_list", 2), ("set_broken", 2)):
        assert said.count(state.say(word)) == times, word
    assert f" a.seekset {amount} " in said


@pytest.mark.parametrize("language", WORDS)
def test_the_screen_of_sets_says_that_there_are_none(language: str, lab_sets: Path) -> None:
    state = State(language=language)
    assert seen(sets.lines(state)) == screen.paragraph(state.say("no_hash_sets"))


@pytest.mark.parametrize("why", Standing)
@pytest.mark.parametrize("language", WORDS)
def test_the_running_scan_shows_its_key_to_be_noted_and_fits(language: str, why: Standing) -> None:
    key = "SHA256:" + "W" * 43
    state = State(language=language)
    told = Progress(standing_still="Cannot write.", standing_why=why)
    told.take_in({"event": "scan_key", "fingerprint": key})
    told.take_in({"event": "hash_set", "name": "lab", "counted": 5, "expired": False})
    told.take_in({"event": "progress", "stage": "examine", "tier": "other_pictures"})
    for number, kind in enumerate(MatchKind):
        told.take_in(a_finding(number + 1, kind))
    lines = progress.lines(state, told, 75)
    assert fits(lines)
    assert any(line.endswith(key) for line in seen(lines))


@pytest.mark.parametrize("language", WORDS)
def test_the_running_scan_says_what_is_looked_up_in(language: str) -> None:
    state, told = State(language=language), Progress()
    loaded = {"event": "hash_set", "name": "lab", "counted": 51_234_567, "expired": False}
    told.take_in(loaded)
    told.take_in({**loaded, "name": "old", "counted": 1, "expired": True})
    lines = progress.lines(state, told, 75)
    assert fits(lines)
    (line,) = (line for line in lines if state.number(51_234_567) in line)
    assert f"lab {state.number(51_234_567)}, old 1" in line
    assert screen.YELLOW in line, "one of them has expired"
    for number in range(30):
        told.take_in({**loaded, "name": f"a set with a name of some length {number}"})
    assert fits(progress.lines(state, told, 75))


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize(
    ("signature", "word"),
    [("none", "unsigned"), ("unlisted", "signer_unknown"), ("unchecked", "signer_unknown")],
)
def test_a_set_that_nobody_listed_signed_is_said_in_yellow(
    language: str, signature: str, word: str
) -> None:
    state, told = State(language=language), Progress()
    loaded = {"event": "hash_set", "name": "lab", "counted": 5, "signature": "listed"}
    told.take_in(loaded)
    (line,) = progress.set_lines(state, told)
    assert screen.YELLOW not in line
    told.take_in({**loaded, "name": "other", "signature": signature})
    lines = progress.lines(state, told, 75)
    assert fits(lines)
    (line,) = (line for line in lines if "other" in line)
    assert f"lab 5, other 5 ({state.say(word)})" in line
    assert screen.YELLOW in line


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


def test_elsewhere_the_guide_says_what_to_use_instead() -> None:
    with pytest.raises(UsageError, match="stick only"):
        guide.guide()


def a_spot(entry: int) -> dict[str, Any]:
    matches = [{"kind": "hash_set"}]
    return {"event": "spotted", "seconds": 1.5, "entry": {"id": entry}, "matches": matches}


def test_known_material_counts_when_it_is_spotted_and_once() -> None:
    told = Progress()
    told.take_in({"event": "progress", "stage": "examine", "seconds": 5, "findings": 1})
    for entry in (7, 8):
        told.take_in(a_spot(entry))
    assert (told.found, told.to_look_at, told.kinds) == (2, 2, {"hash_set": 2})
    assert told.first_finding == 1.5
    told.take_in(a_finding(1, "hash_set", entry=7))
    told.take_in(a_finding(2, "hash_set", "perceptual", entry=8, group=1))
    assert (told.found, told.to_look_at, told.kinds) == (2, 1, {"hash_set": 2})
    told.take_in(a_finding(3, "name", entry=9))
    assert (told.found, told.to_look_at) == (3, 2)
    assert json.loads(json.dumps(dataclasses.asdict(told)))["spotted"] == []


@pytest.mark.parametrize(("loaded", "times"), [(True, 0), (False, 1)])
@pytest.mark.parametrize("language", WORDS)
def test_a_keyboard_that_cannot_be_set_is_said_in_the_agent_s_language(
    language: str, loaded: bool, times: int, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(
        (next(key for key, (code, _) in asking.LANGUAGES.items() if code == language), "7")
    )
    monkeypatch.setenv("TERM", "linux")
    monkeypatch.setattr(asking, "read_one_of", lambda keys: next(answers))
    asked: list[tuple[str, str]] = []

    def ask_helper(verb: str, name: str) -> dict[str, Any]:
        asked.append((verb, name))
        return {"loaded": loaded}

    monkeypatch.setattr(asking, "ask_helper", ask_helper)
    state = State()
    asking.choose_language(state)
    letters = "Lat2" if language == "pl" else "Lat15"
    assert asked == [("letters", letters), ("keyboard", "de-latin1")]
    whole = " ".join(" ".join(shown).split())
    assert whole.count(WORDS[language]["no_keyboard"]) == times
    assert whole.count("a key was asked for") == times


def _locked(number: int, *kinds: str) -> dict[str, Any]:
    protectors = [
        {"kind": kind, "id": f"{number}F3A2B1C-0D1E-4F20-8A30-B1C2D3E4F506"} for kind in kinds
    ]
    return {"id": f"d0v{number}", "state": "encrypted", "file_system": "bitlocker", "size": 1 << 39,
            "label": "\x1b[31mred", "protectors": protectors}  # fmt: skip


@pytest.mark.parametrize("language", WORDS)
def test_locked_volumes_are_listed_with_what_to_ask_for(language: str) -> None:
    found = [
        _locked(1, "tpm", "recovery_password", "password", "startup_key"),
        _locked(2, "passphrase"),
        _locked(3, "recovery_password"),
        _locked(4, "tpm"),
        {"id": "d0v5", "state": "encrypted"},
        _locked(6, "password"),
        _locked(7, "password"),
        _locked(8, "password_and_pim") | {"state": "unrecognised", "file_system": ""},
        {"id": "d0v9", "state": "unrecognised"},
    ]
    state = State(language=language, devices=[{"device": {}, "volumes": found}])
    volumes = locked.locked_volumes(state)
    assert [each["id"] for each in volumes] == ["d0v1", "d0v2", "d0v3", "d0v6", "d0v7", "d0v8"]
    lines = locked.lines(state, volumes)
    assert fits(lines)
    told = "\n".join(lines)
    assert "\x1b[31mred" not in told
    assert "1F3A2B1C-0D1E-4F20-8A30-B1C2D3E4F506" in told
    assert "48" in told
    assert state.say("locked_more", count=2) in told
    perhaps = locked.lines(state, volumes[-1:] * locked.MOST_SHOWN)
    assert fits(perhaps)
    assert state.say("looks_random") in "\n".join(perhaps)
    assert "PIM=485:" in "\n".join(perhaps)


RANDOM = _locked(1, "password_and_pim") | {"state": "unrecognised", "file_system": ""}


@pytest.mark.parametrize(
    ("volumes", "first"), [([], None), ([RANDOM], None), ([RANDOM, _locked(2, "password")], "d0v2")]
)
def test_what_only_looks_random_holds_no_search_up(
    volumes: list[dict[str, Any]], first: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(locked, "draw", drawn.extend)
    monkeypatch.setattr(locked, "read_answer", lambda keys: "1")
    monkeypatch.setattr(locked, "tell", lambda state, text: drawn.append(text))
    state = State(devices=[{"device": {}, "volumes": volumes}])
    locked.ask_before_searching(state)
    assert state.unlock == ("ask" if first else "")
    assert next((line for line in drawn if "d0v" in line), None) == (drawn[2] if first else None)
    assert first is None or first in drawn[2]
    drawn.clear()
    locked.ask_before_searching(state)
    assert drawn == []
    locked.ask_what_to_try(state)
    assert volumes or drawn == ["No encrypted volumes were found."]
    assert drawn


def test_what_the_agent_chose_is_what_the_scan_tries() -> None:
    assert locked.options(State()) == []
    assert locked.options(State(unlock="ask")) == ["--unlock-ask"]
    assert locked.options(State(unlock="both")) == ["--unlock-ask", "--unlock-found"]


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("chosen", ["", "typed", "listed", "none"])
@pytest.mark.parametrize("there", [True, False], ids=["with a list", "without"])
def test_the_screen_of_passwords_says_what_is_tried(
    language: str, chosen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, there: bool
) -> None:
    monkeypatch.setattr(stick, "PASSWORDS", tmp_path / "passwords.txt")
    if there:
        stick.PASSWORDS.write_text("one of the lab's\n")
    state = State(language=language, try_passwords=chosen, passwords=["peanuts"])
    lines = passwords.lines(state)
    assert fits(lines)
    assert "peanuts" not in "".join(lines)
    listed = there and chosen in {"", "listed"}
    typed = chosen == "typed"
    word = "words_typed" if typed else "words_listed" if listed else "words_none"
    assert state.say(word, count=1, name="passwords.txt") in "\n".join(lines)
    assert passwords.options(state) == (["--passwords", str(stick.PASSWORDS)] if listed else [])
    assert passwords.to_hand_over(state) == (["peanuts"] if typed else [])
    assert "peanuts" not in repr(state)


@pytest.mark.parametrize("language", WORDS)
def test_what_is_asked_of_one_volume_fits_with_all_its_trouble(
    language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answered: list[str] = []
    trouble = "That is no recovery password: look again at group 2 of the eight."
    volume = _locked(1, "tpm", "recovery_password", "password")
    wanted = {"volume": volume, "wrong": 2, "trouble": trouble}
    monkeypatch.setattr(locked, "read_hidden", lambda: "typed")
    monkeypatch.setattr(running, "progress", lambda: Progress(locked_volume=wanted))
    monkeypatch.setattr(running, "answer", answered.append)
    locked.ask_secret(State(language=language), wanted)
    told = capsys.readouterr().out
    assert fits(told.split("\r\n"))
    assert "group 2" in told
    assert "typed" not in told
    assert answered == ["typed"]


def test_where_bundles_are_closed_for_the_lab_the_case_is_kept_in_memory_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_stick, in_memory, keys = (tmp_path / name for name in ("stick", "memory", "lab-keys"))
    for name, path in (
        ("CASE_FILE", on_stick), ("CASE_IN_MEMORY", in_memory), ("LAB_KEYS", keys)
    ):  # fmt: skip
        monkeypatch.setattr(stick, name, path)
    state = State()
    state.case["examiner"] = "J. Roe"
    stick.keep_case(state)
    assert "J. Roe" in on_stick.read_text()
    keys.write_text("age1xyz\n")
    stick.keep_case(state)
    assert "J. Roe" in in_memory.read_text()
    assert not on_stick.exists(), "what an earlier guide left is still there"
    again = State()
    stick.take_kept_case(again)
    assert again.case["examiner"] == "J. Roe"
