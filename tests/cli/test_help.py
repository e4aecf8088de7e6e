"""Every command's help lists the exit codes that it may end with."""

import re
import subprocess
import sys
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


def test_the_list_of_commands_loads_no_database_engine_and_says_the_same() -> None:
    code = "import sys; from cli.app import app; from cli.commands import register_for_list as r"
    code += "; r(app); sys.exit('duckdb' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    listed = typer.Typer()
    commands.register_for_list(listed)
    shown = [CliRunner().invoke(app, ["--help"]).output for app in (listed, _application())]
    assert shown[0] == shown[1]
    assert " lab " in shown[0]
