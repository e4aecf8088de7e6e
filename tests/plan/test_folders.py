"""Rows by their folder, while they grow; and that what moves to the front comes once."""

import random
from array import array
from collections.abc import Callable

import pytest

from triage.evidence import FileEntry, Run, Storage
from triage.plan.folders import Folders
from triage.plan.order import Batch, Job, Order
from triage.plan.rows import Rows
from triage.plan.tiers import Planner, Tier
from triage.profile import load


def test_the_rows_of_a_folder_are_found_however_many_came_since() -> None:
    chance = random.Random(2)
    column = array("I")
    folders = Folders(column)
    assert folders.rows_in(3) == []
    for count in (10, 5000, 10, 30_000, 9000, 9000):
        column.extend(chance.randrange(50) for _ in range(count))
        for folder in (0, 3, 49, 50, 2**32 - 1):
            rows = [row for row, each in enumerate(column) if each == folder]
            assert folders.rows_in(folder) == rows


def test_each_entry_comes_once_however_often_its_neighbours_are_found() -> None:
    """Findings in folders of which a part was handed out, glanced at, or is not listed yet."""
    chance = random.Random(4)
    planner, order = Planner(load("quick")), Order()
    order.look_up_first()
    waiting: dict[int, FileEntry] = {}
    came: list[int] = []
    front: set[int] = set()
    for number in range(6000):
        ending = chance.choice(("jpg", "dat", "dll"))
        entry = FileEntry(
            id=number, volume_id="d0v1", path=f"data/{chance.randrange(60)}/{number}.{ending}",
            size=4000, storage=Storage.RUNS, runs=(Run(number << 14, 4000),),
        )  # fmt: skip
        waiting[number] = entry
    entries = list(waiting.values())
    for begin in range(0, 6000, 500):
        rows = Rows()
        for entry in entries[begin : begin + 500]:
            rows.add(entry, planner.place(entry), entry.position)
        order.add(rows, rotating=False)
        for _ in range(6):
            finding = chance.choice(entries[: begin + 500])
            folder = finding.path.rpartition("/")[0]
            beside = {each.id for each in entries[: begin + 500]
                      if each.id in waiting and each.path.rpartition("/")[0] == folder}  # fmt: skip
            moved = order.promote_neighbours(finding)
            assert moved in {0, len(beside - front)}
            front |= beside
            batch = order.next_batch()
            if batch.job.settles:
                came += [entry.id for entry in batch.entries]
                for entry in batch.entries:
                    del waiting[entry.id]
            else:
                promising = [each.id for each in batch.entries if not each.id % 9]
                order.glanced(batch, promising, 0.1)
                front.update(promising)
        left = sum(order.left(pictures=each)[0] for each in (True, False))
        order.tiers_of([entries[each] for each in came])
        assert left >= sum(order.left(pictures=each)[0] for each in (True, False))
    assert order.next_tier() in {Tier.NEIGHBOURS, Tier.MATCHED_AT_A_GLANCE}
    came += [entry.id for entry in order.rest()]
    assert sorted(came) == list(range(6000))
    assert not order.waits()
    order.close()


class Played:
    """An order on which findings are played at random, and what should wait in it."""

    def __init__(self, entries: list[FileEntry], room: int) -> None:
        self.order = Order(room=room)
        self.order.look_up_first()
        self._entries = entries
        self._planner = Planner(load("quick"))
        self._chance = random.Random(5)
        self._listed = 0
        self._beside: dict[str, list[int]] = {}
        self._promoted: set[str] = set()
        self._front: set[int] = set()
        self.waiting: set[int] = set()
        self.came: list[int] = []
        self.looked_up: list[int] = []
        self.refused = 0
        self.joined = False
        """Whether the last batch was of several tiers."""

    def survey(self, count: int, *, rotating: bool) -> None:
        """So many more are listed."""
        rows = Rows()
        for entry in self._entries[self._listed : self._listed + count]:
            rows.add(entry, self._planner.place(entry), entry.position)
            folder = entry.path.rpartition("/")[0]
            self._beside.setdefault(folder, []).append(entry.id)
            self.waiting.add(entry.id)
            if folder in self._promoted:
                self._front.add(entry.id)
        self._listed += count
        self.order.add(rows, rotating=rotating)

    def find(self, *, listing: bool = False) -> int:
        """A finding somewhere; how many entries moved."""
        folder = self._chance.choice(list(self._beside))
        beside = self.waiting.intersection(self._beside[folder])
        finding = self._entries[self._beside[folder][0]]
        moved = self.order.promote_neighbours(finding)
        if moved or listing:
            assert moved == (0 if folder in self._promoted else len(beside - self._front))
            self._promoted.add(folder)
            self._front |= beside
        elif folder not in self._promoted and beside - self._front:
            self.refused += 1
        return moved

    def next(self, *, listing: bool = False) -> Batch:
        """The next batch, which comes back at once."""
        front = bool(self._front & self.waiting)
        tier = self.order.next_tier()
        assert front == (tier in {Tier.MATCHED_AT_A_GLANCE, Tier.NEIGHBOURS})
        batch = self.order.next_batch(listing=listing)
        ids = [entry.id for entry in batch.entries]
        kinds = {e.path.rpartition(".")[2] for e in batch.entries if e.id not in self._front}
        self.joined = len(kinds) > 1
        if batch.job.settles:
            assert self.waiting.issuperset(ids)
            self.came += ids
            self.waiting.difference_update(ids)
            self.order.tiers_of(batch.entries)
        else:
            promising = {number for number in ids if not number % 9}
            wait = promising & self.waiting
            self.order.glanced(batch, promising, 0.1)
            self._front |= wait
            if batch.job is Job.LOOK_UP:
                self.looked_up += ids
        left = [self.order.left(pictures=each) for each in (True, False)]
        assert sum(entries for entries, _ in left) == len(self.waiting)
        assert sum(size for _, size in left) == sum(self._entries[n].size for n in self.waiting)
        return batch


def _on_disk(count: int = 4000) -> list[FileEntry]:
    """Small files of all kinds in folders of some twenty, a megabyte from one to the next."""
    chance = random.Random(6)
    paths: tuple[Callable[[int], str], ...] = (
        lambda n: f"Users/Sam/Pictures/{chance.randrange(40)}/{n}.jpg",
        lambda n: f"Users/Sam/Papers/{chance.randrange(60)}/{n}.doc",
        lambda n: f"Windows/{chance.randrange(100)}/{n}.dll",
        lambda n: f"Windows/{chance.randrange(100)}/{n}.png",
    )
    return [
        FileEntry(
            id=number, volume_id="d0v1", path=chance.choice(paths)(number),
            size=4000 + number % 7, storage=Storage.RUNS, runs=(Run(number << 20, 4000),),
        )
        for number in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize("room", [0, 1 << 30], ids=["looked_at", "looked_up"])
@pytest.mark.parametrize("solid", [False, True], ids=["all_turn", "one_is_solid"])
def test_on_disks_that_turn_each_entry_comes_once_through_detours_and_sweeps(
    room: int, solid: bool
) -> None:
    """Findings while it is listed, while detours go on, and once tiers are joined into sweeps."""
    played = Played(_on_disk(), room)
    for number in range(8):
        played.survey(500, rotating=not (solid and number % 3 == 1))
        for _ in range(2):
            played.find(listing=True)
            played.next(listing=True)
    played.order.sort()
    batches = swept = moved = 0
    while played.next():
        batches, swept = batches + 1, swept + played.joined
        found = played.find() if swept or batches in range(0, 60, 5) else 0
        moved += found if swept else 0
    assert sorted(played.came) == list(range(4000))
    assert len(set(played.looked_up)) == len(played.looked_up)
    assert swept, "tiers were never joined"
    assert moved, "nothing moved once they were"
    assert room or played.refused, "jumping there was never too dear"
    assert bool(played.looked_up) is bool(room or solid)
    assert not played.order.waits()
    assert played.order.look_ups_left == (0, 0)
    played.order.close()


@pytest.mark.parametrize("batches", [0, 5, 200])
def test_what_waits_on_disks_that_turn_is_told_once_wherever_a_scan_is_stopped(
    batches: int,
) -> None:
    played = Played(_on_disk(), room=0)
    played.survey(4000, rotating=True)
    played.order.sort()
    for _ in range(batches):
        played.find()
        played.next()
    came = played.came + [entry.id for entry in played.order.rest()]
    assert sorted(came) == list(range(4000))
    played.order.close()
