"""`python -m tests.torture.kills 200 [FIRST]`: so many scans are killed, each at another moment.

Of every three, two lose their coordinator by `kill -9` and are resumed, some of them after a second
kill; the third loses one of its workers and goes on by itself. Every one must end with a bundle
that verifies and that says what the undisturbed scan's says, times and order aside. FIRST: the
number of the first, so that a long run can be made in pieces.
"""

import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.scan import cut_off

TRIES = 40
"""Moments that are tried for one kill: some come when the scan is over.

Odd numbers take any moment; even ones the later half, where there is more to lose.
"""
SOONER = 0.85
"""Each try comes so much sooner: the last ones long before the end, however fast the machine is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undisturbed:
    """The scan that nobody killed, to compare with."""

    disk: Path
    known: Path
    bundle: Path
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a killed scan came out."""

    differs: list[str]
    """Empty is what should be."""
    victim: str
    carried: int = 0
    """Entries that were not looked at again."""


def undisturbed(folder: Path, *, files: int = 4000) -> Undisturbed:
    """Make the disk, and scan it in peace."""
    disk, known = cut_off.suspect(folder, files=files)
    cut_off.finished(disk, known, folder / "warm")
    begun = time.monotonic()
    bundle = cut_off.finished(disk, known, folder / "whole")
    return Undisturbed(disk=disk, known=known, bundle=bundle, seconds=time.monotonic() - begun)


def kill(whole: Undisturbed, out: Path, number: int) -> Ended:
    """The scan of that number, killed at its moment. Raises AssertionError if it does not end."""
    chance = random.Random(number)
    for attempt in range(TRIES):
        after = whole.seconds * (
            chance.uniform(0.1, 1.05) if number % 2 else chance.betavariate(5, 2)
        )
        after *= SOONER**attempt  # the machine may be less busy than when the whole scan was timed
        ended = _worker(whole, out, after, chance) if number % 3 == 2 else _all(whole, out, after)
        if ended is not None:
            return ended
        shutil.rmtree(out)
    raise AssertionError(f"number {number}: the scan was over at {TRIES} moments")


def _all(whole: Undisturbed, out: Path, after: float) -> Ended | None:
    ended = cut_off.killed_and_resumed(whole.disk, whole.known, out, after)
    if ended is None:
        return None
    differs = cut_off.same(whole.bundle, ended[0])
    return Ended(differs=differs, victim="coordinator", carried=ended[1])


def _worker(whole: Undisturbed, out: Path, after: float, chance: random.Random) -> Ended | None:
    bundle = cut_off.worker_killed(whole.disk, whole.known, out, after, chance.random())
    if bundle is None:
        return None
    return Ended(differs=cut_off.same(whole.bundle, bundle), victim="worker")


def main() -> int:
    """Kill so many; the exit code says whether all came out equal."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    equal, carried = Counter[str](), 0
    with tempfile.TemporaryDirectory(prefix="seek-kills-") as scratch:
        folder = Path(scratch)
        whole = undisturbed(folder)
        for number in range(first, first + count):
            out = folder / f"out{number}"
            try:
                ended = kill(whole, out, number)
            except AssertionError as error:
                ended = Ended(differs=[str(error)], victim="none")
            equal[ended.victim] += not ended.differs
            carried += ended.carried > 0
            if ended.differs:
                print(f"{number} ({ended.victim}): {ended.differs}", flush=True)
                if (keep := os.environ.get("KEEP")) and out.exists():
                    shutil.copytree(out, Path(keep) / f"{number}", dirs_exist_ok=True)
            shutil.rmtree(out, ignore_errors=True)
            if (number - first + 1) % 20 == 0:
                print(f"{equal.total()} of {number - first + 1} equal", flush=True)
    print(
        f"{equal.total()} of {count} equal to the undisturbed scan: {equal['coordinator']} lost "
        f"their coordinator and were resumed ({carried} with entries carried over), "
        f"{equal['worker']} lost a worker"
    )
    return 0 if equal.total() == count else 1


if __name__ == "__main__":
    sys.exit(main())
