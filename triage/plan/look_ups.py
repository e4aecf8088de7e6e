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
from triage.plan.sweeps import Sweeps
from triage.plan.tiers import GLANCED_FROM_BYTES, Tier
from triage.plan.waiting import NOWHERE, Waiting

_TIERS = tuple(Tier)

LANES = (Tier.NEIGHBOURS, *(t for t in Tier if Tier.PERSONAL_PICTURES <= t < Tier.LAST))
WHOLE_LOOKS_EVERY = 8
WHOLE_LOOKS_BY_JUMPS_EVERY = 64
"""Where seeking costs: each takes the head away from where it sweeps."""
LOOK_UPS_IN_BATCH = 256
LOOK_UPS_BY_JUMPS = 32
"""While each costs a jump: a quarter of a second, after which what lies beside is known."""
BYTES_IN_BATCH = 16 * 1024 * 1024


class LookUps:
    """Rows that wait to be looked up, in the order of their tiers.

    Whole looks get every eighth turn, which is most of the time: on a disk with a million entries,
    a picture that only its look betrays must not wait for minutes. Once no pictures are next the
    lane is over, for what is left costs little more to be looked at than to be looked up.

    On a device that turns it waits for the end of the survey, and then sweeps; the whole looks that
    follow find what they want in memory, so they can keep to their tiers.
    """

    def __init__(self, columns: "dict[str, array[Any]]", room: int) -> None:
        """`columns` of the order. `room`: bytes of content that stay in memory once read."""
        self._columns = columns
        self._room = room
        self._turning: dict[Tier, array[int]] = {}
        """What waits for the end of the survey."""
        self._waiting = {tier: Waiting() for tier in LANES}
        self._sweeps = Sweeps(columns, self._waiting, "lanes", look=0.0)
        self._turns = 0
        self.left = (0, 0)
        """Entries and bytes that wait; some of them may be looked at in full before."""
        self.wanted = False
        """Whether there is anything to look up in."""

    def add(self, row: int, tier: Tier) -> None:
        """One more, if it is of use."""
        if not self.wanted or tier not in self._waiting:
            return
        if self._columns["rotating"][row]:
            self._turning.setdefault(tier, array("I")).append(row)
        else:
            self._waiting[tier].add([row])
            self._columns["lanes"][row] = tier
            self._count(1, self._columns["sizes"][row])

    @property
    def waits(self) -> bool:
        """Whether any row waits, if only for the end of the survey."""
        return bool(self.left[0] or self._turning)

    def sweep(self) -> bool:
        """Everything is listed: whether what lies on devices that turn is looked up, because it
        stays in memory; reading twice would cost seeks."""
        sizes, wants = self._columns["sizes"], self._columns["glances"]
        turning = {
            tier: [row for row in rows if wants[row] == LOOK_UP]
            for tier, rows in self._turning.items()
        }
        self._turning.clear()
        total = sum(sizes[row] for rows in turning.values() for row in rows)
        if not total or total > self._room:
            return self._sweeps.known
        for tier, rows in turning.items():
            for row in rows:
                self._columns["lanes"][row] = tier
            self._waiting[tier].add(rows)
            self._waiting[tier].sort(self._columns)
        self._count(sum(map(len, turning.values())), total)
        self._sweeps.begin()
        return True

    def promote(self, rows: Iterable[int]) -> None:
        """Those of them that wait, which lie beside a finding, are looked up before all others."""
        lanes, front = self._columns["lanes"], self._waiting[Tier.NEIGHBOURS]
        behind = [row for row in rows if lanes[row] not in {NOWHERE, Tier.NEIGHBOURS}]
        if not self._sweeps.may_jump_to(behind):
            return
        for row in behind:
            self._waiting[_TIERS[lanes[row]]].forget(row)
            lanes[row] = Tier.NEIGHBOURS
        front.add(behind)
        front.sort_soon(self._columns)

    def stop(self) -> None:
        """No more of them."""
        for waiting in self._waiting.values():
            waiting.clear()
        self._turning.clear()
        lanes = self._columns["lanes"]
        lanes[:] = array("B", [NOWHERE]) * len(lanes)
        self.left = (0, 0)

    def next(self, tier: Tier | None) -> list[int]:
        """The next rows. `tier`: of what would be looked at in full instead; None: nothing."""
        if tier is Tier.MATCHED_AT_A_GLANCE or (tier is not None and not tier.of_pictures):
            return []
        self._turns += 1
        every = WHOLE_LOOKS_BY_JUMPS_EVERY if self._sweeps.known else WHOLE_LOOKS_EVERY
        if tier is not None and self._turns % every == 0:
            return []
        return next(filter(None, map(self._take, self._waiting)), [])

    def _take(self, lane: Tier) -> list[int]:
        """The next rows of a lane that nobody has looked at in full meanwhile; none: it is over."""
        waiting, taken = self._waiting[lane], list[int]()
        while waiting and not taken:
            if waiting.needs_sorting:
                waiting.sort(self._columns)
            most = LOOK_UPS_BY_JUMPS if self._sweeps.jumping else LOOK_UPS_IN_BATCH
            rows = waiting.peek(most)
            sizes = [self._columns["sizes"][row] for row in rows]
            count = max(1, sum(total <= BYTES_IN_BATCH for total in accumulate(sizes)))
            rows = rows[:count]
            waiting.drop(count)
            for row in rows:
                self._columns["lanes"][row] = NOWHERE
            self._sweeps.read(rows, swept=lane is Tier.NEIGHBOURS)
            self._count(-count, -sum(sizes[:count]))
            taken = [row for row in rows if self._columns["glances"][row] == LOOK_UP]
        return taken

    def _count(self, entries: int, size: int) -> None:
        self.left = (self.left[0] + entries, self.left[1] + size)


def is_look_up(size: int) -> bool:
    """Whether content of that size is looked up, where a glance at it is wanted; else its
    thumbnail is looked at."""
    return size < GLANCED_FROM_BYTES
