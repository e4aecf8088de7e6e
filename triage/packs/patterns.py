r"""Many words as one pattern. (The lab's own expressions: automaton.py.)

The words become a trie, written as one regular expression: a thousand words cost little more than
one, because at each letter only the branches that begin with it are followed.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

_NO_LETTER_BEFORE, _NO_LETTER_AFTER = r"(?<![^\W\d_])", r"(?![^\W\d_])"
_BETWEEN = r"[\s_\-.+,~]+"
_GAP = "[^A-Za-z0-9]*"
_ENOUGH = 9
_NO_SMALL_AFTER = "(?![a-z])"
_SPACED = "[^A-Za-z0-9]{1,3}[a-zA-Z][^A-Za-z0-9]"
"""How a word with gaps goes on after its first letter: it is looked at closely."""
STANDS_FOR = {
    "0": "o", "1": "il", "!": "il", "|": "il", "3": "e", "4": "a", "@": "a", "5": "s", "$": "s",
    "7": "t", "8": "b", "9": "g",
}  # fmt: skip
"""Digits and signs, and the letters that they are written for."""
_WRITTEN_AS = {
    letter: "".join(sign for sign, letters in STANDS_FOR.items() if letter in letters)
    for letter in "abegilost"
}
_END = ""
"""The trie's key for: a word may end here; its value says whether a letter may follow."""
Trie = dict[str, Any]


def words_pattern(words: Iterable[tuple[str, bool, bool]]) -> re.Pattern[str] | None:
    """One pattern for all words; None if there are none.

    Each word is folded text, and whether a letter may stand before it, and after it. A space in it
    stands for any run of separators.
    """
    whole, inner = _tries(words)
    written = _Written()
    branches = [
        *([_NO_LETTER_BEFORE + written.of(whole)] if whole else []),
        *([written.of(inner)] if inner else []),
    ]
    return re.compile("|".join(branches)) if branches else None


def suspicion(words: Iterable[tuple[str, bool, bool]]) -> Callable[[str], bool]:
    """A quick look at a name of ASCII: what it passes over holds no word in any reading.

    A word begins where no letter stands before it, or with a capital, and no small letter comes
    after it. Percent signs, ampersands and backslashes may hide anything.
    """
    beginnings = [_beginning(*word) for word in words if word[0].isascii()]
    whole, inner = _tries(beginnings)
    small, any_case = _small_pattern(whole, inner).search, _any_case_pattern(whole, inner).search

    def falls_on(name: str) -> bool:
        look = small if name.islower() else any_case
        return look(name) is not None or "%" in name or "&" in name or "\\" in name

    return falls_on


def _beginning(text: str, open_before: bool, open_after: bool) -> tuple[str, bool, bool]:
    """Of a long word its beginning is enough: a pattern for all of it takes long to compile."""
    return text[:_ENOUGH], open_before, open_after or len(text) > _ENOUGH


def _small_pattern(whole: Trie, inner: Trie) -> re.Pattern[str]:
    """For names without capitals, which are most."""
    loose = _Written(spelt=_with_signs, between=_GAP, after=_NO_SMALL_AFTER)
    return _alternatives(
        _begun("(?<![a-z])", [*_with_first_letter(whole, loose), *_with_first_sign(whole, loose)]),
        loose.of(inner) if inner else "",
    )


def _any_case_pattern(whole: Trie, inner: Trie) -> re.Pattern[str]:
    loose = _Written(spelt=_any_case, between=_GAP, after=_NO_SMALL_AFTER)
    small = [*_with_first_letter(whole, loose), *_with_first_sign(whole, loose)]
    capitals = {sign.upper(): below for sign, below in whole.items() if sign.isalpha()}
    return _alternatives(
        _begun("(?<![A-Za-z])", small),
        _begun("(?=[A-Z])", _with_first_letter(capitals, loose)),
        loose.of(inner) if inner else "",
    )


def _with_first_letter(whole: Trie, loose: "_Written") -> list[str]:
    """Each word's first letter as itself: that is what is quickly told apart."""
    return [re.escape(sign) + _rest(below, loose) for sign, below in whole.items()]


def _with_first_sign(whole: Trie, loose: "_Written") -> list[str]:
    """A sign for the first letter counts before a letter alone: many names begin with a number."""
    signs = [
        f"[{re.escape(_WRITTEN_AS[sign])}]{loose.of(below)}"
        for sign, below in whole.items()
        if sign in _WRITTEN_AS
    ]
    return [_begun(f"(?=[{re.escape(''.join(STANDS_FOR))}][A-Za-z])", signs)] if signs else []


def _rest(below: Trie, loose: "_Written") -> str:
    return f"(?:{loose.of(below)}|{_SPACED})"


def _begun(where: str, branches: list[str]) -> str:
    return f"{where}(?:{'|'.join(branches)})" if branches else ""


def _alternatives(*branches: str) -> re.Pattern[str]:
    """One pattern; without any branch one that is found nowhere."""
    return re.compile("|".join(filter(None, branches)) or r"(?!)")


def _plant(trie: Trie, text: str, open_after: bool) -> None:
    for sign in text:
        trie = trie.setdefault(sign, {})
    trie[_END] = trie.get(_END, False) or open_after


def _tries(words: Iterable[tuple[str, bool, bool]]) -> tuple[Trie, Trie]:
    """Those that stand by themselves, and those before which a letter may stand."""
    whole: Trie = {}
    inner: Trie = {}
    for text, open_before, open_after in words:
        _plant(inner if open_before else whole, text, open_after)
    return whole, inner


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """How a trie is written as an expression."""

    spelt: Callable[[str], str] = re.escape
    between: str = _BETWEEN
    after: str = _NO_LETTER_AFTER

    def of(self, trie: Trie) -> str:
        """The trie as an expression; the longest word comes first."""
        branches = []
        for sign, below in sorted(trie.items(), reverse=True):
            if sign == _END:
                branches.append("" if below else self.after)
            else:
                written = self.between if sign == " " else self.spelt(sign)
                branches.append(written + self.of(below))
        return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _with_signs(letter: str) -> str:
    signs = _WRITTEN_AS.get(letter, "")
    return f"[{letter}{re.escape(signs)}]" if signs else re.escape(letter)


def _any_case(sign: str) -> str:
    written = sign + (sign.upper() if sign.isalpha() else "") + _WRITTEN_AS.get(sign, "")
    return f"[{re.escape(written)}]" if len(written) > 1 else re.escape(sign)
