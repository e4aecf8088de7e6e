from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.model import app
from triage.errors import ModelError


def test_list_names_licence_origin_digest_and_threshold() -> None:
    result = CliRunner().invoke(app, ["list"])
    assert result.exit_code == 0
    for part in ("open-nsfw 1.0", "BSD-2-Clause", "Yahoo", "864bb37b", "0.8"):
        assert part in result.output


def test_check_runs_the_shipped_pack() -> None:
    result = CliRunner().invoke(app, ["check", "open-nsfw"])
    assert result.exit_code == 0
    assert "a drawn picture scores" in result.output


def test_check_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "card.yaml").write_text("name: x\n", encoding="utf-8")
    with pytest.raises(ModelError, match="missing required field"):
        CliRunner().invoke(app, ["check", str(tmp_path)], catch_exceptions=False)
