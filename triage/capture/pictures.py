"""Where Exif and XMP lie in pictures.

JPEG: segments APP1. TIFF and raw formats: they are Exif's structure themselves. Fuji's raw format:
a JPEG inside, at the place that byte 84 says. PNG: chunks eXIf, iTXt and tEXt (PNG 3, 11.3).
WebP: chunks EXIF and XMP (RFC 9649, 2.7).
"""

from dataclasses import dataclass, field

from triage.capture.exif import exif_facts, exif_position, gps_position
from triage.capture.texts import Facts, said, text_of, time_of
from triage.capture.xmp import xmp_facts, xmp_position
from triage.captured import Position
from triage.media import jpeg
from triage.media.chunks import png_chunks, riff_chunks
from triage.media.tiff import Tiff
from triage.media.window import Window

TIFF = (b"II*\x00", b"MM\x00*", b"IIU\x00", b"IIRO", b"IIRS", b"MMOR")
"""TIFF, and what Panasonic and Olympus write instead of its version."""
_XMP_IN_JPEG = b"http://ns.adobe.com/xap/1.0/\x00"
_XMP_IN_PNG = b"XML:com.adobe.xmp\x00\x00\x00"
"""Keyword, then: not compressed."""
_XMP_IN_TIFF = 700
_MOST = 65536
_FUJI_JPEG = 84


@dataclass(slots=True)
class Blocks:
    """What says how a picture was made: Exif, XMP, and texts of the format's own."""

    exif: tuple[Tiff, ...] = ()
    gps: Tiff | None = None
    """Where the place has a structure of its own."""
    xmp: bytes = b""
    texts: Facts = field(default_factory=dict)

    def facts(self) -> Facts:
        """Exif's word counts before XMP's, and that before the format's."""
        told: Facts = {}
        for tiff in self.exif:
            told |= exif_facts(tiff)
        if self.xmp and not ("make" in told and "taken" in told):
            told = xmp_facts(self.xmp) | told
        return self.texts | told

    def position(self) -> Position | None:
        """Exif's, else XMP's."""
        told = [exif_position(tiff) for tiff in self.exif]
        if self.gps is not None:
            told.append(gps_position(self.gps, self.gps.tags(self.gps.first)))
        return next(filter(None, told), None) or (xmp_position(self.xmp) if self.xmp else None)


def in_jpeg(head: bytes) -> Blocks:
    """The first of each; Exif cannot point out of its segment."""
    blocks = Blocks()
    for marker, at, size in jpeg.segments(head):
        if marker != jpeg.APP1:
            continue
        if not blocks.exif and head.startswith(jpeg.EXIF, at):
            blocks.exif = (Tiff(Window(head[: at + size]), at + jpeg.EXIF_HEADER),)
        elif not blocks.xmp and head.startswith(_XMP_IN_JPEG, at):
            blocks.xmp = head[at + len(_XMP_IN_JPEG) : at + size]
    return blocks


def in_tiff(window: Window) -> Blocks:
    """A TIFF is what Exif is."""
    tiff = Tiff(window)
    packet = tiff.raw(tiff.tags(tiff.first).get(_XMP_IN_TIFF), _MOST)
    return Blocks(exif=(tiff,), xmp=packet)


def in_fuji(window: Window) -> Blocks:
    """RAF: the JPEG inside says it."""
    return in_jpeg(window.at(window.number(_FUJI_JPEG, 4), _MOST))


def in_png(window: Window) -> Blocks:
    """Chunks before or behind the pixels."""
    blocks = Blocks()
    texts: dict[bytes, bytes] = {}
    for kind, at, size in png_chunks(window):
        if kind == b"eXIf" and not blocks.exif:
            blocks.exif = (Tiff(Window(window.at(at, min(size, _MOST)))),)
        elif kind == b"tEXt":
            keyword, _, text = window.at(at, min(size, _MOST)).partition(b"\x00")
            texts.setdefault(keyword, text)
        elif kind == b"iTXt" and window.at(at, len(_XMP_IN_PNG)) == _XMP_IN_PNG:
            blocks.xmp = window.at(at, min(size, _MOST))[len(_XMP_IN_PNG) :]
    blocks.texts = said(
        software=text_of(texts.get(b"Software", b""), "latin-1"),
        taken=time_of(text_of(texts.get(b"Creation Time", b""), "latin-1")),
    )
    return blocks


def in_webp(window: Window) -> Blocks:
    """Chunks behind the pixels. Some programs put JPEG's six bytes before the structure."""
    blocks = Blocks()
    for kind, at, size in riff_chunks(window, 12, window.number(4, 4, "little") + 8):
        if kind == b"EXIF":
            content = window.at(at, min(size, _MOST))
            start = jpeg.EXIF_HEADER if content.startswith(jpeg.EXIF) else 0
            blocks.exif = (Tiff(Window(content), start),)
        elif kind == b"XMP ":
            blocks.xmp = window.at(at, min(size, _MOST))
    return blocks
