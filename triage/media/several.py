"""How many pictures a file holds one after the other: frames of GIF, PNG and WebP, pages of TIFF.

Counted by what is there, and not by what a header claims. Whoever wants to know whether there is
more than one reads a few bytes of a still PNG or WebP.
"""

import re
from collections.abc import Iterator
from zlib import crc32

from triage.media.chunks import PIXELS, PNG

MOST_FRAMES = 100_000
"""Further ones are not counted; so many is also what is told where there are too many pieces."""
_MOST_PIECES = 1_000_000
"""Chunks and blocks that are stepped over: a second of it at most."""

_GIF_NEXT = re.compile(rb"[!,;]")
"""GIF89a, appendix A: an extension, an image, the end. What stands between them is skipped."""
_FRAME, _COUNT = b"fcTL", b"acTL"
"""Of an animated PNG (PNG, third edition, 11.3.6)."""
_ANIMATED_WEBP = 0x02
"""RFC 9649, 2.7: a bit of VP8X."""


def pictures_in(content: bytes, mime: str) -> int:
    """How many; 1 of a type that holds one, or in which they are counted by its decoder alone."""
    count = _COUNTERS.get(mime)
    return max(1, count(content)) if count else 1


def with_its_own_count(png: bytes) -> bytes:
    """An animated PNG that says how many frames it has: who plays it stops at what it says. What is
    none stays as it is."""
    if not png.startswith(PNG):
        return png
    at, frames = 0, 0
    for kind, place, _ in _png_chunks(png):
        at = place if kind == _COUNT and not at else at
        frames += kind == _FRAME
    if not at:
        return png
    told = _COUNT + frames.to_bytes(4, "big") + png[at + 4 : at + 8]
    return png[: at - 4] + told + crc32(told).to_bytes(4, "big") + png[at + 12 :]


def _gif(content: bytes) -> int:
    """GIF89a, 17 to 26: images, each behind its extensions, all in blocks that say their length."""
    at = 13 + _table(content[10:11])
    left, count = _MOST_PIECES, 0
    while count < MOST_FRAMES and left > 0 and (found := _GIF_NEXT.search(content, at)):
        mark, at = found.group(), found.end()
        if mark == b";":
            break
        if mark == b",":
            count += 1
            at += 9 + _table(content[at + 8 : at + 9])
        at += 1  # an extension's label, or the size of an image's codes
        while at < len(content) and content[at] and left > 0:
            at += 1 + content[at]
            left -= 1
        at += 1
        left -= 1
    return count if left > 0 else MOST_FRAMES


def _table(flags: bytes) -> int:
    """Bytes of the table of colours that these flags promise."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


def _png(content: bytes) -> int:
    """Frames of an animated PNG; and its still picture, where that is none of them."""
    count, own = 0, False
    for number, (kind, _, _) in enumerate(_png_chunks(content), 1):
        if number == _MOST_PIECES:
            return MOST_FRAMES
        if kind == _COUNT:
            own = True
        elif kind == PIXELS and not own:
            return 1
        elif kind == PIXELS and not count:
            count = 1
        elif kind == _FRAME:
            count += 1
    return min(count, MOST_FRAMES)


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, place and size of each."""
    at = len(PNG)
    for _ in range(_MOST_PIECES):
        if at + 8 > len(content):
            return
        size = int.from_bytes(content[at : at + 4], "big")
        yield content[at + 4 : at + 8], at + 8, size
        at += 12 + size


def _webp(content: bytes) -> int:
    """RFC 9649, 2.7.1.1: a chunk ANMF each."""
    if content[12:16] != b"VP8X" or not content[20:21] or not content[20] & _ANIMATED_WEBP:
        return 1
    at, count = 12, 0
    for _ in range(_MOST_PIECES):
        if at + 8 > len(content) or count == MOST_FRAMES:
            return count
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        count += content[at : at + 4] == b"ANMF"
        at += 8 + size + (size & 1)
    return MOST_FRAMES


def _tiff(content: bytes) -> int:
    """TIFF 6.0, section 2, and BigTIFF: each directory names the next. One that comes again ends
    it."""
    order = "little" if content[:2] == b"II" else "big"
    big = content[2:4] in {b"+\0", b"\0+"}
    offset, counter, entry = (8, 8, 20) if big else (4, 2, 12)

    def number(at: int, length: int) -> int:
        return int.from_bytes(content[at : at + length], order)  # type: ignore[arg-type]

    seen: set[int] = set()
    at = number(8 if big else 4, offset)
    while at and at not in seen and at + counter <= len(content) and len(seen) < MOST_FRAMES:
        seen.add(at)
        at = number(at + counter + entry * number(at, counter), offset)
    return len(seen)


_COUNTERS = {"image/gif": _gif, "image/png": _png, "image/webp": _webp, "image/tiff": _tiff}
COUNTED = frozenset(_COUNTERS)
"""Types whose pictures are counted here."""
