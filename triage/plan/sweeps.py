"""How often a disk that turns is swept, and what each sweep takes with it.

Each tier could be a sweep of its own, which serves what is likely first and crosses the disk again
and again; or one sweep reads everything as it lies. Neither is best everywhere: on a small disk
whose pictures lie everywhere the first sweep takes as long as one of all, on a large one a tenth.
So tiers that follow one another are joined into sweeps such that, at no share of what is expected
to be found, much more time has gone than in the better of the two. What lies on a sweep's way comes
with it: it passes below the head in any case.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from triage.plan.tiers import Tier
from triage.plan.waiting import Columns, Waiting

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from triage.plan.waiting import Numbers

    Mask = npt.NDArray[np.bool_]
    Places = npt.NDArray[np.int64]
    Seconds = npt.NDArray[np.float64]
    Steps = npt.NDArray[np.uint8]

JUMP_SECONDS = 0.008
BYTE_SECONDS = 1 / 150e6
"""Of a disk of 7,200 turns a minute."""
REACH = round(JUMP_SECONDS / BYTE_SECONDS)
"""Bytes that pass in the time of a jump: over less than that nothing is gained by jumping."""

BESIDE = 4096
"""Bytes: what follows within so many lies beside it."""

EXPECTED = {
    Tier.THUMBNAILS: 0.03, Tier.PERSONAL_PICTURES: 0.61, Tier.PHONE_BACKUPS: 0.04,
    Tier.OTHER_PICTURES: 0.06,
    Tier.PERSONAL_DOCUMENTS: 0.04, Tier.PERSONAL_OTHER: 0.04, Tier.BROWSER_CACHES: 0.05,
    Tier.SYSTEM: 0.11, Tier.LAST: 0.02,
}  # fmt: skip
"""What share of all that is notable a tier is expected to hold. What is before them moves up one by
one, and is no sweep."""
SHARES = (0.25, 0.5, 0.75, 0.9, 1.0)
"""Of what is expected, at which ways to sweep are compared."""

MORE = 0.18
"""By how much of the time that one sweep of everything takes reading all may take longer."""
DETOURS = 0.13
"""Of the same, what may be spent on jumping about before it is swept; the rest is for sweeps."""
BEFORE_ONE = 0.15
"""The same, where one sweep of everything is best."""

_TIERS = tuple(EXPECTED)


class Sweeps:
    """What waits on devices that turn: detours first, then joined into sweeps.

    Detours are the likeliest in the order of tiers, and what lies beside findings, for as long as
    jumping there costs little beside sweeping everything: what is notable lies together by its
    folder more often than by its place, and half of it may be found by a few hundred jumps.
    """

    def __init__(
        self, columns: Columns, waiting: "Mapping[Tier, Waiting]", where: str, *, look: float
    ) -> None:
        """`columns` and `waiting` of the order, which this rearranges. `where`: the column that
        says in which of those a row waits. `look`: seconds that all workers together need for a
        picture, once it is read."""
        self._columns = columns
        self._waiting = waiting
        self._where = where
        self._look = look
        self._swept = [tier for tier in EXPECTED if tier in waiting]
        self._sweep = 0.0
        """Seconds that one sweep of everything takes; 0: not known, the survey goes on."""
        self._spent = 0.0
        """Seconds of reading so far."""
        self._more = 0.0
        """Those by which all will take longer than that sweep."""
        self._detours = DETOURS
        self._head = 0
        self.begun = False
        """Whether detours are over."""

    @property
    def known(self) -> bool:
        """Whether anything is to be swept, and how long that takes."""
        return self._sweep > 0.0

    @property
    def jumping(self) -> bool:
        """Whether what is read next are detours."""
        return self.known and not self.begun

    def begin(self) -> None:
        """Everything is listed."""
        if not self._sweep and any(self._columns["rotating"]):
            places, sizes, tiers = self._lying(self._rows())
            self._sweep = seconds_of(*_as_they_lie(places, sizes), self._busy(tiers))

    def read(self, rows: Sequence[int], *, swept: bool, most: int = 1 << 62) -> None:
        """Those are read next, so many bytes of each at most; `swept`: `may_jump_to` has reckoned
        with it. Once detours have taken what they may, all that waits is joined."""
        for row in rows if self._sweep and not self.begun else ():
            if self._columns["rotating"][row]:
                place, size = (
                    self._columns["positions"][row],
                    min(most, self._columns["sizes"][row]),
                )
                self._spent += _jump(place - self._head) + size * BYTE_SECONDS
                if not swept:
                    self._more += _more(place - self._head, size)
                self._head = place + size
        if not self.begun and self._more > self._detours * self._sweep:
            self._join()

    def stop(self) -> None:
        """What waits stays where it is."""
        self.begun = True

    def may_jump_to(self, found: Sequence[int]) -> bool:
        """Whether reading those rows at once costs little enough; it is taken as done."""
        if not self._sweep:
            return True
        import numpy as np  # noqa: PLC0415

        rows = np.array(found, np.uint32)
        rows = rows[self._turning(rows)]
        places, sizes, _ = self._lying(rows)
        head, more = 0, 0.0
        for place, size in sorted(zip(places.tolist(), sizes.tolist(), strict=True)):
            more += _more(place - head, size)
            head = place + size
        if self._more + more > MORE * self._sweep:
            return False
        self._more += more
        return True

    def _join(self) -> None:
        import numpy as np  # noqa: PLC0415

        rows = self._rows()
        if not len(rows):
            self.begun = True
            return
        places, sizes, tiers = self._lying(rows)
        rest = seconds_of(*_as_they_lie(places, sizes), self._busy(tiers))
        self._more = max(self._more, self._spent + rest - self._sweep)
        sweeps = planned(
            places, sizes, tiers, self._busy(tiers), more=MORE * self._sweep - self._more
        )
        there = set(sweeps.tolist())
        if len(there) == 1 and self._detours < BEFORE_ONE:
            self._detours = BEFORE_ONE
            return
        self.begun = True
        for tier in self._swept:
            staying = self._waiting[tier].rows()
            self._waiting[tier].clear()
            self._waiting[tier].add(staying[~self._turning(staying)].tolist())
        for sweep in there:
            self._waiting[Tier(sweep)].add(rows[sweeps == sweep].tolist())
        for tier in self._swept:
            self._waiting[tier].sort(self._columns)
        np.frombuffer(self._columns[self._where], np.uint8)[rows] = sweeps

    def _rows(self) -> "Numbers":
        """What waits for a sweep."""
        import numpy as np  # noqa: PLC0415 - as Waiting does

        rows = np.concatenate([self._waiting[tier].rows() for tier in self._swept])
        return rows[self._turning(rows)]

    def _turning(self, rows: "Numbers") -> "Mask":
        import numpy as np  # noqa: PLC0415

        mask: Mask = np.frombuffer(self._columns["rotating"], np.uint8)[rows] != 0
        return mask

    def _lying(self, rows: "Numbers") -> "tuple[Places, Places, Steps]":
        """Where they lie, their sizes, their tiers."""
        import numpy as np  # noqa: PLC0415

        columns = self._columns
        return (
            np.frombuffer(columns["positions"], np.int64)[rows],
            np.frombuffer(columns["sizes"], np.uint64)[rows].astype(np.int64),
            np.frombuffer(columns["tiers"], np.uint8)[rows],
        )

    def _busy(self, tiers: "Steps") -> "Seconds":
        import numpy as np  # noqa: PLC0415

        each = np.array([self._look * tier.of_pictures for tier in Tier])
        result: Seconds = each[tiers]
        return result


def _more(gap: int, size: int) -> float:
    """Seconds that it costs to read something out of turn: to get there over so many bytes, and
    later across the hole that it leaves, where it does not widen one."""
    hole = min(JUMP_SECONDS, size * BYTE_SECONDS) if not 0 <= gap < BESIDE else 0.0
    return hole + _jump(gap)


def _jump(gap: int) -> float:
    """Seconds from where the head is to what lies so many bytes on."""
    return gap * BYTE_SECONDS if 0 <= gap < REACH else JUMP_SECONDS


def planned(
    places: "Places", sizes: "Places", tiers: "Steps", busy: "Seconds", *, more: float
) -> "Steps":
    """The sweep that each entry is read in, named by the first tier of those that it joins.

    `places` and `sizes` in bytes, and the tier of each entry, of those that sweeps are made of, in
    any order; `busy`: seconds that all workers together need for it once it is read. `more`: how
    much longer than one sweep of all they may take.
    """
    import numpy as np  # noqa: PLC0415 - as Waiting does

    order = np.argsort(places, kind="stable")
    lie = (places[order], sizes[order], tiers[order], busy[order])
    sweeps = lie[2].copy()
    for first, last in _joined(*lie, more):
        sweeps[(lie[2] >= first) & (lie[2] <= last)] = first
    for sweep in sorted(set(sweeps.tolist()))[:-1]:
        sweeps[_on_the_way(lie[0], lie[1], sweeps, sweep) & (lie[3] < JUMP_SECONDS / 8)] = sweep
    result = np.empty_like(tiers)
    result[order] = sweeps
    return result


def seconds_of(places: "Places", sizes: "Places", busy: "Seconds") -> float:
    """Of one sweep over what lies there, in the order in which it lies."""
    if not len(places):
        return 0.0
    gaps = places[1:] - (places[:-1] + sizes[:-1])
    jumps = (gaps.clip(0, REACH) * BYTE_SECONDS).sum() + JUMP_SECONDS
    return max(float(jumps + sizes.sum() * BYTE_SECONDS), float(busy.sum()))


def _as_they_lie(places: "Places", sizes: "Places") -> "tuple[Places, Places]":
    """As they lie."""
    import numpy as np  # noqa: PLC0415

    order = np.argsort(places, kind="stable")
    return places[order], sizes[order]


def _joined(
    places: "Places", sizes: "Places", tiers: "Steps", busy: "Seconds", more: float
) -> "list[tuple[Tier, Tier]]":
    """First and last tier of each sweep."""
    there = [tier for tier in _TIERS if (tiers == tier).any()]
    took: dict[tuple[Tier, Tier], float] = {}
    for number, first in enumerate(there):
        for last in there[number:]:
            mine = (tiers >= first) & (tiers <= last)
            took[first, last] = seconds_of(places[mine], sizes[mine], busy[mine])
    ways = _ways(there)
    times = {way: _times(ranges, took) for way, ranges in ways.items()}
    one, each = times[()], times[tuple(range(1, len(there)))]
    times = {way: each for way, each in times.items() if each[-1] <= one[-1] + more or not way}
    better = [min(pair) for pair in zip(one, each, strict=True)]

    def regret(way: tuple[int, ...]) -> tuple[float, float]:
        """How much longer than the better of the two, at its worst and on the whole."""
        ratios = [time / least for time, least in zip(times[way], better, strict=True)]
        return round(max(ratios), 2), sum(ratios)

    return ways[min(times, key=regret)]


def _ways(there: list[Tier]) -> "dict[tuple[int, ...], list[tuple[Tier, Tier]]]":
    """Every way to cut them into sweeps: where it is cut, and first and last of each piece."""
    ways = {}
    for cuts in range(len(there)):
        for where in combinations(range(1, len(there)), cuts):
            ends = pairwise((0, *where, len(there)))
            ways[where] = [(there[begin], there[end - 1]) for begin, end in ends]
    return ways


def _times(ranges: list[tuple[Tier, Tier]], took: "dict[tuple[Tier, Tier], float]") -> list[float]:
    """When each of SHARES is expected to be found; within a sweep evenly."""
    present = sum(EXPECTED[t] for t in _TIERS if any(a <= t <= b for a, b in ranges))
    curve, now, found = [(0.0, 0.0)], 0.0, 0.0
    for first, last in ranges:
        now += took[first, last]
        found += sum(EXPECTED[t] for t in _TIERS if first <= t <= last) / present
        curve.append((found, now))
    return [_when(curve, share) for share in SHARES]


def _when(curve: list[tuple[float, float]], share: float) -> float:
    for (before, begun), (found, now) in pairwise(curve):
        if share <= found:
            return begun + (now - begun) * (share - before) / (found - before)
    return curve[-1][1]


def _on_the_way(
    places: "Places", sizes: "Places", sweeps: "Steps", sweep: int
) -> "npt.NDArray[np.bool_]":
    """What later sweeps would read, and the head passes in this one: between two entries of it
    over which it is not worth jumping."""
    import numpy as np  # noqa: PLC0415

    mine = np.flatnonzero(sweeps == sweep)
    after = np.searchsorted(mine, np.arange(len(places)))
    inside = (after > 0) & (after < len(mine)) & (sweeps > sweep)
    ends = np.maximum.accumulate(places + sizes)
    behind, before = mine[after[inside] - 1], mine[after[inside]]
    near = places[before] - ends[behind] <= REACH
    result: npt.NDArray[np.bool_] = inside
    result[inside] = near & ((places + sizes)[inside] <= places[before])
    return result
