"""The lane beside pictures: small content is looked up by its digests before pictures are decoded.

To read and look up something small costs a hundredth of decoding and scoring a picture, so what
the lab knows need not wait for what it does not. It settles nothing: an entry keeps its place among
those that wait, and is looked at in full then; one that a notable set holds comes next.
"""

from array import array
from collections.abc import Iterable
from itertools import accumulate
from typing import Any

from triage.plan.glances import LOOK_UP
from triage.plan.tiers import GLANCED_FROM_BYTES, Tier
from triage.plan.waiting import NOWHERE, Waiting

_TIERS = tuple(Tier)

LANES = (Tier.NEIGHBOURS, *(t for t in Tier if Tier.PERSONAL_PICTURES <= t < Tier.LAST))
WHOLE_LOOKS_EVERY = 8
LOOK_UPS_IN_BATCH = 256
BYTES_IN_BATCH = 16 * 1024 * 1024


class LookUps:
    """Rows that wait to be looked up, in the order of their tiers.

    Whole looks get every eighth turn, which is most of the time: on a disk with a million entries,
    a picture that only its look betrays must not wait for minutes. Once no pictures are next the
    lane is over, for what is left costs little more to be looked at than to be looked up.
    """

    def __init__(self, columns: "dict[str, array[Any]]") -> None:
        """`columns` of the order."""
        self._columns = columns
        self._waiting = {tier: Waiting() for tier in LANES}
        self._turns = 0
        self.left = (0, 0)
        """Entries and bytes that wait; some of them may be looked at in full before."""
        self.wanted = False
        """Whether there is anything to look up in."""

    def add(self, row: int, tier: Tier) -> None:
        """One more, if it is of use: reading twice costs nothing where seeking does not."""
        if self.wanted and tier in self._waiting and not self._columns["rotating"][row]:
            self._waiting[tier].add([row])
            self._columns["lanes"][row] = tier
            self._count(1, self._columns["sizes"][row])

    def promote(self, rows: Iterable[int]) -> None:
        """Those of them that wait, which lie beside a finding, are looked up before all others."""
        lanes, front = self._columns["lanes"], self._waiting[Tier.NEIGHBOURS]
        for row in rows:
            if lanes[row] not in {NOWHERE, Tier.NEIGHBOURS}:
                self._waiting[_TIERS[lanes[row]]].forget(row)
                lanes[row] = Tier.NEIGHBOURS
                front.add([row])
        front.sort_soon(self._columns)

    def stop(self) -> None:
        """No more of them."""
        self._waiting = {tier: Waiting() for tier in LANES}
        lanes = self._columns["lanes"]
        lanes[:] = array("B", [NOWHERE]) * len(lanes)
        self.left = (0, 0)

    def next(self, tier: Tier | None) -> list[int]:
        """The next rows. `tier`: of what would be looked at in full instead; None: nothing."""
        if tier is Tier.MATCHED_AT_A_GLANCE or (tier is not None and not tier.of_pictures):
            return []
        self._turns += 1
        if tier is not None and self._turns % WHOLE_LOOKS_EVERY == 0:
            return []
        return next(filter(None, map(self._take, self._waiting.values())), [])

    def _take(self, waiting: Waiting) -> list[int]:
        """The next rows of a lane that nobody has looked at in full meanwhile; none: it is over."""
        taken: list[int] = []
        while waiting and not taken:
            if waiting.needs_sorting:
                waiting.sort(self._columns)
            rows = waiting.peek(LOOK_UPS_IN_BATCH)
            sizes = [self._columns["sizes"][row] for row in rows]
            count = max(1, sum(total <= BYTES_IN_BATCH for total in accumulate(sizes)))
            rows = rows[:count]
            waiting.drop(count)
            for row in rows:
                self._columns["lanes"][row] = NOWHERE
            self._count(-count, -sum(sizes[:count]))
            taken = [row for row in rows if self._columns["glances"][row] == LOOK_UP]
        return taken

    def _count(self, entries: int, size: int) -> None:
        self.left = (self.left[0] + entries, self.left[1] + size)


def is_look_up(size: int) -> bool:
    """Whether content of that size is looked up, where a glance at it is wanted; else its
    thumbnail is looked at."""
    return size < GLANCED_FROM_BYTES
