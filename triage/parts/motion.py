"""Where a motion photo has its video, as Google's and Samsung's phones write it.

Google (developer.android.com, "Motion Photo format 1.0" and the older "Micro Video"): XMP says how
many bytes from the end the video begins, or lists what is appended, each with its length. Samsung:
a trailer of named blocks, of which the one called `MotionPhoto_Data` is the video (as ExifTool's
documentation of Samsung's trailer has it). In HEIC it is the content of a box `mpvd`. Apple keeps
the video in a file of its own beside the picture, which is an entry of its own.
"""

import re
from collections.abc import Iterator
from itertools import islice

from triage.media import jpeg
from triage.media.boxes import boxes
from triage.media.window import Window
from triage.parts.places import NamedPlace

VIDEO = "video of a motion photo"
_XMP = b"http://ns.adobe.com/xap/1.0/\x00"
_SAMSUNG = b"MotionPhoto_Data"
_NUMBER = rb"""\s{0,8}+(?:=\s{0,8}+["']|>)\s{0,8}+(\d{1,12})(?!\d)"""
_MICRO_VIDEO = re.compile(rb"MicroVideoOffset" + _NUMBER)
_LENGTH = re.compile(rb"Item:Length" + _NUMBER)
_MIME = re.compile(rb"""Item:Mime\s{0,8}+=\s{0,8}+["']([a-z]+)/""")
_MOST_ITEMS, _MOST_PACKETS = 16, 4
_MOST_BOXES = 1 << 16


def named(content: bytes, end: int) -> Iterator[NamedPlace]:
    """What a JPEG says that lies behind it. `end`: where it ends itself."""
    packets = (
        content[at : at + size]
        for marker, at, size in jpeg.segments(content)
        if marker == jpeg.APP1 and content.startswith(_XMP, at)
    )
    for packet in islice(packets, _MOST_PACKETS):
        yield from _by_xmp(packet, len(content))
    found = content.find(_SAMSUNG, end)
    if found >= 0:
        yield NamedPlace(at=found + len(_SAMSUNG), kind=VIDEO)


def boxed(content: bytes) -> Iterator[NamedPlace]:
    """Where a HEIC has its video."""
    for box in boxes(Window(content), 0, len(content), _MOST_BOXES):
        if box.kind == b"mpvd":
            yield NamedPlace(at=box.at, kind=VIDEO)


def _by_xmp(packet: bytes, size: int) -> Iterator[NamedPlace]:
    if found := _MICRO_VIDEO.search(packet):
        yield NamedPlace(at=size - int(found[1]), kind=VIDEO)
    items = [tag for tag in packet.split(b"<") if b"Item:Mime" in tag][:_MOST_ITEMS]
    at = size
    for item in reversed(items):
        length, mime = _LENGTH.search(item), _MIME.search(item)
        at -= int(length[1]) if length else 0
        if length and int(length[1]) and mime:
            video = mime[1] == b"video"
            yield NamedPlace(at=at, kind=VIDEO if video else "further picture that its XMP lists")
