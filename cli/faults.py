"""Errors in words: lines for people, a line of JSON for programs, a file for a traceback.

    {"event": "error", "message": …, "hint": …, "exit_code": …, "traceback": …}

That line is written to standard output where `--json` was given, for every command that has it;
`traceback` names a file, and is there only after an error that nobody foresaw. The words go to
standard error all the same.
"""

import json
import os
import sys
import tempfile
import traceback
from contextlib import suppress

from cli import console
from triage import __version__
from triage.errors import ExitCode, SeekError

LONGEST_LINE = 500


def tell(error: SeekError) -> int:
    """Say what is wrong and what to do; the exit code."""
    console.err.print(f"[bold red]seek:[/] {console.untrusted(error.message)}")
    if error.hint:
        console.err.print(f"[bold]What to do:[/] {console.untrusted(error.hint)}")
    return _tell_program(error.message, error.hint, error.exit_code)


def tell_unwritable(error: OSError) -> int:
    """What was asked for could not be written where it should go."""
    return tell(
        SeekError(
            f"Standard output cannot be written to: {error.strerror}.",
            hint="Make room where it goes, or send it elsewhere.",
        )
    )


def tell_stopped(message: str) -> int:
    """The agent wanted it to end, and there is no bundle."""
    console.err.print(message)
    return _tell_program(message, "", ExitCode.INTERRUPTED)


def tell_foreign(error: Exception) -> int:
    """A command line that is not understood, or an error that nobody foresaw."""
    show = getattr(error, "show", None)
    if show is None:
        return _tell_unforeseen(error)
    with suppress(OSError):  # it prints by itself, and nobody may be there to read it
        show()
    said = getattr(error, "format_message", lambda: str(error))()
    return _tell_program(said, "seek --help lists the commands.", ExitCode.WRONG_USE)


def _tell_unforeseen(error: Exception) -> int:
    kept = _kept(error)
    said = traceback.format_exception_only(error)[-1].strip()[:LONGEST_LINE]
    message = f"An error that nobody foresaw: {said}"
    hint = f"Try again. If it comes again, send {kept} to whoever looks after seek."
    if not kept:
        hint = "Try again. If it comes again, send what follows to whoever looks after seek."
    console.err.print(f"[bold red]seek:[/] {console.untrusted(message)}")
    console.err.print(f"[bold]What to do:[/] {console.untrusted(hint)}")
    if not kept:
        for line in "".join(traceback.format_exception(error)).splitlines():
            console.err.print(console.untrusted(line))
    return _tell_program(message, hint, ExitCode.FAILED, kept)


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


def _tell_program(message: str, hint: str, code: ExitCode, kept: str = "") -> int:
    if "--json" in sys.argv[1:]:
        told = {"event": "error", "message": message, "hint": hint, "exit_code": int(code)}
        line = json.dumps(told | ({"traceback": kept} if kept else {}))
        console.tell_program_of_error(line.encode("ascii"))
    return int(code)
