"""Every command's help lists the exit codes that it may end with."""

import re
from importlib import import_module

import pytest
import typer
from typer.testing import CliRunner

from cli import commands
from triage.errors import ExitCode


def _application() -> typer.Typer:
    app = typer.Typer()
    commands.register(app, "")
    return app


def _verbs() -> list[tuple[str, ...]]:
    """Each command as it is typed."""
    verbs: list[tuple[str, ...]] = [(name,) for name in commands.COMMANDS]
    for noun, module in commands.GROUPS.items():
        group: typer.Typer = import_module(f"cli.{module}").app
        verbs += [(noun, name) for name in _names(group)]
        for below in group.registered_groups:
            assert below.typer_instance is not None
            verbs += [(noun, str(below.name), name) for name in _names(below.typer_instance)]
    return verbs


def _names(group: typer.Typer) -> list[str]:
    named = [(verb.name, verb.callback) for verb in group.registered_commands]
    return [name or getattr(made, "__name__", "").replace("_", "-") for name, made in named]


def _help(words: tuple[str, ...]) -> str:
    done = CliRunner().invoke(_application(), [*words, "--help"])
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


@pytest.mark.parametrize("words", _verbs(), ids=" ".join)
def test_every_help_lists_the_command_s_exit_codes(words: tuple[str, ...]) -> None:
    told = re.split(r"Exit codes(?:, as grep.s)?: ", _help(words))[-1]
    codes = {int(code) for code in re.findall(r"(?:^|; )(\d+) ", told)}
    assert codes >= {ExitCode.FINISHED, ExitCode.FAILED, ExitCode.WRONG_USE}


@pytest.mark.parametrize("command", ["scan", "resume"])
def test_a_scan_s_help_says_when_it_is_not_zero(command: str) -> None:
    told = _help((command,))
    for code in (ExitCode.FINISHED, ExitCode.NOT_ALL, ExitCode.INTERRUPTED):
        assert f"{int(code)} {code.meaning}" in told
