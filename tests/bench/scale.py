"""Scale: 10 thousand, 100 thousand and a million entries; wall time and memory of all processes.

`SEEK_BENCH_LARGEST` (entries) leaves the larger ones out.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.measure import measure, table
from tests.conftest import SEEK

COUNTS = (10_000, 100_000, 1_000_000)
PROFILE = (
    "name: digests\ndescription: only digests\ndetectors:\n  - use: hash_set\n"
    "limits: {time: ''}\npreviews: {keep: false}\n"
)


def run() -> str:
    """The table."""
    largest = int(os.environ.get("SEEK_BENCH_LARGEST", COUNTS[-1]))
    rows = []
    with tempfile.TemporaryDirectory(prefix="seek-scale-") as name:
        folder = Path(name)
        profile, known = folder / "digests.yaml", folder / "known.txt"
        profile.write_text(PROFILE)
        known.write_text("01" * 32 + "\n")
        for count in COUNTS:
            if count <= largest:
                disk = folder / "disk.img"
                small_files(disk, count)
                rows.append(_row(disk, count, profile, known, folder))
                disk.unlink()
    command = "seek scan disk.img --profile digests.yaml --hash-set known.txt --out out"
    return (
        "## Scale\n\nAn ext4 volume with files of 40 bytes, 500 in a folder; digests of every one. "
        f"Memory: all processes together, at their highest. `{command}`\n\n"
        + table(("entries", "wall, s", "CPU, s", "µs an entry (wall)", "memory, MB"), rows)
    )


def _row(disk: Path, count: int, profile: Path, known: Path, folder: Path) -> list[str]:
    command = [
        SEEK, "scan", str(disk), "--profile", str(profile), "--hash-set", str(known), "--out",
        str(folder / f"out-{count}"),
    ]  # fmt: skip
    watched = measure(command, codes=(0, 3), watch_memory=True)
    timed = measure(command, codes=(0, 3))
    return [
        f"{count:,}", f"{timed.wall:.1f}", f"{timed.cpu:.1f}", f"{timed.wall / count * 1e6:.0f}",
        f"{watched.peak / 1e6:.0f}",
    ]  # fmt: skip


def small_files(path: Path, count: int) -> None:
    """An ext4 volume with so many files, made in a few seconds for every hundred thousand."""
    with tempfile.TemporaryDirectory(dir=path.parent) as name:
        for start in range(0, count, 500):
            folder = Path(name, f"Users/u{start // 50_000}/d{start // 500}")
            folder.mkdir(parents=True)
            for number in range(start, min(count, start + 500)):
                file = os.open(folder / f"file{number}.dat", os.O_WRONLY | os.O_CREAT, 0o600)
                os.write(file, b"%040d" % number)
                os.close(file)
        with path.open("wb") as file_:
            file_.truncate(count * 4608 + (64 << 20))
        subprocess.run(
            ["mkfs.ext4", "-q", "-F", "-N", str(count + count // 400 + 1000), "-O",
             "^has_journal", "-d", name, str(path)],
            check=True,
        )  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(run())
