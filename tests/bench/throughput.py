"""Throughput beside its limits: how near the scan comes to what the machine can do at all.

The limit of hashing is the greater of reading the bytes (`dd`) and hashing them (`openssl speed`);
of pictures, that and decoding and scoring each in a bare loop, without a scan round it. At one
core and at two. `SEEK_BENCH_FILES` makes the disks smaller, `SEEK_BENCH_RUNS` the runs fewer,
`SEEK_BENCH_PARTS` names those that are wanted: digests, pictures.
"""

import io
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PIL import Image

from tests.bench.hashing import DIGITS
from tests.bench.measure import Measured, measure, table
from tests.bench.unlike import unlike
from tests.conftest import SEEK
from tests.demo import photographs
from tests.disks import ext_volume, many_files

FILES = 20_000
RUNS = int(os.environ.get("SEEK_BENCH_RUNS", "3"))
DIGESTS = (
    "name: digests\ndescription: only digests\ndetectors:\n  - use: hash_set\n"
    "limits: {time: ''}\npreviews: {keep: false}\n"
)


def run() -> str:
    """The tables."""
    files = int(os.environ.get("SEEK_BENCH_FILES", FILES))
    wanted = os.environ.get("SEEK_BENCH_PARTS", "digests,pictures").split(",")
    with tempfile.TemporaryDirectory(prefix="seek-throughput-") as name:
        folder = Path(name)
        profile = folder / "digests.yaml"
        profile.write_text(DIGESTS)
        rows = []
        if "digests" in wanted:
            rows += [_hashing(folder, files, str(profile), each) for each in DIGITS]
        if "pictures" in wanted:
            known = _set_of(folder, "MD5")
            rows.append(_pictures(folder, "web size", 900, files // 10, known))
            rows.append(_pictures(folder, "12 MP", 4000, files // 50, known))
    head = ("what", "files", "MB", "limit, s", "of which", "1 core, s", "2 cores, s",
            "1 core / limit", "2 cores / limit", "1 core / 2 cores", "files/s, MB/s at 2",
            "start, s", "fiwalk, s", "fiwalk / (2 cores + start)")  # fmt: skip
    return (
        "## Throughput\n\nA set of one digest, its file's size not known: every byte is hashed. "
        f"The least of {RUNS} runs, image in memory. `seek scan disk.img --profile P --hash-set "
        "known.txt --workers N`; limits, on one core: `dd if=disk.img bs=1M`, `openssl speed -evp "
        "md5` or `sha1`, and a bare loop that decodes and scores. Start: the same scan of a disk "
        "with one file; it is taken off the columns of 1 and 2 cores. One core is `taskset -c 0`. "
        "fiwalk -x makes MD5 and SHA-1.\n\n" + table(head, rows)
    )


def _hashing(folder: Path, files: int, profile: str, name: str) -> list[str]:
    disk = folder / "disk.img"
    total = files * 50_000
    many_files(disk, "ext4", files, total)
    reading, hashing = _dd(disk) * total / disk.stat().st_size, total / _speed(name)
    limits = {"dd": reading, name: hashing}
    return _row(
        f"digests, {name}",
        disk,
        files,
        total=total,
        limits=limits,
        profile=profile,
        known=_set_of(folder, name),
        peer=_least(lambda: measure(["fiwalk", "-x", str(disk)])),
    )


def _set_of(folder: Path, name: str) -> Path:
    known = folder / f"{name}.txt"
    known.write_text("01" * (DIGITS[name] // 2) + "\n")
    return known


def _pictures(folder: Path, label: str, side: int, count: int, known: Path) -> list[str]:
    disk = folder / f"pictures-{side}.img"
    contents = _jpegs(side, max(4, count))
    total = sum(map(len, contents))
    ext_volume(
        disk,
        total + total // 4 + (64 << 20),
        {f"Users/Sam/Pictures/p{n}.jpg": each for n, each in enumerate(contents)},
    )
    limits = {
        "dd": _dd(disk) * total / disk.stat().st_size,
        "MD5": total / _speed("MD5"),
        "bare loop": _bare_loop(contents),
    }
    return _row(
        f"pictures, {label}",
        disk,
        len(contents),
        total=total,
        limits=limits,
        profile="quick",
        known=known,
    )


def _row(
    what: str,
    disk: Path,
    files: int,
    *,
    total: int,
    limits: dict[str, float],
    profile: str,
    known: Path,
    peer: float = 0.0,
) -> list[str]:
    empty = disk.parent / "empty.img"
    ext_volume(empty, 8 << 20, {"a.jpg": b"\xff\xd8\xff"})
    name, limit = max(limits.items(), key=lambda each: each[1])
    walls, started = {}, 0.0
    for workers in (1, 2):
        started = _least(partial(_scan, empty, profile, known, workers))
        walls[workers] = _least(partial(_scan, disk, profile, known, workers)) - started
    disk.unlink()
    return [
        what, f"{files:,}", f"{total / 1e6:.0f}", f"{limit:.2f}", name, f"{walls[1]:.2f}",
        f"{walls[2]:.2f}", f"{walls[1] / limit:.2f}", f"{walls[2] / limit:.2f}",
        f"{walls[1] / walls[2]:.2f}", f"{files / walls[2]:.0f}, {total / walls[2] / 1e6:.0f}",
        f"{started:.2f}",
        f"{peer:.2f}" if peer else "", f"{peer / (walls[2] + started):.2f}" if peer else "",
    ]  # fmt: skip


def _scan(disk: Path, profile: str, known: Path, workers: int) -> Measured:
    with tempfile.TemporaryDirectory(dir=disk.parent) as out:
        one_core = ["taskset", "-c", "0"] if workers == 1 else []
        return measure(
            [*one_core, SEEK, "scan", str(disk), "--profile", profile, "--hash-set", str(known),
             "--out", out, "--workers", str(workers), "--time-limit", "10 h"],
            codes=(0, 3),
        )  # fmt: skip


def _least(once: Callable[[], Measured]) -> float:
    return min(once().wall for _ in range(RUNS))


def _dd(disk: Path) -> float:
    """Seconds to read the whole image."""
    command = ["dd", f"if={disk}", "of=/dev/null", "bs=1M", "status=none"]
    return _least(lambda: measure(command))


def _speed(name: str) -> float:
    """Bytes a second on one core."""
    done = subprocess.run(
        ["openssl", "speed", "-seconds", "1", "-bytes", "65536", "-evp",
         name.replace("-", "").lower()],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    rates = re.findall(r"([\d.]+)k", done.stdout)
    return float(rates[-1]) * 1000


def _jpegs(side: int, count: int) -> list[bytes]:
    """Photographs of that longer side, each unlike the others."""
    made = []
    for photograph in photographs()[:8]:
        image = Image.open(io.BytesIO(photograph)).convert("RGB")
        factor = side / max(image.size)
        image = image.resize((round(image.width * factor), round(image.height * factor)))
        out = io.BytesIO()
        image.save(out, "JPEG", quality=88)
        made.append(out.getvalue())
    return [unlike(made[n % len(made)], n // len(made)) for n in range(count)]


def _bare_loop(contents: Sequence[bytes]) -> float:
    """Decode and score one after the other, in this process, nothing else."""
    from triage.detectors.classifier import Classifier
    from triage.detectors.pictures import decode
    from triage.packs.models import load_pack

    pack = load_pack("open-nsfw")
    classifier = Classifier(pack.card, pack.model_bytes())
    classifier.begin()
    classifier.scores([decode(contents[0], "image/jpeg")])
    sample = contents[: min(len(contents), 200)]
    begun = time.monotonic()
    for start in range(0, len(sample), 4):
        classifier.scores([decode(each, "image/jpeg") for each in sample[start : start + 4]])
    return (time.monotonic() - begun) * len(contents) / len(sample)


if __name__ == "__main__":
    sys.stdout.write(run())
