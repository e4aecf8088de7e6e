"""Thumbnails inside a picture, as far as its first 64 KB hold them.

JPEG: segments (ITU-T T.81, B.1.1) APP0 `JFXX` (JFIF 1.02), APP1 `Exif` (EXIF 2.32, 4.5: the second
directory), APP13 `Photoshop 3.0` (Adobe, image resource 1036). TIFF and raw formats built on it:
any directory's JPEGInterchangeFormat (tag 513, 514), also those that SubIFDs (330) point to.
"""

import struct
from collections.abc import Iterator

from triage.thumbnails.thumbnail import Thumbnail

_JPEG = b"\xff\xd8\xff"
_TIFF = (b"II*\x00", b"MM\x00*")
_MOST_SEGMENTS = 256
_MOST_DIRECTORIES = 16
_MOST_TAGS = 512
_SUBDIRECTORIES, _JPEG_AT, _JPEG_BYTES = 330, 513, 514
_RESOURCE_THUMBNAIL = 1036
_RESOURCE_HEADER = 28
_LEAST_BYTES = 128


def embedded(head: bytes) -> Iterator[Thumbnail]:
    """The thumbnails that a picture's beginning holds. Never raises for what it contains."""
    if head.startswith(_JPEG):
        found = _in_jpeg(head)
    elif head.startswith(_TIFF):
        found = ((at, size, "EXIF") for at, size in _in_tiff(head, 0))
    else:
        return
    seen = set()
    for at, size, kind in found:
        content = head[at : at + size]
        if content.startswith(_JPEG) and len(content) >= _LEAST_BYTES and at not in seen:
            seen.add(at)
            yield Thumbnail(content=content, kind=f"{kind} thumbnail", offset=at)


def _in_jpeg(head: bytes) -> Iterator[tuple[int, int, str]]:
    """Place, size and kind of what may be thumbnails."""
    for marker, at, size in _segments(head):
        body = head[at : at + 14]
        if marker == 0xE1 and body.startswith(b"Exif\x00"):
            for place, length in _in_tiff(head[: at + size], at + 6):
                yield place, length, "EXIF"
        elif marker == 0xE0 and body.startswith(b"JFXX\x00\x10"):
            yield at + 6, size - 6, "JFIF"
        elif marker == 0xED and body == b"Photoshop 3.0\x00":
            for place, length in _in_resources(head, at + 14, at + size):
                yield place, length, "Photoshop"


def _segments(head: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, place and size of every segment before the picture's own data."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        if at + 4 > len(head) or head[at] != 0xFF or head[at + 1] in {0xD9, 0xDA}:
            return
        size = int.from_bytes(head[at + 2 : at + 4], "big")
        if size < 2:
            return
        yield head[at + 1], at + 4, size - 2
        at += 2 + size


def _in_tiff(head: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Place and size of every JPEG that the directories point to. Offsets count from `start`."""
    order = "<" if head[start : start + 2] == b"II" else ">"
    waiting, done = [_number(head, order + "I", start + 4)], set[int]()
    while waiting and len(done) < _MOST_DIRECTORIES:
        directory = waiting.pop(0)
        if not directory or directory in done:
            continue
        done.add(directory)
        tags = _tags(head, order, start + directory)
        if _JPEG_AT in tags and _JPEG_BYTES in tags:
            yield start + tags[_JPEG_AT][0], tags[_JPEG_BYTES][0]
        waiting += _pointed_to(head, order, start, tags.get(_SUBDIRECTORIES))
        count = _number(head, order + "H", start + directory)
        waiting.append(_number(head, order + "I", start + directory + 2 + 12 * count))


def _tags(head: bytes, order: str, at: int) -> dict[int, tuple[int, int]]:
    """Tag to value (or where it lies) and count, of numbers of 16 and 32 bits."""
    tags: dict[int, tuple[int, int]] = {}
    for index in range(min(_number(head, order + "H", at), _MOST_TAGS)):
        place = at + 2 + 12 * index
        if place + 12 > len(head):
            break
        tag, kind, count = struct.unpack_from(order + "HHI", head, place)
        if kind in {3, 4, 13}:
            value = _number(head, order + ("H" if kind == 3 else "I"), place + 8)
            tags[tag] = value, count
    return tags


def _pointed_to(head: bytes, order: str, start: int, tag: tuple[int, int] | None) -> list[int]:
    if tag is None:
        return []
    value, count = tag
    if count == 1:
        return [value]
    places = range(start + value, start + value + 4 * min(count, _MOST_DIRECTORIES), 4)
    return [_number(head, order + "I", place) for place in places]


def _in_resources(head: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Place and size of the thumbnail among Photoshop's image resources."""
    end = min(end, len(head))
    while at + 12 <= end and head[at : at + 4] == b"8BIM":
        number = _number(head, ">H", at + 4)
        name = (head[at + 6] + 2) & ~1
        size = _number(head, ">I", at + 6 + name)
        body = at + 10 + name
        if number == _RESOURCE_THUMBNAIL and size > _RESOURCE_HEADER:
            yield body + _RESOURCE_HEADER, min(size, end - body) - _RESOURCE_HEADER
        at = body + size + (size & 1)


def _number(data: bytes, layout: str, at: int) -> int:
    """The number there; 0 beyond the end."""
    if at < 0 or at + struct.calcsize(layout) > len(data):
        return 0
    value: int = struct.unpack_from(layout, data, at)[0]
    return value
