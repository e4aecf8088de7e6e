"""The guide names Thunderbolt devices that the firmware has not let in."""

import pytest

from cli.guide import overview
from cli.guide.state import State
from cli.guide.words import WORDS
from tests.cli.test_guide_lines import check


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
