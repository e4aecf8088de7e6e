"""Labels of categories: "CAT 1", "Kategorie 1", "01", "1.0" and "1" are one.

A set that was compiled before labels were made alike still has its own: they are made alike when
they are compared. Nothing but this is asked what a label means.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from triage.choices import HashSetUse
from triage.evidence import Value
from triage.profile import Profile

if TYPE_CHECKING:
    from triage.hashsets.layout import Header

UNCATEGORISED = ""
CATEGORY_WORDS = (
    *("category", "categories", "cat", "classification", "grade", "grading", "kategorie", "kat"),
    *("kategorien", "klassifizierung", "klassifikation", "einstufung", "stufe", "categoria"),
    *("categorias", "clasificacion", "classificazione", "classificacao", "grado", "grau"),
    *("categorie", "classement", "classificatie", "graad"),
)
"""What the field calls a category, in de, en, es, fr, it, nl and pt; no accents, lower case."""
_NONE = {"", "null", "none", "nil", "n/a", "na", "-", "uncategorised", "uncategorized"}
_CATEGORY = "|".join(sorted(CATEGORY_WORDS, key=len, reverse=True))
_CODE = re.compile(
    rf"(?:(?:{_CATEGORY})(?P<gap>[\s._:#/-]*))?(?P<letter>[a-z]?)(?P<number>\d{{0,9}})"
    r"(?:[.,]0+)?"
)


def normalised(label: str) -> str:
    """The label as sets have it from now on: a bare number or letter where it is one."""
    text = " ".join(unicodedata.normalize("NFKC", label).split())
    bare = plain(text)
    code = _CODE.fullmatch(bare)
    if code and (code["letter"] or code["number"]) and _is_apart(code):
        number = code["number"].lstrip("0") or code["number"][:1]
        text = f"{code['letter'].upper()}{number}"
    return UNCATEGORISED if bare in _NONE or text == "0" else text


def _is_apart(code: re.Match[str]) -> bool:
    """Whether a letter stands by itself: "Cat A" is A, "Cata" is no label of ours."""
    return not code["letter"] or code["gap"] is None or bool(code["gap"])


def number_of(label: str) -> int:
    """The label as VICS has it, a number; 0 for those that are none."""
    text = normalised(label)
    return int(text) if text.isdecimal() else 0


def plain(text: str) -> str:
    """Lower case, without accents: what is compared."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


class Wanted(Value, frozen=True, kw_only=True):
    """Which entries of notable sets count."""

    categories: tuple[str, ...] = ()
    """Labels, written in any way; none: all."""
    uncategorised: bool = True
    """Entries without a category count too: nobody has said that they are of another."""

    def labels_in(self, header: "Header") -> frozenset[str]:
        """Those of the set's own labels that count, as its entries have them."""
        labels = (category.label for category in header.categories)
        return frozenset(label for label in labels if self.has(label))

    def counted_in(self, header: "Header") -> int:
        """How many of the set's entries count."""
        if not self.categories and self.uncategorised:
            return header.entries
        return sum(each.entries for each in header.categories if self.has(each.label))

    def has(self, label: str) -> bool:
        """Whether entries with that label count."""
        key = plain(normalised(label))
        if key == UNCATEGORISED:
            return self.uncategorised
        return not self.categories or key in {plain(normalised(each)) for each in self.categories}

    def unmet(self, sets: Iterable[Mapping[str, int]]) -> tuple[str, ...]:
        """Those categories that no set has an entry of. `sets`: label to entries, of each."""
        there = {plain(normalised(label)) for each in sets for label, n in each.items() if n}
        return tuple(each for each in self.categories if plain(normalised(each)) not in there)


def wanted_by(profile: Profile) -> Wanted:
    """What a profile lets count, whichever way an entry matches."""
    choices = (each for each in profile.detectors if isinstance(each, HashSetUse))
    choice = next(choices, HashSetUse())
    return Wanted(categories=choice.categories, uncategorised=choice.uncategorised)
