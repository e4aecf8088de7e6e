"""A session's script: what its lines mean, and which line does not mean anything.

README.md beside this describes the format for people who write one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ANYTHING = "…"
MADE = ("disk", "folder", "file", "table", "stick")
"""What a script can make."""
WITH_LINES = ("disk", "folder", "file")
"""What is described by the indented lines below it."""
MEANWHILE = ("press Ctrl-C", "pull the plug", "fill ", "empty ")
EXPECTED = ("says", "warns", "never", "leaves no", "leaves")


class ScriptError(Exception):
    """A line that is not understood."""

    def __init__(self, name: str, line: int, message: str) -> None:
        super().__init__(f"{name}, line {line}: {message}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Make:
    """A line that makes something before anybody types."""

    line: int
    verb: str
    words: str
    """What stands behind the verb."""
    below: list[str] = field(default_factory=list)
    """The indented lines, without their first four blanks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must be so after a command: one of EXPECTED, and of what."""

    line: int
    verb: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanwhile:
    """What is done while the command runs, as soon as it has said something."""

    line: int
    action: str
    """`press Ctrl-C`, `pull the plug`, or `fill STICK`, `empty STICK`."""
    said: str


@dataclass(slots=True, kw_only=True)
class Command:
    """What is typed, and what is expected of it."""

    line: int
    typed: str
    exit_code: int = -1
    """Below zero while the script has not said it."""
    meanwhile: list[Meanwhile] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A whole session."""

    name: str
    title: str
    steps: tuple[Make | Command, ...]

    @property
    def needs_root(self) -> bool:
        """A stick is a file system that is mounted."""
        return any(isinstance(step, Make) and step.verb == "stick" for step in self.steps)


def read(path: Path) -> Script:
    """The script in a file."""
    return parse(path.read_text(encoding="utf-8"), path.name)


def parse(text: str, name: str) -> Script:
    """The script. Raises ScriptError with the number of the line that is not understood."""
    lines = text.splitlines()
    title = lines[0].removeprefix("# ").strip() if lines and lines[0].startswith("# ") else ""
    if not title:
        raise ScriptError(name, 1, "a session begins with its title: '# What is shown'")
    steps = tuple(_Reader(name).steps(lines))
    if not any(isinstance(step, Command) for step in steps):
        raise ScriptError(name, len(lines), "nothing is typed: there is no line with '$'")
    return Script(name=name, title=title, steps=steps)


class _Reader:
    def __init__(self, name: str) -> None:
        self._name = name
        self._last: Make | Command | None = None

    def steps(self, lines: list[str]) -> Iterator[Make | Command]:
        for number, line in enumerate(lines, start=1):
            if line.startswith("    "):
                self._below(number, line)
            elif line.strip() and not line.startswith("#"):
                yield from self._step(number, line.rstrip())
        self._close(len(lines))

    def _below(self, number: int, line: str) -> None:
        if not isinstance(self._last, Make) or self._last.verb not in WITH_LINES:
            raise self._error(number, "an indented line belongs below 'disk', 'folder' or 'file'")
        self._last.below.append(line[4:].rstrip())

    def _step(self, number: int, line: str) -> Iterator[Make | Command]:
        verb, _, words = line.partition(" ")
        if verb == "$":
            self._close(number)
            self._last = Command(line=number, typed=self._needed(number, verb, words))
            yield self._last
        elif verb in MADE:
            self._close(number)
            self._last = Make(line=number, verb=verb, words=self._needed(number, verb, words))
            yield self._last
        elif isinstance(self._last, Command):
            self._of_command(number, line, self._last)
        else:
            raise self._error(number, f"not understood: {line!r}")

    def _of_command(self, number: int, line: str, command: Command) -> None:
        if line.startswith("exit "):
            self._exit_code(number, line, command)
        elif line.startswith(MEANWHILE):
            action, _, said = line.partition(" when it says ")
            self._needed(number, line, said)
            command.meanwhile.append(Meanwhile(line=number, action=action, said=said))
        else:
            verb = next((each for each in EXPECTED if line.startswith(f"{each} ")), "")
            if not verb:
                raise self._error(number, f"not understood: {line!r}")
            text = self._needed(number, verb, line.removeprefix(verb))
            command.expected.append(Expected(line=number, verb=verb, text=text))

    def _exit_code(self, number: int, line: str, command: Command) -> None:
        code = line.removeprefix("exit ").strip()
        if not code.isdigit():
            raise self._error(number, f"not an exit code: {code!r}")
        if command.exit_code >= 0:
            raise self._error(number, "the exit code is said already")
        command.exit_code = int(code)

    def _close(self, number: int) -> None:
        """What came before is complete."""
        if isinstance(self._last, Command) and self._last.exit_code < 0:
            raise self._error(self._last.line, f"no 'exit' follows before line {number}")

    def _needed(self, number: int, verb: str, words: str) -> str:
        if not words.replace(ANYTHING, "").strip():
            raise self._error(number, f"{verb!r} says nothing")
        return words.strip()

    def _error(self, number: int, message: str) -> ScriptError:
        return ScriptError(self._name, number, message)


def pattern(text: str) -> re.Pattern[str]:
    """What a line of a script means: runs of blanks are one, `…` is anything."""
    pieces = text.split(ANYTHING)
    return re.compile(".*".join(re.escape(evened(piece, ends=False)) for piece in pieces))


def evened(line: str, *, ends: bool = True) -> str:
    """A line in which columns do not matter."""
    even = re.sub(r"\s+", " ", line)
    return even.strip() if ends else even
