"""What it costs to read captures: a file a kind, beside Pillow's reader of Exif where it reads it.

`python -m tests.bench.captures [FILE …]`: those files instead.
"""

import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.bench.measure import table
from tests.capture import making
from triage.capture import capture_of, position_of
from triage.detectors.types import type_of
from triage.evidence import HEAD_BYTES

SAMPLES = Path("/usr/share/forensics-samples/original-files")
REAL = ("pic1/IMG_20200827_231612.jpg", "pic1/IMG_1054.JPG", "pic1/IMG-20191006-WA0002.jpg",
        "movie1/VID_20191220_170832.mp4")  # fmt: skip
RUNS = 2000


def run(files: list[Path]) -> str:
    """The table, in microseconds."""
    heads = {file.name: _head(file) for file in files} or _made() | {
        name: _head(SAMPLES / name) for name in REAL if (SAMPLES / name).is_file()
    }
    return table(
        ("content", "capture", "position", "Pillow"), [_row(*each) for each in heads.items()]
    )


def _head(file: Path) -> bytes:
    with file.open("rb") as content:
        return content.read(HEAD_BYTES)


def _made() -> dict[str, bytes]:
    told = making.exif(place=True)
    heads = {f"{form}, made": making.picture(form, side=200, exif=told)[:HEAD_BYTES]
             for form in ("JPEG", "PNG", "TIFF", "AVIF")}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for ending, codec in (("avi", "MJPG"), ("mkv", "MJPG")):
            heads[f"{ending}, made"] = making.video(Path(folder), ending, codec)[:HEAD_BYTES]
    return heads


def _row(name: str, head: bytes) -> tuple[str, ...]:
    mime = type_of(head)
    peer = _microseconds(lambda: _pillow(head)) if mime == "image/jpeg" else None
    return (
        name,
        f"{_microseconds(lambda: capture_of(head, mime)):.0f}",
        f"{_microseconds(lambda: position_of(head, mime)):.0f}",
        f"{peer:.0f}" if peer else "",
    )


def _pillow(head: bytes) -> None:
    told = Image.open(io.BytesIO(head)).getexif()
    told.get_ifd(making.EXIF)


def _microseconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        begun = time.process_time_ns()
        work()
        times.append(time.process_time_ns() - begun)
    return statistics.median(times) / 1000


if __name__ == "__main__":
    print(run([Path(name) for name in sys.argv[1:]]))
