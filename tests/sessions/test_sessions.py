"""Every session beside this file, played by the real commands."""

import os
from pathlib import Path

import pytest

from tests.sessions.playing import play
from tests.sessions.script import Script, read

SESSIONS = [read(path) for path in sorted(Path(__file__).parent.glob("*.txt"))]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(
            each,
            id=each.name,
            marks=[
                pytest.mark.root,
                pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a stick is mounted"),
            ]
            if each.needs_root
            else [],
        )
        for each in SESSIONS
    ],
)
def test_all_is_as_the_session_says(script: Script, tmp_path: Path) -> None:
    play(script, tmp_path)
