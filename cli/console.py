"""The terminal: results to standard output, everything else to standard error."""

import unicodedata

from rich.console import Console
from rich.markup import escape

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def untrusted(text: str) -> str:
    """Text from a suspect's disk, made safe to print: no control, no markup, no reordering.

    Escape sequences, newlines and bidirectional overrides are shown as `\\x1b`, `\\u202e` …, so
    that a file name can neither colour, move nor forge a line of ours.
    """
    return escape("".join(c if _harmless(c) else _shown(c) for c in text))


def _harmless(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _shown(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
