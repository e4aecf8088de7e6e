"""The detectors of a scan, in the order in which they are asked, each with what it needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.detectors.item import Detector, Item, LoadsLater
from triage.findings import Match
from triage.needs import Needs

if TYPE_CHECKING:
    from triage.detectors.known import HashSetDetector


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """A detector, what it needs, and of which items it is asked."""

    detector: Detector
    needs: Needs
    opened_by: str = ""
    """Of one with a gate: the name in `Item.scores` of the score that opens it."""
    known_too: bool = False
    """It is asked of what a set of kind known holds, too."""

    def begin(self) -> None:
        """Load what is loaded only where nothing can be done with it. Raises SeekError."""
        if isinstance(self.detector, LoadsLater):
            self.detector.begin()

    def matches_of(self, items: Sequence[Item]) -> list[tuple[Match, ...]]:
        """Those of each item, in order; none of an item that its gate keeps out."""
        gate = self.needs.gate
        if gate is None:
            return self.detector.matches_of(items)
        scores = [item.scores.get(self.opened_by) for item in items]
        places = [at for at, score in enumerate(scores) if score is not None and score > gate.above]
        found: list[tuple[Match, ...]] = [()] * len(items)
        if places:
            matches = self.detector.matches_of([items[at] for at in places])
            for at, those in zip(places, matches, strict=True):
                found[at] = those
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Detectors:
    """All of a scan."""

    in_use: tuple[InUse, ...]
    """Each behind the one that opens its gate."""
    further: tuple[Needs, ...] = ()
    """What is asked for that is no detector's own: frames of videos."""
    look_up: "HashSetDetector | None" = None
    """The one that holds digests against hash sets, which is asked before all others too."""

    @property
    def of_known(self) -> tuple[InUse, ...]:
        """Those that are asked of what a set of kind known holds, too."""
        return tuple(each for each in self.in_use if each.known_too)

    @property
    def needs(self) -> tuple[Needs, ...]:
        """Of all."""
        return (*(each.needs for each in self.in_use), *self.further)

    @property
    def algorithms(self) -> frozenset[str]:
        """Of all digests that are needed."""
        of_sets = self.look_up.algorithms if self.look_up else frozenset()
        return of_sets.union(*(needs.digests for needs in self.needs))
