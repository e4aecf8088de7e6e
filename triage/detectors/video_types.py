"""Videos by what they are made of: everything that our FFmpeg takes apart and that can be told.

libmagic knows few of these, and tells some by three bytes that anything may have. Here a short
signature is never enough: where a format has none of eight bytes or more, its structure is held
against its specification, so that noise and programs give nothing (`tests/detectors/
test_video_types.py` holds it against both). What has sound alone is no video.
"""

import re

from triage.media.av1 import is_stream as is_av1
from triage.media.boxes import Box, box_in, boxes
from triage.media.codes import coded
from triage.media.flash import holds_video
from triage.media.marks import holds
from triage.media.programs import PACK, is_program_stream, is_transport_stream
from triage.media.window import ReadAt, Window

TOLD_BY_STRUCTURE = frozenset({
    "video/mp2t", "video/mpeg", "video/mp2p", "video/mpv", "video/mp4v-es", "video/mpeg4-generic",
    "video/h264", "video/h265", "video/x-dv", "video/dv", "video/ogg", "audio/mp4",
    "video/quicktime", "application/mxf", "video/x-ms-asf",
})  # fmt: skip
"""Types that are told here by structure: where libmagic sees one and we do not, it is none."""

SOUND_BY_NAME = "audio/x-m4a"
"""By its brand; what it has further on is not seen in its beginning."""

_LABEL = bytes.fromhex("060e2b34020501010d0102010102")
_MATERIAL = re.compile(
    re.escape(_LABEL) + rb"[\x01-\x04]\x00"
    rb"(?:[\x58-\x7f]|\x81.|\x82.{2}|\x83.{3}|\x84.{4}|\x85.{5}|\x86.{6}|\x87.{7}|\x88.{8})"
    rb"\x00\x01\x00[\x01-\x09]",
    re.DOTALL,
)
"""MXF (SMPTE ST 377-1, 7.1): the key of its header partition, a length, the version. Up to 64 KB of
anything may stand before it."""

_SIGNATURES = (
    (b"DKIF\x00\x00\x20\x00", "video/x-ivf"),
    (b"YUV4MPEG2 ", "video/x-yuv4mpeg"),
    (b"nut/multimedia container\x00", "video/x-nut"),
    (bytes.fromhex("b7d800203749da11a64e0007e95ead8d"), "video/x-ms-wtv"),
    (b"NuppelVideo\x00", "video/x-nuv"),
    (b"MythTVVideo\x00", "video/x-nuv"),
    (b".R1M\x00\x01\x01", "application/vnd.rn-realmedia"),
)  # fmt: skip
_BEGINNINGS = tuple(signature for signature, _ in _SIGNATURES)
_RIFF = {b"AVI ": "video/x-msvideo", b"AVIX": "video/x-msvideo", b"AMV ": "video/x-amv"}

_CODED = {
    "h264": "video/h264", "h265": "video/h265", "mpeg": "video/mpeg", "mpeg4": "video/mp4v-es",
    "vc1": "video/vc1",
}  # fmt: skip

_STILLS = frozenset(
    brand.ljust(4)
    for brand in b"heic heix heim heis hevc hevx hevm hevs mif1 mif2 msf1 avif avis avci avcs jpeg "
    b"jpgs jxl jxs jxss crx jp2 jpx jpm pred j2ki j2is vvic vvis evbi evbs MA1A MA1B MiHB MiHE "
    b"MiHA MiAB".split()
)
"""Brands of pictures (ISO/IEC 23008-12, 15444; Canon): libmagic tells them."""
_SOUND = frozenset({b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B ", b"aax ", b"aaxc"})
_PHONES = {b"3gp": "video/3gpp", b"3gr": "video/3gpp", b"3gs": "video/3gpp", b"3ge": "video/3gpp",
           b"3gg": "video/3gpp", b"3gm": "video/3gpp", b"3g2": "video/3gpp2", b"kdd": "video/3gpp2",
           b"M4V": "video/x-m4v", b"qt ": "video/quicktime", b"mjp": "video/mj2",
           b"mj2": "video/mj2"}  # fmt: skip
"""The first three letters of a brand; any other that is not of pictures or sound is an MP4's."""
_MOVIES = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
"""What QuickTime's files begin with that have no brand."""
_SEGMENTS = frozenset({b"moof", b"sidx", b"emsg", b"prft"})
"""What a part of a stream begins with (ISO/IEC 23009-1)."""
_SHOWN, _HEARD = b"vide", b"soun"
_MOST_BOXES, _MOST_TRACKS = 8, 16
_SECTORS = 8192
_DV_BLOCKS = 560 + 2
_TEXT = re.compile(rb"[\t\n\r -~]{48}")

_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_SHOWN = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
_ASF_HEARD = bytes.fromhex("409e69f84d5bcf11a8fd00805f5c442b")

_OGG_PAGE = b"OggS\x00"
_OGG_SHOWN = (
    b"\x80theora", b"\x01video\x00\x00\x00", b"BBCD\x00", b"OVP80\x01", b"\x80daala", b"\x80kate",
)  # fmt: skip
_MOST_PAGES = 32

_MATROSKA = b"\x1a\x45\xdf\xa3"
_EBML_TRACKS, _EBML_SHOWN, _EBML_HEARD = b"\x16\x54\xae\x6b", b"\x83\x81\x01", b"\x83\x81\x02"

_REAL_STREAM, _REAL_SHOWN, _REAL_HEARD = b"MDPR", b"video/x-pn-", b"audio/x-pn-"


def video_type(head: bytes) -> str:
    """The MIME type of a video that begins with `head`; of sound in a video's container `audio/…`.

    Empty for all else, and where it cannot be told; never raises.
    """
    if len(head) < 32:
        return ""
    if head.startswith(_BEGINNINGS):
        return next(mime for signature, mime in _SIGNATURES if head.startswith(signature))
    by_mark = _BY_MARK.get(head[:4])
    if by_mark is not None:
        return by_mark(head)
    if holds_video(head):
        return "video/x-shockwave-flash"
    return _boxed(head) or _streamed(head)


def _streamed(head: bytes) -> str:
    if head.startswith(b"\x00\x00"):
        name = coded(head)
        if name:
            return _CODED[name]
        if head[:6] == b"\x00\x00\x00\x00\x01\xbc" and head[10:16] == b"\x00\x00\x00\x00\xe1\xe2":
            return "video/x-gxf"
    if is_av1(head):
        return "video/av1"
    if _is_dv(head):
        return "video/x-dv"
    if is_transport_stream(head):
        return "video/mp2t"
    return "application/mxf" if holds(head, _LABEL) and _MATERIAL.search(head) else ""


def _is_dv(head: bytes) -> bool:
    """Whether it is blocks of 80 bytes in their order (IEC 61834-2): header, subcodes, sound …"""
    if head[1] & 0xF7 != 0x07:  # as in nearly everything
        return False
    blocks = ((0, 0x1F, 0), (80, 0x3F, 0), (160, 0x3F, 1), (240, 0x5F, 0), (320, 0x5F, 1),
              (400, 0x5F, 2), (480, 0x7F, 0), (560, 0x9F, 0))  # fmt: skip
    return len(head) > _DV_BLOCKS and all(
        head[at] >> 5 == kind >> 5 and head[at + 1] & 0xF7 == 0x07 and head[at + 2] == number
        for at, kind, number in blocks
    )  # fmt: skip


def _boxed(head: bytes) -> str:
    """MP4 of any brand, QuickTime with or without one, and parts of streams."""
    kind = head[4:8]
    if kind in {b"ftyp", b"styp"}:
        return _branded(head)
    if kind in _MOVIES and _is_movie(head):
        return _of_sound_alone(head, "video/quicktime")
    return "video/iso.segment" if kind in _SEGMENTS and _is_segment(head) else ""


def _branded(head: bytes) -> str:
    size = int.from_bytes(head[:4])
    if not 16 <= size <= 4096 or size % 4:
        return ""
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, min(size, len(head)), 4))]
    if brands[0] in _STILLS or brands[0][:1] == b"\x00":
        return ""
    if brands[0] in _SOUND:
        movie = _movie_in(head)
        shown = movie is not None and _SHOWN in _handlers(Window(head), movie)
        return "video/mp4" if shown else SOUND_BY_NAME
    told = next((_PHONES[each[:3]] for each in brands[:1] if each[:3] in _PHONES), "")
    if not told and _STILLS & set(brands[1:]) and not _movie_in(head):
        return ""
    return _of_sound_alone(head, told or "video/mp4")


def _is_movie(head: bytes) -> bool:
    """Whether a file that has no brand is a movie, by the boxes that it begins with."""
    if _TEXT.match(head, 8):
        return False
    kinds = []
    for box in boxes(Window(head), most=_MOST_BOXES):
        if box.kind == b"moov":
            inside = next((each.kind for each in boxes(Window(head), box.at, box.end)), b"")
            return inside in {b"mvhd", b"cmov", b"udta", b"trak", b"iods", b"free", b"meta"}
        kinds.append(box.kind)
    return b"mdat" in kinds and set(kinds) <= _MOVIES | {b"ftyp", b"udta", b"meta", b"uuid"}


def _is_segment(head: bytes) -> bool:
    """Whether a part of a stream is one: its boxes, up to the first of content."""
    kinds = {box.kind for box in boxes(Window(head), most=_MOST_BOXES)}
    first = next(iter(boxes(Window(head), most=1)), None)
    if first is None or not kinds <= _SEGMENTS | {b"mdat", b"styp", b"ssix"}:
        return False
    if first.kind == b"moof":
        return box_in(Window(head), first, b"mfhd") is not None
    return b"moof" in kinds


def _movie_in(head: bytes) -> Box | None:
    return next((box for box in boxes(Window(head), most=64) if box.kind == b"moov"), None)


def _of_sound_alone(head: bytes, mime: str) -> str:
    """`mime`, or its like among sounds, if the movie lies in the head and shows nothing."""
    movie = _movie_in(head)
    if movie is None or movie.end > len(head):
        return mime
    handlers = set(_handlers(Window(head), movie))
    if _HEARD not in handlers or _SHOWN in handlers:
        return mime
    return {"video/mp4": "audio/mp4", "video/x-m4v": "audio/mp4"}.get(mime, "audio/" + mime[6:])


def _handlers(window: Window, movie: Box) -> list[bytes]:
    tracks = [box for box in boxes(window, movie.at, movie.end) if box.kind == b"trak"]
    found = (box_in(window, track, b"mdia", b"hdlr") for track in tracks[:_MOST_TRACKS])
    return [window.at(box.at + 8, 4) for box in found if box is not None]


def sound_alone(head: bytes, read_at: ReadAt) -> bool:
    """Whether what was taken for a movie has tracks of sound and none of pictures, as it says
    itself, however far from its beginning: then nobody misses its frames."""
    if head[4:8] not in _MOVIES | {b"ftyp", b"styp"}:
        return False
    window = Window(head, read_at)
    movie = next((box for box in boxes(window) if box.kind == b"moov"), None)
    handlers = _handlers(window, movie) if movie is not None else []
    return _HEARD in handlers and _SHOWN not in handlers


def _real(head: bytes) -> str:
    streams = head.count(_REAL_STREAM)
    heard_alone = streams and _REAL_HEARD in head and _REAL_SHOWN not in head
    return "audio/x-pn-realaudio" if heard_alone else "application/vnd.rn-realmedia"


def _asf(head: bytes) -> str:
    if not head.startswith(_ASF):
        return ""
    whole = int.from_bytes(head[16:24], "little") <= len(head)
    heard_alone = whole and _ASF_HEARD in head and _ASF_SHOWN not in head
    return "audio/x-ms-wma" if heard_alone else "video/x-ms-asf"


def _ogg(head: bytes) -> str:
    """By the first packets of its streams, which stand in pages of their own (RFC 3533, 4)."""
    if not head.startswith(_OGG_PAGE):
        return ""
    at = 0
    for _ in range(_MOST_PAGES):
        if head[at : at + 5] != _OGG_PAGE or not head[at + 5 : at + 6] or not head[at + 5] & 2:
            break
        segments = head[at + 26] if at + 26 < len(head) else 0
        begin = at + 27 + segments
        if head[begin : begin + 16].startswith(_OGG_SHOWN):
            return "video/ogg"
        at = begin + sum(head[at + 27 : begin])
    return ""


def _matroska(head: bytes) -> str:
    """Of sound alone; of all else libmagic says which of the two it is."""
    tracks = head.find(_EBML_TRACKS)
    heard = head.find(_EBML_HEARD, tracks)
    if tracks < 0 or heard < 0 or head.find(_EBML_SHOWN, tracks) >= 0:
        return ""
    return "audio/webm" if b"\x42\x82\x84webm" in head[:64] else "audio/x-matroska"


def _riff(head: bytes) -> str:
    if head[8:16] == b"CDXAfmt " and PACK in head[:_SECTORS]:
        return "video/mpeg"  # a Video CD's, copied with its sectors
    return _RIFF.get(head[8:12], "")


def _packs(head: bytes) -> str:
    return "video/mpeg" if is_program_stream(head) else ""


def _hikvision(head: bytes) -> str:
    """Hikvision's recorders put a header of their own before a program stream."""
    begin = head.find(PACK, 0, _SECTORS)
    return _packs(head[begin:]) if begin > 0 else ""


def _dahua(head: bytes) -> str:
    """Dahua's recorders: a frame of a known kind, and its length within reason."""
    sound = head[4] in {0xF0, 0xF1, 0xFB, 0xFC, 0xFD, 0xFE} and head[5] < 4
    return "video/x-dhav" if sound else ""


def _dirac(head: bytes) -> str:
    """Units that name the next one's place, without a container (Dirac 2.2.3, 9.6)."""
    following = int.from_bytes(head[5:9])
    chained = head[4] == 0 and 13 < following < len(head) and not any(head[9:13])
    return "video/x-dirac" if chained and head[following:].startswith(b"BBCD") else ""


_BY_MARK = {
    b".RMF": _real,
    _ASF[:4]: _asf,
    b"OggS": _ogg,
    _MATROSKA: _matroska,
    b"RIFF": _riff,
    b"\x00\x00\x01\xba": _packs,
    b"DHAV": _dahua,
    b"IMKH": _hikvision,
    b"BBCD": _dirac,
}
