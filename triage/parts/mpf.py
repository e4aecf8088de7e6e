"""Further pictures that a JPEG's own index names: MPO of 3D cameras, previews and gain maps.

Format: CIPA DC-007, Multi-Picture Format: an APP2 segment `MPF`, a TIFF structure in it, whose
first directory has the tag 0xB002: 16 bytes a picture, of attributes, size, and offset from where
the structure begins. Only places and what they are said to hold are taken from it: where a picture
ends, its own bytes say.
"""

import struct
from collections.abc import Iterator

from triage.media import jpeg
from triage.media.tiff import Tiff
from triage.media.window import Window
from triage.parts.places import NamedPlace

_MARK = b"MPF\x00"
_PICTURES = 0xB002
_ENTRY = 16
_MOST = 64
_LARGE_THUMBNAILS = frozenset({0x010001, 0x010002})
_KIND = 0xFFFFFF


def indexed(content: bytes) -> Iterator[NamedPlace]:
    """Where the index of a JPEG says that pictures begin, besides its own."""
    for marker, at, size in jpeg.segments(content):
        if marker == jpeg.APP2 and content.startswith(_MARK, at):
            yield from _listed(content[: at + size], at + len(_MARK))


def _listed(content: bytes, start: int) -> Iterator[NamedPlace]:
    tiff = Tiff(Window(content), start)
    raw = tiff.raw(tiff.tags(tiff.first).get(_PICTURES), _MOST * _ENTRY)
    order = "<" if content.startswith(b"II", start) else ">"
    whole = raw[: len(raw) // _ENTRY * _ENTRY]
    for attributes, _, offset in struct.iter_unpack(order + "III4x", whole):
        if offset:
            thumbnail = attributes & _KIND in _LARGE_THUMBNAILS
            yield NamedPlace(
                at=start + offset,
                kind="preview in an MPO" if thumbnail else "further picture of an MPO",
                thumbnail=thumbnail,
            )
