"""What a detector needs, said by the profile's choice of it: values, and the order that they give.

Whoever plans, equips, forks, reads, decodes or judges asks here, and never which detector it is:
a new one is served by what it declares. Its code is named and not imported: the coordinator reads
needs too, and must not load what parses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol, TypeVar

import msgspec

from triage.errors import ProfileError
from triage.match_kinds import MatchKind

SMALLEST_SIDE = 512
"""Pixels of the shorter side that reduced pictures keep: below it PDQ drifts (2 to 38 bits)."""
MOST_FRAMES = 60
"""That a profile may ask for of one video."""
MOST_SCENES = 40
"""Further frames, likewise."""


class Gate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Only items to which another detector of the profile gave a score of more than so much."""

    score: str
    """Its name, as the other's choice says: of a classifier the model, as the profile names it."""
    above: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelNeeds:
    """How pictures, and frames where any are taken, are decoded."""

    smallest_side: int = SMALLEST_SIDE
    """They may be reduced as long as the shorter side keeps so many pixels."""
    full: bool = False
    """They may not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameNeeds:
    """Frames out of videos, and out of pictures that have several, for every detector that needs
    pixels."""

    at_most: int = 10
    time: str = "20 s"
    """One video or picture may take."""
    scenes: int = 0
    """Further frames of a video, where the scene changes: at most so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What one detector needs of each item, of the lab and of others; and what it gives."""

    code: str = ""
    """Its module in `triage.detectors`; empty: it has none, and only asks for others."""
    kinds: tuple[MatchKind, ...] = ()
    """What its matches are."""
    gives: str = ""
    """The score that it puts into `Item.scores` for everything that has pixels; empty: none. What a
    model says bears the model's own name there, and here the one that the profile gives it."""
    gate: Gate | None = None
    """Where it is not asked at all."""
    name: bool = False
    """It judges the entry's name or path."""
    head: bool = False
    """`Item.head`: the first bytes."""
    type: bool = False
    """`Item.type`."""
    digests: frozenset[str] = frozenset()
    """`Item.digests`, by algorithm; besides those of the hash sets."""
    look_up: bool = False
    """`Item.digests` by whichever algorithms the hash sets have: everything is looked up."""
    pixels: PixelNeeds | None = None
    """`Item.picture` and, of videos, `Item.frames`."""
    frames: FrameNeeds | None = None
    hash_sets: bool = False
    """Those that are loaded; without a notable one it finds nothing, and that is said."""
    word_lists: tuple[str, ...] = ()
    """As the profile names them."""
    model: str = ""
    """The model pack, as the profile names it."""
    threshold: float | None = None
    """What the model's scores are held against."""
    locked: bool = False
    """`Item.locked`: it is asked last, when containers were looked into, and of entries alone."""
    known_too: bool = False
    """It compares with values of notable sets, and where there are any it is asked even of what a
    set of kind known holds: that may be wrong, or another's."""

    @property
    def typed(self) -> bool:
        """Whether the content's beginning must be read for it."""
        return bool(self.head or self.type or self.decodes)

    @property
    def decodes(self) -> bool:
        """Whether anything is decoded for it."""
        return bool(self.pixels or self.frames)

    @property
    def told_by_parts(self) -> bool:
        """Whether a part of an entry is an item like any other for it: that has the name of another
        file, if any, but a type of its own, so the one says nothing of the other."""
        return not (self.name and self.type) and not self.locked


class HasNeeds(Protocol):
    """A profile's choice of a detector."""

    @property
    def needs(self) -> Needs:
        """With these values of the choice."""
        ...


Choice = TypeVar("Choice", bound=HasNeeds)


def in_order(choices: Sequence[Choice]) -> list[Choice]:
    """As they are given, but each behind the one whose score opens its gate.

    Raises ProfileError for a gate that no choice opens, and for gates that wait for each other.
    """
    waiting, ordered = list(choices), list[Choice]()
    scores = {choice.needs.gives for choice in choices} - {""}
    for choice in choices:
        gate = choice.needs.gate
        if gate is not None and gate.score not in scores:
            raise _nobody_gives(gate, scores)
    while waiting:
        given = {choice.needs.gives for choice in ordered}
        free = [c for c in waiting if c.needs.gate is None or c.needs.gate.score in given]
        if not free:
            raise _a_circle(waiting)
        ordered.append(free[0])
        waiting = [choice for choice in waiting if choice is not free[0]]
    return ordered


def _nobody_gives(gate: Gate, scores: set[str]) -> ProfileError:
    there = f"these: {', '.join(sorted(scores))}" if scores else "none"
    return ProfileError(
        f"A detector is to look only where '{gate.score}' is above {gate.above}, but no detector "
        "of the profile gives that score.",
        hint="Name a score of this profile, or take the detector's `only_where` out. The profile "
        f"has {there}.",
    )


def _a_circle(waiting: Sequence[HasNeeds]) -> ProfileError:
    gates = [choice.needs.gate for choice in waiting]
    names = sorted({gate.score for gate in gates if gate is not None})
    return ProfileError(
        f"Detectors wait for each other's scores, and none can be the first: {', '.join(names)}.",
        hint="Take `only_where` out of one of them.",
    )
