"""Hashing every file of 50,000: seek beside fiwalk, and beside tsk_recover and hashdeep."""

import shutil
import sys
import tempfile
from pathlib import Path

from tests import disks
from tests.bench.measure import Measured, measure, medians, table

FILES = 50_000
BYTES = 480 * 1000**2
RUNS = 3
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
    wanted = folder / "set.txt"
    wanted.write_text("".join(f"{number:032x}  absent\n" for number in range(1000)))
    profile = folder / "hash.yaml"
    profile.write_text(PROFILE)
    found = medians(
        runs,
        {
            "seek": lambda: _seek(folder, image, profile, wanted),
            "fiwalk": lambda: measure(["fiwalk", "-x", str(image)]),
            "tsk_recover + hashdeep": lambda: _recover(folder, image, wanted),
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


def _seek(folder: Path, image: Path, profile: Path, wanted: Path) -> Measured:
    out = folder / "bundles"
    measured = measure(
        [SEEK, "scan", str(image), "--profile", str(profile), "--hash-set", str(wanted),
         "--out", str(out)]
    )  # fmt: skip
    shutil.rmtree(out)
    return measured


def _recover(folder: Path, image: Path, wanted: Path) -> Measured:
    out = folder / "recovered"
    recovered = measure(["tsk_recover", "-e", str(image), str(out)])
    hashed = measure(["hashdeep", "-r", "-l", "-c", "md5", "-j", "2", str(out)], codes=(0, 1, 2))
    shutil.rmtree(out)
    return Measured(
        wall=recovered.wall + hashed.wall,
        cpu=recovered.cpu + hashed.cpu,
        peak=max(recovered.peak, hashed.peak),
    )
