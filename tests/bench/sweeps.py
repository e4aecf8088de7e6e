"""How rotating disks are read: seek's order beside tiers alone and the disk's own, on a model.

Disks of 2, 20 and 200 GB (modelled_disks.py), each mixed and as it came in sittings, three of each;
nothing is random between two runs, and nothing is timed. `SEEK_BENCH_DISKS` names sizes (`2 GB,…`).
"""

import os

from tests.bench import modelled_disks
from tests.bench.measure import table
from tests.bench.orders import DRIVES, Read, reached, read_of, seeks_order

SHARES = (0.5, 0.9, 1.0)
SEEDS = (7, 8, 9)
BOUND = 1.2


def run() -> str:
    """The table."""
    wanted = os.environ.get("SEEK_BENCH_DISKS", ",".join(modelled_disks.SIZES)).split(",")
    rows = [
        row(name, mixed=mixed, seed=seed)
        for name in wanted
        for mixed in (True, False)
        for seed in SEEDS
    ]
    kept = sum(float(cells[-1]) <= BOUND for cells in rows)
    marks = [f"{share:.0%}" for share in SHARES]
    whose = [f"{who}: {mark}" for who in ("tiers", "as it lies", "seek") for mark in marks]
    head = ("disk", *whose, "worst, of the better")
    return (
        "## Rotating disks, modelled\n\n"
        f"Seconds until so much of the notable is read ({DRIVES[0].jump * 1000:.0f} ms a jump, "
        f"{1e-6 / DRIVES[0].byte:.0f} MB/s; looking costs nothing). seek is within {BOUND} times "
        f"the better of both at every mark on {kept} of {len(rows)} disks.\n\n" + table(head, rows)
    )


def row(name: str, *, mixed: bool, seed: int) -> list[str]:
    """One disk; the last cell is seek's worst ratio to the better of the two others."""
    entries, notable = modelled_disks.made(name, mixed=mixed, seed=seed)
    as_it_lies = sorted(map(read_of, entries), key=lambda read: read.position)
    tiers = _marks(seeks_order(entries, notable, rotating=True, sweeps=False), notable)
    disk = _marks(as_it_lies, notable)
    ours = _marks(seeks_order(entries, notable, rotating=True), notable)
    worst = max(our / min(pair) for our, *pair in zip(ours, tiers, disk, strict=True))
    label = f"{name}, {'mixed' if mixed else 'in sittings'}, {seed}"
    return [label, *(f"{each:.1f}" for each in (*tiers, *disk, *ours)), f"{worst:.2f}"]


def _marks(order: list[Read], notable: set[str]) -> list[float]:
    times = [seconds for seconds, _ in reached(order, notable, DRIVES[0])]
    return [times[max(0, round(share * len(times)) - 1)] for share in SHARES]
