"""Where Exif and XMP lie in pictures that are made of boxes.

HEIC and AVIF: items of the box `meta` (ISO/IEC 23008-12, annex A); `iinf` says of each what it is,
`iloc` where it lies (ISO/IEC 14496-12, 8.11.3 and 8.11.6). Canon's raw format CR3: a structure each
for the first directory, Exif's and the place's in a box of Canon's own (as canon_cr3 describes it).
"""

from collections.abc import Iterator
from typing import NamedTuple

from triage.capture.pictures import Blocks
from triage.media.boxes import Box, box_in, boxes
from triage.media.tiff import Tiff
from triage.media.window import Window

_EXIF, _MIME, _XMP = b"Exif", b"mime", b"application/rdf+xml"
_MOST_ITEMS = 1024
"""A photograph of 48 megapixels has some 190: its tiles."""
_MOST = 65536
_CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")


class _Item(NamedTuple):
    at: int
    size: int


def in_heif(window: Window) -> Blocks:
    """The first item of each kind."""
    meta = next((box for box in boxes(window) if box.kind == b"meta"), None)
    blocks = Blocks()
    if meta is None:
        return blocks
    meta = meta._replace(at=meta.at + 4)  # version and flags
    kinds = dict(_kinds(window, box_in(window, meta, b"iinf")))
    wanted = {number for number, kind in kinds.items() if kind in {_EXIF, _XMP}}
    places = _places(window, box_in(window, meta, b"iloc"), wanted)
    for number in sorted(wanted & places.keys()):
        content = window.at(places[number].at, min(places[number].size, _MOST))
        if kinds[number] == _XMP:
            blocks.xmp = blocks.xmp or content
        elif not blocks.exif:
            blocks.exif = (Tiff(Window(content), 4 + int.from_bytes(content[:4], "big")),)
    return blocks


def in_canon(window: Window) -> Blocks:
    """CR3."""
    blocks = Blocks()
    movie = next((box for box in boxes(window) if box.kind == b"moov"), None)
    own = box_in(window, movie, b"uuid") if movie is not None else None
    if own is None or window.at(own.at, 16) != _CANON:
        return blocks
    for kind, at, end in boxes(window, own.at + 16, own.end):
        if kind in {b"CMT1", b"CMT2"}:
            blocks.exif += (Tiff(Window(window.at(at, min(end - at, _MOST)))),)
        elif kind == b"CMT4":
            blocks.gps = Tiff(Window(window.at(at, min(end - at, _MOST))))
    return blocks


def _kinds(window: Window, box: Box | None) -> Iterator[tuple[int, bytes]]:
    """Number and kind of every item; of XMP its media type."""
    if box is None:
        return
    header = 6 if window.number(box.at, 1) == 0 else 8
    for count, entry in enumerate(boxes(window, box.at + header, box.end, _MOST_ITEMS)):
        version = window.number(entry.at, 1)
        if entry.kind != b"infe" or version < 2 or count >= _MOST_ITEMS:
            continue
        wide = 2 if version == 2 else 4
        raw = window.at(entry.at + 4, min(entry.end - entry.at - 4, 64))
        kind, name = raw[wide + 2 : wide + 6], raw[wide + 6 :]
        if kind == _MIME:
            kind = name.partition(b"\x00")[2].partition(b"\x00")[0]
        yield int.from_bytes(raw[:wide], "big"), kind


def _places(window: Window, box: Box | None, wanted: set[int]) -> dict[int, _Item]:
    """Where the wanted items lie, that lie in the file and in one piece."""
    places: dict[int, _Item] = {}
    if box is None or not wanted:
        return places
    version, sizes = window.number(box.at, 1), window.number(box.at + 4, 2)
    offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    index = index if version in {1, 2} else 0
    wide = 4 if version == 2 else 2
    items, at = window.number(box.at + 6, wide), box.at + 6 + wide
    for _ in range(min(items, _MOST_ITEMS)):
        number, at = window.number(at, wide), at + wide
        method = window.number(at, 2) & 15 if version in {1, 2} else 0
        at += 4 if version in {1, 2} else 2  # the method, then which file
        start, extents = window.number(at, base), window.number(at + base, 2)
        at += base + 2
        if number in wanted and method == 0 and extents == 1:
            place = start + window.number(at + index, offset)
            places[number] = _Item(place, window.number(at + index + offset, length))
        at += extents * (index + offset + length)
        if at > box.end:
            break
    return places
