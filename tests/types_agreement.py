"""`python -m tests.types_agreement FOLDER… NUMBER`: types beside libmagic's, of many files.

A disagreement matters where libmagic knows something that is looked into, or a document or archive,
and we would pass it by; or where we take for a picture or video what libmagic knows to be neither.
What libmagic tells by two or three bytes, and what we tell by structure where it has three, is
looked at by others: tests/detectors/test_picture_types.py and test_video_types.py.
"""

import io
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import magic
from PIL import Image

from triage.detectors.pictures import DECODABLE
from triage.detectors.types import type_of
from triage.detectors.video_types import TOLD_BY_STRUCTURE
from triage.evidence import HEAD_BYTES
from triage.families import UNKNOWN, family
from triage.profile import Family
from triage.undecoded import BY_TYPE

MOST_SHOWN = 40
WHOLE = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
DRAWINGS = frozenset({"image/svg+xml", "image/x-eps", "application/postscript"})
WEAK = frozenset(
    {
        "image/x-tga", "image/x-pcx", "image/x-xwindowdump", "image/x-award-bioslogo",
        "image/x-atari-degas", "image/x-gem", "image/g3fax", "image/cgm", "image/x-3ds",
        "image/x-commodore-vbm", "image/x-intergraph", "image/x-sony-tim", "image/x-ms-icl",
        "image/vnd.dxf", "image/x-gimp-gih", "image/x-ulead-imaginfo", "image/x-ulead-pst",
    }
)  # fmt: skip
"""What libmagic finds in anything, or what nobody looks into and begins as a program or a text."""
BY_GRAMMAR = frozenset({"image/svg+xml", "application/postscript"})
"""What libmagic takes for text where a comment stands before it, or a font's name behind it."""


@dataclass(slots=True)
class Agreement:
    """What the comparison gave."""

    files: int = 0
    media: int = 0
    """Of which either says that it is a picture or video."""
    same: int = 0
    ours_seconds: float = 0.0
    libmagic_seconds: float = 0.0
    matters: list[str] = field(default_factory=list)
    differ: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Otherwise: ours, libmagic's."""


@cache
def _libmagic() -> magic.Magic:
    return magic.Magic(mime=True)


def is_looked_into(mime: str) -> bool:
    """Whether anybody decodes it, takes pictures out of it, or counts it as not decoded."""
    video = family(mime) is Family.VIDEOS
    return mime in DECODABLE or mime in BY_TYPE or mime in DRAWINGS or video


def difference(ours: str, theirs: str, head: bytes) -> str:
    """Why a disagreement matters; empty if it does not."""
    if ours == theirs or theirs in WEAK or theirs in TOLD_BY_STRUCTURE or ours in BY_GRAMMAR:
        return ""
    if theirs == "image/svg+xml" and head.lstrip()[:1] != b"<":
        return ""
    if is_looked_into(theirs) and not is_looked_into(ours):
        return "missed"
    if is_looked_into(ours) and not is_looked_into(theirs) and theirs != UNKNOWN:
        return "taken for one"
    either = {Family.DOCUMENTS, Family.ARCHIVES}
    if family(theirs) in either and family(ours) not in either | {Family.PICTURES}:
        return "of another family"
    return ""


def compare(contents: Iterable[tuple[str, bytes]]) -> Agreement:
    """Each name and its first 64 KB; Ctrl-C ends it, with what was compared by then."""
    said = Agreement()
    with suppress(KeyboardInterrupt):
        for name, head in contents:
            _compare(said, name, head)
    return said


def _compare(said: Agreement, name: str, head: bytes) -> None:
    begun = time.process_time()
    ours = type_of(head, name)
    between = time.process_time()
    theirs = _libmagic().from_buffer(head if head.startswith(WHOLE) else head[:4096])
    said.libmagic_seconds += time.process_time() - between
    said.ours_seconds += between - begun
    said.files += 1
    said.same += ours == theirs
    said.media += any(family(each) in {Family.PICTURES, Family.VIDEOS} for each in (ours, theirs))
    why = difference(ours, theirs, head)
    if why:
        said.matters.append(f"{why}: {ours} | {theirs} | {head[:16]!r} | {name}")
    elif ours != theirs:
        said.differ[ours, theirs] += 1


def heads_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The first 64 KB of every file with content, whatever lies in the way."""
    for above, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if not (Path(above) / each).is_mount()]
        for path in (Path(above) / name for name in names):
            try:
                if path.is_file() and not path.is_symlink():
                    with path.open("rb") as file:
                        head = file.read(HEAD_BYTES)
                    if head:
                        yield str(path), head
            except OSError:
                continue


def made(count: int, seed: int = 1) -> Iterator[tuple[str, bytes]]:
    """So many pictures of colours and lines, in every form that Pillow writes, no two alike."""
    chance = random.Random(seed)
    for number in range(count):
        form, mode, options = FORMS[number % len(FORMS)]
        size = chance.randrange(1, 160), chance.randrange(1, 160)
        picture = Image.effect_noise(size, chance.randrange(1, 120)).convert(mode)
        stream = io.BytesIO()
        picture.save(stream, form, **options)
        yield f"{number}.{form.lower()}", stream.getvalue()[:HEAD_BYTES]


FORMS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("JPEG", "RGB", {"quality": 70}), ("JPEG", "L", {"progressive": True}), ("JPEG", "CMYK", {}),
    ("MPO", "RGB", {}), ("PNG", "RGB", {}), ("PNG", "RGBA", {}), ("PNG", "1", {}), ("PNG", "P", {}),
    ("GIF", "P", {}), ("GIF", "L", {}), ("TIFF", "RGB", {}), ("TIFF", "1", {}),
    ("TIFF", "L", {"compression": "tiff_lzw"}), ("TIFF", "RGB", {"big_tiff": True}),
    ("BMP", "RGB", {}), ("BMP", "P", {}), ("DIB", "RGB", {}), ("WEBP", "RGB", {}),
    ("WEBP", "RGBA", {"lossless": True}), ("AVIF", "RGB", {"speed": 10}), ("JPEG2000", "RGB", {}),
    ("JPEG2000", "RGB", {"no_jp2": True}), ("ICO", "RGB", {}), ("PCX", "RGB", {}),
    ("PPM", "RGB", {}), ("PPM", "L", {}), ("PPM", "1", {}), ("TGA", "RGB", {}), ("DDS", "RGB", {}),
    ("SGI", "RGB", {}), ("XBM", "1", {}), ("EPS", "RGB", {}), ("PDF", "RGB", {}), ("MSP", "1", {}),
    ("QOI", "RGB", {}), ("BLP", "P", {}),
)  # fmt: skip


def shown(said: Agreement) -> str:
    """For people."""
    ours, theirs = (1e6 * each / max(1, said.files)
                    for each in (said.ours_seconds, said.libmagic_seconds))  # fmt: skip
    lines = [
        f"{said.files:,} files, {said.media:,} of them pictures and videos; {said.same:,} the same",
        f"{ours:.1f} µs a file, libmagic {theirs:.1f}",
        f"{len(said.matters)} disagreements that matter",
        *said.matters[:MOST_SHOWN],
    ]
    lines += [f"{count:>8,}  {a} | {b}" for (a, b), count in said.differ.most_common(MOST_SHOWN)]
    return "\n".join(lines)


def main() -> int:
    """Compare, say it; 1 if anything matters. A number: so many pictures that are made here."""
    said = compare(
        each
        for what in sys.argv[1:]
        for each in (made(int(what)) if what.isdigit() else heads_below(Path(what)))
    )
    print(shown(said))
    return 1 if said.matters else 0


if __name__ == "__main__":
    sys.exit(main())
