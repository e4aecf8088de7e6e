"""`seek profile`: what is printed is what can be used."""

from pathlib import Path

import pytest

from tests.conftest import Seek
from triage.profile import SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_what_show_prints_is_a_profile_again_comments_and_all(
    seek: Seek, name: str, tmp_path: Path
) -> None:
    shown = seek("profile", "show", name)
    own = tmp_path / "own.yaml"
    own.write_text(shown.stdout)
    assert "\n  # " in shown.stdout
    assert "understood" in seek("profile", "check", str(own)).stdout


def test_a_profile_cannot_move_the_terminal(seek: Seek, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_bytes(b"name: x\n# \xc2\x9b2J and \xe2\x80\xae\n")
    shown = seek("profile", "show", str(own)).stdout
    assert shown == "name: x\n# \\x9b2J and \\u202e\n"
