"""Every session beside this file, played by the real commands."""

import os
import re
import tempfile
from pathlib import Path

import pytest
import typer

from cli.commands import register
from tests.sessions.playing import play
from tests.sessions.script import Command, Script, read
from triage.bundle.writing.exports import Export

SESSIONS = [read(path) for path in sorted(Path(__file__).parent.glob("*.txt"))]
TYPED = [step.typed for each in SESSIONS for step in each.steps if isinstance(step, Command)]


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


def test_the_readme_lists_every_session_once() -> None:
    readme = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"[|,] (\d\d) ", readme)
    assert sorted(listed) == [each.name[:2] for each in SESSIONS]


def test_every_command_is_typed_in_a_session() -> None:
    """All but the guide, which is no command line, and the lab's pages, which are served until
    that is ended: tests/lab/pages asks for them."""
    program = typer.main.get_command(_whole_program())
    typed = "\n".join(TYPED)
    missing = [name for name in _names(program, "seek") if not re.search(rf"\b{name}\b", typed)]
    assert missing == ["seek guide", "seek lab serve"]


def _whole_program() -> typer.Typer:
    app = typer.Typer()
    register(app, "")
    return app


def _names(command: object, name: str) -> list[str]:
    below: dict[str, object] = getattr(command, "commands", {})
    deeper = [found for word, each in below.items() for found in _names(each, f"{name} {word}")]
    return deeper or [name]


@pytest.mark.parametrize("choice", Export)
def test_every_export_is_typed_in_a_session(choice: Export) -> None:
    assert f"--export {choice}" in "\n".join(TYPED)


def test_there_are_sessions_and_each_has_a_title_of_its_own() -> None:
    assert len(SESSIONS) >= 18
    assert len({each.title for each in SESSIONS}) == len(SESSIONS)
