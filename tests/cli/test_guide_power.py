"""The guide says that a machine runs on its battery, and how much is left in it."""

from pathlib import Path

import pytest

from cli.guide import overview, power
from cli.guide.state import State
from cli.guide.words import WORDS
from tests.cli.test_guide_lines import check, seen

MAINS = {"type": "Mains", "online": "1"}
UNPLUGGED = {"type": "Mains", "online": "0"}
BATTERY = {"type": "Battery", "status": "Discharging", "capacity": "41"}
MOUSE = {"type": "Battery", "scope": "Device", "status": "Discharging", "capacity": "7"}


def supplies(folder: Path, *each: dict[str, str]) -> Path:
    """A folder as the kernel shows it."""
    for number, facts in enumerate(each):
        (folder / str(number)).mkdir()
        for name, value in facts.items():
            (folder / str(number) / name).write_text(value + "\n")
    return folder


@pytest.mark.parametrize(
    ("each", "left"),
    [
        ((), None),
        ((MAINS,), None),
        ((MAINS, BATTERY), None),
        (({"type": "USB", "online": "1"}, BATTERY), None),
        ((UNPLUGGED, BATTERY), 41),
        ((BATTERY, BATTERY | {"capacity": "80"}), 80),
        ((BATTERY | {"capacity": "255"},), 100),
        ((BATTERY | {"capacity": "much"},), None),
        ((BATTERY | {"status": "Full"},), None),
        ((MOUSE,), None),
        ((UNPLUGGED, MOUSE, BATTERY), 41),
        (({},), None),
    ],
)
def test_what_is_left_is_that_of_the_machine_s_own_battery_without_mains(
    each: tuple[dict[str, str], ...], left: int | None, tmp_path: Path
) -> None:
    assert power.percent_left(supplies(tmp_path, *each)) == left


def test_a_machine_that_shows_no_supplies_has_no_battery(tmp_path: Path) -> None:
    assert power.percent_left(tmp_path / "none") is None


@pytest.mark.parametrize("language", WORDS)
def test_a_battery_is_said_on_the_main_screen_in_red_when_little_is_left(language: str) -> None:
    state = State(language=language, battery=41)
    said = state.say("battery", percent=41)
    assert said in seen(overview.lines_of_main_screen(state))
    check(overview.lines_of_main_screen(state), said)
    (yellow,) = overview.power_lines(state)
    state.battery = 12
    (red,) = overview.power_lines(state)
    assert yellow.split("m")[0] != red.split("m")[0]
    state.battery = None
    assert overview.power_lines(state) == []
