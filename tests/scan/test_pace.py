"""The estimate is honest to a fifth after the first tenth, on simulated runs with known costs."""

import random
from collections.abc import Callable, Iterator

import pytest

from triage.plan.order import SOUNDINGS
from triage.scan.pace import Amount, Kind, Pace

Batch = tuple[Kind, Amount]
Cost = Callable[[Kind, int], float]


def _laptop(kind: Kind, size: int) -> float:
    return 0.018 + size * 9e-9 if kind is Kind.PICTURES else 0.0001 + size * 2.2e-9


def _old_computer(kind: Kind, size: int) -> float:
    return 0.11 + size * 4e-8 if kind is Kind.PICTURES else 0.0009 + size * 9e-9


def _emulated(kind: Kind, size: int) -> float:
    return 2.5 + size * 1e-6 if kind is Kind.PICTURES else 0.02 + size * 2e-7


def _digests_only(kind: Kind, size: int) -> float:
    del kind
    return 0.00008 + size * 1.9e-9


def _picture(chance: random.Random) -> int:
    return int(chance.lognormvariate(13.5, 1.2))


def _other(chance: random.Random) -> int:
    return int(min(chance.lognormvariate(9.0, 2.2), 5e8))


def _batches(chance: random.Random, pictures: int, others: int) -> Iterator[tuple[Kind, list[int]]]:
    """Pictures first; with a batch of others now and then at the beginning, as Order hands out."""
    done = others_done = number = 0
    while done < pictures or others_done < others:
        number += 1
        early = number in SOUNDINGS and others_done < others
        if done < pictures and not early:
            count = min(32, pictures - done)
            done += count
            yield Kind.PICTURES, [_picture(chance) for _ in range(count)]
        else:
            count = min(256, others - others_done)
            others_done += count
            yield Kind.OTHERS, [_other(chance) for _ in range(count)]


@pytest.mark.parametrize("cost", [_laptop, _old_computer, _emulated, _digests_only])
@pytest.mark.parametrize(("pictures", "others"), [(20_000, 150_000), (3_000, 300_000), (30_000, 0)])
@pytest.mark.parametrize("workers", [1, 2, 8])
def test_after_a_tenth_the_estimate_is_within_a_fifth(
    cost: Cost, pictures: int, others: int, workers: int
) -> None:
    chance = random.Random(f"{cost.__name__}{pictures}{workers}")
    plan = list(_batches(chance, pictures, others))
    times = [
        sum(cost(kind, size) for size in sizes) * chance.uniform(0.8, 1.25) for kind, sizes in plan
    ]
    left = {kind: Amount(*_total(plan, kind)) for kind in Kind}
    ends = _ends(times, workers)
    total = ends[-1][0]
    pace = Pace(workers)
    checked = 0
    for now, number in ends:
        kind, sizes = plan[number]
        amount = Amount(len(sizes), sum(sizes))
        pace.note(now, {kind: amount}, times[number])
        left[kind] = Amount(left[kind].entries - amount.entries, left[kind].bytes - amount.bytes)
        told = pace.seconds_left(left)
        if now >= total / 10 and told is not None:
            checked += 1
            assert abs(now + told - total) <= 0.2 * total, (now, told, total)
    assert checked > len(plan) / 3


def _telephone(kind: Kind, size: int) -> float:
    return 0.030 + size * 1.9e-7 if kind is Kind.HEIFS else 0.020 + size * 2.2e-8


@pytest.mark.parametrize("slowness", [1.0, 6.0])
@pytest.mark.parametrize("order", ["mixed", "JPEGs first", "HEICs first"])
def test_heics_beside_jpegs_are_told_apart(order: str, slowness: float) -> None:
    """They cost eight times as much, and may all come last."""
    chance = random.Random(f"{order}{slowness}")
    pictures = [Kind.HEIFS, Kind.PICTURES] * 600
    if order != "mixed":
        pictures.sort(key=lambda kind: (kind is Kind.HEIFS) == (order == "JPEGs first"))
    sized = [(kind, int(chance.lognormvariate(13.9, 0.4))) for kind in pictures]
    batches = [sized[at : at + 8] for at in range(0, len(sized), 8)]
    times = [
        slowness * sum(_telephone(kind, size) for kind, size in batch) * chance.uniform(0.8, 1.25)
        for batch in batches
    ]
    left = {kind: Amount(*_sum(sized, kind)) for kind in (Kind.HEIFS, Kind.PICTURES)}
    pace, now, total = Pace(), 0.0, sum(times)
    for batch, seconds in zip(batches, times, strict=True):
        now += seconds
        done = {kind: Amount(*_sum(batch, kind)) for kind in left}
        pace.note(now, done, seconds)
        left = {
            kind: Amount(each.entries - done[kind].entries, each.bytes - done[kind].bytes)
            for kind, each in left.items()
        }
        told = pace.seconds_left(left)
        if now >= total / 10:
            assert told is not None
            assert abs(now + told - total) <= 0.2 * total, (now, told, total)


def _sum(sized: list[tuple[Kind, int]], wanted: Kind) -> tuple[int, int]:
    sizes = [size for kind, size in sized if kind is wanted]
    return len(sizes), sum(sizes)


def _ends(times: list[float], workers: int) -> list[tuple[float, int]]:
    """When each batch ends, and its number, if whoever is free takes the next."""
    clocks = [0.0] * workers
    ends = []
    for number, seconds in enumerate(times):
        at = clocks.index(min(clocks))
        clocks[at] += seconds
        ends.append((clocks[at], number))
    return sorted(ends)


def _total(plan: list[tuple[Kind, list[int]]], kind: Kind) -> tuple[int, int]:
    sizes = [size for each, batch in plan if each is kind for size in batch]
    return len(sizes), sum(sizes)


def test_nothing_is_told_before_anything_is_known() -> None:
    pace = Pace(2)
    assert pace.seconds_left({Kind.OTHERS: Amount(10, 1000)}) is None
    pace.note(0.1, {Kind.OTHERS: Amount(10, 1000)}, 0.1)
    assert pace.seconds_left({Kind.OTHERS: Amount(10, 1000)}) is None


def test_a_slow_machine_is_known_as_such_before_the_first_picture_is_done() -> None:
    pace = Pace()
    others, pictures = Amount(200, 2_000_000), Amount(100, 10_000_000)
    pace.note(8.0, {Kind.OTHERS: others}, 8.0)  # a laptop takes 0.045 s
    told = pace.seconds_left({Kind.PICTURES: pictures, Kind.OTHERS: Amount(0, 0)})
    assert told is not None
    assert 100 < told < 1000


def test_batches_that_took_long_count_as_much_as_those_that_went_quickly() -> None:
    chance, pace, now = random.Random(5), Pace(), 0.0
    for _ in range(30):
        size = int(chance.uniform(30_000, 50_000))
        seconds = 32 * (0.022 + size * 5e-8) * chance.choice((0.5, 0.5, 2.0))
        now += seconds
        pace.note(now, {Kind.PICTURES: Amount(32, 32 * size)}, seconds)
    told = pace.seconds_left({Kind.PICTURES: Amount(32_000, 32_000 * 12_000)})
    assert told == pytest.approx(32_000 * (0.022 + 12_000 * 5e-8), rel=0.2)
