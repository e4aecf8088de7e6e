"""Width and height that pictures of rarer kinds claim: as `dimensions`, which asks here.

Where a file says it twice - an icon's directory and its pictures, JPEG 2000's box and its code
stream - the larger claim counts: it is what a decoder could be made to believe.
"""

import re
import struct
from collections.abc import Callable, Iterator

Size = tuple[int, int]

_PNG = b"\x89PNG\r\n\x1a\n"
_CODESTREAM = b"\xff\x4f\xff\x51"
_MOST_ICONS = 64
_SEARCHED = 1 << 20
_NUMBERS = re.compile(rb"P[1-6Ff](?:\s|#[^\n]*\n)+(\d{1,9})(?:\s|#[^\n]*\n)+(\d{1,9})\s")
_PAM = re.compile(rb"^(WIDTH|HEIGHT)\s+(\d{1,9})\s*$", re.MULTILINE)
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}


def _at(layout: str, offset: int) -> Callable[[bytes], Size]:
    """A reader of width and height that stand side by side."""

    def read(content: bytes) -> Size:
        width, height = struct.unpack_from(layout, content, offset)
        return width, height

    return read


def _turned_at(layout: str, offset: int) -> Callable[[bytes], Size]:
    """The same where the height comes first."""

    def read(content: bytes) -> Size:
        height, width = struct.unpack_from(layout, content, offset)
        return width, height

    return read


def _searched(pattern: re.Pattern[bytes]) -> Callable[[bytes], Size | None]:
    def read(content: bytes) -> Size | None:
        found = pattern.search(content[:4096])
        return (int(found[1]), int(found[2])) if found else None

    return read


def _jpeg_2000(content: bytes) -> Size | None:
    """ITU-T T.800, A.5.1 (SIZ) and I.5.3.1 (image header box)."""
    at = content.find(_CODESTREAM, 0, _SEARCHED)
    if at < 0:
        return None
    right, below, left, above = struct.unpack_from(">IIII", content, at + 8)
    sizes = [(right - left, below - above)]
    box = content.find(b"ihdr", 0, at)
    if box >= 0:
        height, width = struct.unpack_from(">II", content, box + 4)
        sizes.append((width, height))
    return _largest(sizes)


def _pcx(content: bytes) -> Size:
    left, top, right, bottom = struct.unpack_from("<HHHH", content, 4)
    return right - left + 1, bottom - top + 1


def _pam(content: bytes) -> Size | None:
    found = {name: int(number) for name, number in _PAM.findall(content[:1024])}
    return (found[b"WIDTH"], found[b"HEIGHT"]) if len(found) == 2 else None


def _icon(content: bytes) -> Size | None:
    """ICO, CUR: what the directory says of each, and what each says of itself."""
    (count,) = struct.unpack_from("<H", content, 4)
    return _largest(list(_of_icons(content, min(count, _MOST_ICONS))))


def _of_icons(content: bytes, count: int) -> Iterator[Size]:
    for entry in range(6, 6 + 16 * count, 16):
        width, height = content[entry] or 256, content[entry + 1] or 256
        yield width, height
        (at,) = struct.unpack_from("<I", content, entry + 12)
        if content.startswith(_PNG, at):
            yield _at(">II", at + 16)(content)
        else:
            wide, high = struct.unpack_from("<ii", content, at + 4)
            yield abs(wide), abs(high) // 2


def _icns(content: bytes) -> Size | None:
    """Apple's icons: blocks, of which the large ones are PNG or JPEG 2000."""
    sizes = [(128, 128)]
    at = 8
    for _ in range(_MOST_ICONS):
        if at + 8 > len(content):
            break
        length = int.from_bytes(content[at + 4 : at + 8], "big")
        if content.startswith(_PNG, at + 8):
            sizes.append(_at(">II", at + 24)(content))
        elif content.startswith((_CODESTREAM, b"\x00\x00\x00\x0cjP"), at + 8):
            sizes += [size for size in [_jpeg_2000(content[at + 8 : at + length])] if size]
        at += max(8, length)
    return _largest(sizes)


def _jpeg_xl(content: bytes) -> Size | None:
    """ISO/IEC 18181-1, D.2: the size header, in bits; in a container of boxes (18181-2) or bare."""
    at = _codestream_of_jpeg_xl(content)
    if at < 0:
        return None
    bits = int.from_bytes(content[at + 2 : at + 18], "little")
    taken = 0

    def take(count: int) -> int:
        nonlocal taken
        value = bits >> taken & (1 << count) - 1
        taken += count
        return value

    def side() -> int:
        return 8 * (take(5) + 1) if small else 1 + take((9, 13, 18, 30)[take(2)])

    small = take(1)
    height = side()
    ratio = take(3)
    if not ratio:
        return side(), height
    above, below = _RATIOS[ratio]
    return height * above // below, height


def _codestream_of_jpeg_xl(content: bytes) -> int:
    """Where it begins; -1 if there is none."""
    if content.startswith(b"\xff\x0a"):
        return 0
    at = 0
    for _ in range(_MOST_ICONS):
        length, kind = struct.unpack_from(">I4s", content, at)
        body = at + (16 if length == 1 else 8)
        if kind in {b"jxlc", b"jxlp"}:
            begin = body + (4 if kind == b"jxlp" else 0)
            return begin if content.startswith(b"\xff\x0a", begin) else -1
        if length == 1:
            (length,) = struct.unpack_from(">Q", content, at + 8)
        if length < 8:
            return -1
        at += length
    return -1


def _largest(sizes: list[Size]) -> Size | None:
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


RARER: dict[str, Callable[[bytes], Size | None]] = {
    "image/jp2": _jpeg_2000,
    "image/jpx": _jpeg_2000,
    "image/jpm": _jpeg_2000,
    "image/x-jp2-codestream": _jpeg_2000,
    "image/jxl": _jpeg_xl,
    "image/vnd.adobe.photoshop": _turned_at(">II", 14),
    "image/x-portable-bitmap": _searched(_NUMBERS),
    "image/x-portable-greymap": _searched(_NUMBERS),
    "image/x-portable-graymap": _searched(_NUMBERS),
    "image/x-portable-pixmap": _searched(_NUMBERS),
    "image/x-portable-floatmap": _searched(_NUMBERS),
    "image/x-portable-arbitrarymap": _pam,
    "image/x-pcx": _pcx,
    "image/x-tga": _at("<HH", 12),
    "image/x-sgi": _at(">HH", 6),
    "image/x-dds": _turned_at("<II", 12),
    "image/x-sun-raster": _at(">II", 4),
    "image/x-qoi": _at(">II", 4),
    "image/vnd.microsoft.icon": _icon,
    "image/x-win-bitmap": _icon,
    "image/x-icns": _icns,
}
"""Readers by MIME type, as libmagic and `picture_types` give it."""
