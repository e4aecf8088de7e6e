"""Types of pictures that their first bytes alone do not tell.

What is told here is told by a structure whose fields agree with each other. TGA has none that is
enough: it is believed where its name says so too.
"""

import re
import struct

from triage.families import FAMILIES, UNKNOWN, extensions_of
from triage.profile import Family

_XBM = re.compile(rb"#define\s+\w*width\s+(\d{1,9})\s+#define\s+\w*height\s+(\d{1,9})\s")
_XPM = re.compile(rb'"\s*(\d{1,9})\s+(\d{1,9})\s+\d+\s+\d+')
_ICON_SIDE = 128
_SHORTEST = 32
"""Bytes: of less no structure is read."""
_PFM = re.compile(rb"P[Ff]\s+\d+\s+\d+\s+-?[\d.]+\s")
_SVG = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+"
    rb"(?>(?:<\?xml[^>]*\?>|<!--.*?-->|<!DOCTYPE\s+svg[^\[>]*(?:\[.*?\])?[^>]*>)\s*+)*+"
    rb"<(?:\w+:)?svg[\s>]",
    re.DOTALL,
)
"""Nothing is tried twice: there are files of many remarks, which took half a minute."""
_TGA_NAMES = frozenset({"tga", "icb", "vda", "vst", "targa"})
_TGA_KINDS = frozenset({1, 2, 3, 9, 10, 11})
_WEAK = frozenset({"image/x-tga", "image/x-pcx", "image/x-xwindowdump"})
"""What libmagic calls by two or three bytes."""

_CLAIM_NOTHING = frozenset(
    {"raw", "svg", "svgz", "emf", "wmf", "eps", "ico", "cur", "icns", "xpm", "xbm", "itc", "itc2",
     "dds", "hdr", "sgi"}
)  # fmt: skip
"""Endings of drawings and of programs' own pictures, or that mean other things as well."""
_RECYCLED = re.compile(r"(?:.*/)?\$I[0-9A-Z]{6}\.\w+")
"""Windows' recycle bin keeps beside `$RABC123.jpg` what it was, under `$IABC123.jpg`."""


def picture_type(head: bytes) -> str:
    """The MIME type of a picture of a kind that libmagic does not tell; empty of all else."""
    if head[4:12] == b"ftypcrx ":
        return "image/x-canon-cr3"
    if head[2048:2055] == b"PCD_IPI":
        return "image/x-photo-cd"
    if head[:4] == b"FORM" and head[8:12] in {b"ILBM", b"PBM "}:
        return "image/x-ilbm"
    if head[:7] == b"#define" and _XBM.match(head[:4096]):
        return "image/x-xbitmap"
    if head[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" and _SVG.match(head[:4096]):
        return "image/svg+xml"
    return ""


def is_large_pixmap(mime: str, head: bytes) -> bool:
    """Whether it is XPM or XBM, and larger than the icons of programs."""
    pattern = {"image/x-xpixmap": _XPM, "image/x-xbitmap": _XBM}.get(mime)
    found = pattern.search(head[:4096]) if pattern else None
    return found is not None and min(int(found[1]), int(found[2])) >= _ICON_SIDE


def believed(mime: str, head: bytes, path: str) -> str:
    """A type that libmagic gave; what it only guessed is unknown, unless name and structure agree.

    A name alone makes a TGA of what has its structure.
    """
    if mime not in _WEAK and mime != UNKNOWN:
        return mime
    if _is_tga(head) and _TGA_NAMES.intersection(extensions_of(path)[-1:]):
        return "image/x-tga"
    if mime == "image/x-pcx":
        return mime if _is_pcx(head) else UNKNOWN
    if mime == "image/x-xwindowdump":
        return mime if extensions_of(path)[-1:] == ("xwd",) else UNKNOWN
    return UNKNOWN


def named_as_picture(path: str, head: bytes) -> bool:
    """Whether a name says that content is a picture, and nothing else; `head`: its first bytes."""
    ending = "".join(extensions_of(path)[-1:])
    if FAMILIES.get(ending) is not Family.PICTURES or ending in _CLAIM_NOTHING:
        return False
    return not (_RECYCLED.fullmatch(path) and head[1:8] == bytes(7))


def icon_or_cursor(head: bytes) -> str:
    """ICO and CUR: a directory, whose first entry leads to a PNG or to a bitmap's header."""
    if len(head) <= _SHORTEST:
        return ""
    count, _, _, _, reserved = struct.unpack_from("<HBBBB", head, 4)
    size, offset = struct.unpack_from("<II", head, 14)
    if not 1 <= count <= 512 or reserved not in {0, 255} or size < 40 or offset < 6 + 16 * count:
        return ""
    begins = head[offset : offset + 4]
    if begins not in {b"\x89PNG", b"\x28\x00\x00\x00"} and offset + 4 <= len(head):
        return ""
    return "image/vnd.microsoft.icon" if head[2] == 1 else "image/x-win-bitmap"


def sgi(head: bytes) -> str:
    """SGI image file format 1.00: small numbers, and zeros up to 512."""
    if len(head) <= _SHORTEST:
        return ""
    storage, width, dimension, _, _, channels = struct.unpack_from(">BBHHHH", head, 2)
    fits = storage in {0, 1} and width in {1, 2} and 1 <= dimension <= 3 and channels <= 5
    colours = int.from_bytes(head[104:108], "big")
    return "image/x-sgi" if fits and colours <= 3 and not any(head[108:512]) else ""


def floats(head: bytes) -> str:
    """Portable float maps: sides and scale, in digits."""
    return "image/x-portable-floatmap" if _PFM.match(head[:64]) else ""


def _is_pcx(head: bytes) -> bool:
    """PCX: version, run lengths, bits and planes that there are, and a row that is long enough."""
    if len(head) < 128:
        return False
    version, encoding, bits, left, top, right, bottom = struct.unpack_from("<BBBHHHH", head, 1)
    planes, row = struct.unpack_from("<BH", head, 65)
    fits = version in {0, 2, 3, 4, 5} and encoding in {0, 1} and bits in {1, 2, 4, 8}
    sized = left <= right and top <= bottom and 1 <= planes <= 4
    return fits and sized and row * 8 >= (right - left + 1) * bits


def _is_tga(head: bytes) -> bool:
    """Truevision TGA 2.0: a kind that there is, with the colour map and the depth it must have."""
    if len(head) < 18:
        return False
    _, mapped, kind, _, colours, bits, _, _, width, height, depth, order = struct.unpack_from(
        "<BBBHHBHHHHBB", head
    )
    fits = kind in _TGA_KINDS and mapped in {0, 1} and order & 0xC0 == 0
    sized = width > 0 and height > 0 and depth in {1, 8, 15, 16, 24, 32}
    if kind in {1, 9}:
        return fits and sized and mapped == 1 and colours > 0 and bits in {8, 15, 16, 24, 32}
    return fits and sized
