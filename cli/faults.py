"""Errors in words: lines for people, a line of JSON for programs, a file for a traceback.

    {"event": "error", "error": …, "message": …, "hint": …, "exit_code": …, "traceback": …}

That line is written to standard output where `--json` was given, for every command that has it;
`error` is a code for programs, `SeekError.code`: `usage`, `hash_set` …; `traceback` names a file,
and is there only after an error that nobody foresaw. The words go to standard error all the same.
"""

import json
import os
import sys
import tempfile
import traceback
from contextlib import suppress

from rich.text import Text

from cli import console
from cli.fitting import wrapped
from triage import __version__
from triage.bundle.format.shown import visible
from triage.errors import ExitCode, SeekError, UnforeseenError, UsageError

LONGEST_LINE = 500
STOPPED = "stopped"
"""Code of the agent's own wish."""


def tell(error: SeekError) -> tuple[int, str]:
    """Say what is wrong and what to do; the exit code, and the error's own."""
    _say("seek:", error.message, "bold red")
    if error.hint:
        _say("What to do:", error.hint, "bold")
    return _tell_program(error.code, error.message, error.hint, error.exit_code)


def _say(name: str, text: str, style: str) -> None:
    """A line; on a terminal as many as it takes, each broken between two words."""
    said = f"{name} {visible(text)}"
    on_terminal = console.err.is_terminal
    lines = wrapped(said, console.err.width - 1, further="  ") if on_terminal else [said]
    first, *more = map(Text, lines)
    first.stylize(style, 0, len(name))
    for line in (first, *more):
        console.err.print(line)


def tell_unwritable(error: OSError) -> tuple[int, str]:
    """What was asked for could not be written where it should go."""
    return tell(
        SeekError(
            f"Standard output cannot be written to: {error.strerror}.",
            hint="Make room where it goes, or send it elsewhere.",
        )
    )


def tell_stopped(message: str) -> tuple[int, str]:
    """The agent wanted it to end, and there is no bundle."""
    console.err.print(message)
    return _tell_program(STOPPED, message, "", ExitCode.INTERRUPTED)


def tell_foreign(error: Exception) -> tuple[int, str]:
    """A command line that is not understood, or an error that nobody foresaw."""
    show = getattr(error, "show", None)
    if show is None:
        return _tell_unforeseen(error)
    with suppress(OSError):  # it prints by itself, and nobody may be there to read it
        show()
    said = getattr(error, "format_message", lambda: str(error))()
    hint = "seek --help lists the commands."
    return _tell_program(UsageError(said).code, said, hint, ExitCode.WRONG_USE)


def _tell_unforeseen(error: Exception) -> tuple[int, str]:
    kept = _kept(error)
    said = traceback.format_exception_only(error)[-1].strip()[:LONGEST_LINE].rstrip(".")
    message = f"An error that nobody foresaw: {said}."
    hint = f"Try again. If it comes again, send {kept} to whoever looks after seek."
    if not kept:
        hint = "Try again. If it comes again, send what follows to whoever looks after seek."
    _say("seek:", message, "bold red")
    _say("What to do:", hint, "bold")
    if not kept:
        for line in "".join(traceback.format_exception(error)).splitlines():
            console.err.print(console.untrusted(line))
    return _tell_program(UnforeseenError(message).code, message, hint, ExitCode.FAILED, kept)


def _kept(error: Exception) -> str:
    """Where its traceback is now, for nobody else to read; empty if it could not be kept."""
    text = "".join(traceback.format_exception(error))
    try:
        handle, path = tempfile.mkstemp(prefix="seek-error-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"seek {__version__}, Python {sys.version}\n{sys.argv}\n{text}")
    except OSError:
        return ""
    return path


def _tell_program(
    error: str, message: str, hint: str, code: ExitCode, kept: str = ""
) -> tuple[int, str]:
    if "--json" in sys.argv[1:]:
        told = {"event": "error", "error": error, "message": message, "hint": hint,
                "exit_code": int(code)}  # fmt: skip
        line = json.dumps(told | ({"traceback": kept} if kept else {}))
        console.tell_program_of_error(line.encode("ascii"))
    return int(code), error
