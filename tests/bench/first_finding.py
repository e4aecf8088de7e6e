"""Time to the first finding, and the recall curve, on a Windows-like disk.

Parts, each a table; `SEEK_BENCH_PARTS` names those that are wanted, `SEEK_BENCH_ENTRIES` makes a
smaller disk, `SEEK_BENCH_FOLDER` keeps it (and makes it only if it is not there).

    orders       computed: the order of seek's plan, directory, disk and random order
    run          really run, the image in memory: seek (two minutes of it), tsk_recover + hashdeep,
                 fiwalk
    turning      the same through a delay layer that makes the image a disk with 8 ms a seek, each
                 for five minutes at most
    estimates    what seek says of the time that is left, on a disk of a fifth of the entries
    photographs  what the glances at thumbnails inside photographs gain
"""

import json
import os
import random
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench import delayed, photographs, recall_curves, windows_disk
from tests.bench.measure import table
from tests.bench.orders import (
    DRIVES,
    curve,
    megabytes_to_first,
    read_of,
    seeks_order,
    walked,
)
from tests.bench.windows_disk import WindowsDisk

ENTRIES = 200_000
DISKS = 9
ENOUGH = 120.0
"""Seconds of a scan that find all that is notable on this disk."""
LOADED = 5.0
"""Of one that brings all that a scan loads into memory, as the image is."""
PATIENCE = 300.0
"""Seconds that each is given on the disk that turns."""
MARKS = ("to the first", "50 %", "90 %", "100 % of the notable")


def run() -> str:
    """The tables."""
    parts: dict[str, Callable[[WindowsDisk, Path], str]] = {
        "orders": _orders, "run": _really, "turning": _turning, "estimates": _estimates,
    }  # fmt: skip
    wanted = os.environ.get("SEEK_BENCH_PARTS", "orders,run,turning,estimates,photographs").split(
        ","
    )
    with tempfile.TemporaryDirectory(prefix="seek-first-") as name:
        kept = Path(os.environ.get("SEEK_BENCH_FOLDER", name))
        told = []
        if set(wanted) & set(parts):
            disk = _disk(kept)
            told = [parts[part](disk, Path(name)) for part in wanted if part in parts]
        if "photographs" in wanted:
            told.append(photographs.run(Path(name)))
    return "## First finding\n\n" + "\n".join(told)


def _disk(folder: Path) -> WindowsDisk:
    entries = int(os.environ.get("SEEK_BENCH_ENTRIES", ENTRIES))
    image, answers = folder / f"windows-{entries}.img", folder / f"windows-{entries}.json"
    if not answers.exists():
        disk = windows_disk.make(image, entries)
        answers.write_text(json.dumps([disk.notable, disk.sha1]))
    notable, sha1 = json.loads(answers.read_text())
    return WindowsDisk(path=image, notable=notable, sha1=sha1)


def _known(disk: WindowsDisk, folder: Path) -> Path:
    known = folder / "known.txt"
    known.write_text("".join(f"{digest}\n" for digest in disk.notable.values()))
    return known


def _orders(disk: WindowsDisk, folder: Path) -> str:
    """Seek's orders beside others, on modelled drives."""
    entries = walked(disk.path)
    by_listing = [read_of(entry) for entry in entries]
    orders = {
        f"seek, {drive.name}": seeks_order(entries, set(disk.notable), rotating=drive is DRIVES[0])
        for drive in DRIVES
    }
    by_place = sorted(by_listing, key=lambda read: read.position)
    shuffled = random.Random(1).sample(by_listing, len(by_listing))
    orders |= {"directory order": by_listing, "disk order": by_place, "random": shuffled}
    rows = [
        row for label, order in orders.items() for row in curve(label, order, set(disk.notable))
    ]
    return (
        f"{len(entries):,} entries with content on NTFS, {len(disk.notable)} notable. Seconds of "
        "a modelled drive, and the share of all bytes read by then; deciding costs nothing in the "
        "model. seek's is what its plan hands out, the profile quick.\n\n"
        + table(("order", "drive", *MARKS), rows)
        + "\n"
        + _by_chance(folder)
    )


def _by_chance(folder: Path) -> str:
    """The first finding is luck on one disk: the same on several, smaller ones."""
    image, firsts = folder / "chance.img", []
    for seed in range(DISKS):
        disk = windows_disk.make(image, 20_000, seed=seed)
        entries, notable = walked(image), set(disk.notable)
        firsts.append(
            (
                megabytes_to_first(seeks_order(entries, notable, rotating=True), notable),
                megabytes_to_first([read_of(entry) for entry in entries], notable),
            )
        )
        image.unlink()
    ours, theirs = (statistics.median(column) for column in zip(*firsts, strict=True))
    shown = ", ".join(f"{a:.1f} / {b:.1f}" for a, b in firsts)
    return (
        f"Bytes to the first finding on {DISKS} disks of 20,000 entries, rotating: median "
        f"{ours:.1f} MB in seek's order, {theirs:.1f} MB in directory order ({shown}).\n"
    )


def _really(disk: WindowsDisk, folder: Path) -> str:
    """On this machine, the image in memory."""
    sizes = _sizes(disk)
    _read_once(disk.path)
    known = _known(disk, folder)
    for out, limit in (("out-before", LOADED), ("out-run", ENOUGH)):  # the first is not counted
        ours = recall_curves.seek(disk.path, known, folder / out, disk.notable, rotating=False,
                           limit=limit)  # fmt: skip
    rivals = {
        "tsk_recover -a, hashdeep -m": recall_curves.recovered(
            disk.path, folder, disk.notable, sizes
        ),
        "fiwalk, searched as it comes": recall_curves.walked(disk.path, disk.sha1),
    }
    rows = [["seek, quick", *ours.cells(len(disk.notable))]]
    rows += [[name, *each.cells(len(disk.notable))] for name, each in rivals.items()]
    after = min(ours.found.values(), default=0.0) - ours.listed
    content = sum(sizes.values())
    return (
        "Really run, the image and the programs in memory; seconds from the start of the command. "
        f"seek named the device after {ours.listed:.1f} s, and its first finding {after:.1f} s "
        "after that.\n\n"
        + table(("", *MARKS, "end"), rows)
        + "\nContent that seek's examiners had read by then, second looks and what "
        f"they read to start (some 50 MB) included, of the {content / 1e6:.0f} MB of all files:\n\n"
        + table(("", *MARKS), [["MB", *ours.megabytes(len(disk.notable), content)]])
    )


def _sizes(disk: WindowsDisk) -> dict[str, int]:
    """Bytes by path, of all its files."""
    return {entry.shown_path: entry.size for entry in walked(disk.path)}


def _estimates(disk: WindowsDisk, folder: Path) -> str:
    """A whole scan, and what was said on the way."""
    few = len(disk.notable) * 1000 // 5
    smaller = windows_disk.make(folder / "smaller.img", few)
    told = recall_curves.seek(smaller.path, _known(smaller, folder), folder / "out-smaller",
                       smaller.notable, rotating=False)  # fmt: skip
    smaller.path.unlink()
    return (
        f"What a scan of {few:,} entries said of the time that was left; it took "
        f"{told.ended:.0f} s.\n\n" + promised(told)
    )


def promised(told: recall_curves.Recall) -> str:
    """What was said at each tenth of the time, beside what came."""
    rows = []
    for tenth in range(1, 10):
        at = told.ended * tenth / 10
        said = [promise for promise in told.promises if promise[0] <= at]
        if said:
            now, left, _ = said[-1]
            error = (now + left - told.ended) / told.ended
            rows.append([f"{tenth}0 %", f"{left:.0f}", f"{told.ended - now:.0f}", f"{error:+.0%}"])
        else:
            rows.append([f"{tenth}0 %", "nothing yet", f"{told.ended - at:.0f}", ""])
    head = ("of the time gone", "said to be left, s", "was left, s", "error, of the whole")
    return table(head, rows)


def _turning(disk: WindowsDisk, folder: Path) -> str:
    """Through the delay layer."""
    if not delayed.possible():
        return "The delay layer needs root and /dev/fuse: not run.\n"
    known, rows = _known(disk, folder), []
    with delayed.delayed(disk.path, folder) as image:
        ours = recall_curves.seek(image, known, folder / "out-turning", disk.notable, rotating=True,
                           limit=PATIENCE)  # fmt: skip
        rows.append(["seek, quick", *ours.cells(len(disk.notable))])
    with delayed.delayed(disk.path, folder) as image:
        taken = recall_curves.recovered(image, folder, disk.notable, _sizes(disk), limit=PATIENCE)
        rows.append(["tsk_recover -a, hashdeep -m", *taken.cells(len(disk.notable))])
    with delayed.delayed(disk.path, folder) as image:
        told = recall_curves.walked(image, disk.sha1, limit=PATIENCE)
        rows.append(["fiwalk, searched as it comes", *told.cells(len(disk.notable))])
    return (
        f"Through a delay layer ({delayed.SEEK_SECONDS * 1000:.0f} ms a seek, "
        f"{delayed.BYTES_PER_SECOND / 1e6:.0f} MB/s, nothing in memory); seconds.\n\n"
        + table(("", *MARKS, "end"), rows)
    )


def _read_once(image: Path) -> None:
    with image.open("rb") as file:
        while file.read(1 << 24):
            pass


if __name__ == "__main__":
    sys.stdout.write(run())
