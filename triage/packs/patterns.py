r"""Many words as one pattern, and a look at the lab's own patterns before they meet hostile names.

The words become a trie, written as one regular expression: a thousand words cost little more than
one, because at each letter only the branches that begin with it are followed.
"""

import re
import re._parser as grammar  # type: ignore[import-not-found]
import time
import warnings
from collections.abc import Iterable
from typing import Any

_NO_LETTER_BEFORE, _NO_LETTER_AFTER = r"(?<![^\W\d_])", r"(?![^\W\d_])"
_BETWEEN = r"[\s_\-.+]+"
_END = ""
"""The trie's key for: a word may end here; its value says whether a letter may follow."""
_WIDE = 16
"""A repetition of more than this many is as good as one without an end."""
_SLOW_SECONDS = 0.02
_TRIES = 3
_PROBES = "a0_ .-(é"

Trie = dict[str, Any]


def words_pattern(words: Iterable[tuple[str, bool, bool]]) -> re.Pattern[str] | None:
    """One pattern for all words; None if there are none.

    Each word is folded text, and whether a letter may stand before it, and after it. A space in it
    stands for any run of separators.
    """
    whole: Trie = {}
    inner: Trie = {}
    for text, open_before, open_after in words:
        _plant(inner if open_before else whole, text, open_after)
    branches = [
        *([_NO_LETTER_BEFORE + _written(whole)] if whole else []),
        *([_written(inner)] if inner else []),
    ]
    return re.compile("|".join(branches)) if branches else None


def hazard(expression: str) -> str:
    """Why an expression is refused, as one that takes for ever on some names; empty: it is not.

    Raises re.error if it is no expression at all.
    """
    try:
        parsed = _parsed(expression)
    except FutureWarning as warning:
        return f"it may mean something else one day ({warning})"
    pattern = re.compile(expression, re.IGNORECASE)
    if _repeats_repeat(parsed, inside=False):
        return "a repetition inside a repetition takes for ever on some names"
    for text in _PROBES + "".join(sorted(set(expression) - set(r"\.[](){}*+?^$|")))[:24]:
        if _slow(pattern, text):
            return "it takes too long on a name of the same sign many times over"
    return ""


def _parsed(expression: str) -> Any:
    """Its parts. Raises FutureWarning if its meaning is not settled: `[[`, `--` in a set."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        return grammar.parse(expression)


def _plant(trie: Trie, text: str, open_after: bool) -> None:
    for sign in text:
        trie = trie.setdefault(sign, {})
    trie[_END] = trie.get(_END, False) or open_after


def _written(trie: Trie) -> str:
    """The trie as an expression; the longest word comes first."""
    branches = []
    for sign, below in sorted(trie.items(), reverse=True):
        if sign == _END:
            branches.append("" if below else _NO_LETTER_AFTER)
        else:
            branches.append((_BETWEEN if sign == " " else re.escape(sign)) + _written(below))
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _repeats_repeat(parsed: Any, *, inside: bool) -> bool:
    """Whether a wide repetition holds another of varying length, or alternatives."""
    for operation, argument in parsed:
        name = str(operation)
        if name in {"MAX_REPEAT", "MIN_REPEAT"}:
            least, most, below = argument
            if inside and most > least:
                return True
            if _repeats_repeat(below, inside=inside or most > _WIDE):
                return True
        elif name == "BRANCH":
            if inside or any(_repeats_repeat(each, inside=inside) for each in argument[1]):
                return True
        elif name == "SUBPATTERN" and _repeats_repeat(argument[-1], inside=inside):
            return True
    return False


def _slow(pattern: re.Pattern[str], text: str) -> bool:
    """Try lengths that grow, so that a pattern that explodes is stopped while it is small.

    The processor's time counts, and the least of some tries: a machine that is busy with other
    things must not refuse a lab's list.
    """
    for length in (8, 16, 24, 32, 64, 128, 256):
        name = text * length + "\x01"
        if all(_seconds(pattern, name) > _SLOW_SECONDS for _ in range(_TRIES)):
            return True
    return False


def _seconds(pattern: re.Pattern[str], name: str) -> float:
    """Of the processor, to search the name once."""
    begun = time.thread_time()
    pattern.search(name)
    return time.thread_time() - begun
