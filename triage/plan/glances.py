"""The fast lane: beginnings of large pictures, whose thumbnails say which to look at in full first.

A glance reads 64 KB where the picture has megabytes, and decodes a hundredth of its pixels. It
settles nothing: the picture keeps its place among those that wait, and is looked at in full then.
"""

from array import array
from typing import Any

from triage.plan.tiers import Tier
from triage.plan.waiting import Waiting

GLANCES_IN_BATCH = 16
"""Some two fifths of the time, beside a batch of whole photographs."""
LANES = (Tier.PERSONAL_PICTURES, Tier.OTHER_PICTURES)


class Glances:
    """Rows that wait for a glance, each in the lane of its tier.

    A lane takes turns with the full pictures of its tier, so that neither those that a glance
    betrays nor those that only their digest does wait long for the other.
    """

    def __init__(self, columns: "dict[str, array[Any]]") -> None:
        """`columns` of the order; its `glances` are 1 for rows that wait, and only for those."""
        self._columns = columns
        self._waiting = {tier: Waiting() for tier in LANES}
        self._turn = True
        self.left = 0
        """How many wait."""

    def add(self, row: int, tier: Tier) -> None:
        """One more; of another tier than pictures, none."""
        if tier in self._waiting:
            self._waiting[tier].add(row)
            self.left += 1
        else:
            self._columns["glances"][row] = 0

    def give_up(self, row: int) -> None:
        """The row is looked at in full: no glance is needed any more."""
        self.left -= self._columns["glances"][row]
        self._columns["glances"][row] = 0

    def stop(self) -> None:
        """No more glances."""
        self._waiting.clear()
        self.left = 0

    def sort(self) -> None:
        """Put the lanes into their final order."""
        for waiting in self._waiting.values():
            waiting.sort(self._columns)

    def next(self, tier: Tier) -> list[int]:
        """The next rows, if it is the lane's turn; `tier`: of the full pictures that are next."""
        if tier not in self._waiting:
            return []
        self._turn = not self._turn
        return [] if self._turn else self._take(self._waiting[tier])

    def _take(self, waiting: Waiting) -> list[int]:
        wants = self._columns["glances"]
        taken: list[int] = []
        while len(taken) < GLANCES_IN_BATCH and waiting:
            if waiting.needs_sorting:
                waiting.sort(self._columns)
            rows = waiting.peek(GLANCES_IN_BATCH - len(taken))
            waiting.drop(len(rows))
            taken += [row for row in rows if wants[row]]
        for row in taken:
            self.give_up(row)
        return taken
