"""Where Exif and XMP lie in pictures that are made of boxes.

HEIC and AVIF: items of the box `meta` (ISO/IEC 23008-12, annex A); `iinf` says of each what it is,
`iloc` where it lies (ISO/IEC 14496-12, 8.11.3 and 8.11.6). Canon's raw format CR3: a structure each
for the first directory, Exif's and the place's in a box of Canon's own (as canon_cr3 describes it).
"""

from triage.capture.pictures import Blocks
from triage.media.boxes import box_in, boxes
from triage.media.heif import kinds_of_items, meta_of, places_of_items
from triage.media.tiff import Tiff
from triage.media.window import Window

_EXIF, _XMP = b"Exif", b"application/rdf+xml"
_MOST = 65536
_CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")


def in_heif(window: Window) -> Blocks:
    """The first item of each kind."""
    meta = meta_of(window)
    blocks = Blocks()
    if meta is None:
        return blocks
    kinds = dict(kinds_of_items(window, box_in(window, meta, b"iinf")))
    wanted = {number for number, kind in kinds.items() if kind in {_EXIF, _XMP}}
    places = places_of_items(window, box_in(window, meta, b"iloc"), wanted)
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
