"""On a disk that turns: few sweeps, detours that cost little, and nothing is lost by joining."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from tests.bench import sweeps
from triage.evidence import FileEntry, Run, Storage
from triage.plan.order import Job, Order
from triage.plan.rows import Rows
from triage.plan.sweeps import MORE, REACH, planned, seconds_of
from triage.plan.tiers import Planner, Tier
from triage.profile import load

QUICK = load("quick")
LARGE = 100 * REACH


def _lying(*runs: tuple[int, int, Tier]) -> "tuple[object, object, object]":
    places, sizes, tiers = zip(*runs, strict=True)
    return (np.array(places, np.int64), np.array(sizes, np.int64), np.array(tiers, np.uint8))


def _sweeps(*runs: tuple[int, int, Tier], busy: float = 0.0, more: float = 1e9) -> list[Tier]:
    places, sizes, tiers = _lying(*runs)
    took = np.full(len(runs), busy)
    return [Tier(each) for each in planned(places, sizes, tiers, took, more=more).tolist()]  # type: ignore[arg-type]


PICTURE, SYSTEM = Tier.PERSONAL_PICTURES, Tier.SYSTEM
MIXED = [(n * 20_000, 20_000, PICTURE if n % 10 == 0 else SYSTEM) for n in range(1000)]
APART = [(n * LARGE, 20_000, PICTURE) for n in range(20)] + [
    ((n + 20) * LARGE, LARGE, SYSTEM) for n in range(500)
]


def test_what_lies_among_what_is_likely_is_read_in_the_same_sweep() -> None:
    assert set(_sweeps(*MIXED)) == {PICTURE}


def test_what_lies_apart_waits_for_what_is_likely() -> None:
    assert set(_sweeps(*APART)) == {PICTURE, SYSTEM}


def test_sweeps_are_joined_where_several_would_take_longer_than_they_may() -> None:
    reach = REACH * 9 // 5
    apart = [(n * reach + reach // 2, 20_000, PICTURE) for n in range(100)]
    apart += [(n * reach, 20_000, SYSTEM) for n in range(100)]
    assert set(_sweeps(*apart, more=0.0)) == {PICTURE}
    assert set(_sweeps(*apart, more=10.0)) == {PICTURE, SYSTEM}


def test_what_is_looked_at_for_longer_than_it_is_read_is_not_taken_on_the_way() -> None:
    assert set(_sweeps(*MIXED, busy=0.5)) == {PICTURE, SYSTEM}


def test_a_sweep_passes_small_gaps_and_jumps_over_large_ones() -> None:
    places, sizes = np.array([0, 1000 + REACH // 2]), np.array([1000, 1000])
    near = seconds_of(places, sizes, np.zeros(2))
    far = seconds_of(places + np.array([0, 100 * REACH]), sizes, np.zeros(2))
    assert near < far
    assert seconds_of(places[:0], sizes[:0], np.zeros(0)) == 0.0


@pytest.fixture
def order() -> Iterator[Order]:
    order = Order(room=1 << 30)
    yield order
    order.close()


def _entry(number: int, path: str, at: int, size: int = 20_000) -> FileEntry:
    return FileEntry(
        id=number, volume_id="d0v1", path=path, size=size, storage=Storage.RUNS,
        runs=(Run(at, size),),
    )  # fmt: skip


def _disk(count: int = 4000) -> list[FileEntry]:
    """Every tenth a picture of a person, in one of two folders, all mixed."""
    paths = (
        f"Users/Sam/Pictures/{n % 2}/{n}.jpg" if n % 10 == 0 else f"Windows/{n % 997}/{n}.dll"
        for n in range(count)
    )
    return [_entry(n, path, n * 40_000) for n, path in enumerate(paths)]


def _add(order: Order, entries: list[FileEntry]) -> None:
    planner, rows = Planner(QUICK), Rows()
    for entry in entries:
        rows.add(entry, planner.place(entry), entry.position)
    order.add(rows, rotating=True)


def test_what_is_joined_comes_once_keeps_its_tier_and_is_counted(order: Order) -> None:
    entries = _disk()
    _add(order, entries)
    order.sort()
    seen: dict[int, Tier | None] = {}
    while batch := order.next_batch():
        counted = sum(order.left(pictures=pictures)[0] for pictures in (True, False))
        assert counted == len(entries) - len(seen)
        seen |= {e.id: t for e, t in zip(batch.entries, order.tiers_of(batch.entries), strict=True)}
    assert len(seen) == len(entries)
    pictures = {number for number, tier in seen.items() if tier is PICTURE}
    assert pictures == {entry.id for entry in entries if entry.path.endswith("jpg")}
    assert not order.waits()


def test_after_detours_everything_is_swept_as_it_lies(order: Order) -> None:
    _add(order, _disk())
    order.sort()
    places = []
    while batch := order.next_batch():
        places += [entry.position for entry in batch.entries]
    back = sum(after < before for before, after in itertools.pairwise(places))
    assert back <= 6


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_disk_that_detours_read_to_its_end_needs_no_sweep(order: Order, count: int) -> None:
    _add(order, [_entry(n, f"Windows/{n}.dll", (n + 1) * LARGE) for n in range(count)])
    order.sort()
    came: list[int] = []
    while batch := order.next_batch():
        came += [entry.id for entry in batch.entries]
    assert sorted(came) == list(range(count))


def test_beside_findings_is_read_only_as_long_as_jumping_there_costs_little(order: Order) -> None:
    entries = _disk()
    _add(order, entries)
    order.sort()
    found = [order.promote_neighbours(entry) for entry in entries if entry.path.endswith("dll")]
    jumps = 0.008 * sum(found)
    assert 0.0 < jumps < 1.5 * MORE * (4000 * 40_000 / 150e6)


def test_all_that_waits_is_written_down_once_when_a_scan_ends_before_its_sweeps(
    order: Order,
) -> None:
    _add(order, _disk())
    order.sort()
    begun = order.next_batch()
    ids = [entry.id for entry in (*begun.entries, *order.rest())]
    assert len(ids) == len(set(ids)) == 4000


def test_small_content_is_looked_up_in_a_sweep_where_it_stays_in_memory(order: Order) -> None:
    order.look_up_first()
    entries = _disk()
    _add(order, entries)
    before = order.next_batch(listing=True)
    assert before.job.settles, "nothing is looked up while the survey moves the head"
    order.sort()
    looked_up: list[int] = []
    while len(looked_up) < len(entries) - len(before.entries):
        batch = order.next_batch()
        if batch.job is Job.LOOK_UP:
            looked_up += [entry.id for entry in batch.entries]
        else:
            assert batch, "what was looked at in full is not looked up"
            looked_up += [e.id for e in batch.entries if e.id not in looked_up]
    assert len(set(looked_up)) == len(entries) - len(before.entries)


def test_beside_a_finding_is_looked_up_first_in_a_sweep_too(order: Order) -> None:
    order.look_up_first()
    entries = _disk()
    _add(order, entries)
    order.sort()
    assert order.promote_neighbours(entries[1999])
    folder = entries[1999].path.rpartition("/")[0]
    batch = order.next_batch()
    assert batch.job is Job.LOOK_UP
    assert sorted(entry.id for entry in batch.entries) == [
        entry.id for entry in entries if entry.path.rpartition("/")[0] == folder
    ]


def test_nothing_is_looked_up_that_would_not_stay_in_memory() -> None:
    order = Order(room=1_000_000)
    order.look_up_first()
    _add(order, _disk())
    order.sort()
    while batch := order.next_batch():
        assert batch.job.settles
    order.close()


@pytest.mark.parametrize("mixed", [True, False])
def test_on_a_disk_of_2_gb_no_mark_comes_much_later_than_in_the_better_order(mixed: bool) -> None:
    assert float(sweeps.row("2 GB", mixed=mixed, seed=8)[-1]) <= sweeps.BOUND
