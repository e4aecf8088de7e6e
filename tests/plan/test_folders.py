"""Rows by their folder, while they grow; and that what moves to the front comes once."""

import random
from array import array

from triage.evidence import FileEntry, Run, Storage
from triage.plan.folders import Folders
from triage.plan.order import Order
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
