"""What detectors need from outside, opened beforehand: they open nothing themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from triage.hashsets.labels import Wanted
from triage.profile import SetKind

if TYPE_CHECKING:
    from triage.hashsets.hash_set import HashSet
    from triage.packs.models import Card
    from triage.packs.word_lists import WordList


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """A model pack whose model has been read and checked."""

    card: "Card"
    content: bytes
    """The model itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedEquipment:
    """All of it."""

    hash_sets: "tuple[HashSet, ...]" = ()
    wanted: Wanted = field(default_factory=Wanted)
    """Which entries of notable sets count."""
    models: Mapping[str, LoadedModel] = field(default_factory=dict)
    """By the name or path that the profile says."""
    word_lists: "Mapping[str, WordList]" = field(default_factory=dict)
    """By the name or path that the profile says."""

    @property
    def has_values(self) -> bool:
        """Whether a notable set has values that pictures are compared with by their looks."""
        notable = (each for each in self.hash_sets if each.kind is SetKind.NOTABLE)
        return any(each.count("pdq") for each in notable)
