"""A new stick enrols itself by the guide: asked twice, and only where nobody has enrolled it."""

import json
import socket
import threading
from pathlib import Path

import pytest

from cli.guide import enrolling, stick
from cli.guide.state import Answer, State
from tests.cli.stage import Console, Stage, staged
from tests.scan import cut_off

OFFER = "NEW STICK: press e"


@pytest.fixture(scope="module")
def suspect(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return cut_off.suspect(tmp_path_factory.mktemp("suspect"), files=4)


def main_screen(stage: Stage) -> Console:
    console = stage.console()
    console.wait_for("Portugu")
    console.press("1", r"readable[\s\S]*ENTER start")
    return console


def test_a_new_stick_is_enrolled_by_a_yes_and_its_serial_number(
    suspect: tuple[Path, Path], tmp_path: Path
) -> None:
    disk, known = suspect
    with staged(tmp_path, disk, known, disk.parent / "profile.yaml") as stage:
        stage.be_new()
        console = main_screen(stage)
        assert OFFER in console.press("r", OFFER)
        screen = console.press("e", "2  yes, enrol this stick")
        assert "/dev/sdz, 8.6 GB, serial number S77" in screen
        console.press("2", "Type the stick's serial number")
        console.press("S78\r", "that is not its serial number")
        assert "evidence-close" not in stage.helped
        console.press(" ", OFFER)
        console.press("e", "2  yes, enrol this stick")
        console.press("2", "Type the stick's serial number")
        screen = " ".join(console.press("S77\r", "THE STICK IS ENROLLED[\\s\\S]*ready").split())
        assert "serial number S77, key SHA256:the-key" in screen
        console.press(" ", "PULLED OUT NOW")
    assert stage.helped.count("enrol-itself") == 4


@pytest.mark.parametrize("key", ["1", "\r"], ids=["no", "Enter"])
def test_whoever_does_not_say_yes_goes_back_and_nothing_was_asked_for(
    key: str, suspect: tuple[Path, Path], tmp_path: Path
) -> None:
    disk, known = suspect
    with staged(tmp_path, disk, known, disk.parent / "profile.yaml") as stage:
        stage.be_new()
        console = main_screen(stage)
        console.press("e", "2  yes, enrol this stick")
        console.press(key, OFFER)
    assert stage.helped.count("enrol-itself") == 1


def test_a_stick_that_is_in_use_does_not_offer_it(
    suspect: tuple[Path, Path], tmp_path: Path
) -> None:
    disk, known = suspect
    with staged(tmp_path, disk, known, disk.parent / "profile.yaml") as stage:
        console = main_screen(stage)
        console.type("e")
        assert OFFER not in console.press("d", "Press a key to go back")
    assert "enrol-itself" not in stage.helped


def test_a_slow_stick_is_waited_for_longer_than_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on being enrolled, whatever the guide says; so the guide must not say it is not."""
    asked, may_answer = threading.Event(), threading.Event()
    told: list[Answer] = []
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(tmp_path / "door"))
    door.listen()

    def help_slowly() -> None:
        offer = {"possible": True, "disk": "/dev/sdz", "serial": "S77", "bytes": 8 << 30}
        first, _ = door.accept()
        with first, first.makefile("rb") as stream:
            stream.readline()
            monkeypatch.setattr(stick, "HELPER_SECONDS", 0.05)  # the guide has begun to wait
            first.sendall(json.dumps(offer).encode() + b"\n")
        second, _ = door.accept()
        with second, second.makefile("rb") as stream:
            stream.readline()
            asked.set()
            may_answer.wait(60)
            second.sendall(b'{"enrolled": false, "reason": "at last"}\n')

    monkeypatch.setattr(stick, "HELPER", tmp_path / "door")
    monkeypatch.setattr(enrolling, "show", lambda _lines: None)
    monkeypatch.setattr(enrolling, "read_one_of", lambda _keys: "2")
    monkeypatch.setattr(enrolling, "ask_line", lambda *_: "S77")
    monkeypatch.setattr(enrolling, "tell_why_not", lambda _state, answer: told.append(answer))
    both = [threading.Thread(target=help_slowly, daemon=True),
            threading.Thread(target=enrolling.enrol, args=(State(),), daemon=True)]  # fmt: skip
    for each in both:
        each.start()
    assert asked.wait(60)
    assert "timed out" in stick.ask_helper("evidence-status")["error"]
    may_answer.set()
    for each in both:
        each.join(60)
    door.close()
    assert told == [{"enrolled": False, "reason": "at last"}]
