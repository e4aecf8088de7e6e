"""The fast lane: beginnings of large pictures, whose thumbnails say which to look at in full first.

A glance reads 64 KB where the picture has megabytes, and decodes a hundredth of its pixels. It
settles nothing: the picture keeps its place among those that wait, and is looked at in full then.
"""

from array import array
from typing import Any

from triage.plan.tiers import Tier
from triage.plan.waiting import Waiting

PAYS_UP_TO = 0.25
"""Of what a full look costs. How it was chosen: docs/decisions/order-tiers-and-lanes.md."""
NOTHING, THUMBNAIL, LOOK_UP = 0, 1, 2
"""What a row of the order waits for besides the look at all of it."""
ENOUGH_TO_TELL = 8
SELDOM = 32
LANES = (Tier.PERSONAL_PICTURES, Tier.OTHER_PICTURES)


class Glances:
    """Rows that wait for a glance, each in the lane of its tier.

    A lane takes turns with the full pictures of its tier, so that neither those that a glance
    betrays nor those that only their digest does wait long for the other. It is taken seldom where
    a glance turns out to cost more than a quarter of a full look: there it would only delay.
    """

    def __init__(self, columns: "dict[str, array[Any]]") -> None:
        """`columns` of the order; its `glances` are THUMBNAIL for rows that wait here."""
        self._columns = columns
        self._waiting = {tier: Waiting() for tier in LANES}
        self._turns = 0
        self._spent = {True: [0, 0.0], False: [0, 0.0]}
        """Entries and seconds, of glances and of full looks at what is large enough for one."""
        self.left = 0
        """How many wait."""

    def add(self, row: int, tier: Tier) -> None:
        """One more; of another tier than pictures, none."""
        if tier in self._waiting:
            self._waiting[tier].add([row])
            self.left += 1
        else:
            self._columns["glances"][row] = NOTHING

    def give_up(self, row: int) -> None:
        """The row is looked at in full: no glance is needed any more."""
        self.left -= self._columns["glances"][row] == THUMBNAIL
        self._columns["glances"][row] = NOTHING

    def stop(self) -> None:
        """No more glances."""
        self._waiting.clear()
        self.left = 0

    def sort(self) -> None:
        """Put the lanes into their final order."""
        for waiting in self._waiting.values():
            waiting.sort(self._columns)

    def next(self, tier: Tier, most: int) -> list[int]:
        """The next rows, so many at most, if it is the lane's turn; `tier`: of the full pictures
        that are next."""
        if tier not in self._waiting:
            return []
        self._turns += 1
        every = 2 if self.pay else SELDOM
        return self._take(self._waiting[tier], most) if self._turns % every == 1 else []

    @property
    def pay(self) -> bool:
        """Whether a glance costs little beside a full look, by what both cost so far."""
        (glances, quick), (looks, slow) = self._spent[True], self._spent[False]
        if min(glances, looks) < ENOUGH_TO_TELL:
            return True
        return quick / glances <= PAYS_UP_TO * slow / looks

    def learn(self, entries: int, seconds: float, *, glance: bool) -> None:
        """So many glances, or full looks at pictures large enough for one, took that long."""
        spent = self._spent[glance]
        spent[0] += entries
        spent[1] += seconds

    def _take(self, waiting: Waiting, most: int) -> list[int]:
        wants = self._columns["glances"]
        taken: list[int] = []
        while len(taken) < most and waiting:
            if waiting.needs_sorting:
                waiting.sort(self._columns)
            rows = waiting.peek(most - len(taken))
            waiting.drop(len(rows))
            taken += [row for row in rows if wants[row]]
        for row in taken:
            self.give_up(row)
        return taken
