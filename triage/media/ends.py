"""Where an encoded picture or video ends, by its own structure: in space that nobody describes.

JPEG: ITU-T T.81, B.1.1 and B.1.1.5 (a scan's data holds no marker but restarts). PNG: ISO/IEC
15948, 5.3. GIF89a, 15 to 27. BMP: [MS-WMF] 2.2.2.3. WebP: RIFF's own size. MP4, MOV, HEIC: the
boxes of ISO/IEC 14496-12, as long as their kinds are written in letters; one that goes on beyond
the data is none, unless its kind is well known. A beginning that belongs
to no picture is told from one that does as far as its structure goes: what follows is the
decoder's work.
"""

import re
import struct
from typing import NamedTuple

BEGINNING = re.compile(
    rb"\xff\xd8\xff[\xc0-\xfe]|\x89PNG\r\n\x1a\n\0\0\0\rIHDR|BM.{4}\0{4}.{4}[\x28\x34\x38\x6c\x7c]\0{3}"
    rb"|GIF8[79]a|RIFF.{4}WEBPVP8|\0\0\0[\x10-\x80]ftyp[ -~]{4}",
    re.DOTALL,
)
"""What may be the first bytes of a picture or video."""
LONGEST_BEGINNING = 18

_LETTERS = re.compile(rb"[0-9A-Za-z \xa9_-]{4}")
_OUTERMOST = re.compile(rb"ftyp|styp|moov|moof|mdat|meta|free|skip|wide|uuid|mpvd")
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_START, _END, _SCAN, _TABLES = 0xD8, 0xD9, 0xDA, 0xC4
_FRAMES = frozenset(range(0xC0, 0xD0)) - {_TABLES, 0xC8, 0xCC}
_BETWEEN_SCANS = frozenset({_TABLES, _SCAN, 0xDB, 0xDC, 0xDD, 0xFE})
_MOST_PIECES = 65536
"""Segments, chunks or blocks of one picture."""


class End(NamedTuple):
    """How far a picture or video goes."""

    at: int
    """Behind its last byte; where it is broken off, as far as it holds together; where it begins,
    if it turns out to be none."""
    whole: bool
    body: int
    """Where its pixels begin: before that, a beginning may be another's, of a thumbnail inside."""
    steps: int
    """How much had to be looked at, about: bytes of a scan, 64 for each piece."""


def end_of(data: bytes, at: int) -> End | None:
    """Where what begins there ends; None if nothing of these kinds does. Never raises."""
    start = data[at : at + 2]
    if start == b"\xff\xd8":
        return _jpeg(data, at)
    if start == b"\x89P":
        return _png(data, at)
    if start == b"BM":
        return _bmp(data, at)
    if start == b"GI":
        return _gif(data, at)
    if start == b"RI":
        return _webp(data, at)
    return _boxes(data, at) if data[at + 4 : at + 8] == b"ftyp" else None


def _jpeg(data: bytes, begin: int) -> End:
    at, framed, body = begin + 2, False, 0
    for piece in range(_MOST_PIECES):
        steps = at - begin + 64 * piece
        marker = data[at + 1 : at + 2]
        if data[at : at + 1] != b"\xff" or not marker or marker[0] in {0, _START}:
            return _cut(min(at, len(data)), begin, body, steps, framed)
        if marker[0] == 0xFF:  # one more before the marker's own: allowed
            at += 1
            continue
        if marker[0] == _END:
            end = _cut(at + 2, begin, body, steps, framed)
            return end._replace(whole=framed)
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if size < 2 or (body and marker[0] not in _BETWEEN_SCANS):
            return _cut(at, begin, body, steps, framed)
        if marker[0] in _FRAMES:
            framed = size >= 8 and any(data[at + 7 : at + 9])
        after = at + 2 + size
        if marker[0] != _SCAN:
            at = after
            continue
        if not framed:
            return _cut(at, begin, body, steps, framed)
        body = body or after
        found = _MARKER.search(data, after)
        at = found.start() if found else len(data)
    return _cut(min(at, len(data)), begin, body, at - begin + 64 * _MOST_PIECES, framed)


def _cut(at: int, begin: int, body: int, steps: int, framed: bool) -> End:
    """A JPEG that goes no further; without a frame it is none, however long it took to see that."""
    return End(at if framed else begin, whole=False, body=body or at, steps=steps)


def _png(data: bytes, begin: int) -> End | None:
    if len(data) < begin + 33 or not all(struct.unpack_from(">II", data, begin + 16)):
        return None
    at, body = begin + 8, 0
    for piece in range(_MOST_PIECES):
        kind = data[at + 4 : at + 8]
        size = int.from_bytes(data[at : at + 4], "big")
        if kind == b"IDAT":
            body = body or at
        if len(kind) < 4 or not kind.isalpha() or at + 12 + size > len(data):
            end = len(data) if kind == b"IDAT" else min(at, len(data))
            return End(end, whole=False, body=body or at, steps=64 * piece + 64)
        at += 12 + size
        if kind == b"IEND":
            return End(at, whole=True, body=body or at, steps=64 * piece + 64)
    return End(at, whole=False, body=body or at, steps=64 * _MOST_PIECES)


def _bmp(data: bytes, begin: int) -> End | None:
    if len(data) < begin + 54:
        return None
    size, pixels, header, width, height, planes, bits, packing = struct.unpack_from(
        "<2xI4xIIiiHHI", data, begin
    )
    if planes != 1 or bits not in {1, 4, 8, 16, 24, 32} or packing not in {0, 3}:
        return None
    if not (0 < width <= 32768 and 0 < abs(height) <= 32768 and 14 + header <= pixels <= 2048):
        return None
    needed = pixels + (width * bits + 31) // 32 * 4 * abs(height)
    end = begin + (size if needed <= size <= needed + 4096 else needed)
    return End(min(end, len(data)), whole=end <= len(data), body=begin + pixels, steps=64)


def _gif(data: bytes, begin: int) -> End | None:
    if len(data) < begin + 14 or not all(struct.unpack_from("<HH", data, begin + 6)):
        return None
    at = body = begin + 13 + _colours(data[begin + 10])
    steps = 64
    while steps < 64 * _MOST_PIECES:
        kind = data[at : at + 1]
        if kind == b"\x3b":
            return End(at + 1, whole=True, body=body, steps=steps)
        if kind == b"\x2c" and at + 10 < len(data):
            at += 11 + _colours(data[at + 9])
        elif kind == b"\x21":
            at += 2
        else:
            break
        while at < len(data) and data[at]:
            at, steps = at + 1 + data[at], steps + 64
        at, steps = at + 1, steps + 64
    return End(min(at, len(data)), whole=False, body=body, steps=steps)


def _colours(flags: int) -> int:
    """Bytes of the table of colours that the flags announce."""
    return 3 * (2 << (flags & 7)) if flags & 0x80 else 0


def _webp(data: bytes, begin: int) -> End | None:
    size = int.from_bytes(data[begin + 4 : begin + 8], "little")
    if size < 12:
        return None
    end = begin + 8 + size + (size & 1)
    return End(min(end, len(data)), whole=end <= len(data), body=begin + 20, steps=64)


def _boxes(data: bytes, begin: int) -> End | None:
    at, body = begin, 0
    for piece in range(_MOST_PIECES):
        size, header = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        steps = 64 * piece + 64
        to_the_end = size == 0 or at + size > len(data)
        is_box = _OUTERMOST if to_the_end else _LETTERS
        if not is_box.match(data, at + 4) or 0 < size < header:
            return End(at, whole=piece > 1, body=body or at, steps=steps) if piece else None
        if to_the_end:
            return End(len(data), whole=size == 0, body=body or at, steps=steps)
        at += size
        body = body or at
    return End(at, whole=False, body=body, steps=64 * _MOST_PIECES)
