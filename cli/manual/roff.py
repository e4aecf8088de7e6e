"""Text as man(7) has it: what a formatter would take for a request is written out."""

import re

_ESCAPES = str.maketrans({
    "\\": r"\e",
    "-": r"\-",  # the one that is typed, not a hyphen
    "'": r"\(aq",
    "`": r"\(ga",
    "^": r"\(ha",
    "~": r"\(ti",
    "“": r"\(lq",
    "”": r"\(rq",
    "…": "...",
})  # fmt: skip
_CODE = re.compile(r"`([^`]+)`")


def text(plain: str) -> str:
    """One line; `code` in bold."""
    parts = _CODE.split(" ".join(plain.split()))
    whole = "".join(bold(part) if n % 2 else escaped(part) for n, part in enumerate(parts))
    return rf"\&{whole}" if whole.startswith(".") else whole


def escaped(plain: str) -> str:
    """Letter by letter what it says."""
    return plain.translate(_ESCAPES)


def bold(plain: str) -> str:
    """What is typed as it stands."""
    return rf"\fB{escaped(plain)}\fR"


def slanted(plain: str) -> str:
    """What stands for something else."""
    return rf"\fI{escaped(plain)}\fR"


def heading(words: str) -> str:
    """Of a section."""
    return f".SH {words.upper()}"


def item(term: str, about: str) -> list[str]:
    """Of a list: a term that is formatted already, and what is to be said of it."""
    return [".TP", term, text(about)]
