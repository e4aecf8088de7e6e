"""Text without its disguises, a character at a time: what was folded can be found again.

`fold` is what entries, names and expressions are compared by: case and width by Unicode's rules.
`bare` goes further, for words alone: accents, marks and selectors are gone, and what is drawn as a
letter is that letter. `lookalike` takes foreign letters for the Latin ones that they look like.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from triage.packs.confusables import LOOKS_LIKE

_MOST_KEPT = 20_000
"""Characters whose folding is remembered: hostile names could hold a million."""
_MARKS = (
    range(0x0300, 0x0370), range(0x0483, 0x048A), range(0x0591, 0x05C8), range(0x0610, 0x061B),
    range(0x064B, 0x0660), range(0x0670, 0x0671), range(0x06D6, 0x06EE), range(0x08CA, 0x0900),
    range(0x1AB0, 0x1B00), range(0x1DC0, 0x1E00), range(0x20D0, 0x2100), range(0xFE00, 0xFE10),
    range(0xFE20, 0xFE30), range(0x1F3FB, 0x1F400), range(0xE0100, 0xE01F0),
)  # fmt: skip
"""Accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic, strokes through letters,
selectors and skin tones of emoji. Marks of other scripts are their vowels, and stay."""
_ACCENTS = (_MARKS[0], _MARKS[1], _MARKS[8], _MARKS[9])
_NOT_SEEN = frozenset("\u034f\u0640\u115f\u1160\u3164\uffa0")
"""Drawn as nothing, or a line that makes a word longer, and yet no format characters."""
_SPELT = {
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "TH",
    "ð": "d", "Ð": "D", "\u0131": "i", "\u2800": " ",
    "\u0671": "\u0627", "\u0629": "\u0647", "\u0649": "\u064a", "\u06cc": "\u064a",
    "\u06a9": "\u0643",
}  # fmt: skip
"""Letters without a decomposition, and those of Arabic that are written for one another."""
_LETTER_BY_NAME = re.compile(
    r"(?:.* )?LATIN (CAPITAL|SMALL) LETTER ([A-Z])(?: WITH .*)?"
    r"|LATIN LETTER (SMALL) CAPITAL ([A-Z])|REGIONAL INDICATOR SYMBOL (LETTER) ([A-Z])"
)
_UMLAUTS = frozenset("äöüåø")
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_LEAST_FOR_ACCENTS, _LEAST_FOR_UMLAUTS = 4, 6


class CharacterTable(dict[int, str]):
    """What each character becomes, worked out when it is first met; for str.translate."""

    def __init__(self, become: Callable[[str], str]) -> None:
        super().__init__()
        self._become = become

    def __missing__(self, code: int) -> str:
        become = self._become(chr(code))
        if len(self) < _MOST_KEPT:
            self[code] = become
        return become


@cache
def _unseen() -> dict[int, None]:
    """Characters that are not seen: all of Unicode's category Cf, and the grapheme joiner."""
    return dict.fromkeys(
        [code for code in range(0x20000) if unicodedata.category(chr(code)) == "Cf"] + [0x034F]
    )


def fold(text: str) -> str:
    """NFKC, case-folded, NFKC again, without what cannot be seen (Unicode 3.13, D147)."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).translate(_unseen()).casefold()
    return unicodedata.normalize("NFKC", folded)


def _bare_character(character: str) -> str:
    if unicodedata.category(character) == "Cf" or character in _NOT_SEEN:
        return ""
    if unicodedata.category(character) == "Pd":
        return "-"
    return "".join(map(_bare_part, unicodedata.normalize("NFKD", character)))


def _bare_part(part: str) -> str:
    """Of a character that was taken apart."""
    if part.isascii():
        return part
    if any(ord(part) in marks for marks in _MARKS) or part in _NOT_SEEN:
        return ""
    if "ァ" <= part <= "ヶ":
        return chr(ord(part) - 0x60)
    named = _LETTER_BY_NAME.fullmatch(unicodedata.name(part, ""))
    if part in _SPELT or not named:
        return _SPELT.get(part, part)
    size, letter = filter(None, named.groups())
    return str.lower(letter) if size == "SMALL" else str(letter)


BARE = CharacterTable(_bare_character)
"""Upper case stays, because it may begin a word."""
LOOKALIKES = {ord(sign): latin for latin, signs in LOOKS_LIKE.items() for sign in signs}


def bare(text: str) -> str:
    """Without accents, marks, selectors and fancy letters; in the case that it had."""
    return text if text.isascii() else text.translate(BARE)


def lookalike(text: str) -> str:
    """Bare text with Latin letters in the place of those that look like them."""
    return text.translate(LOOKALIKES)


def spelt_out(text: str) -> str:
    """As who has no umlauts writes them: `ae` for `ä`."""
    return unicodedata.normalize("NFC", text).casefold().translate(_SPELT_OUT)


def least_letters(text: str) -> int:
    """How long a word must be that may be written with other accents than these.

    `Müll` is no `mull`, and `été` no `ete`: short words differ by nothing but their accents.
    """
    composed = unicodedata.normalize("NFC", text).casefold()
    if not _UMLAUTS.isdisjoint(composed):
        return _LEAST_FOR_UMLAUTS
    apart = unicodedata.normalize("NFD", composed)
    accented = any(ord(each) in marks for each in apart for marks in _ACCENTS)
    return _LEAST_FOR_ACCENTS if accented else 1


def scripts(text: str) -> frozenset[str]:
    """The scripts of its letters, as the first words of their names in Unicode: `LATIN`."""
    return frozenset(
        unicodedata.name(each, "").partition(" ")[0] for each in text if each.isalpha()
    )
