"""The real guide on a terminal: a key acts on the screen that it was typed at and on no other; a
search that fails says why in the agent's language."""

import hashlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.guide import running, stick
from cli.guide.words import ERRORS, WORDS
from tests.cli.stage import Console, Stage, staged
from tests.containers import making
from tests.disks import ext_volume
from tests.members.writing import archived
from tests.scan import cut_off
from triage.bundle.format import entries

RESULT = "FINDINGS: [\\s\\S]*switch off safely"
MAIN = r"readable[\s\S]*ENTER start"


@pytest.fixture(scope="module")
def suspect(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return cut_off.suspect(tmp_path_factory.mktemp("suspect"), files=400)


@pytest.fixture
def stage(
    suspect: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """Without a case number."""
    disk, known = suspect
    with staged(tmp_path, disk, known, disk.parent / "profile.yaml", case="") as made:
        monkeypatch.setattr(stick, "RUN", made.run)
        yield made


def at_the_main_screen(stage: Stage) -> Console:
    console = stage.console()
    console.wait_for("Portugu")
    console.press("1", MAIN)
    return console


@pytest.mark.parametrize("key", ["\r", "x"], ids=["Enter", "x"])
def test_what_is_typed_while_devices_are_looked_at_is_forgotten(stage: Stage, key: str) -> None:
    stage.looked.unlink()
    console = stage.console()
    console.wait_for("Portugu")
    console.press("1", "Looking at what is attached")
    console.type(key * 3)
    stage.looked.touch()
    console.wait_for(MAIN)
    console.press("d", "Press a key to go back")  # what came before it would have been done by now
    assert stage.helped == ["write-block", "evidence-open"]
    assert stage.bundles == []


def test_a_key_that_is_typed_once_as_soon_as_a_screen_is_there_acts(stage: Stage) -> None:
    """What is forgotten was typed before the screen was drawn, and nothing after that."""
    console = at_the_main_screen(stage)
    for _ in range(30):
        console.type("d")
        console.wait_for("Press a key to go back")
        console.type(" ")
        console.wait_for(MAIN)


def test_what_is_typed_while_nothing_is_asked_does_not_show(stage: Stage) -> None:
    stage.looked.unlink()
    console = stage.console()
    console.wait_for("Portugu")
    console.press("1", "Looking at what is attached")
    console.type("impatient\r")
    stage.looked.touch()
    console.wait_for(MAIN)
    assert console.times_seen("impatient") == 0


def test_enter_while_a_scan_runs_does_not_switch_the_machine_off_when_it_ends(
    stage: Stage,
) -> None:
    console = at_the_main_screen(stage)
    console.press("\r", "NO CASE NUMBER")
    console.press("\r", "QUICK SCAN RUNNING|FINDINGS")
    while not running.progress().latest and running.is_running():
        pass
    held = running._holders()
    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    console.type("\r\r\r")
    for pid in held:
        os.kill(pid, signal.SIGCONT)
    console.wait_for(RESULT)
    console.press("b", "ENTER start")
    assert not {"evidence-close", "power-off"} & set(stage.helped)


def test_a_search_without_a_case_number_is_asked_about_once(stage: Stage) -> None:
    console = at_the_main_screen(stage)
    console.press("\r", "NO CASE NUMBER")
    console.press("\r", "QUICK SCAN RUNNING|FINDINGS")
    console.wait_for(RESULT)
    console.press("b", "ENTER start")
    console.press("\r", "QUICK SCAN RUNNING|FINDINGS")
    console.wait_for(RESULT)
    assert console.times_seen("NO CASE NUMBER") == 1
    assert len(stage.bundles) == 2


def test_the_case_number_that_is_typed_there_is_the_scan_s_and_is_kept(stage: Stage) -> None:
    console = at_the_main_screen(stage)
    console.press("\r", "NO CASE NUMBER")
    console.press("2026/77\r", "QUICK SCAN RUNNING|FINDINGS")
    console.wait_for(RESULT)
    (bundle,) = stage.bundles
    assert bundle.name.startswith("2026_77-")
    assert json.loads((stage.evidence / "seek-case.json").read_text())["case"] == "2026/77"


@pytest.mark.parametrize(("key", "main"), [("2", "INTRO"), ("3", "ENTER")])
def test_a_search_that_fails_says_why_in_the_agent_s_language(
    key: str, main: str, suspect: tuple[Path, Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.seekset"
    broken.write_bytes(b"SEEKSET\x01" + bytes(5000))
    disk, _ = suspect
    with staged(tmp_path, disk, broken, disk.parent / "profile.yaml") as stage:
        console = stage.console()
        console.wait_for("Portugu")
        console.press(key, rf"leg[ií]vel|legible[\s\S]*{main}")
        language = {"2": "es", "3": "pt"}[key]
        said = ERRORS["hash_set"].told(language)
        failed = WORDS[language]["scan_failed"].format(code=1)
        screen = " ".join(console.press("\r", failed.partition(".")[0]).split())
        screen = " ".join(console.wait_for(said.split()[-1]).split())
    assert said in screen
    assert failed in screen


WORD = "corrècthorse-of-the-owner"


@pytest.fixture
def locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Known material in an archive that is encrypted, and nowhere else."""
    picture = making.PNG + b"known"
    content = archived("zip", {"a.png": picture}, options="zip:encryption=aes256", password=WORD)
    ext_volume(tmp_path / "disk.img", 8 << 20, {"letters.zip": content})
    (tmp_path / "known.txt").write_text(hashlib.sha256(picture).hexdigest() + "\n")
    profile = tmp_path / "profile.yaml"
    profile.write_text("name: t\ndescription: t\ndetectors: [{use: hash_set}]\n")
    with staged(tmp_path, tmp_path / "disk.img", tmp_path / "known.txt", profile) as made:
        monkeypatch.setattr(stick, "RUN", made.run)
        yield made


def _opened_by(stage: Stage) -> tuple[int, ...]:
    """Which password of the list opened the archive; and that none of them is anywhere."""
    (bundle,) = stage.bundles
    lines = [entries.decode(each) for each in (bundle / "entries.jsonl").read_bytes().splitlines()]
    (opened,) = [each.result.opened for each in lines if each.result.opened]
    everywhere = [each for each in (*bundle.rglob("*"), *stage.run.rglob("*")) if each.is_file()]
    kept = [stage.commands, *(each for each in everywhere if each.name != "passwords.txt")]
    assert not [each for each in kept if WORD.encode() in each.read_bytes()]
    return opened.opened_by


def test_passwords_that_are_typed_open_archives_and_are_nowhere(locked: Stage) -> None:
    console = at_the_main_screen(locked)
    console.press("p", "3  try none")
    console.press("1", "So far: 0")
    console.type("wrong\r")
    console.wait_for("So far: 1")
    console.type(f"{WORD}\r")
    console.wait_for("So far: 2")
    console.type("\r")
    console.wait_for(MAIN)
    console.press("p", "Now: 2 that were typed")
    console.press("1", "So far: 0")
    console.type(f"{WORD}\r")
    console.wait_for("So far: 1")
    console.type("\r")
    console.wait_for(MAIN)
    console.press("\r", "QUICK SCAN RUNNING|FINDINGS")
    console.wait_for("FINDINGS: 1")
    assert _opened_by(locked) == (1,)
    assert console.times_seen(WORD) == 0
    assert "--passwords /dev/fd/" in locked.commands.read_text()
    (bundle,) = locked.bundles
    assert json.loads((bundle / "scan.json").read_text()).get("passwords", "") == ""


def test_a_list_on_the_evidence_stick_is_tried_without_being_asked_for(locked: Stage) -> None:
    (locked.evidence / "passwords.txt").write_text(f"x\ny\n{WORD}\n")
    console = at_the_main_screen(locked)
    console.press("\r", "QUICK SCAN RUNNING|FINDINGS")
    console.wait_for("FINDINGS: 1")
    assert _opened_by(locked) == (3,)


def test_what_was_chosen_not_to_be_tried_is_not(locked: Stage) -> None:
    (locked.evidence / "passwords.txt").write_text(f"{WORD}\n")
    console = at_the_main_screen(locked)
    console.press("p", "Now: those in passwords.txt")
    console.press("3", MAIN)
    console.press("\r", "QUICK SCAN RUNNING|FINDINGS")
    console.wait_for("NO FINDINGS, BUT NOT ALL")
    assert _opened_by(locked) == ()
