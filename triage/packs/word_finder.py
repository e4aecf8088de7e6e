"""The words of the lab's lists in a name, as they are listed or in disguise.

Most names hold no word: one quick pattern says so, in the time that the words alone take. What it
suspects is searched as it is, then in every other reading (readings.py). Where a word is only in
another reading, it is said how it is written.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from triage.packs.folding import bare, fold, least_letters, lookalike, scripts
from triage.packs.patterns import suspicion, words_pattern
from triage.packs.readings import CODE_PAGES, Reading, readings
from triage.packs.word_lists import (
    SEPARATORS,
    WordList,
    key_of,
    letters,
    open_sides,
    other_keys,
    plain_key,
)

_LEAST_WITH_SIGNS = 5
"""Letters of a word that is also found with digits for some of them."""
_LEAST_SPACED = 4
_DIGITS = "0123456789"
_GAPS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class ListedWord:
    """An entry of a list."""

    entry: str
    list_name: str
    scripts: frozenset[str]


@dataclass(frozen=True, slots=True)
class FoundWord:
    """A word in a name."""

    word: ListedWord
    written: str = ""
    """How, if it is not written as it is listed."""


class WordFinder:
    """Finds all words of some lists at once."""

    def __init__(self, lists: Sequence[WordList]) -> None:
        words = [(word, each.name) for each in reversed(lists) for word in each.words]
        self._listed = {
            key_of(word): ListedWord(word, where, scripts(key_of(word))) for word, where in words
        }
        self._meant, other = _by_spelling((word, _own_keys(word)) for word, _ in words)
        self._alike, alike = _by_spelling((word, _alike_keys(word)) for word, _ in words)
        self._pages = frozenset(
            page
            for word in self._listed.values()
            for script in word.scripts
            for page in CODE_PAGES.get(script, ())
        )
        self._exact = words_pattern((key_of(word), *open_sides(word)) for word, _ in words)
        self._other = words_pattern(other | alike)
        self.suspected = suspicion(other)
        """Of a text of ASCII: whether it is worth looking for words in it at all."""

    def find(self, text: str) -> tuple[FoundWord, ...]:
        """The words in `text`, each once: those as they are listed first."""
        if not self._exact or (text.isascii() and not self.suspected(text)):
            return ()
        keys = (SEPARATORS.sub(" ", each) for each in self._exact.findall(fold(text)))
        found = {key: FoundWord(self._listed[key]) for key in keys}
        for reading in readings(text, self._pages):
            for key, written in self._read(reading, found):
                found[key] = FoundWord(self._listed[key], written)
        return tuple(found.values())

    def _read(
        self, reading: Reading, already: Mapping[str, FoundWord]
    ) -> Iterator[tuple[str, str]]:
        """Keys of the words in one reading that were not found already, and how each is written."""
        text = reading.text.casefold()
        if len(text) != len(reading.text):
            text = reading.text.lower()
        for found in self._other.finditer(text) if self._other else ():
            spelt = SEPARATORS.sub(" ", found[0])
            if new := [key for key in self._keys(spelt, reading) if key not in already]:
                if reading.signed and not _may_have_signs(reading, *found.span()):
                    continue
                written, meant = reading.written(*found.span()), reading.meant(*found.span())
                for key in new:
                    if self._plausible(key, spelt, meant, reading):
                        yield key, _if_other(written, key)

    def _keys(self, spelt: str, reading: Reading) -> list[str]:
        """Of the words that may be written so."""
        alike = self._alike.get(spelt, []) if reading.lookalike else []
        return self._meant.get(spelt, []) + alike

    def _plausible(self, key: str, spelt: str, meant: str, reading: Reading) -> bool:
        """Whether who wrote it can have meant the word.

        Short words differ by their accents alone. Who takes letters of another script for some of
        a word leaves others as they are: a word all in Cyrillic is no English one.
        """
        if reading.lookalike and self._listed[key].scripts.isdisjoint(scripts(bare(meant))):
            return False
        if reading.signed:
            return spelt == key
        if reading.spaced and letters(key) < _LEAST_SPACED:
            return False
        if _GAPS.sub("", fold(meant)) == _GAPS.sub("", key):
            return True
        lacks = least_letters(key) if spelt == plain_key(key) else 1
        return max(letters(spelt), 1) >= max(least_letters(meant), lacks)


Spelling = tuple[str, bool, bool]
"""One way to write a word, and whether a letter may stand before it and after it."""


def _by_spelling(
    words: Iterable[tuple[str, frozenset[str]]],
) -> tuple[dict[str, list[str]], set[Spelling]]:
    """The words' keys by the ways to write them; several may be written the same."""
    keys: dict[str, list[str]] = {}
    spellings: set[Spelling] = set()
    for word, written in words:
        for each in written:
            spellings.add((each, *open_sides(word)))
            if key_of(word) not in keys.setdefault(each, []):
                keys[each].append(key_of(word))
    return keys, spellings


def _own_keys(word: str) -> frozenset[str]:
    return other_keys(word) | {key_of(word)}


def _alike_keys(word: str) -> frozenset[str]:
    """What a word of another script is, once its letters are taken for Latin ones."""
    key = key_of(word)
    return frozenset({lookalike(bare(key).casefold())} if scripts(key) - {"LATIN"} else ())


def _may_have_signs(reading: Reading, begin: int, end: int) -> bool:
    """Whether the digits and signs between are meant as letters: a long word, most of it letters.

    Nothing stands before it, and after it at most a number: `0xb4d9e` is no word.
    """
    plain = reading.of.text if reading.of else reading.text
    signs = sum(a != b for a, b in zip(plain[begin:end], reading.text[begin:end], strict=True))
    alone = not plain[:begin][-1:].isalnum() and not plain[end:].lstrip(_DIGITS)[:1].isalpha()
    return alone and end - begin >= _LEAST_WITH_SIGNS and 0 < signs <= (end - begin) // 2


def _if_other(written: str, key: str) -> str:
    """How it is written, unless case and separators are all that is different."""
    return "" if SEPARATORS.sub(" ", fold(written)) == key else written
