"""The terminal: results to standard output, everything else to standard error."""

from rich.console import Console
from rich.markup import escape

from triage.bundle.shown import visible

out = Console(highlight=False, emoji=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)


def untrusted(text: str) -> str:
    """Text from a suspect's disk, made safe to print: no control, no markup, no reordering.

    Escape sequences, newlines and bidirectional overrides are shown as `\\x1b`, `\\u202e` …, so
    that a file name can neither colour, move nor forge a line of ours.
    """
    return escape(visible(text))
