"""The table of types: by which first bytes content is told.

The formats' own documents, and the rules of file(1), are the sources.

A row names the type, or a rule that looks closer; or it says that libmagic is to be asked, which
takes 0.3 ms: of what few files are, of what several types begin with (zip, OLE), and of beginnings
so short that anything may have them. What has no row is nothing that anybody looks into.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from triage.detectors.picture_types import floats, icon_or_cursor, sgi

ASK = "?"
"""Stands for a type: libmagic says it."""
ELF = "application/x-elf"
"""Programs and their parts: libmagic names each by its own."""


class TypeSignature(NamedTuple):
    """A beginning, and what it says."""

    beginning: bytes
    mime: str = ""
    rule: Callable[[bytes], str] | None = None
    """Looks closer, and has the last word: a type, ASK, or nothing."""


def _each(mime: str, *beginnings: bytes) -> Iterator[TypeSignature]:
    yield from (TypeSignature(each, mime) for each in beginnings)


def _at_once() -> Iterator[TypeSignature]:
    yield TypeSignature(b"\xff\xd8\xff", "image/jpeg")
    yield TypeSignature(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png")
    yield from _each("image/gif", b"GIF89a", b"GIF87a")
    yield TypeSignature(b"RIFF", rule=_webp)
    yield TypeSignature(b"FLV\x01", "video/x-flv")
    yield TypeSignature(b"%PDF-", "application/pdf")
    yield TypeSignature(b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed")
    yield from _each("application/x-rar", b"Rar!\x1a\x07\0", b"Rar!\x1a\x07\x01\0")


def _pictures() -> Iterator[TypeSignature]:
    yield from _each("image/gif", b"GIF8")
    yield from _each(ASK, b"\x89PNG")
    yield TypeSignature(b"BM", rule=_bitmap)
    yield TypeSignature(b"II*\0", rule=_tiff)
    yield from _each("image/tiff", b"MM\0*", b"MM\0+", b"II+\0")
    yield from _each("image/x-olympus-orf", b"IIRO", b"IIRS", b"MMOR")
    yield TypeSignature(b"IIU\0", "image/x-panasonic-rw2")
    yield TypeSignature(b"\0MRM\0", "image/x-minolta-mrw")
    yield TypeSignature(b"II\x1a\0\0\0HEAPCCDR", "image/x-canon-crw")
    yield TypeSignature(b"FUJIFILMCCD-RAW", "image/x-fuji-raf")
    yield TypeSignature(b"FOVb", "image/x-x3f")
    yield TypeSignature(b"8BPS\0\x02", "image/x-psb")
    yield TypeSignature(b"\xff\x0a", "image/jxl")
    yield TypeSignature(b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl")
    yield TypeSignature(b"\xff\x4f\xff\x51", "image/x-jp2-codestream")
    yield TypeSignature(b"\0\0\0\x0cjP  \r\n\x87\n", rule=_jpeg_2000)
    yield TypeSignature(b"gimp xcf", "image/x-xcf")
    yield TypeSignature(b"BPG\xfb", "image/bpg")
    yield TypeSignature(b"qoif", "image/x-qoi")
    yield TypeSignature(b"icns", "image/x-icns")
    yield TypeSignature(b"\x76\x2f\x31\x01", "image/x-exr")
    yield TypeSignature(b"\xb1\x68\xde\x3a", "image/x-dcx")
    yield TypeSignature(b"\xc5\xd0\xd3\xc6", "image/x-eps")
    yield TypeSignature(b"DDS |\0\0\0", "image/x-dds")
    yield TypeSignature(b"\x59\xa6\x6a\x95", "image/x-sun-raster")
    yield from _each("image/vnd.radiance", b"#?RADIANCE\n", b"#?RGBE\n")
    yield TypeSignature(b"SIMPLE  =                    T", "image/fits")
    yield TypeSignature(b"PDN3", "image/x-paintnet")
    yield TypeSignature(b"FLIF", "image/flif")
    yield TypeSignature(b"\x8bJNG\r\n\x1a\n", "image/x-jng")
    yield TypeSignature(b"\x8aMNG\r\n\x1a\n", "image/x-mng")
    yield TypeSignature(b"\x97JB2\r\n\x1a\n", "image/x-jbig2")
    yield from _each("image/ktx", b"\xabKTX 11\xbb\r\n\x1a\n", b"\xabKTX 20\xbb\r\n\x1a\n")
    yield from _each("image/x-blp", b"BLP1\0", b"BLP2\x01\0\0\0")
    yield from _each("image/x-msp", b"DanM", b"LinS")
    yield TypeSignature(b"/* XPM */", "image/x-xpixmap")
    yield TypeSignature(b"<", rule=_markup)
    yield TypeSignature(b"\x01\xda", rule=sgi)
    yield from (TypeSignature(b"P" + each, rule=floats) for each in (b"F", b"f"))
    yield from (TypeSignature(b"\0\0" + each, rule=_icon) for each in (b"\x01\0", b"\x02\0"))
    yield from (TypeSignature(b"P%d" % number, rule=_pixmap) for number in range(1, 8))
    yield TypeSignature(b"\x0a", rule=_paintbrush)


def _rarer_pictures() -> Iterator[TypeSignature]:
    """Few files are of these, and most of them nobody decodes."""
    yield from _each(ASK, b"8BPS", b"II\xbc", b"PGF", b"(\0\0\0")
    yield from _each(ASK, b"SIMPLE  =", b"\x8bJNG", b"\x8aMNG", b"AT&TFORM", b"FGF95a", b"PBF")
    yield from _each(ASK, b"BEGMF", b"BegMF", b"begmf", b"AC1", b"AC2", b"MC0.0", b"RE~^", b"Xcur")
    yield from _each(ASK, b"\xd7\xcd\xc6\x9a", b"\x02\0\x09\0", b"\x01\0\x09\0", b"AWBM", b"CPT")
    yield from _each(ASK, b"@CorelBMF", b"CPC\xb2", b"\x14FIG", b"SDPX", b"XPDS", b"7\0\0\x10")
    yield from _each(ASK, b"GDST", b"GST2", b"hsi1", b"\x041.4", b"B&W256", b"\x3d\xf3\x13\x14")
    yield from _each(ASK, b"push", b"id=", b"IIN1", b"IIO", b"[BitmapInfo", b"\xffWPC", b"#FIG")
    yield from (TypeSignature(each, rule=_os2) for each in (b"BA", b"IC", b"CI", b"PT", b"CP"))
    yield from (TypeSignature(b"\0\0\0" + each, rule=_window) for each in (b"\x28", b"c"))


def _videos() -> Iterator[TypeSignature]:
    """Of which their structure alone does not say what they are."""
    yield TypeSignature(b"\x1a\x45\xdf\xa3", rule=_matroska)
    yield TypeSignature(b"RIFF", rule=_riff)
    yield from _each(ASK, b"MOVI", b"DVDVIDEO-V")


def _documents() -> Iterator[TypeSignature]:
    yield from _each(ASK, b"\xd0\xcf\x11\xe0", b"PO^Q`", b"\x94\xa6.", b"\xdb\xa5-\0", b"\xfe7\0#")
    yield from _each(ASK, b"\xfe2\0\0", b"\xfe4\0\0", b"\xfe7\0\x1c", b"1\xbe\0\0", b"ITSF")
    yield from _each(ASK, b"\x09\x04\x06\0", b"\x78\x9f\x3e\x22", b"\x04%!")
    yield TypeSignature(b"%!", "application/postscript")
    yield TypeSignature(b"{\\rtf", "text/rtf")


def _archives() -> Iterator[TypeSignature]:
    yield TypeSignature(b"PK", rule=_zip)
    yield from _each("application/gzip", b"\x1f\x8b\x08")
    yield from _each("application/x-bzip2", *(b"BZh%d" % level for level in range(1, 10)))
    yield TypeSignature(b"\xfd7zXZ\0", "application/x-xz")
    yield TypeSignature(b"\x28\xb5\x2f\xfd", "application/zstd")
    yield TypeSignature(b"\x04\x22\x4d\x18", "application/x-lz4")
    yield TypeSignature(b"!<arch>\n", "application/x-archive")
    yield from _each(
        ASK, b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b", b"BZ", b"<ar>", b"mozLz40\0", b"LZIP"
    )
    yield from _each(ASK, *(bytes([each]) + b"\xb5\x2f\xfd" for each in range(0x22, 0x28)))
    yield from _each(
        ASK, b"\x02\x21\x4c\x18", b"\x03\x21\x4c\x18", b"MSCF", b"\x5d\0\0", b"\x60\xea"
    )
    yield from _each(ASK, *(bytes([0x1A, kind]) for kind in (*range(1, 10), 10, 20, 0x48)))
    yield from _each(ASK, b"\xc7\x71", b"\x71\xc7", b"070701", b"070702", b"070707")


def _nothing_of_interest() -> Iterator[TypeSignature]:
    """What is common, and may have pictures in it that are nobody's: its icons, its covers.

    Only where it surely is that: all else is unknown, and looked at closer.
    """
    yield TypeSignature(b"MZ", rule=_windows_program)
    yield TypeSignature(b"\x7fELF", rule=_elf)
    yield TypeSignature(b"SQLite format 3\0", "application/vnd.sqlite3")
    yield TypeSignature(b"fLaC", "audio/flac")
    yield TypeSignature(b"OggS", ASK)


def _webp(head: bytes) -> str:
    return "image/webp" if head[8:12] == b"WEBP" else ""


def _bitmap(head: bytes) -> str:
    """Of Windows and OS/2: by the length of the header behind the file's own."""
    length = int.from_bytes(head[14:18], "little")
    return "image/bmp" if length in {12, 16, 40, 52, 56, 64, 108, 124} else ASK


def _tiff(head: bytes) -> str:
    return "image/x-canon-cr2" if head[4:10] == b"\x10\0\0\0CR" else "image/tiff"


def _icon(head: bytes) -> str:
    return icon_or_cursor(head) or ASK


def _markup(head: bytes) -> str:
    """A drawing further in than SVG's own grammar has it: in a page, behind another's type."""
    return ASK if b"<svg" in head[:4096] or b"<!doctype svg" in head[:4096].lower() else ""


def _pixmap(head: bytes) -> str:
    """PNM: a number, blanks and remarks, and then its sides; PAM and XV's thumbnails are rare."""
    if _SIDES.match(head[:1024]):
        return _PIXMAPS[head[1:2]]
    return ASK if head[2:3].isspace() else ""


def _jpeg_2000(head: bytes) -> str:
    """By the brand in its second box (ISO/IEC 15444-1, I.5.2)."""
    return _JPEG_2000.get(head[20:24], ASK)


def _paintbrush(head: bytes) -> str:
    """PCX, of the versions that there are: a text may begin with an empty line."""
    return ASK if head[1:2] in _PCX_VERSIONS and head[2:3] in {b"\0", b"\1"} else ""


def _os2(head: bytes) -> str:
    """Bitmaps and pointers of OS/2, whose sizes are small numbers; words begin so, too."""
    return ASK if b"\0" in head[2:14] else ""


def _window(head: bytes) -> str:
    """A dump of a window: the length of its header is not enough, the version follows."""
    return ASK if head[4:8] in {b"\0\0\0\x06", b"\0\0\0\x07"} else ""


def _matroska(head: bytes) -> str:
    """By the document's type, the first element of that kind (RFC 8794, 11.2.8)."""
    at = head.find(b"\x42\x82", 4, 4096)
    told = head[at + 3 : at + 11] if at > 0 else b""
    if told.startswith(b"webm"):
        return "video/webm"
    return "video/x-matroska" if told == b"matroska" else ASK


def _riff(head: bytes) -> str:
    return "audio/x-wav" if head[8:12] == b"WAVE" else ASK


def _zip(head: bytes) -> str:
    return ASK if head[2:4] in {b"\x03\x04", b"\x05\x06", b"\x07\x08", b"\x01\x02", b"00"} else ""


_SIDES = re.compile(rb"P[1-6]\s+(?:#[^\n]*\n\s*)*\d{1,9}\s+(?:#[^\n]*\n\s*)*\d{1,9}\s")
_PIXMAPS = {
    b"1": "image/x-portable-bitmap", b"2": "image/x-portable-graymap",
    b"3": "image/x-portable-pixmap", b"4": "image/x-portable-bitmap",
    b"5": "image/x-portable-greymap", b"6": "image/x-portable-pixmap",
}  # fmt: skip
_JPEG_2000 = {
    b"jp2 ": "image/jp2", b"jpx ": "image/jpx", b"jpm ": "image/jpm", b"mjp2": "video/mj2",
}  # fmt: skip
_PCX_VERSIONS = frozenset({b"\0", b"\2", b"\3", b"\4", b"\5"})


def _windows_program(head: bytes) -> str:
    at = int.from_bytes(head[0x3C:0x40], "little")
    return "application/x-dosexec" if at and head[at : at + 4] == b"PE\0\0" else ""


def _elf(head: bytes) -> str:
    """Of a kind that there is: in parts, to be run, shared, or what was left of one."""
    kind = head[16:18] if head[5:6] == b"\x01" else head[17:15:-1]
    return ELF if kind in {b"\x01\0", b"\x02\0", b"\x03\0", b"\x04\0"} else ""


Rows = tuple[TypeSignature, ...]


def _by_two(*families: Callable[[], Iterator[TypeSignature]]) -> dict[bytes, Rows]:
    """By the first two bytes, those of the earlier families first."""
    found: dict[bytes, Rows] = {}
    for each in (row for family in families for row in family()):
        seconds = range(256) if len(each.beginning) == 1 else (each.beginning[1],)
        for second in seconds:
            key = bytes([each.beginning[0], second])
            found[key] = (*found.get(key, ()), each)
    return found


AT_ONCE = _by_two(_at_once)
"""What is told before anything else: whatever lies further on, it is decoded as this."""
BY_BEGINNING = _by_two(
    _pictures, _videos, _documents, _archives, _rarer_pictures, _nothing_of_interest
)


def told_by(rows: dict[bytes, Rows], head: bytes) -> str:
    """The type that the first row says which fits: empty if none does, ASK if libmagic knows."""
    for row in rows.get(head[:2], ()):
        if head.startswith(row.beginning):
            told = row.mime or (row.rule(head) if row.rule else "")
            if told:
                return told
    return ""


def told_further_in(head: bytes) -> str:
    """By marks that do not stand at the beginning: ISO 9660, tar, DICOM, PDF behind a little."""
    if head[257:262] == b"ustar":
        return "application/x-tar"
    if head[4:8] in _AT_FOUR or head[4:6] in _FILMS or head[20:24] in _AT_TWENTY:
        return ASK
    if head[128:132] == b"DICM" or head[344:347] in _NIFTI or _has_a_checksum(head[148:156]):
        return ASK
    if head[2:4] in _LHARC and head[4:5].isalnum():
        return ASK
    return ASK if b"%PDF-" in head[:1100] else ""


def _has_a_checksum(field: bytes) -> bool:
    """As the header of an old tar has it, which has no mark: octal digits, and a zero behind."""
    return b"\0" in field and field.strip(b" \0").isdigit()


_AT_FOUR = frozenset({b"ftyp", b"idsc", b"n+2\0", b"ni2\0"})
_FILMS = frozenset({b"\x11\xaf", b"\x12\xaf"})
"""Autodesk's FLI and FLC."""
_AT_TWENTY = frozenset({b"GIMP", b"GPAT"})
_NIFTI = frozenset({b"n+1", b"ni1"})
_LHARC = frozenset({b"-l", b"-p", b"-s"})
