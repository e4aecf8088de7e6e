"""The order: which entries come next, held small however many there are.

Entries wait packed in a spool (spool.py); in memory an entry is one row of a few numbers.
"""

from array import array
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import Any

import msgspec

from triage.evidence import HEAD_BYTES, FileEntry
from triage.plan.folders import Folders
from triage.plan.glances import LOOK_UP, Glances
from triage.plan.look_ups import LookUps, is_look_up
from triage.plan.portions import MOST_OTHERS, Portions
from triage.plan.rows import Rows
from triage.plan.spool import Spool
from triage.plan.sweeps import Sweeps
from triage.plan.tiers import Tier, folder_of
from triage.plan.waiting import NOWHERE, Waiting

_TIERS = tuple(Tier)
_NEVER: tuple[Tier | None, int] = None, 0
_unpack = msgspec.msgpack.Decoder(FileEntry).decode

BATCH_BYTES = 16 * 1024 * 1024
"""A batch is at most this, unless one entry is more: so that Ctrl-C and the screen are quick."""
SOUNDINGS = frozenset({4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64})
"""The batches, by number, that are taken from a tier far behind though pictures wait: by turns
other pictures and what is no picture, so that it is known early how long all of it will take. They
cost a second or two together."""
SOUNDED_BY_JUMPS = 4
"""Entries of such a batch where seeking costs."""


_OWN_CODES = {"starts": "Q", "rotating": "B", "waits": "B", "lanes": "B"}
"""Columns that Order keeps besides those of Rows: where in the spool; whether seeking costs; where
among the tiers it waits to be looked at, and where to be looked up. A sweep waits in one place,
whatever tiers it joins."""


class Job(StrEnum):
    """What a worker is to do with a batch."""

    EXAMINE = "examine"
    """All that the profile asks: its entries are settled by it."""
    LOOK_UP = "look_up"
    """Digest small ones and say what a notable set holds; they go on waiting."""
    GLANCE = "glance"
    """Look at the thumbnails in their beginnings; they go on waiting."""

    @property
    def settles(self) -> bool:
        """Whether the entries have their outcome by it."""
        return self is Job.EXAMINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a worker is given at once."""

    entries: tuple[FileEntry, ...] = ()
    job: Job = Job.EXAMINE

    def __bool__(self) -> bool:
        return bool(self.entries)


class Order:
    """Entries that wait to be examined. `add` while the survey goes on; `next_batch` any time."""

    def __init__(self, *, look: float = 0.0, room: int = 0) -> None:
        """`look`: seconds that all workers together need for a picture, once it is read. `room`:
        bytes of content that stay in memory once read."""
        self._spool = Spool()
        self._columns: dict[str, array[Any]] = {
            name: array(code) for name, code in (Rows.CODES | _OWN_CODES).items()
        }
        self._waiting = {tier: Waiting() for tier in Tier}
        self._left = {tier: [0, 0] for tier in Tier}
        """Entries and bytes that wait."""
        self._portions = Portions()
        self._glances = Glances(self._columns)
        self._look_ups = LookUps(self._columns, room)
        self._glanced_at: dict[int, int] = {}
        """Id to row, of entries that a worker glances at and nobody was given in full meanwhile."""
        self._promoted: set[int] = set()
        self._folders = Folders(self._columns["folders"])
        self._in_hand: dict[int, tuple[Tier, int]] = {}
        """Id to tier and size, of entries that were handed out and have not come back."""
        self._handed_out = {True: [0, 0], False: [0, 0]}
        """Entries and bytes of them, of pictures and of others."""
        self._batches = 0
        self._sweeps = Sweeps(self._columns, self._waiting, "waits", look=look)

    def look_up_first(self) -> None:
        """There is something to look up in: small content is, before pictures are decoded."""
        self._look_ups.wanted = True

    def close(self) -> None:
        """Give the spool back."""
        self._spool.close()

    def add(self, rows: Rows, *, rotating: bool) -> None:
        """Queue entries. `rotating`: on their device, seeking is what costs."""
        columns = self._columns
        first = len(columns["starts"])
        columns["starts"].extend(self._spool.put(rows.packed, rows.columns["lengths"]))
        for name, column in rows.columns.items():
            columns[name].extend(column)
        columns["rotating"].extend([rotating] * len(rows))
        self._queue(rows, first)

    def _queue(self, rows: Rows, first: int) -> None:
        """Put rows into their tiers, those near a finding before all; `first`: their number."""
        sizes, folders = rows.columns["sizes"], rows.columns["folders"]
        places: Sequence[int] = rows.columns["tiers"]
        if self._promoted:
            near = (folder in self._promoted for folder in folders)
            places = [
                Tier.NEIGHBOURS if up else tier for up, tier in zip(near, places, strict=True)
            ]
        self._columns["waits"].extend(places)
        self._columns["lanes"].extend([NOWHERE] * len(rows))
        for tier in map(Tier, set(places)):
            mine = [number for number, place in enumerate(places) if place == tier]
            self._waiting[tier].add(first + number for number in mine)
            for number in mine if tier is Tier.NEIGHBOURS else ():
                self._columns["tiers"][first + number] = tier
            self._count(tier, len(mine), sum(sizes[number] for number in mine))
        for number, wanted in enumerate(rows.columns["glances"]):
            if wanted and is_look_up(sizes[number]):
                self._columns["glances"][first + number] = LOOK_UP
                self._look_ups.add(first + number, _TIERS[places[number]])
            elif wanted:
                self._glances.add(first + number, _TIERS[places[number]])

    def next_batch(self, *, listing: bool = False) -> Batch:
        """The likeliest entries that wait, or what to glance at first; empty if nothing waits.

        `listing`: the survey goes on. Pictures of the lesser tiers, which take long, wait for it:
        likelier ones may be listed any moment.
        """
        tier = self._tier_while_listing() if listing else self._tier_of_next()
        if rows := self._look_ups.next(tier):
            return self._only(Job.LOOK_UP, rows)
        if tier is None:
            return Batch()
        glances = 0 if self._sweeps.begun else self._portions.glances()
        if glances and (rows := self._glances.next(tier, glances)):
            self._sweeps.read(rows, swept=False, most=HEAD_BYTES)
            return self._only(Job.GLANCE, rows)
        if self._waiting[tier].needs_sorting:
            self._waiting[tier].sort(self._columns)
        sounding = tier > (self.next_tier() or tier)
        self._batches += 1
        return self._take(tier, self._portioned(tier, sounding=sounding))

    def _portioned(self, tier: Tier, *, sounding: bool) -> list[int]:
        """As many of the next rows there as are a second's work."""
        portions, columns, waiting = self._portions, self._columns, self._waiting[tier]
        rows = waiting.peek(portions.others())
        if sounding and rows and columns["rotating"][rows[0]]:
            rows = rows[:SOUNDED_BY_JUMPS]
        most = portions.pictures(len(waiting))
        pictures = accumulate(_TIERS[columns["tiers"][row]].of_pictures for row in rows)
        return rows[: bisect_right(list(pictures), most)]

    def sort(self) -> None:
        """Put everything into its final order: the survey has ended."""
        for waiting in self._waiting.values():
            waiting.sort(self._columns)
        self._glances.sort()
        if not self._look_ups.sweep():
            self._sweeps.begin()

    def waits(self) -> bool:
        """Whether any entry waits."""
        return any(self._waiting.values())

    def next_tier(self) -> Tier | None:
        """The likeliest tier in which entries wait."""
        return next((tier for tier in Tier if self._waiting[tier]), None)

    def tiers_of(self, entries: Sequence[FileEntry]) -> list[Tier | None]:
        """As what entries were handed out; asked once, when they come back."""
        back = [self._in_hand.pop(entry.id, _NEVER) for entry in entries]
        for tier in {tier for tier, _ in back if tier is not None}:
            sizes = [size for of, size in back if of is tier]
            self._hand(tier, -len(sizes), -sum(sizes))
        return [tier for tier, _ in back]

    def left(self, *, pictures: bool) -> tuple[int, int]:
        """Entries and bytes that wait or are in hand, in tiers of pictures or in the others."""
        mine = [left for tier, left in self._left.items() if tier.of_pictures is pictures]
        mine.append(self._handed_out[pictures])
        return sum(entries for entries, _ in mine), sum(size for _, size in mine)

    @property
    def glances_left(self) -> int:
        """Pictures that wait for a glance; those that are looked at in full before need none."""
        return self._glances.left

    @property
    def look_ups_left(self) -> tuple[int, int]:
        """Entries and bytes that wait to be looked up; none once no picture waits any more."""
        pictures_wait = any(self._waiting[tier] for tier in Tier if tier.of_pictures)
        return self._look_ups.left if pictures_wait else (0, 0)

    def promote_neighbours(self, finding: FileEntry) -> int:
        """Move the entries that share the finding's folder to the front; how many they are."""
        folder = folder_of(finding.volume_id, finding.path.rpartition("/")[0]).number
        if folder in self._promoted:
            return 0
        beside, waits = self._folders.rows_in(folder), self._columns["waits"]
        if not self._sweeps.may_jump_to([row for row in beside if waits[row] != NOWHERE]):
            return 0
        self._promoted.add(folder)
        self._look_ups.promote(beside)
        return self._move(Tier.NEIGHBOURS, beside)

    def examined(self, entries: tuple[FileEntry, ...], seconds: float, *, pictures: bool) -> None:
        """A batch came back, which took its worker so long. `pictures`: its tier was of them."""
        self._portions.learn(len(entries), seconds, pictures=pictures)
        if not any(is_look_up(entry.size) for entry in entries):
            self._glances.learn(len(entries), seconds, glance=False)

    def glanced(self, batch: Batch, promising: Collection[int], seconds: float) -> int:
        """One that settles nothing is over, which took its worker so long: entries whose ids are
        `promising` come next; how many still wait."""
        if batch.job is Job.GLANCE:
            self._glances.learn(len(batch.entries), seconds, glance=True)
        rows = [(entry.id, self._glanced_at.pop(entry.id, None)) for entry in batch.entries]
        wanted = [row for number, row in rows if row is not None and number in promising]
        return self._move(Tier.MATCHED_AT_A_GLANCE, wanted)

    def waits_for(self, entry: FileEntry) -> bool:
        """Of an entry that a worker glances at: whether it is still to be looked at in full."""
        return entry.id in self._glanced_at

    def rest(self) -> Iterator[FileEntry]:
        """Everything that still waits, for the record of what was not reached."""
        self._glances.stop()
        self._look_ups.stop()
        self._sweeps.stop()
        for tier, waiting in self._waiting.items():
            waiting.sort(self._columns)
            while waiting:
                yield from self._take(tier, waiting.peek(MOST_OTHERS)).entries
                self._in_hand.clear()
        self._handed_out = {True: [0, 0], False: [0, 0]}

    def _move(self, front: Tier, rows: Iterable[int]) -> int:
        """Move those of them that wait behind a tier into it; how many they were."""
        columns, moved = self._columns, 0
        sizes, tiers, waits = columns["sizes"], columns["tiers"], columns["waits"]
        for row in rows:
            if waits[row] == NOWHERE or waits[row] <= front:
                continue
            self._waiting[_TIERS[waits[row]]].forget(row)
            self._count(_TIERS[tiers[row]], -1, -sizes[row])
            tiers[row] = front
            self._put(front, row, sizes[row])
            moved += 1
        self._waiting[front].sort_soon(columns)
        return moved

    def _tier_while_listing(self) -> Tier | None:
        wait = (Tier.OTHER_PICTURES, Tier.BROWSER_CACHES)
        return next((tier for tier in Tier if self._waiting[tier] and tier not in wait), None)

    def _tier_of_next(self) -> Tier | None:
        tier = self.next_tier()
        if tier is None or not tier.of_pictures or self._batches not in SOUNDINGS:
            return tier
        pictures = bool(self._batches % 8)
        behind = [each for each in Tier if each > tier and self._waiting[each]]
        others = [each for each in behind if each.of_pictures is pictures]
        return max(others or behind, key=lambda each: self._left[each][0], default=tier)

    def _put(self, tier: Tier, row: int, size: int) -> None:
        self._waiting[tier].add([row])
        self._columns["waits"][row] = tier
        self._count(tier, 1, size)

    def _hand(self, tier: Tier, entries: int, size: int) -> None:
        handed = self._handed_out[tier.of_pictures]
        handed[0] += entries
        handed[1] += size

    def _count(self, tier: Tier, entries: int, size: int) -> None:
        left = self._left[tier]
        left[0] += entries
        left[1] += size

    def _only(self, job: Job, rows: list[int]) -> Batch:
        """A batch that settles nothing."""
        entries = tuple(map(_unpack, self._read(rows)))
        self._glanced_at.update(zip((entry.id for entry in entries), rows, strict=True))
        return Batch(entries=entries, job=job)

    def _take(self, tier: Tier, rows: list[int]) -> Batch:
        """The first of these, which are next where that tier waits, as many as fit."""
        rows = self._fitting(rows)
        self._waiting[tier].drop(len(rows))
        sizes = [self._columns["sizes"][row] for row in rows]
        tiers = [_TIERS[self._columns["tiers"][row]] for row in rows]
        for row, each, size in zip(rows, tiers, sizes, strict=True):
            self._columns["waits"][row] = NOWHERE
            self._count(each, -1, -size)
            self._hand(each, 1, size)
        self._sweeps.read(rows, swept=tier is Tier.NEIGHBOURS)
        if self._glances.left or self._look_ups.waits:
            for row in rows:
                self._glances.give_up(row)
        entries = tuple(map(_unpack, self._read(rows)))
        for entry in entries if self._glanced_at else ():
            self._glanced_at.pop(entry.id, None)
        handed = zip(tiers, sizes, strict=True)
        self._in_hand.update(zip((entry.id for entry in entries), handed, strict=True))
        return Batch(entries=entries)

    def _fitting(self, rows: list[int]) -> list[int]:
        """As many of them as fit a batch."""
        total = 0
        for number, row in enumerate(rows):
            total += self._columns["sizes"][row]
            if total > BATCH_BYTES and number:
                return rows[:number]
        return rows

    def _read(self, rows: list[int]) -> list[bytes]:
        """The packed entries."""
        lengths, starts = self._columns["lengths"], self._columns["starts"]
        return self._spool.read([starts[row] for row in rows], [lengths[row] for row in rows])
