"""Every session beside this file, played by the real commands."""

import os
import tempfile
from pathlib import Path

import pytest

from tests.sessions.playing import play
from tests.sessions.script import Script, read

SESSIONS = [read(path) for path in sorted(Path(__file__).parent.glob("*.txt"))]


def _marks(script: Script) -> list[pytest.MarkDecorator]:
    if not script.needs_root:
        return []
    as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a stick is mounted")
    return [pytest.mark.root, as_root]


@pytest.mark.parametrize(
    "script", [pytest.param(each, id=each.name, marks=_marks(each)) for each in SESSIONS]
)
def test_all_is_as_the_session_says(script: Script) -> None:
    # In a folder with a short name: the last screen wraps what is longer than a line.
    with tempfile.TemporaryDirectory(prefix="seek-") as folder:
        play(script, Path(folder))


def test_there_are_sessions_and_each_has_a_title_of_its_own() -> None:
    assert len(SESSIONS) >= 18
    assert len({each.title for each in SESSIONS}) == len(SESSIONS)
