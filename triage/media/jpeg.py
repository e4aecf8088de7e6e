"""JPEG: the segments before the picture's own data (ITU-T T.81, B.1.1)."""

from collections.abc import Iterator

SIGNATURE = b"\xff\xd8\xff"
APP0, APP1, APP2, APP13 = 0xE0, 0xE1, 0xE2, 0xED
EXIF = b"Exif\x00"
"""What the APP1 segment of Exif begins with; its TIFF structure follows a byte later."""
EXIF_HEADER = 6

_END, _SCAN = 0xD9, 0xDA
_MOST_SEGMENTS = 256


def segments(head: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, place and size of every segment before the picture's own data."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        if at + 4 > len(head) or head[at] != 0xFF or head[at + 1] in {_END, _SCAN}:
            return
        size = int.from_bytes(head[at + 2 : at + 4], "big")
        if size < 2:
            return
        yield head[at + 1], at + 4, size - 2
        at += 2 + size
