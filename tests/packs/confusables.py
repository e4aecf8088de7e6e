"""`python -m tests.packs.confusables confusables.txt`: writes triage/packs/confusables.py anew.

The file is Unicode's (UTS #39), https://www.unicode.org/Public/security/latest/confusables.txt.
Of its 6,500 pairs those are kept whose first is one character and whose second, bare, is one or
two letters of ASCII; without those that folding changes anyway. A small letter that is on the list
under no Latin one is taken for what its capital looks like, as that of the Cyrillic `M`.
"""

import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from triage.packs.folding import bare

MODULE = Path(__file__).parents[2] / "triage/packs/confusables.py"
HEAD = '''"""Letters that look Latin. Made by `python -m tests.packs.confusables`: do not edit.

A part of Unicode's confusables.txt ({edition}, UTS #39),
Copyright © Unicode, Inc., under the Unicode License V3: https://www.unicode.org/license.txt
"""

LOOKS_LIKE = {{
'''


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """Each character, and what it looks like."""
    for line in text.splitlines():
        fields = line.partition("#")[0].split(";")
        if len(fields) == 3:
            sign, like = ("".join(chr(int(code, 16)) for code in f.split()) for f in fields[:2])
            yield sign, like


def wanted(text: str) -> dict[str, list[str]]:
    """Latin letters in lower case, and the characters that look like them."""
    latin = {
        sign: bare(like).casefold()
        for sign, like in pairs(text)
        if _stays(sign) and _is_latin(bare(like))
    }
    for sign, like in tuple(latin.items()):
        if _stays(sign.lower()):
            latin.setdefault(sign.lower(), like)
    found: dict[str, list[str]] = defaultdict(list)
    for sign, like in latin.items():
        found[like].append(sign)
    return found


def _stays(sign: str) -> bool:
    """A letter that folding leaves as it is."""
    return len(sign) == 1 and sign.isalpha() and not sign.isascii() and bare(sign) == sign


def _is_latin(like: str) -> bool:
    return like.isascii() and like.isalpha() and len(like) <= 2


def module(text: str) -> str:
    """The source of the table."""
    edition = next(line for line in text.splitlines() if line.startswith("# Version:"))[2:]
    lines = [HEAD.format(edition=edition.lower())]
    for latin, signs in sorted(wanted(text).items()):
        escaped = " ".join(ascii(sign)[1:-1] for sign in sorted(signs)) + " "
        rows = textwrap.wrap(escaped, 88)
        lines += [f'    "{latin}": ' + ("(\n" if rows[1:] else f'"{rows[0].replace(" ", "")}",\n')]
        if rows[1:]:
            lines += [f'        "{row.replace(" ", "")}"\n' for row in rows] + ["    ),\n"]
    return "".join([*lines, "}\n", '"""By the letters that they look like."""\n'])


if __name__ == "__main__":
    MODULE.write_text(module(Path(sys.argv[1]).read_text(encoding="utf-8-sig")), encoding="utf-8")
