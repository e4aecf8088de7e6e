"""The terminal: results to standard output, everything else to standard error.

Whoever reads may go away, and a terminal may not know a letter; neither ends what is being done.
What a terminal cannot show is escaped; what nobody reads is dropped, and `gone` says why.
"""

import errno
import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import IO, TextIO, cast

from rich.console import Console
from rich.markup import escape

from triage.bundle.format.shown import visible

PIECE = 4096
"""Bytes that a pipe takes whole if it takes anything: man 7 pipe, PIPE_BUF."""
NOBODY = frozenset({errno.EPIPE, errno.EIO, errno.ENXIO, errno.EBADF, errno.ECONNRESET})
"""Of an error of writing: the reader is gone, the terminal was closed, there never was one."""


class UnwritableError(OSError):
    """What somebody wants to read cannot be written: the disk is full that it should go to."""


class UnreadError(UnwritableError):
    """Somebody could read it, and does not."""


class Outlet:
    """Standard output or standard error, as it is at the moment."""

    def __init__(self, name: str) -> None:
        self.gone: OSError | None = None
        """Why nobody reads it any more; None while somebody does."""
        self.patience: float | None = None
        """Seconds that a reader who does not read is waited for; None: as long as it takes."""
        self._name = name
        self._left = b""
        """What such a reader did not take yet: it comes first, so that no line is torn."""

    def use(self, name: str) -> None:
        """From now on it is the other one."""
        self._name, self.gone, self._left = name, None, b""

    def write(self, text: str) -> int:
        """Write, if anybody reads it. Raises OSError where it is not for want of a reader."""
        if self.patience is None and not self._left:
            self._do(lambda file: file.write(text))
        else:
            self._write_patiently(text.encode(self.encoding, "backslashreplace"))
        return len(text)

    def write_line(self, line: bytes) -> None:
        """Write bytes and a line feed, at once. Raises OSError as `write` does."""
        self.flush()
        if self.patience is None and not self._left:
            self._do(lambda file: file.buffer.write(line + b"\n"))
            self._do(lambda file: file.buffer.flush())
        else:
            self._write_patiently(line + b"\n")

    def _write_patiently(self, data: bytes) -> None:
        """Raises OSError when not even what was left before is read; the rest may wait as that."""
        self.flush()
        self._do(self._pass_on)
        self._left = data
        with suppress(UnreadError):
            self._do(self._pass_on)

    def _pass_on(self, file: TextIO) -> None:
        number = file.fileno()
        while self._left:
            if not select.select([], [number], [], self.patience)[1]:
                raise UnreadError(errno.EAGAIN, "nobody reads what is written")
            self._left = self._left[os.write(number, self._left[:PIECE]) :]

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
            if isinstance(error, UnwritableError):
                raise
            if error.errno not in NOBODY:
                raise UnwritableError(error.errno, error.strerror) from error
            self.gone = error


output, complaints = Outlet("stdout"), Outlet("stderr")
out = Console(file=cast("IO[str]", output), highlight=False, emoji=False, soft_wrap=True)
err = Console(file=cast("IO[str]", complaints), highlight=False, emoji=False, soft_wrap=True)

_documented = False


def begin() -> None:
    """From now on, what a terminal cannot show is escaped, whatever prints it, and what is too long
    for its lines is broken between words; elsewhere a line stays one."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    for each in (out, err):
        each.soft_wrap = not each.is_terminal


_at_end: list[Callable[[int, str], None]] = []


def at_end(told: Callable[[int, str], None]) -> None:
    """Have it told the exit code, when that is known, and the code of the error that ended it."""
    _at_end.append(told)


def end(code: int, error: str = "") -> None:
    """Nothing that could not be written may fail again when the interpreter ends.

    `error`: `SeekError.code` of what ended the command; empty if nothing did.
    """
    for told in _at_end:
        with suppress(Exception):  # the end is what it is, whoever hears of it
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


@contextmanager
def without_waiting_for_readers(seconds: float) -> Iterator[None]:
    """Within it, a reader who does not read is waited for so long and no longer, each time."""
    before = output.patience
    output.patience = complaints.patience = seconds
    try:
        yield
    finally:
        output.patience = complaints.patience = before


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
