"""Which categories are kept, what they are called, and which of two is the more serious."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from triage import plain_yaml
from triage.errors import HashSetError, why
from triage.hashsets.labels import UNCATEGORISED, normalised, plain

_HINT = "A map says for example `map: {A1: '1', B1: '2'}`, and on a line below `order: ['1', '2']`."


_LONGEST = 200
"""Characters of a label; the rest is cut off."""


class CategoryMap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lab's own view of other people's categories: numbers differ from country to country."""

    map: dict[str, str] = {}
    """The source's label to the lab's. Labels that are not named stay as they are."""
    order: tuple[Annotated[str, msgspec.Meta(max_length=100)], ...] = ()
    """The lab's labels, the most serious first. Others follow: numbers upwards, then letters."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What is done with the category of every record of a build."""

    lab: CategoryMap = CategoryMap()
    only: frozenset[str] = frozenset()
    """Labels (after mapping) that are kept; empty: all."""

    def label(self, category: str) -> str:
        """The lab's label for the source's; labels that mean the same are one."""
        category = category[:_LONGEST]
        own = {plain(normalised(key)): label for key, label in self.lab.map.items()}
        exact = self.lab.map.get(category.strip())
        mapped = exact or own.get(plain(normalised(category)), category)
        return normalised(mapped)

    def keeps(self, label: str) -> bool:
        """Whether records of that label belong in the set."""
        return not self.only or plain(label) in {plain(normalised(each)) for each in self.only}

    def ranked(self, labels: Sequence[str]) -> list[str]:
        """The labels, the most serious first, uncategorised last."""
        return sorted(labels, key=self._seriousness)

    def _seriousness(self, label: str) -> tuple[int, int, str]:
        order = [plain(normalised(each)) for each in self.lab.order]
        if plain(label) in order:
            return 0, order.index(plain(label)), ""
        if label == UNCATEGORISED:
            return 3, 0, ""
        return (1, int(label), "") if label.isdecimal() else (2, 0, label)


def load_map(file: Path) -> CategoryMap:
    """A lab's map, YAML. Raises HashSetError with the path inside the file."""
    try:
        raw = plain_yaml.read(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise HashSetError(
            f"No category map at {file}: {why(error)}.", hint="Check the path."
        ) from error
    except (plain_yaml.YAMLError, UnicodeDecodeError) as error:
        raise HashSetError(
            f"{file} is not YAML: {why(error)}.", hint="Check the indentation at that line."
        ) from error
    return checked_map(raw, str(file))


def checked_map(raw: object, where: str) -> CategoryMap:
    """What a map's file says; YAML's bare numbers count as labels."""
    if isinstance(raw, Mapping):
        raw = {str(part): _texts(value) for part, value in raw.items()}
    try:
        return msgspec.convert(raw, CategoryMap)
    except msgspec.ValidationError as error:
        raise HashSetError(f"{where}: {why(error)}.", hint=_HINT) from error


def _texts(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): str(label) for key, label in value.items()}
    if isinstance(value, list):
        return [str(label) for label in value]
    return value
