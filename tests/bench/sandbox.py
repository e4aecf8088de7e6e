"""What protection costs: the same scan with all of it, and without each part, in one run.

`SEEK_BENCH_FILES` makes the disk smaller, `SEEK_BENCH_RUNS` the rounds fewer.
"""

import os
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.bench.measure import Measured, measure, medians, table
from tests.bench.throughput import DIGESTS, _jpegs
from tests.disks import ext_volume, many_files

FILES = 20_000
RUNS = int(os.environ.get("SEEK_BENCH_RUNS", "5"))
SEEK = str(Path(sys.executable).with_name("seek"))
WITHOUT = {
    "all of it on": "",
    "kernel's layers off": "kernel",
    "checks of messages off too": "kernel,checks",
    "waiting for the medium off too": "kernel,checks,journal",
}


def run() -> str:
    """The tables for digests and for pictures."""
    files = int(os.environ.get("SEEK_BENCH_FILES", FILES))
    parts = [
        "## What protection costs\n\nThe layers are off only here (tests/bench/unprotected.py). "
        f"Medians of {RUNS} rounds. Cost: of the whole command's CPU and wall time, start "
        "included, against the run with nothing on.\n"
    ]
    with tempfile.TemporaryDirectory(prefix="seek-sandbox-", dir="/var/tmp") as name:
        folder = Path(name)
        (folder / "known.txt").write_text("01" * 16 + "\n")
        (folder / "digests.yaml").write_text(DIGESTS)
        many_files(folder / "many.img", "ext4", files, files * 24_000)
        parts.append(_one(folder, f"digests of {files:,} files", "many.img", "digests.yaml"))
        (folder / "many.img").unlink()
        count = max(40, files // 100)
        pictures = {f"Users/Sam/p{n}.jpg": each for n, each in enumerate(_jpegs(900, count))}
        ext_volume(folder / "pictures.img", sum(map(len, pictures.values())) * 2 + (64 << 20),
                   pictures)  # fmt: skip
        parts.append(_one(folder, f"{count:,} pictures", "pictures.img", "quick"))
    return "\n".join(parts)


def _one(folder: Path, what: str, image: str, profile: str) -> str:
    profile = str(folder / profile) if profile.endswith(".yaml") else profile
    found = medians(
        RUNS,
        {said: partial(_scan, folder, image, profile, off) for said, off in WITHOUT.items()},
    )
    bare = found[list(WITHOUT)[-1]]
    rows = [
        [said, f"{each.wall:.2f}", f"{each.cpu:.2f}", f"{(each.wall / bare.wall - 1):+.1%}",
         f"{(each.cpu / bare.cpu - 1):+.1%}"]
        for said, each in found.items()
    ]  # fmt: skip
    return f"### {what}\n\n" + table(["", "wall s", "CPU s", "wall cost", "CPU cost"], rows)


def _scan(folder: Path, image: str, profile: str, off: str, _watch: bool) -> Measured:
    start = (
        [sys.executable, str(Path(__file__).with_name("unprotected.py")), off] if off else [SEEK]
    )
    with tempfile.TemporaryDirectory(dir=folder) as out:
        return measure(
            [*start, "scan", str(folder / image), "--profile", profile, "--hash-set",
             str(folder / "known.txt"), "--out", out, "--time-limit", "10 h"],
            codes=(0, 3),
        )  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(run())
