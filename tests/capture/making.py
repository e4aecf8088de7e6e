"""Makes pictures and videos that say how they were made: by Pillow, by OpenCV, and by hand."""

import io
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from triage.captured import Capture
from triage.media.window import ReadAt

EXIF, GPS = 0x8769, 0x8825
CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")

TOLD = Capture(
    make="HMD Global",
    model="Nokia 8.3 5G",
    serial="PDA1GAS111012345",
    taken="2021-03-04T05:06:07.089+02:00",
    software="Aperture 3.1",
    orientation=6,
)
"""What `exif()` says."""


def exif(*, order: str = "<", place: bool = False) -> Image.Exif:
    """Pillow's Exif, which says TOLD and, if asked to, a place in Berlin."""
    told = Image.Exif()
    told.endian = order
    told[271], told[272], told[274], told[305] = TOLD.make, TOLD.model, 6, TOLD.software
    told[306] = "2024:01:01 00:00:00"  # changed, not taken
    told[EXIF] = {0x9003: "2021:03:04 05:06:07", 0x9291: "089", 0x9011: "+02:00",
                  0xA431: TOLD.serial, 0x9004: "2022:02:02 02:02:02"}  # fmt: skip
    if place:
        told[GPS] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
    loaded = Image.Exif()  # Pillow writes directories into a TIFF only if they were read
    loaded.load(told.tobytes())
    return loaded


def picture(form: str, side: int = 48, **options: Any) -> bytes:
    """A picture of noise, by Pillow."""
    file = io.BytesIO()
    Image.effect_noise((side, side), 90).convert("RGB").save(file, form, **options)
    return file.getvalue()


def video(folder: Path, ending: str, codec: str) -> bytes:
    """Two seconds, 50 frames, by OpenCV (FFmpeg)."""
    path = folder / f"v.{ending}"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), 25, (160, 120))
    chance = np.random.default_rng(7)
    for _ in range(50):
        writer.write(chance.integers(0, 255, (120, 160, 3), dtype=np.uint8))
    writer.release()
    return path.read_bytes()


def reading(content: bytes) -> ReadAt:
    """Content that is read further."""
    return lambda offset, length: content[offset : offset + length]


def tiff(
    *directories: Sequence[tuple[int, int, int, bytes]], order: str = "<", at: int = 8
) -> bytes:
    """Directories one after the other: tag, kind, count and four bytes of value."""
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    data = mark + struct.pack(order + "I", at)
    for tags in directories:
        data += struct.pack(order + "H", len(tags))
        data += b"".join(struct.pack(order + "HHI", *tag[:3]) + tag[3] for tag in tags)
        data += bytes(4)
    return data


def with_exif(structure: bytes, behind: bytes = b"") -> bytes:
    """A JPEG with the structure in its segment, and something behind the segment."""
    body = b"Exif\x00\x00" + structure
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(body) + 2) + body + behind


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of ISO base media."""
    inside = b"".join(content)
    return struct.pack(">I4s", 8 + len(inside), kind) + inside


def with_boxes(movie: bytes, *more: bytes) -> bytes:
    """A movie whose `moov` is its last box, with more boxes in there."""
    at = movie.rindex(b"moov") - 4
    assert at + int.from_bytes(movie[at : at + 4], "big") == len(movie)
    return movie[:at] + box(b"moov", movie[at + 8 :], *more)


def user_text(kind: bytes, text: str) -> bytes:
    """QuickTime's: length, language, text."""
    raw = text.encode()
    return box(b"\xa9" + kind, struct.pack(">HH", len(raw), 0x15C7), raw)


def apple_metadata(texts: dict[str, str]) -> bytes:
    """`meta` of QuickTime, with keys, as telephones of Apple write it."""
    keys = b"".join(box(b"mdta", f"com.apple.quicktime.{key}".encode()) for key in texts)
    values = b"".join(
        box(struct.pack(">I", number), box(b"data", struct.pack(">II", 1, 0), text.encode()))
        for number, text in enumerate(texts.values(), 1)
    )
    handler = box(b"hdlr", bytes(8), b"mdta", bytes(12))
    head = struct.pack(">II", 0, len(texts))
    return box(b"meta", handler, box(b"keys", head, keys), box(b"ilst", values))


def movie_header(
    *, created: int = 0, scale: int = 1000, duration: int = 0, wide: bool = False
) -> bytes:
    """`mvhd` of version 0 or 1."""
    layout = ">4xQQIQ" if wide else ">4xIIII"
    raw = bytearray(struct.pack(layout, created, created, scale, duration))
    raw[0] = wide
    return box(b"mvhd", bytes(raw), bytes(80))


def element(id_: int, content: bytes, *, unknown: bool = False) -> bytes:
    """An EBML element; its length in eight bytes."""
    wide = (id_.bit_length() + 7) // 8
    size = b"\x01" + (b"\xff" * 7 if unknown else len(content).to_bytes(7, "big"))
    return id_.to_bytes(wide, "big") + size + content


def chunk(kind: bytes, content: bytes) -> bytes:
    """A RIFF chunk."""
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) & 1)


def canon_raw() -> bytes:
    """CR3: a structure each for the camera, for Exif's own directory, and for the place."""
    told = exif(place=True)
    first, own, gps = Image.Exif(), Image.Exif(), Image.Exif()
    for tag in (271, 272, 274, 305, 306):
        first[tag] = told[tag]
    own.update(told.get_ifd(EXIF))
    gps.update(told.get_ifd(GPS))
    structures = (each.tobytes().removeprefix(b"Exif\x00\x00") for each in (first, own, gps))
    inside = [box(*each) for each in zip((b"CMT1", b"CMT2", b"CMT4"), structures, strict=True)]
    canon = box(b"uuid", CANON, box(b"CNCV", b"CanonCR3"), *inside)
    movie = movie_header(created=3659717314, scale=1, duration=1)
    return box(b"ftyp", b"crx ", bytes(8)) + box(b"moov", canon, movie)


def samples() -> list[bytes]:
    """One of every format, which says something."""
    told = exif(place=True)
    made = [picture(form, exif=told) for form in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF")]
    header = movie_header(created=3659659714, scale=600, duration=4321)
    texts = {"make": "Apple", "location.ISO6709": "+52.5200+013.4050/"}
    inside = (header, apple_metadata(texts), box(b"udta", user_text(b"mak", "x")))
    info = element(0x1549A966, element(0x4461, b"\x07" * 8) + element(0x4489, b"\x44\x00\x00\x00"))
    list_ = b"hdrl" + chunk(b"IDIT", b"Mon Mar 10 15:04:43 2003\n\x00") + chunk(b"strh", b"v" * 56)
    made += [
        canon_raw(),
        box(b"ftyp") + box(b"moov", *inside),
        element(0x1A45DFA3, b"") + element(0x18538067, info, unknown=True),
        chunk(b"RIFF", b"AVI " + chunk(b"LIST", list_)),
    ]
    return made
