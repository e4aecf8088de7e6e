"""HEIC, HEIF and AVIF pictures with known pixels; README.md says whose they are."""

from pathlib import Path
from struct import pack, unpack_from

FOLDER = Path(__file__).parent
MEANS = {
    "zPug_3.heic": 67.31,
    "RGB_8__128x128.heif": 127.99,
    "LA_8__128x128.heif": 126.27,
    "L_10__29x100.heif": 127.5,
    "RGBA_12__29x100.heif": 127.1,
    "hopper.avif": 88.43,
}
"""The mean of all samples, decoded by libheif and libavif themselves."""


def content_of(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def with_its_meta_last(content: bytes, before: int) -> bytes:
    """The same picture as some telephones write it: the pixels, then what they are.

    `before`: so many bytes of others' pixels come first. For files of one item alone.
    """
    boxes = dict(_boxes(content))
    old = content.index(boxes[b"mdat"])
    moved = boxes[b"ftyp"] + pack(">I4s", 8 + before + len(boxes[b"mdat"]) - 8, b"mdat")
    new = len(moved) + before
    meta, at = boxes[b"meta"], boxes[b"meta"].index(b"iloc")
    offset = meta.index(pack(">I", old + 8), at)
    meta = meta[:offset] + pack(">I", new) + meta[offset + 4 :]
    return moved + bytes(before) + boxes[b"mdat"][8:] + meta


def _boxes(content: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 0
    while at + 8 <= len(content):
        length, kind = unpack_from(">I4s", content, at)
        found.append((kind, content[at : at + length]))
        at += length
    return found
