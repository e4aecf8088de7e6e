"""Apple's *.ithmb: what iPods, and early iPhones, keep of photographs: JPEGs, or bare pixels.

Format: iPodLinux wiki, "ITunesDB/Photo Database"; K. Wiley, "iPod Photo Reader" (2005).
F1024_1.ithmb is pictures of format 1024 one behind the other, all of one size; what size, and how a
pixel is kept, goes by the number. Only formats that several readers agree on are read, and only
where the file is a whole number of them. Of the television's format, which keeps light and colour
apart, the light is.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from triage.media import jpeg
from triage.parts.bitmaps import grey, rgb555, rgb565
from triage.parts.carving import TOO_LONG, SearchAllowance, carve
from triage.parts.part import Part, ReadAt

UNDECODED = "pictures of a kind that is not decoded (.ithmb)"
_NAME = re.compile(r"\.ithmb$", re.IGNORECASE)
_NUMBER = re.compile(r"(?:^|/)F?(\d{4})(?:_\d+)?\.ithmb$", re.IGNORECASE)


class _Format(NamedTuple):
    """How pictures of a format are kept."""

    width: int
    height: int
    pixels: str = "rgb565"

    @property
    def size(self) -> int:
        """Bytes of one; two a pixel, in each of them."""
        return 2 * self.width * self.height


_FORMATS = {
    1009: _Format(42, 30), 1013: _Format(220, 176, "turned"), 1015: _Format(130, 88),
    1016: _Format(140, 140), 1017: _Format(56, 56), 1019: _Format(720, 480, "uyvy"),
    1020: _Format(220, 176, "turned"), 1023: _Format(176, 132, "turned"), 1024: _Format(320, 240),
    1027: _Format(100, 100), 1029: _Format(200, 200), 1031: _Format(42, 42), 1032: _Format(42, 37),
    1036: _Format(50, 41), 1055: _Format(128, 128), 1060: _Format(320, 320), 1066: _Format(64, 64),
    1068: _Format(128, 128), 1071: _Format(240, 240), 1073: _Format(240, 240),
    1074: _Format(50, 50), 1078: _Format(80, 80), 1079: _Format(80, 80), 1083: _Format(240, 320),
    1084: _Format(240, 240), 1085: _Format(88, 88), 1087: _Format(384, 384),
    1089: _Format(58, 58), 1092: _Format(80, 80), 1093: _Format(512, 512),
    3005: _Format(320, 320, "rgb555"), 3008: _Format(640, 480, "rgb555"),
}  # fmt: skip


class Ithmb:
    """A file of pictures. Iterate over `parts`; `trouble` is whole afterwards."""

    kind = "iPod and iPhone thumbnail cache"
    damaged = False

    def __init__(self, content: ReadAt, path: str) -> None:
        """`path`: its name says the format."""
        self._content = content
        number = _NUMBER.search(path)
        format_ = _FORMATS.get(int(number[1])) if number else None
        self._format = format_ if format_ and content.size % format_.size == 0 else None
        self.trouble = ""

    def parts(self) -> Iterator[Part]:
        """Every picture, as it is or as a bitmap; those of an unknown format are said."""
        if self._format is not None and self._content.read_at(0, 3) != jpeg.SIGNATURE:
            yield from self._bare(self._format)
            return
        known = 0
        for part in self._encoded():
            known += part.extent
            yield part
        if 2 * known < self._content.size:
            self.trouble = self.trouble or UNDECODED

    def _bare(self, format_: _Format) -> Iterator[Part]:
        for offset in range(0, self._content.size, format_.size):
            raw = self._content.read_at(offset, format_.size)
            if raw.strip(b"\x00"):
                yield self._part(_bitmap(raw, format_), offset, length=len(raw))

    def _encoded(self) -> Iterator[Part]:
        size = self._content.size
        allowance = SearchAllowance.of(size)
        for found in carve(self._content, 0, size, allowance):
            if found.whole:
                yield self._part(found.content, found.at, length=len(found.content))
        if allowance.spent:
            self.trouble = TOO_LONG

    def _part(self, content: bytes, offset: int, *, length: int) -> Part:
        return Part(content=content, kind=self.kind, offset=offset, length=length, thumbnail=True)


def may_be_ithmb(path: str) -> bool:
    """Whether one may be there, by its name: bare pixels say nothing of themselves."""
    return _NAME.search(path) is not None


def _bitmap(raw: bytes, format_: _Format) -> bytes:
    width, height = format_.width, format_.height
    if format_.pixels == "uyvy":  # every other byte is light; even rows first, then odd ones
        light = raw[1::2]
        half = len(light) // 2
        rows = range(0, half, width)
        woven = b"".join(light[at : at + width] + light[half + at :][:width] for at in rows)
        return grey(woven, width, height)
    if format_.pixels == "turned":  # the higher byte first
        turned = bytearray(len(raw))
        turned[::2], turned[1::2] = raw[1::2], raw[::2]
        raw = bytes(turned)
    return (rgb555 if format_.pixels == "rgb555" else rgb565)(raw, width, height)
