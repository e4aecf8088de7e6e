"""Time to the first finding, and the recall curve, on a Windows-like disk.

One real scan gives seek's order. What other orders would give is computed from the same entries:
directory order (as the file system lists them), disk order and random order read every file once.
Two devices are modelled for all of them alike, from the order and the runs: a rotating one (8 ms
for every jump, 150 MB/s) and a solid-state one (0.1 ms, 500 MB/s). Rivals are really run.
`SEEK_BENCH_ENTRIES` makes a smaller disk.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import windows_disk
from tests.bench.measure import table
from tests.conftest import SEEK
from triage.evidence import FileEntry, Storage
from triage.sources import Source, identify, open_read_only

ENTRIES = 200_000
SHARES = (0.0, 0.5, 0.9, 1.0)
"""Of the notable; 0: the first of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """What a jump and a byte cost, seconds."""

    name: str
    jump: float
    byte: float


DRIVES = (Drive(name="rotating", jump=0.008, byte=1 / 150e6),
          Drive(name="solid state", jump=0.0001, byte=1 / 500e6))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """An entry whose content is read."""

    path: str
    position: int
    size: int


def run() -> str:
    """The tables."""
    entries = int(os.environ.get("SEEK_BENCH_ENTRIES", ENTRIES))
    with tempfile.TemporaryDirectory(prefix="seek-first-") as name:
        folder = Path(name)
        disk = windows_disk.make(folder / "windows.img", entries)
        known = folder / "known.txt"
        known.write_text("".join(f"{digest}\n" for digest in disk.notable.values()))
        listed = _listed(disk.path)
        orders = {f"seek, {drive}": _seeks_order(disk, known, folder, listed, drive)
                  for drive in ("rotating", "solid state")}  # fmt: skip
        by_place = sorted(listed, key=lambda read: read.position)
        shuffled = random.Random(1).sample(listed, len(listed))
        orders |= {"directory order": listed, "disk order": by_place, "random": shuffled}
        rows = [
            row
            for label, order in orders.items()
            for row in _curve(label, order, set(disk.notable))
        ]
        events, rivals = _first_seconds(disk, known, folder), _rivals(disk, known, folder)
    head = ("order", "device (model)", "to the first", "50 %", "90 %", "100 % of the notable")
    return (
        f"## First finding\n\n{entries:,} entries on NTFS, {len(disk.notable)} notable. Seconds of "
        "the modelled device, and the share of all bytes read by then. Deciding costs nothing in "
        "the model. `seek scan windows.img --profile quick --hash-set known.txt`\n\n"
        + table(head, rows)
        + "\nReally run, on this machine, image in memory:\n\n"
        + table(("", "first finding, s", "all, s"), [events, *rivals])
    )


def _listed(image: Path) -> list[Read]:
    """Every file with content, as the file system lists them."""
    device = identify(str(image), "d0")
    descriptors = open_read_only(device)
    source = Source(device, descriptors)
    try:
        return [
            Read(path=entry.path, position=_position(entry), size=entry.size)
            for volume in source.volumes
            if volume.state == "readable"
            for entry in source.walk(volume)
            if entry.storage is not Storage.NONE and entry.size
        ]
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _position(entry: FileEntry) -> int:
    """Resident content lies in the MFT, which is read anyway: at its record's place."""
    return entry.position if entry.position >= 0 else entry.meta_address * 1024


def _seeks_order(
    disk: windows_disk.WindowsDisk, known: Path, folder: Path, listed: list[Read], drive: str
) -> list[Read]:
    """The order in which entries were settled, which is the order of the bundle's lines."""
    bundle = _scan(disk.path, known, folder / f"out-{drive[:4]}", rotating=drive == "rotating")
    by_path = {read.path: read for read in listed}
    with (bundle / "entries.jsonl").open(encoding="utf-8") as lines:
        settled = [json.loads(line) for line in lines]
    return [
        by_path[line["path"]]
        for line in settled
        if line.get("bytes_read") and line["path"] in by_path and not line.get("stream")
    ]


def _scan(image: Path, known: Path, out: Path, *, rotating: bool) -> Path:
    """An image does not say whether it rotates: the scan is told so by the device's record."""
    code = (
        "import sys, msgspec, cli.scan as s\n"
        "one = s.identify\n"
        "s.identify = lambda path, id: msgspec.structs.replace(one(path, id), rotational="
        f"{rotating})\n"
        "from cli.app import main\n"
        "sys.exit(main())\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, "scan", str(image), "--profile", "quick", "--hash-set",
         str(known), "--out", str(out), "--time-limit", "10 h", "--workers", "1"],
        check=False, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return next(out.iterdir())


def _curve(label: str, order: Sequence[Read], notable: set[str]) -> list[list[str]]:
    drives = [drive for drive in DRIVES if drive.name in label] or list(DRIVES)
    total = sum(read.size for read in order)
    rows = []
    for drive in drives:
        reached = _reached(order, notable, drive)
        marks = [max(0, round(share * len(reached)) - 1) for share in SHARES]
        cells = [
            f"{reached[mark][0]:.2f} s, {reached[mark][1] / total:.1%}" if reached else "never"
            for mark in marks
        ]
        rows.append([label.partition(",")[0], drive.name, *cells])
    return rows


def _reached(order: Sequence[Read], notable: set[str], drive: Drive) -> list[tuple[float, int]]:
    """Seconds and bytes after which each notable file has been read."""
    seconds, done, head = 0.0, 0, -1
    reached = []
    for read in order:
        gap = read.position - head
        through = gap * drive.byte if gap >= 0 else drive.jump
        seconds += min(drive.jump, through) + read.size * drive.byte
        head = read.position + read.size
        done += read.size
        if read.path in notable:
            reached.append((seconds, done))
    return reached


def _first_seconds(disk: windows_disk.WindowsDisk, known: Path, folder: Path) -> list[str]:
    """From the start of the command, through starting, listing and loading."""
    begun, first = time.monotonic(), 0.0
    process = subprocess.Popen(
        [SEEK, "scan", str(disk.path), "--profile", "quick", "--hash-set", str(known), "--out",
         str(folder / "out-timed"), "--time-limit", "10 h", "--json"],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if not first and b'"event":"finding"' in line:
            first = time.monotonic() - begun
    process.wait()
    return ["seek, quick", f"{first:.1f}", f"{time.monotonic() - begun:.1f}"]


def _rivals(disk: windows_disk.WindowsDisk, known: Path, folder: Path) -> list[list[str]]:
    """tsk_recover, then hashdeep over what it took out; fiwalk with digests, searched."""
    hashes = folder / "hashdeep.txt"
    hashes.write_text(
        "%%%% HASHDEEP-1.0\n%%%% size,sha256,filename\n"
        + "".join(f"0,{digest},x\n" for digest in disk.notable.values())
    )
    taken = folder / "taken"
    steps: dict[str, Callable[[], object]] = {
        "tsk_recover -a, hashdeep -m": lambda: _recover(disk.path, taken, hashes),
        "fiwalk, searched at its end": lambda: _output(["fiwalk", "-x", str(disk.path)]),
    }
    rows = []
    for name, step in steps.items():
        if shutil.which(name.split()[0].rstrip(",")) is None:
            rows.append([name, "not installed", ""])
            continue
        begun = time.monotonic()
        step()
        seconds = f"{time.monotonic() - begun:.1f}"
        rows.append([name, seconds, seconds])
    return rows


def _recover(image: Path, taken: Path, hashes: Path) -> None:
    _output(["tsk_recover", "-a", str(image), str(taken)])
    _output(["hashdeep", "-c", "sha256", "-r", "-m", "-k", str(hashes), str(taken)])


def _output(command: Sequence[str]) -> None:
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.stdout.write(run())
