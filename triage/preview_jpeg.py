"""Whether bytes are a JPEG as previews are, and no more: a picture of a known size, in which
nothing else is hidden. Both who takes a preview from a worker and who checks a bundle ask this.

The markers: ITU-T T.81, B.1.1.3. No pixel is decoded.
"""

import re

MOST_PIXELS = 4 << 20
"""A bundle's largest preview has 1024 x 1024."""
_TABLES = frozenset({0xDB, 0xC4, 0xDD})
"""DQT, DHT, DRI."""
_FRAME, _SCAN, _JFIF = 0xC0, 0xDA, 0xE0
_CODED = re.compile(rb"(?:[^\xff]++|\xff[\x00\xd0-\xd7])*+\xff\xd9")
"""What follows a scan's header: coded data, restart markers, and the end of the image."""
_MOST_SEGMENTS = 64


def is_preview(data: bytes) -> bool:
    """One baseline picture: no comment, no metadata, nothing before it and nothing behind."""
    at, framed = 2, False
    if data[:2] != b"\xff\xd8":
        return False
    for _ in range(_MOST_SEGMENTS):
        head = data[at : at + 4]
        if len(head) < 4 or head[0] != 0xFF:
            return False
        marker, length = head[1], int.from_bytes(head[2:4], "big")
        segment = data[at + 4 : at + 2 + length]
        if length < 2 or len(segment) != length - 2:
            return False
        at += 2 + length
        if marker == _SCAN:
            return framed and _CODED.fullmatch(data, at) is not None
        if marker == _FRAME:
            if framed or not _is_small(segment):
                return False
            framed = True
        elif not (marker in _TABLES or (marker == _JFIF and segment[:5] == b"JFIF\0")):
            return False
    return False


def _is_small(frame: bytes) -> bool:
    """Of a frame's header: precision, height, width, components."""
    if len(frame) < 6:
        return False
    pixels = int.from_bytes(frame[1:3], "big") * int.from_bytes(frame[3:5], "big")
    return 0 < pixels <= MOST_PIXELS
