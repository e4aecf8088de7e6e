"""The detector of names: files whose name or path holds what the lab listed."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from triage.errors import ProfileError
from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.packs.patterns import words_pattern
from triage.packs.word_lists import SEPARATORS, WordList, fold, key_of, open_sides

if TYPE_CHECKING:
    from triage.choices import NameUse
    from triage.detectors.item import Item
    from triage.detectors.resources import Resources

_LONGEST = 512
"""Characters of a path's end that are searched: hostile paths must not make a pattern slow."""


class NameDetector:
    """Names and paths that hold a word, or match an expression, of the lab's lists."""

    name = "names"

    def __init__(self, lists: Sequence[WordList]) -> None:
        """Compile the lists: all words into one pattern, so that many cost little more than one."""
        self._entries = {
            key_of(word): (word, each.name) for each in reversed(lists) for word in each.words
        }
        self._words = words_pattern(open_sides(word) for each in lists for word in each.words)
        self._expressions = [
            (re.compile(expression, re.IGNORECASE), expression, each.name)
            for each in lists
            for expression in each.expressions
        ]
        self._in_folder = lru_cache(maxsize=4096)(self._words_in)

    def matches_of(self, items: Sequence["Item"]) -> list[tuple[Match, ...]]:
        """One match for each word and expression that an item's name or path holds."""
        return [tuple(self.matches(item.entry.shown_path)) for item in items]

    def matches(self, path: str) -> Iterator[Match]:
        """The matches of one path, `/`-separated."""
        folder, _, name = path.rpartition("/")
        in_name = self._words_in(name)
        for key in in_name:
            yield self._match("Its name holds '{}'", *self._entries[key])
        for key in self._in_folder(folder) if folder else ():
            if key not in in_name:
                yield self._match("Its folder's name holds '{}'", *self._entries[key])
        folded = fold(path)[-_LONGEST:] if self._expressions else ""
        for pattern, expression, where in self._expressions:
            if pattern.search(folded):
                yield self._match("Its path matches '{}'", f"re:{expression}", where)

    def _words_in(self, text: str) -> tuple[str, ...]:
        """The keys of the words in `text`, each once."""
        if self._words is None:
            return ()
        found = self._words.findall(fold(text))
        return tuple(dict.fromkeys(SEPARATORS.sub(" ", each) for each in found)) if found else ()

    def _match(self, reason: str, entry: str, where: str) -> Match:
        return Match(
            kind=MatchKind.NAME,
            detector=self.name,
            reason=f"{reason.format(entry)}, which is on the list '{where}'.",
            provenance={"list": where, "entry": entry},
        )


def build_one(choice: "NameUse", resources: "Resources") -> NameDetector:
    """The choice's detector. Raises ProfileError if a list of its has not been read."""
    missing = [name for name in choice.lists if name not in resources.word_lists]
    if missing:
        raise ProfileError(
            f"The profile's list of words '{missing[0]}' has not been read.",
            hint="Give the path of a text file, or `sample`.",
        )
    return NameDetector([resources.word_lists[name] for name in choice.lists])
