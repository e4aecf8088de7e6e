"""Thumbnails inside a picture, as far as its first 64 KB hold them.

JPEG: segments (ITU-T T.81, B.1.1) APP0 `JFXX` (JFIF 1.02), APP1 `Exif` (EXIF 2.32, 4.5: the second
directory), APP13 `Photoshop 3.0` (Adobe, image resource 1036). TIFF and raw formats built on it:
any directory's JPEGInterchangeFormat (tag 513, 514), also those that SubIFDs (330) point to.
"""

from collections.abc import Callable, Iterator

from triage.media import jpeg
from triage.media.tiff import SIGNATURES, Tiff
from triage.media.window import Window
from triage.parts.part import Part

_MOST_DIRECTORIES = 256
TOO_MANY = "its beginning has more directories than are searched for thumbnails"
_SUBDIRECTORIES, _JPEG_AT, _JPEG_BYTES = 330, 513, 514
_RESOURCE_THUMBNAIL = 1036
_RESOURCE_HEADER = 28
_LEAST_BYTES = 128


Miss = Callable[[str], None]
CARRIERS = (jpeg.SIGNATURE, *SIGNATURES)
"""What begins otherwise has no thumbnail in its beginning."""


def embedded(head: bytes, miss: Miss = lambda _why: None) -> Iterator[Part]:
    """The thumbnails that a picture's beginning holds; `miss` is told why not all of them. Never
    raises for what it contains."""
    if head.startswith(jpeg.SIGNATURE):
        found = _in_jpeg(head, miss)
    elif head.startswith(SIGNATURES):
        found = ((at, size, "EXIF") for at, size in _in_tiff(Window(head), 0, miss))
    else:
        return
    seen = set()
    for at, size, kind in found:
        content = head[at : at + size]
        if content.startswith(jpeg.SIGNATURE) and len(content) >= _LEAST_BYTES and at not in seen:
            seen.add(at)
            yield Part(content=content, kind=f"{kind} thumbnail", offset=at, thumbnail=True)


def _in_jpeg(head: bytes, miss: Miss) -> Iterator[tuple[int, int, str]]:
    """Place, size and kind of what may be thumbnails."""
    for marker, at, size in jpeg.segments(head):
        body = head[at : at + 14]
        if marker == jpeg.APP1 and body.startswith(jpeg.EXIF):
            window = Window(head[: at + size])
            for place, length in _in_tiff(window, at + jpeg.EXIF_HEADER, miss):
                yield place, length, "EXIF"
        elif marker == jpeg.APP0 and body.startswith(b"JFXX\x00\x10"):
            yield at + 6, size - 6, "JFIF"
        elif marker == jpeg.APP13 and body == b"Photoshop 3.0\x00":
            for place, length in _in_resources(head, at + 14, at + size):
                yield place, length, "Photoshop"


def _in_tiff(window: Window, start: int, miss: Miss) -> Iterator[tuple[int, int]]:
    """Place and size of every JPEG that the directories point to. Offsets count from `start`."""
    tiff = Tiff(window, start)
    waiting, done = [tiff.first], set[int]()
    while waiting and len(done) < _MOST_DIRECTORIES:
        directory = waiting.pop(0)
        if not directory or directory in done:
            continue
        done.add(directory)
        tags = tiff.tags(directory)
        at, size = tiff.number(tags.get(_JPEG_AT)), tiff.number(tags.get(_JPEG_BYTES))
        if at is not None and size is not None:
            yield start + at, size
        waiting += tiff.numbers(tags.get(_SUBDIRECTORIES), _MOST_DIRECTORIES)
        waiting.append(tiff.following(directory))
    if any(each and each not in done for each in waiting):
        miss(TOO_MANY)


def _in_resources(head: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Place and size of the thumbnail among Photoshop's image resources."""
    end, window = min(end, len(head)), Window(head)
    while at + 12 <= end and head[at : at + 4] == b"8BIM":
        number = window.number(at + 4, 2)
        name = (head[at + 6] + 2) & ~1
        size = window.number(at + 6 + name, 4)
        body = at + 10 + name
        if number == _RESOURCE_THUMBNAIL and size > _RESOURCE_HEADER:
            yield body + _RESOURCE_HEADER, min(size, end - body) - _RESOURCE_HEADER
        at = body + size + (size & 1)
