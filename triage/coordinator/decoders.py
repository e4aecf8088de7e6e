"""Decoders that end one worker after the other: what they would decode is not given to them again.

Each death costs a third of a second, and a folder may hold thousands of the kind. A decoder that
deals with most of its kind goes on, whatever ten files do to it: they may have been put there so
that nobody looks at the others.
"""

from collections import Counter
from collections.abc import Iterable

from triage.findings import Result

MOST_DEATHS = 10
"""Of one type, each alone with its worker."""
MOST_TYPES = 1000
"""That are counted: a worker that was taken over may make them up."""


class Decoders:
    """How each type of content fared."""

    def __init__(self) -> None:
        self._deaths: Counter[str] = Counter()
        self._lived: Counter[str] = Counter()
        self._given_up: dict[str, None] = {}

    @property
    def given_up(self) -> tuple[str, ...]:
        """Types of which nothing is decoded any more."""
        return tuple(self._given_up)

    def give_up(self, types: Iterable[str]) -> None:
        """An earlier run of the scan has."""
        self._given_up |= dict.fromkeys(types)

    def lived(self, results: Iterable[Result]) -> None:
        """Workers came through these."""
        for kind in {result.type for result in results if result.type} - self._lived.keys():
            if len(self._lived) < MOST_TYPES:
                self._lived[kind] = 0
        self._lived.update(result.type for result in results if result.type in self._lived)

    def died(self, kind: str) -> bool:
        """A worker ended while it decoded one; whether the type is given up now."""
        self._deaths[kind] += 1
        deaths = self._deaths[kind]
        if kind in self._given_up or deaths < MOST_DEATHS or deaths <= self._lived[kind]:
            return False
        self._given_up[kind] = None
        return True
