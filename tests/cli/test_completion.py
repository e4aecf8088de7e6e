"""Tab completes commands, options and their values, in the shells themselves."""

import json
import os
import pty
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cli import completing
from cli.commands import COMMANDS, GROUPS
from cli.manual.__main__ import COMPLETION, write
from cli.manual.tree import nodes, whole
from tests.conftest import SEEK
from triage.bundle.writing.exports import Export
from triage.devices.attached import list_devices
from triage.hashsets.exporting import ExportFormat
from triage.profile import SHIPPED

PATIENCE = 60.0
"""Seconds after which a shell that says nothing counts as one that does not complete."""
BELL = "\a"
"""What a shell says to a Tab that it has no answer for."""
WITH_SEEK = {"PATH": f"{Path(SEEK).parent}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
_seek_completion seek "${COMP_WORDS[-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""
"""What readline does when Tab is pressed behind the last of these words."""


@pytest.fixture(name="scripts", scope="module")
def _scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("share")
    write(folder)
    return folder


@pytest.fixture(name="place")
def _place(tmp_path: Path) -> Path:
    """A folder where a lab keeps a profile, and other things."""
    (tmp_path / "lab.yaml").write_text("name: lab\n")
    (tmp_path / "of two words.yaml").write_text("name: lab\n")
    (tmp_path / "holiday.jpg").write_bytes(b"")
    return tmp_path


def _bash(scripts: Path, place: Path, *words: str) -> list[str]:
    """What bash is offered for the last word."""
    done = subprocess.run(
        ["bash", "--norc", "-c", BASH, "bash", scripts / COMPLETION["bash"], *words],
        cwd=place, env=os.environ | WITH_SEEK, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["seek", ""], [*COMMANDS, *GROUPS]),
        (["seek", "re"], ["resume", "report"]),
        (["seek", "hash-set", "l"], ["lookup", "lock"]),
        (["seek", "scan", "--pro"], ["--profile", "--progress"]),
        (["seek", "scan", "--profile", ""], [*SHIPPED, "lab.yaml"]),
        (["seek", "scan", "--profile", "th"], ["thorough"]),
        (["seek", "scan", "--profile", "=", "th"], ["thorough"]),
        (["seek", "scan", "--profile", "="], [*SHIPPED, "lab.yaml"]),
        (["seek", "scan", "a\\ disk.img", "-p", "lab"], ["lab.yaml"]),
        (["seek", "scan", "--profile", "./"], ["./lab.yaml"]),
        (["seek", "plan", "-p", "q"], ["quick"]),
        (["seek", "profile", "show", "sta"], ["standard"]),
        (["seek", "report", "BUNDLE", "--export", ""], [str(each) for each in Export]),
        (["seek", "report", "--export", "=", "c"], ["csv", "case"]),
        (["seek", "hash-set", "export", "SET", "-f", ""], [str(each) for each in ExportFormat]),
        (["seek", "hash-set", "build", "--kind", "n"], ["notable"]),
        (["seek", "model", "check", "open"], ["open-nsfw"]),
        (["seek", "report", ""], []),
        (["seek", "scan", "--out", ""], []),
    ],
    ids=lambda value: " ".join(value) if value and value[0] == "seek" else None,
)
def test_bash_is_offered(scripts: Path, place: Path, words: list[str], offered: list[str]) -> None:
    """Where nothing is, bash offers files by itself."""
    assert sorted(_bash(scripts, place, *words)) == sorted(offered)


def test_bash_is_offered_the_devices_that_are_attached(scripts: Path, place: Path) -> None:
    attached = [device.path for device in list_devices()]
    for command in ("scan", "plan", "devices"):
        assert _bash(scripts, place, "seek", command, "/dev/") == attached


def test_the_stick_and_the_evidence_stick_are_not_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attached = list_devices()
    assert dict(completing.devices("")).keys() == {device.path for device in attached}
    told = {"devices": [device.path for device in attached]}
    (tmp_path / "stick.json").write_text(json.dumps(told))
    monkeypatch.setattr(list_devices, "__kwdefaults__", {"include_loops": False, "run": tmp_path})
    assert completing.devices("") == []


def test_the_lab_s_profiles_on_the_evidence_stick_are_offered(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completing, "LAB_PROFILES", place)
    assert str(place / "lab.yaml") in dict(completing.profiles(""))


def test_a_folder_that_is_not_there_offers_nothing() -> None:
    assert completing.profiles("/no/such/folder/") == []


def test_wherever_a_profile_or_a_source_is_named_it_is_completed() -> None:
    asked = {
        (node.typed, parameter.name): getattr(parameter, "_custom_shell_complete", None)
        for node in nodes(whole())
        for parameter in node.command.params
    }
    wanted = [
        (typed, name) for typed, name in asked
        if name == "profile" or (name == "source" and typed in SEARCHING)
    ]  # fmt: skip
    assert len(wanted) == 5
    assert [each for each in wanted if asked[each] is None] == []


SEARCHING = ("seek devices", "seek plan", "seek scan")


class Terminal:
    """A shell at work, with someone at its keys."""

    def __init__(self, command: list[str], place: Path) -> None:
        self._pid, self._ours = pty.fork()
        if not self._pid:
            os.chdir(place)
            os.execvpe(command[0], command, os.environ | WITH_SEEK | {"TERM": "dumb"})  # noqa: S606
        os.set_blocking(self._ours, False)
        self._seen = ""

    def type(self, keys: str, wanted: str) -> None:
        """Until the line says what is wanted; what was said before does not count."""
        self._seen = ""
        os.write(self._ours, keys.encode())
        until = time.monotonic() + PATIENCE
        while not any(each in self._seen for each in (wanted, BELL)) and time.monotonic() < until:
            with suppress(BlockingIOError):
                self._seen += os.read(self._ours, 65536).decode(errors="replace")
            time.sleep(0.02)
        assert wanted in self._seen

    def close(self) -> None:
        """Hung up."""
        os.close(self._ours)
        os.waitpid(self._pid, 0)


def _shell(name: str) -> str:
    if (found := shutil.which(name)) is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(name="bash")
def _bash_at_work(place: Path) -> Iterator[Terminal]:
    terminal = Terminal([_shell("bash"), "--norc", "-i"], place)
    yield terminal
    terminal.close()


@pytest.fixture(name="zsh")
def _zsh_at_work(place: Path) -> Iterator[Terminal]:
    terminal = Terminal([_shell("zsh"), "-f", "-i"], place)
    yield terminal
    terminal.close()


def test_tab_is_answered_on_a_terminal_in_bash(scripts: Path, bash: Terminal) -> None:
    bash.type(f"PS1='ready>'; source {scripts / COMPLETION['bash']}\n", "\nready>")
    bash.type("seek sca\t", "seek scan ")
    bash.type("--prof\t", "--profile ")
    bash.type("tho\t", "thorough ")
    bash.type("holi\t", "holiday.jpg ")  # a file: nothing is offered for it


def test_tab_is_answered_on_a_terminal_in_zsh(scripts: Path, zsh: Terminal) -> None:
    folder = (scripts / COMPLETION["zsh"]).parent
    begin = f"PS1='rea''dy>'; fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -D\n"
    zsh.type(begin, "ready>")
    zsh.type("seek sca\t", "scan ")
    zsh.type("--prof\t", "--profile ")
    zsh.type("tho\t", "thorough ")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("seek sca", {"scan"}),
        ("seek scan --pro", {"--profile", "--progress"}),
        ("seek report x --export ", {str(each) for each in Export}),
        ("seek plan --profile th", {"thorough"}),
    ],
)
def test_fish_is_offered(scripts: Path, place: Path, line: str, offered: set[str]) -> None:
    command = f"source {scripts / COMPLETION['fish']}; complete -C '{line}'"
    said = subprocess.run(
        [_shell("fish"), "--no-config", "-c", command],
        cwd=place, env=os.environ | WITH_SEEK, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert {row.split("\t")[0] for row in said.splitlines()} == offered
