"""Pictures inside drawings: SVG's `data:` addresses (RFC 2397), and what EPS carries.

EPS: the TIFF preview of a binary file (Adobe TN 5002, 5.2), and JPEGs that lie in it as they are or
in ASCII base-85. Everything has a bound; what is there and cannot be taken out is said.
"""

import base64
import binascii
import re
from typing import NamedTuple

DOS_EPS = b"\xc5\xd0\xd3\xc6"

_MOST_RASTERS = 64
_DATA = re.compile(rb"data:\s*image/(?!svg)[\w.+-]{1,40}\s*(?:;[^,;\"']{0,60}){0,4};\s*base64\s*,")
_OTHER_DATA = re.compile(rb"data:\s*image/(?!svg)[\w.+-]{1,40}")
_BASE_64 = re.compile(rb"[A-Za-z0-9+/=_\s%&#;-]+")
_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")
_LINE_ENDS = re.compile(rb"&#(?:10|13|x[AaDd]);")
_JPEG = b"\xff\xd8\xff"
_JPEG_END = b"\xff\xd9"
_ASCII_85 = (b"s4IA", b"<~s4IA")
_MOST_ASCII_85 = 2 << 20
_LEAST_BYTES = 128
_RASTER = re.compile(
    rb"(?:\bimage|colorimage|imagemask)\s+(?:%%BeginData[^\n]{0,80}\s+)?"
    rb"(?:[0-9A-Fa-f]\s?\s?){2000}|%%BeginBinary:\s*\d{4}|/DCTDecode"
)


class Raster(NamedTuple):
    """A picture inside a drawing, as it is encoded there: JPEG, PNG …"""

    offset: int
    """Where in the drawing its own bytes, or their text, begin."""
    content: bytes


class Rasters(NamedTuple):
    """What a drawing carries."""

    found: tuple[Raster, ...] = ()
    """The largest first."""
    more: bool = False
    """There are others, which could not be taken out."""
    preview: Raster | None = None
    """A small picture of the whole drawing."""


def in_svg(content: bytes) -> Rasters:
    """The pictures in SVG. Those that lie beside it, by their address, are files of their own."""
    found: list[Raster] = []
    claimed = sum(1 for _ in _OTHER_DATA.finditer(content))
    for begin in _DATA.finditer(content):
        if len(found) == _MOST_RASTERS:
            break
        text = _BASE_64.match(content, begin.end())
        raster = _base_64(text[0]) if text else b""
        if raster:
            found.append(Raster(begin.end(), raster))
    return _sorted(found, more=claimed > len(found))


def in_eps(content: bytes) -> Rasters:
    """The pictures in EPS."""
    found: list[Raster] = []
    preview = None
    if content.startswith(DOS_EPS):
        at, length = (int.from_bytes(content[n : n + 4], "little") for n in (20, 24))
        if length and content[at : at + 2] in {b"II", b"MM"}:
            preview = Raster(at, content[at : at + length])
    at = content.find(_JPEG)
    while at >= 0 and len(found) < _MOST_RASTERS:
        end = content.find(_JPEG_END, at)
        end = len(content) if end < 0 else end + len(_JPEG_END)
        following = content.find(_JPEG, end)
        found.append(Raster(at, content[at : following if following >= 0 else len(content)]))
        at = following
    found += _in_ascii(content)
    sorted_ = _sorted(found, more=not found and bool(_RASTER.search(content)))
    return sorted_._replace(preview=preview)


def _in_ascii(content: bytes) -> list[Raster]:
    at = content.find(_ASCII_85[0])
    end = content.find(b"~>", at)
    if at < 0 or not 0 < end - at <= _MOST_ASCII_85:
        return []
    try:
        return [Raster(at, base64.a85decode(content[at:end]))]
    except ValueError:
        return []


def _base_64(text: bytes) -> bytes:
    """The bytes of a text that may be broken into lines, escaped or cut short."""
    text = _LINE_ENDS.sub(b"", text).partition(b"&")[0]
    if b"%" in text:
        text = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), text)
    text = text.translate(bytes.maketrans(b"-_", b"+/"), b" \t\r\n\f").rstrip(b"=")
    text = text[: len(text) // 4 * 4] if len(text) % 4 == 1 else text
    try:
        return binascii.a2b_base64(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        return b""


def _sorted(found: list[Raster], *, more: bool) -> Rasters:
    whole = [raster for raster in found if len(raster.content) >= _LEAST_BYTES]
    whole.sort(key=lambda raster: -len(raster.content))
    return Rasters(tuple(whole), more)
