"""The terminal: results to standard output, everything else to standard error.

Whoever reads may go away, and a terminal may not know a letter; neither ends what is being done.
What a terminal cannot show is escaped; what nobody reads is dropped, and `gone` says why.
"""

import errno
import os
import select
import sys
from collections.abc import Callable
from contextlib import suppress
from io import TextIOWrapper
from typing import IO, TextIO, cast

from rich.console import Console
from rich.markup import escape

from triage.bundle.shown import visible

NOBODY = frozenset({errno.EPIPE, errno.EIO, errno.ENXIO, errno.EBADF, errno.ECONNRESET})
"""Of an error of writing: the reader is gone, the terminal was closed, there never was one."""


class UnwritableError(OSError):
    """What somebody wants to read cannot be written: the disk is full that it should go to."""


class Stream:
    """Standard output or standard error, as it is at the moment."""

    def __init__(self, name: str) -> None:
        self.gone: OSError | None = None
        """Why nobody reads it any more; None while somebody does."""
        self._name = name

    def use(self, name: str) -> None:
        """From now on it is the other one."""
        self._name, self.gone = name, None

    def write(self, text: str) -> int:
        """Write, if anybody reads it. Raises OSError where it is not for want of a reader."""
        self._do(lambda file: file.write(text))
        return len(text)

    def write_line(self, line: bytes) -> None:
        """Write bytes and a line feed, at once. Raises OSError as `write` does."""
        self.flush()
        self._do(lambda file: file.buffer.write(line + b"\n"))
        self._do(lambda file: file.buffer.flush())

    def flush(self) -> None:
        """Hand it to the operating system. Raises as `write` does."""
        self._do(lambda file: file.flush())

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        file = self._file
        return file is not None and not file.closed and file.isatty()

    def fileno(self) -> int:
        """Its descriptor. Raises OSError, ValueError where it has none."""
        if self._file is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self._file.fileno()

    @property
    def encoding(self) -> str:
        """How it turns letters into bytes."""
        return getattr(self._file, "encoding", None) or "utf-8"

    @property
    def _file(self) -> TextIO | None:
        file: TextIO | None = getattr(sys, self._name)
        return file

    def _do(self, action: Callable[[TextIO], object]) -> None:
        if self.gone is not None:
            return
        try:
            if self._file is None:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            action(self._file)
        except OSError as error:
            if error.errno not in NOBODY:
                raise UnwritableError(error.errno, os.strerror(error.errno or 0)) from error
            self.gone = error


output, complaints = Stream("stdout"), Stream("stderr")
out = Console(file=cast("IO[str]", output), highlight=False, emoji=False, soft_wrap=True)
err = Console(file=cast("IO[str]", complaints), highlight=False, emoji=False, soft_wrap=True)

_documented = False


def begin() -> None:
    """From now on, what a terminal cannot show is escaped, whatever prints it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


_at_end: list[Callable[[int, str], None]] = []


def at_end(told: Callable[[int, str], None]) -> None:
    """Have it told the exit code, when that is known, and the code of the error that ended it."""
    _at_end.append(told)


def end(code: int, error: str = "") -> None:
    """Nothing that could not be written may fail again when the interpreter ends.

    `error`: `SeekError.code` of what ended the command; empty if nothing did.
    """
    for told in _at_end:
        told(code, error)
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def heard() -> None:
    """Raise what keeps standard output from being read, if anything does."""
    if output.gone is not None:
        raise output.gone


def program(line: bytes) -> None:
    """A line of JSON for the program that reads standard output."""
    output.write_line(line)


def document(text: bytes) -> None:
    """All of the JSON that a command has to say: no error follows it on standard output."""
    global _documented  # noqa: PLW0603 - of the process, as standard output is
    _documented = True
    output.write_line(text)


def tell_program_of_error(line: bytes) -> None:
    """An error for the program that reads standard output, unless it has its document."""
    if not _documented:
        with suppress(OSError):
            output.write_line(line)


def from_a_signal(text: str) -> None:
    """Say it on standard error, from inside a signal handler: whatever was being printed, whether
    anybody reads it or not. Raises nothing and waits for nobody."""
    with suppress(OSError, ValueError):
        if select.select([], [2], [], 0)[1]:
            os.write(2, text.encode("ascii", "backslashreplace"))


def mark(text: str, plain: str) -> str:
    """A sign that not every terminal has, or what stands for it."""
    try:
        text.encode(output.encoding)
    except (UnicodeEncodeError, LookupError):
        return plain
    return text


def untrusted(text: str) -> str:
    """Text from a suspect's disk, made safe to print: no control, no markup, no reordering.

    Escape sequences, newlines and bidirectional overrides are shown as `\\x1b`, `\\u202e` …, so
    that a file name can neither colour, move nor forge a line of ours.
    """
    return escape(visible(text))
