"""The detector of names: files whose name or path holds what the lab listed."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from triage.errors import ProfileError
from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.packs.automaton import Expressions
from triage.packs.folding import fold
from triage.packs.word_finder import FoundWord, WordFinder
from triage.packs.word_lists import WordList

if TYPE_CHECKING:
    from triage.choices import NameUse
    from triage.detectors.equipment import OpenedEquipment
    from triage.detectors.item import Item

_LONGEST = 512
"""Characters of a path's end that are searched: hostile paths must not make a pattern slow."""
_LONGEST_WRITTEN = 60


class NameDetector:
    """Names and paths that hold a word, or match an expression, of the lab's lists."""

    name = "names"

    def __init__(self, lists: Sequence[WordList]) -> None:
        """Compile the lists: all words into one pattern, so that many cost little more than one."""
        finder = WordFinder(lists)
        self._find, self._suspected = finder.find, finder.suspected
        self._listed = [(each, words.name) for words in lists for each in words.expressions]
        self._expressions = Expressions([expression for expression, _ in self._listed])
        self._in_folder = lru_cache(maxsize=4096)(finder.find)
        self._folder, self._above = "", finder.find("")

    def matches_of(self, items: Sequence["Item"]) -> list[tuple[Match, ...]]:
        """One match for each word and expression that an item's name or path holds."""
        return [self.matches(item.entry.shown_path) for item in items]

    def matches(self, path: str) -> tuple[Match, ...]:
        """The matches of one path, `/`-separated."""
        folder, _, name = path.rpartition("/")
        if folder != self._folder:  # most entries are in the folder of the one before
            self._folder, self._above = folder, self._in_folder(folder)
        above = self._above
        here = self._find(name) if not name.isascii() or self._suspected(name) else ()
        if not (above or here or self._listed):
            return ()
        return tuple(self._told(path, here, above))

    def _told(
        self, path: str, here: Sequence[FoundWord], above: Sequence[FoundWord]
    ) -> Iterator[Match]:
        in_name = {each.word for each in here}
        for found in here:
            yield self._match("Its name holds", found)
        for found in above:
            if found.word not in in_name:
                yield self._match("Its folder's name holds", found)
        if not self._listed:
            return
        for place in self._expressions.found_in(fold(path)[-_LONGEST:]):
            expression, where = self._listed[place]
            yield Match(
                kind=MatchKind.NAME,
                detector=self.name,
                reason=f"Its path matches 're:{expression}', which is on the list '{where}'.",
                provenance={"list": where, "entry": f"re:{expression}"},
            )

    def _match(self, reason: str, found: FoundWord) -> Match:
        entry, where = found.word.entry, found.word.list_name
        told = {"list": where, "entry": entry}
        written = _printable(found.written[:_LONGEST_WRITTEN])
        if written:
            told["written"] = written
        disguise = f" (written {written})" if written else ""
        return Match(
            kind=MatchKind.NAME,
            detector=self.name,
            reason=f"{reason} '{entry}'{disguise}, which is on the list '{where}'.",
            provenance=told,
        )


def build_one(choice: "NameUse", equipment: "OpenedEquipment") -> NameDetector:
    """The choice's detector. Raises ProfileError if a list of its has not been read."""
    missing = [name for name in choice.lists if name not in equipment.word_lists]
    if missing:
        raise ProfileError(
            f"The profile's list of words '{missing[0]}' has not been read.",
            hint="Give the path of a text file, or `sample`.",
        )
    return NameDetector([equipment.word_lists[name] for name in choice.lists])


def _printable(text: str) -> str:
    """With what cannot be seen, or turns the rest of the sentence round, written out."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )
