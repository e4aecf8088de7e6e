"""What telephones write: HEICs beside JPEGs of the same pictures, and how well their time is told.

    python -m tests.bench telephones

The HEICs are pillow_heif's (tests/fetch.sh), of 12 megapixels, each copy unlike the others by what
lies behind its end; the JPEGs are of their pixels. What has the same pixels is scored once, so
it is decoding that is measured. `SEEK_BENCH_FILES`: how many of each.
"""

import io
import os
import sys
import tempfile
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image

from tests import fetched
from tests.bench.measure import measure, table
from tests.conftest import SEEK
from tests.disks import MIB, ext_volume
from triage.detectors.pictures import decode
from triage.devices.attached import identify
from triage.profile import load
from triage.scan import Search, scan
from triage.scan.events import Advanced, Event

FILES = int(os.environ.get("SEEK_BENCH_FILES", "600"))
WORKERS = 2
TENTHS = 9


def run() -> str:
    """The tables."""
    heics = _heics()
    jpegs = [_jpeg(each) for each in heics]
    with tempfile.TemporaryDirectory(prefix="seek-telephones-", dir="/var/tmp") as name:
        folder = Path(name)
        known = folder / "known.txt"
        known.write_text("01" * 16 + "\n")
        start = _cpu(folder, {"a.jpg": b"\xff\xd8\xff"}, known)
        each = {
            kind: (_cpu(folder, _copies(pictures, kind), known) - start) / FILES
            for kind, pictures in (("heic", heics), ("jpg", jpegs))
        }
        both = _copies(heics, "heic"), _copies(jpegs, "jpg")
        orders = {
            "HEICs first": both[0] | both[1],
            "JPEGs first": both[1] | both[0],
            "by turns": dict(
                chain.from_iterable(zip(*(each.items() for each in both), strict=True))
            ),
        }
        errors = [(order, *_errors(folder, files, known)) for order, files in orders.items()]
    rows = [(kind, f"{1000 * cpu:.0f}", f"{cpu / each['jpg']:.1f}") for kind, cpu in each.items()]
    tenths = [f"{10 * (number + 1)} %" for number in range(TENTHS)]
    return (
        f"## Telephones: {FILES} HEICs of 12 megapixels, {FILES} JPEGs of the same\n\n"
        "`seek scan --profile quick --workers 2`; CPU of all processes, a scan of one file taken "
        "off.\n\n"
        + table(("each", "CPU ms", "/ JPEG"), rows)
        + "\nBoth on one disk: what was told to be left, beside what it took.\n\n"
        + table(("error, of the whole, at", *tenths), errors)
    )


def _heics() -> list[bytes]:
    pictures = fetched.pictures_of("pillow-heif")
    return [pictures[f"heif_other/{name}.heic"] for name in ("pug", "arrow")]


def _jpeg(heic: bytes) -> bytes:
    pixels = decode(heic, "image/heic", full=True).pixels
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels[:, :, ::-1])).save(stream, "JPEG", quality=92)
    return stream.getvalue()


def _copies(pictures: list[bytes], kind: str) -> dict[str, bytes]:
    return {
        f"Users/Sam/Pictures/IMG_{number:04}.{kind}": pictures[number % len(pictures)]
        + number.to_bytes(4, "little")
        for number in range(FILES)
    }


def _disk(folder: Path, files: dict[str, bytes]) -> Path:
    total = sum(map(len, files.values()))
    ext_volume(folder / "disk.img", total + total // 4 + 64 * MIB, files)
    return folder / "disk.img"


def _cpu(folder: Path, files: dict[str, bytes], known: Path) -> float:
    disk = _disk(folder, files)
    with tempfile.TemporaryDirectory(dir=folder) as out:
        command = [SEEK, "scan", str(disk), "--profile", "quick", "--hash-set", str(known),
                   "--out", out, "--workers", str(WORKERS), "--time-limit", "10 h"]  # fmt: skip
        return measure(command, codes=(0, 3)).cpu


def _errors(folder: Path, files: dict[str, bytes], known: Path) -> list[str]:
    """At each tenth of the time: how much more was told than it took, of the whole."""
    told: list[tuple[float, float]] = []

    def tell(event: Event) -> None:
        if isinstance(event, Advanced) and event.seconds_left is not None:
            told.append((event.seconds, event.seconds_left))

    disk = _disk(folder, files)
    with tempfile.TemporaryDirectory(dir=folder) as out:
        search = Search(
            devices=(identify(str(disk), "d0"),), profile=load("quick"), profile_file="quick",
            out=Path(out), hash_sets=(known,), workers=WORKERS, time_limit=36_000,
        )  # fmt: skip
        scan(search, tell=tell)
    whole = told[-1][0]
    moments = [whole * (number + 1) / (TENTHS + 1) for number in range(TENTHS)]
    nearest = [min(told, key=lambda each: abs(each[0] - moment)) for moment in moments]
    return [f"{(at + left - whole) / whole:+.0%}" for at, left in nearest]


if __name__ == "__main__":
    sys.stdout.write(run())
