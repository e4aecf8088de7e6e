"""Passwords that are tried where an archive is encrypted: a list that the lab brought, a line each.

They are in no bundle: it says the number of the line that opened something.
"""

from pathlib import Path

from triage.errors import UsageError, why
from triage.findings import MOST_PASSWORDS

LONGEST_PASSWORD = 256
"""Characters."""


def passwords_in(path: Path | None) -> tuple[str, ...]:
    """The lines, as they are but for their ends; an empty one is tried as nothing. None: none.

    Raises UsageError.
    """
    if path is None:
        return ()
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The passwords in {path} cannot be read: {why(error)}.",
            hint="Give a file of text in UTF-8, a password a line.",
        ) from error
    words = tuple(line.removesuffix("\r") for line in lines)
    if len(words) > MOST_PASSWORDS + (not words[-1]) or max(map(len, words)) > LONGEST_PASSWORD:
        raise UsageError(
            f"The passwords in {path} are too many, or one is too long.",
            hint=f"At most {MOST_PASSWORDS:,} lines of {LONGEST_PASSWORD} characters are tried.",
        )
    return words
