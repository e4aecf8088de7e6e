"""The guide names Thunderbolt devices that the firmware has not let in."""

from pathlib import Path

import pytest

from cli.guide import overview, thunderbolt
from cli.guide.state import State
from cli.guide.words import WORDS
from tests.cli.test_guide_lines import check

DOOR = {"authorized": "0", "vendor_name": "Maker", "device_name": "Fast Disk"}


def devices(folder: Path, *each: dict[str, str]) -> Path:
    """A folder as the kernel shows it: beside devices the host's own part, which nobody lets in."""
    (folder / "domain0").mkdir()
    (folder / "domain0/security").write_text("user\n")
    for number, facts in enumerate(each):
        (folder / f"0-{number}").mkdir()
        for name, value in facts.items():
            (folder / f"0-{number}" / name).write_text(value + "\n")
    return folder


@pytest.mark.parametrize(
    ("each", "names"),
    [
        ((), []),
        (({"vendor_name": "Host"},), []),
        ((DOOR | {"authorized": "1"},), []),
        ((DOOR | {"authorized": "2"}, DOOR), ["Maker Fast Disk"]),
        (({"authorized": "0"},), ["0-0"]),
        ((DOOR, DOOR | {"device_name": ""}), ["Maker Fast Disk", "Maker"]),
    ],
)
def test_those_that_were_not_let_in_are_told_by_name(
    each: tuple[dict[str, str], ...], names: list[str], tmp_path: Path
) -> None:
    assert thunderbolt.not_let_in(devices(tmp_path, *each)) == names


def test_a_machine_without_thunderbolt_has_none(tmp_path: Path) -> None:
    assert thunderbolt.not_let_in(tmp_path / "none") == []


@pytest.mark.parametrize("language", WORDS)
def test_the_main_screen_names_them_and_no_name_can_write_elsewhere(language: str) -> None:
    state = State(language=language, outside=["Maker Fast Disk"])
    said = state.say("thunderbolt", names="Maker Fast Disk")
    check(overview.lines_of_main_screen(state), said)
    state.outside = ["\x1b[2J\u202eno disk" + "long " * 4000]
    lines = overview.lines_of_main_screen(state)
    assert "\x1b[2J" not in "".join(lines)
    assert len(overview.thunderbolt_lines(state)) <= 4
    state.outside = []
    assert overview.thunderbolt_lines(state) == []
