"""A secret as a command takes it: typed and not shown, or the first line of a file."""

import sys
from pathlib import Path

import typer

from triage.errors import SeekError, UsageError, why


def typed(what: str, prompt: str, *, confirm: bool) -> str:
    """`what`: password, passphrase. Raises UsageError if there is no terminal."""
    if not sys.stdin.isatty():
        raise UsageError(
            f"There is no terminal to ask for the {what} at.", hint=f"Say --{what}-file FILE."
        )
    asked: str = typer.prompt(prompt, hide_input=True, confirmation_prompt=confirm)
    return asked


def first_line(file: Path, what: str, error: type[SeekError]) -> str:
    """Of the file, or of standard input: `-`. Raises `error` if it cannot be read."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as trouble:
        raise error(
            f"No {what} can be read from {file}: {why(trouble)}.",
            hint=f"Give --{what}-file a text file whose first line it is.",
        ) from trouble
    return text.split("\n", 1)[0].rstrip("\r")
