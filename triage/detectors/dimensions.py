"""Width and height from a picture's own header, before any decoder sees it.

A decompression bomb is a small file that claims many pixels: 0.9 MB of PNG made OpenCV take
5.2 GB. What is read here is only the claim; it is held against the limit before decoding.
Each reader follows its format's specification, reads within bounds, and gives None if the claim
is not there.
"""

import re
import struct
from collections.abc import Callable, Iterator

from triage.detectors.rarer_dimensions import RARER

Size = tuple[int, int]
"""Width and height in pixels, as stored: before any EXIF orientation."""

_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_TIFF_VALUES = {1: "B", 3: "H", 4: "I", 16: "Q"}
_MOST_TAGS = 4096
_HEIF_HEADER = 1 << 20
_MOST_BOXES = 64
_ISPE = re.compile(rb"ispe....(.{8})", re.DOTALL)


def size_of(content: bytes, mime: str) -> Size | None:
    """The size that the header claims; None if it has none, or the type is not a known one."""
    reader = _READERS.get(mime)
    if reader is None:
        return None
    try:
        size = reader(content)
    except (struct.error, IndexError, OverflowError):
        return None
    return size if size and size[0] > 0 and size[1] > 0 else None


def _jpeg(content: bytes) -> Size | None:
    """ITU-T T.81, B.1.1: segments up to the first frame header."""
    at = 2
    while at + 9 <= len(content):
        if content[at] != 0xFF:
            at = content.find(b"\xff", at)
            if at < 0:
                return None
            continue
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _JPEG_WITHOUT_LENGTH or marker == 0:
            at += 2
        elif marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return width, height
        else:
            at += 2 + max(2, int.from_bytes(content[at + 2 : at + 4], "big"))
    return None


def _png(content: bytes) -> Size | None:
    """PNG (ISO/IEC 15948), 11.2.2: IHDR is the first chunk."""
    if content[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", content, 16)
    return width, height


def _gif(content: bytes) -> Size | None:
    """GIF89a, 18: the logical screen; the first frame is drawn inside it."""
    width, height = struct.unpack_from("<HH", content, 6)
    return width, height


def _bmp(content: bytes) -> Size | None:
    """The OS/2 core header has 16 bits; the Windows ones 32, height negative if top first. A
    bitmap from memory (DIB) begins with it."""
    at = 14 if content[:2] == b"BM" else 0
    (header,) = struct.unpack_from("<I", content, at)
    width, height = struct.unpack_from("<HH" if header == 12 else "<ii", content, at + 4)
    return width, abs(height)


def _webp(content: bytes) -> Size | None:
    """WebP container (RFC 9649): VP8 (lossy), VP8L (lossless) or VP8X (extended)."""
    kind = content[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(content[24:27], "little") + 1
        height = int.from_bytes(content[27:30], "little") + 1
        return (width, height) if len(content) >= 30 else None
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _tiff(content: bytes) -> Size | None:
    """TIFF 6.0, section 2, and BigTIFF: the first directory's width and length."""
    order = "<" if content[:2] == b"II" else ">"
    (version,) = struct.unpack_from(order + "H", content, 2)
    found = dict(_tiff_tags(content, order, big=version == 43))
    width, height = found.get(_TIFF_WIDTH, 0), found.get(_TIFF_HEIGHT, 0)
    return width, height


def _tiff_tags(content: bytes, order: str, *, big: bool) -> Iterator[tuple[int, int]]:
    """Tag and first value, of the tags whose value lies in the directory itself."""
    pointer, counter, entry, value_at = ("Q", "Q", 20, 12) if big else ("I", "H", 12, 8)
    (at,) = struct.unpack_from(order + pointer, content, 8 if big else 4)
    (count,) = struct.unpack_from(order + counter, content, at)
    at += struct.calcsize(order + counter)
    for index in range(min(count, _MOST_TAGS)):
        tag, kind = struct.unpack_from(order + "HH", content, at + index * entry)
        if tag in {_TIFF_WIDTH, _TIFF_HEIGHT} and kind in _TIFF_VALUES:
            place = at + index * entry + value_at
            yield tag, struct.unpack_from(order + _TIFF_VALUES[kind], content, place)[0]


def _heif(content: bytes) -> Size | None:
    """HEIF (ISO/IEC 23008-12), 6.5.3: the largest `ispe` property; a grid has one of its own."""
    at = _meta_box(content)
    sizes = [struct.unpack(">II", f) for f in _ISPE.findall(content, at, at + _HEIF_HEADER)]
    return max(sizes, key=lambda size: size[0] * size[1]) if sizes else None


def _meta_box(content: bytes) -> int:
    """ISO/IEC 14496-12, 4.2: where `meta` begins, which some telephones write after the pixels."""
    at = 0
    for _ in range(_MOST_BOXES):
        length, kind = struct.unpack_from(">I4s", content, at)
        if kind == b"meta":
            return at
        if length == 1:
            (length,) = struct.unpack_from(">Q", content, at + 8)
        if length < 8 or at + length + 8 > len(content):
            break
        at += length
    return 0


_READERS: dict[str, Callable[[bytes], Size | None]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/gif": _gif,
    "image/bmp": _bmp,
    "image/x-ms-bmp": _bmp,
    "image/webp": _webp,
    "image/tiff": _tiff,
    "image/avif": _heif,
    "image/heic": _heif,
    "image/heif": _heif,
    "image/heic-sequence": _heif,
    "image/heif-sequence": _heif,
    **RARER,
}
DECODABLE = frozenset(_READERS)
"""The MIME types that `pictures.decode` takes."""
