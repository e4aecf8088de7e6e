"""Playing a session: every command really runs, and what it says is held against the script."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from tests.sessions.making import MakingError, Scenery, filled_in
from tests.sessions.script import (
    Command,
    Expected,
    Make,
    Meanwhile,
    Script,
    ScriptError,
    evened,
    pattern,
)

NEVER = ("Traceback (most recent call last)", "An error that nobody foresaw")
"""In no session, whatever its script says."""
NARROW = 4096
"""Bytes of a pipe: a command that is told something meanwhile waits until that is read."""
IN_MEMORY = "/dev/shm"  # noqa: S108 - a user's own folder lies in memory, too
"""Where what a user may keep until the machine is off has no disk behind it."""


class SessionError(AssertionError):
    """Something was not as the script says; the message shows the whole session so far."""


class Session:
    """A script that is played in a folder, and what was typed and said so far."""

    def __init__(self, script: Script, folder: Path, scenery: Scenery, memory: str) -> None:
        self._script = script
        self._folder = folder
        self._scenery = scenery
        self._environment = _environment(folder, memory)
        self._told: list[str] = []

    @property
    def transcript(self) -> str:
        """All that was typed and said."""
        return "\n".join(self._told)

    def play(self) -> None:
        """To the end. Raises SessionError, ScriptError."""
        for step in self._script.steps:
            try:
                self._scenery.make(step) if isinstance(step, Make) else self._run(step)
            except MakingError as error:
                raise ScriptError(self._script.name, step.line, str(error)) from error

    def _run(self, command: Command) -> None:
        typed = filled_in(command.typed)
        self._told.append(f"\n$ {typed}")
        with TemporaryFile() as errors:
            code, out = self._carried_out(typed, command.meanwhile, errors.fileno())
            errors.seek(0)
            warned = errors.read().decode("utf-8", "backslashreplace").splitlines()
        self._told += [*out, *(f"! {line}" for line in warned), f"exit {code}"]
        if code != command.exit_code:
            self._fail(command.line, f"the exit code is {code}, and not {command.exit_code}")
        self._hold(command.expected, out, warned)

    def _carried_out(
        self, typed: str, meanwhile: list[Meanwhile], errors: int
    ) -> tuple[int, list[str]]:
        """Its exit code and its lines."""
        said, waiting = [], list(meanwhile)
        with subprocess.Popen(
            ["bash", "-c", typed],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            if waiting:
                fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, NARROW)
            for raw in process.stdout:
                line = raw.decode("utf-8", "backslashreplace").rstrip("\n")
                said.append(line)
                if waiting and pattern(waiting[0].said).fullmatch(evened(line)):
                    self._told.append(f"({waiting[0].action})")
                    self._do(waiting.pop(0).action, process.pid)
        if waiting:
            self._told += said
            self._fail(waiting[0].line, f"it never said {waiting[0].said!r}")
        return _as_shells_say(process.returncode), said

    def _do(self, action: str, process: int) -> None:
        verb, _, name = action.partition(" ")
        match verb:
            case "fill":
                self._scenery.stick(name).fill()
            case "empty":
                self._scenery.stick(name).make_room()
            case "pull":
                os.killpg(process, signal.SIGKILL)
            case _:
                os.killpg(process, signal.SIGINT)

    def _hold(self, expected: Iterable[Expected], out: list[str], warned: list[str]) -> None:
        lines = {"says": iter(map(evened, out)), "warns": iter(map(evened, warned))}
        for each in expected:
            wanted = filled_in(each.text)
            match each.verb:
                case "never":
                    self._hold_never(each.line, wanted, [*out, *warned])
                case "leaves" | "leaves no":
                    self._hold_left(each, wanted)
                case verb:
                    # The rest of the lines: what is expected comes in the order of the script.
                    if not any(map(pattern(wanted).fullmatch, lines[verb])):
                        where = "standard output" if verb == "says" else "standard error"
                        self._fail(each.line, f"not on {where}, or not in this order: {wanted!r}")
        for wanted in NEVER:
            self._hold_never(0, wanted, [*out, *warned])

    def _hold_never(self, number: int, wanted: str, lines: list[str]) -> None:
        if any(map(pattern(wanted).search, map(evened, lines))):
            self._fail(number, f"must never be said: {wanted!r}")

    def _hold_left(self, each: Expected, wanted: str) -> None:
        found = list(self._folder.glob(wanted))
        if each.verb == "leaves" and not found:
            self._fail(each.line, f"there is no {wanted}")
        if each.verb == "leaves no" and found:
            self._fail(each.line, f"there is {', '.join(map(str, found))}")

    def _fail(self, number: int, message: str) -> None:
        where = f"{self._script.name}, line {number}" if number else self._script.name
        raise SessionError(f"{where}: {message}\n{self.transcript}\n\n{where}: {message}")


def play(script: Script, folder: Path) -> str:
    """Play it in an empty folder; what was typed and said. Raises SessionError, ScriptError."""
    with ExitStack() as until_the_end:
        memory = until_the_end.enter_context(TemporaryDirectory(prefix="seek-", dir=IN_MEMORY))
        session = Session(script, folder, Scenery(folder, until_the_end), memory)
        session.play()
        return session.transcript


def _as_shells_say(code: int) -> int:
    """One that a signal ended has 128 and the signal's number."""
    return 128 - code if code < 0 else code


def _environment(folder: Path, memory: str) -> dict[str, str]:
    """Of a machine where nobody has set anything."""
    ours = str(Path(sys.executable).parent)
    return {
        "PATH": os.pathsep.join((ours, os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin")),
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": memory,
        "LANG": "C.UTF-8",
    }
