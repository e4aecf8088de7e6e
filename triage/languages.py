"""The languages in which people read what seek says, and what a wording is: one in each of them.

Nothing is imported here: the guide on the stick starts without the engine. A wording that lacks a
language cannot be made, so that whoever adds a word is told at once what is missing.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple


class Language(StrEnum):
    """Of reports, screens and the guide alike."""

    ENGLISH = "en"
    SPANISH = "es"
    PORTUGUESE = "pt"
    GERMAN = "de"
    FRENCH = "fr"
    ITALIAN = "it"
    DUTCH = "nl"
    POLISH = "pl"

    @property
    def own_name(self) -> str:
        """What it calls itself."""
        return _OWN_NAMES[self]


_OWN_NAMES = {
    Language.ENGLISH: "English",
    Language.SPANISH: "Español",
    Language.PORTUGUESE: "Português",
    Language.GERMAN: "Deutsch",
    Language.FRENCH: "Français",
    Language.ITALIAN: "Italiano",
    Language.DUTCH: "Nederlands",
    Language.POLISH: "Polski",
}


class Wording(NamedTuple):
    """The same in every language. `{name}` is a gap; where a number `{n}` asks for more than one
    form, they stand between bars: `{n} file|{n} files`, three of them in Polish."""

    en: str
    es: str
    pt: str
    de: str
    fr: str
    it: str
    nl: str
    pl: str

    def told(self, language: str) -> str:
        """In that language."""
        said: str = getattr(self, language)
        return said


def table(wordings: Iterable[Wording]) -> dict[str, Wording]:
    """By their English, which stands in the code where they are said. Raises ValueError if one is
    there twice."""
    found: dict[str, Wording] = {}
    for wording in wordings:
        if wording.en in found:
            raise ValueError(f"the wording '{wording.en}' is there twice")
        found[wording.en] = wording
    return found


def by_language(words: Mapping[str, Wording]) -> dict[str, dict[str, str]]:
    """Language to word to text."""
    return {
        str(language): {word: wording.told(language) for word, wording in words.items()}
        for language in Language
    }


def form_of(language: str, forms: str, amount: int) -> str:
    """Of forms between bars, the one that goes with the number."""
    said = forms.split("|")
    return said[min(_which(language, amount), len(said) - 1)]


def _which(language: str, amount: int) -> int:
    """The rules of Unicode CLDR for whole numbers, without what only millions want."""
    if language == Language.POLISH and amount != 1:
        return 1 if amount % 10 in {2, 3, 4} and amount % 100 not in {12, 13, 14} else 2
    if language == Language.FRENCH:
        return int(amount > 1)
    return int(amount != 1)


def number(language: str, amount: int, space: str = " ") -> str:
    """`12,345` in English, `12 345` in all others, as ISO 80000 has it: a comma is decimal there,
    and so could be a point. `space`: what stands between the groups."""
    said = f"{amount:,}"
    return said if language == Language.ENGLISH else said.replace(",", space)


def colon(language: str) -> str:
    """Between a name and its value: French has a blank before it."""
    return " : " if language == Language.FRENCH else ": "


def measure(language: str, said: str) -> str:
    """A size or a duration that was written in English, `1.5 MB`, with a decimal comma, and with
    the unit that is usual: `1,5 Mo`."""
    if language == Language.ENGLISH:
        return said
    value, _, unit = said.replace(".", ",").partition(" ")
    unit = "B" if unit in {"byte", "bytes"} else unit
    if language == Language.FRENCH and unit.endswith("B"):
        unit = unit[:-1] + "o"
    return f"{value} {unit}"
