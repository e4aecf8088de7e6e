"""A new stick enrols itself by the guide: asked twice, and only where nobody has enrolled it."""

from pathlib import Path

import pytest

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
