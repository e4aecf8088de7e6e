"""Hashing every file of 50,000: seek beside fiwalk, and beside tsk_recover and hashdeep.

seek makes the digests that the set needs: once MD5, once SHA-1. fiwalk makes both, always.
"""

import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests import disks
from tests.bench.measure import Measured, measure, medians, table

FILES = 50_000
BYTES = 480 * 1000**2
RUNS = 3
DIGITS = {"MD5": 32, "SHA-1": 40}
"""The sets that are looked up in: the algorithm, and how many digits its digests have."""
SEEK = str(Path(sys.executable).with_name("seek"))

PROFILE = """\
name: hash look-up
description: "Digests only, of everything."
detectors:
  - use: hash_set
previews: {keep: false}
"""


def run(files: int = FILES, size: int = BYTES, runs: int = RUNS) -> str:
    """The table for NTFS and ext4."""
    parts = [f"## Hashing every file of {files:,} ({size / 1e6:.0f} MB), look-up in a set\n"]
    for file_system in ("ntfs", "ext4"):
        with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
            parts.append(_one(Path(folder), file_system, files, size, runs))
    return "\n".join(parts)


def _one(folder: Path, file_system: str, files: int, size: int, runs: int) -> str:
    image = folder / "many.img"
    disks.many_files(image, file_system, files, size)
    (folder / "hash.yaml").write_text(PROFILE)
    for name, length in DIGITS.items():
        lines = (f"{number:0{length}x}  absent\n" for number in range(1000))
        (folder / f"{name}.txt").write_text("".join(lines))
    found = medians(
        runs,
        {
            **{f"seek, a set of {name}": partial(_seek, folder, image, name) for name in DIGITS},
            "fiwalk": lambda watch: measure(["fiwalk", "-x", str(image)], watch_memory=watch),
            "tsk_recover + hashdeep": lambda watch: _recover(folder, image, watch),
        },
    )
    rows = [_row(name, each, found["fiwalk"]) for name, each in found.items()]
    head = ["", "wall s", "CPU s", "peak MB", "wall / fiwalk"]
    return f"### {file_system}\n\n{table(head, rows)}"


def _row(name: str, each: Measured, peer: Measured) -> list[str]:
    return [
        name,
        f"{each.wall:.2f}",
        f"{each.cpu:.2f}",
        f"{each.peak / 1e6:.0f}",
        f"{each.wall / peer.wall:.2f}",
    ]


def _seek(folder: Path, image: Path, name: str, watch: bool) -> Measured:
    out = folder / "bundles"
    measured = measure(
        [SEEK, "scan", str(image), "--profile", str(folder / "hash.yaml"), "--hash-set",
         str(folder / f"{name}.txt"), "--out", str(out)],
        watch_memory=watch,
    )  # fmt: skip
    shutil.rmtree(out)
    return measured


def _recover(folder: Path, image: Path, watch: bool) -> Measured:
    out = folder / "recovered"
    recovered = measure(["tsk_recover", "-e", str(image), str(out)], watch_memory=watch)
    hashed = measure(
        ["hashdeep", "-r", "-l", "-c", "md5", "-j", "2", str(out)],
        codes=(0, 1, 2), watch_memory=watch,
    )  # fmt: skip
    shutil.rmtree(out)
    return Measured(
        wall=recovered.wall + hashed.wall,
        cpu=recovered.cpu + hashed.cpu,
        peak=max(recovered.peak, hashed.peak),
    )
