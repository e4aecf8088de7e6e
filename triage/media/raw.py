"""Cameras' raw files: the largest JPEG inside one, by the file's own structure.

A camera keeps what its sensor said, in a form of its own, and beside it JPEGs of what it saw: the
largest of them is the picture. Directories of TIFF 6.0 (CR2, NEF, ARW, DNG, PEF and others; RW2 and
ORF with another signature), boxes of ISO/IEC 14496-12 (CR3), the header of RAF, the directory at
the end of CRW (CIFF 1.0) and X3F. Only these and the beginning of each JPEG are read.
"""

from collections.abc import Iterator
from typing import NamedTuple

from triage.media.boxes import Box, box_in, boxes
from triage.media.tiff import SIGNATURES, Tag, Tiff
from triage.media.window import ReadAt, Window

FUJI = b"FUJIFILMCCD-RAW "
CANON_HEAP = b"HEAPCCDR"
SIGMA = b"FOVb"
CANON_BOXES = b"ftypcrx "
CANON_2 = b"CR\x02\x00"
"""At 8, behind a TIFF's signature."""
PANASONIC = b"IIU\x00"
OLYMPUS = (b"IIRO", b"IIRS", b"MMOR")
TIFF_LIKE = (*SIGNATURES, PANASONIC, *OLYMPUS)
_BEGINNINGS = (*TIFF_LIKE, FUJI, SIGMA)

_MOST_DIRECTORIES = 24
_MOST_SEGMENTS = 24
_LEAST_BYTES = 128
_WIDTH, _HEIGHT, _COMPRESSION, _COLOURS = 256, 257, 259, 262
_STRIPS, _STRIP_BYTES, _DIRECTORIES = 273, 279, 330
_JPEG_AT, _JPEG_BYTES = 513, 514
_JPEGS_OF_PANASONIC = (46, 295)
_EXIF, _MAKER_NOTE, _DNG_VERSION = 0x8769, 0x927C, 50706
_OLYMPUS_SETTINGS, _OLYMPUS_AT, _OLYMPUS_BYTES = 0x2020, 0x101, 0x102
_OF_JPEG = frozenset({6, 7})
_OF_SENSORS = frozenset({32803, 34892})
"""Colours as a filter before the sensor gives them (TIFF/EP), and linear ones (DNG)."""
_OF_CAMERAS = frozenset({32767, 32769, 32770, 34713, 65000, 65535})
"""Compressions that only cameras write: Sony, Epson, Samsung, Nikon, Kodak, Pentax."""
_SIZED = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
_LOSSLESS = frozenset({0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF})
"""Frames of T.81 that are sensors' data, or that no decoder here knows."""
_JPEG_FROM_HEAP = frozenset({0x2007, 0x2008})
_SIGMA_JPEG = 18


class Jpeg(NamedTuple):
    """A JPEG inside a file: where it lies, and how many pixels its frame claims; 0: unknown."""

    offset: int
    length: int
    pixels: int


class Raw(NamedTuple):
    """What the structure says."""

    sure: bool
    """It is a camera's raw file; if not, a TIFF that may be an ordinary one."""
    jpeg: Jpeg | None
    """The largest that can be decoded."""
    first_page: int
    """Pixels that the first directory of a TIFF claims."""


def raw_of(head: bytes, size: int, read_at: ReadAt | None = None) -> Raw | None:
    """Of content that is or may be a camera's raw file; None of any other.

    `head`: its first 64 KB, `size`: bytes of all. Raises nothing but what `read_at` raises.
    """
    if not (head.startswith(_BEGINNINGS) or head[4:12] == CANON_BOXES or head[6:14] == CANON_HEAP):
        return None
    window = Window(head, read_at)
    if head.startswith(TIFF_LIKE):
        sure, page, places = _tiff(window)
        sure = sure or not head.startswith(SIGNATURES) or head[8:12] == CANON_2
    elif (found := _others(head, size, window)) is not None:
        sure, page, places = True, 0, found
    else:
        return None
    jpegs = [jpeg for at, length in places if (jpeg := _jpeg(window, at, length, size))]
    if sure and not jpegs:
        jpegs = [jpeg for jpeg in [_first_of_all(head, window, size)] if jpeg]
    largest = max(jpegs, key=lambda jpeg: (jpeg.pixels, jpeg.length), default=None)
    return Raw(sure, largest, page)


def _others(head: bytes, size: int, window: Window) -> list[tuple[int, int]] | None:
    """Where JPEGs lie in what is no TIFF; None of what is no raw file."""
    if head.startswith(FUJI):
        return [(window.number(84, 4), window.number(88, 4))]
    if head[4:12] == CANON_BOXES:
        return list(_in_boxes(window))
    if head[6:14] == CANON_HEAP:
        return list(_in_heap(window, size))
    return list(_in_sigma(window, size)) if head.startswith(SIGMA) else None


def _tiff(window: Window) -> tuple[bool, int, list[tuple[int, int]]]:
    """Whether it is surely raw, the first page's pixels, and where JPEGs lie."""
    tiff = Tiff(window)
    waiting, done = [tiff.first], set[int]()
    sure, page, places = False, 0, list[tuple[int, int]]()
    while waiting and len(done) < _MOST_DIRECTORIES:
        directory = waiting.pop(0)
        if not directory or directory in done:
            continue
        tags = tiff.tags(directory)
        if not done:
            page = (tiff.number(tags.get(_WIDTH)) or 0) * (tiff.number(tags.get(_HEIGHT)) or 0)
        done.add(directory)
        sure = sure or _of_a_sensor(tiff, tags)
        places += _in_directory(tiff, tags)
        waiting += tiff.numbers(tags.get(_DIRECTORIES), _MOST_DIRECTORIES)
        waiting += [tiff.following(directory), tiff.number(tags.get(_EXIF)) or 0]
    return sure, page, [place for place in places if place[0] and place[1]]


def _of_a_sensor(tiff: Tiff, tags: dict[int, Tag]) -> bool:
    return (
        _DNG_VERSION in tags
        or tiff.number(tags.get(_COLOURS)) in _OF_SENSORS
        or tiff.number(tags.get(_COMPRESSION)) in _OF_CAMERAS
    )


def _in_directory(tiff: Tiff, tags: dict[int, Tag]) -> Iterator[tuple[int, int]]:
    at, length = tiff.number(tags.get(_JPEG_AT)), tiff.number(tags.get(_JPEG_BYTES))
    if at and length:
        yield tiff.start + at, length
    strips = tags.get(_STRIPS)
    if strips and strips[1] == 1 and tiff.number(tags.get(_COMPRESSION)) in _OF_JPEG:
        yield tiff.start + (tiff.number(strips) or 0), tiff.number(tags.get(_STRIP_BYTES)) or 0
    for tag in map(tags.get, _JPEGS_OF_PANASONIC):
        if tag and tag[0] == 7 and tag[1] > _LEAST_BYTES:
            yield tiff.place(tag), tag[1]
    note = tags.get(_MAKER_NOTE)
    if note:
        yield from _in_olympus(tiff, tiff.place(note))


def _in_olympus(tiff: Tiff, at: int) -> Iterator[tuple[int, int]]:
    """The maker's note: a TIFF of its own, whose offsets count from where the note begins."""
    if not tiff.window.at(at, 8).startswith((b"OLYMPUS\x00", b"OM SYSTE")):
        return
    header = 12 if tiff.window.at(at, 7) == b"OLYMPUS" else 16
    note = Tiff(tiff.window, at, order_at=at + header - 4)
    settings = note.number(note.tags(header).get(_OLYMPUS_SETTINGS))
    if settings:
        tags = note.tags(settings)
        begin, length = note.number(tags.get(_OLYMPUS_AT)), note.number(tags.get(_OLYMPUS_BYTES))
        if begin and length:
            yield at + begin, length


def _in_boxes(window: Window) -> Iterator[tuple[int, int]]:
    """CR3: a track whose one sample is the whole picture, a preview and a thumbnail in boxes."""
    for box in boxes(window):
        if box.kind == b"moov":
            for track in boxes(window, box.at, box.end):
                if track.kind == b"trak":
                    yield from _in_track(window, track)
                elif track.kind == b"uuid":
                    yield from _in_uuid(window, Box(b"uuid", track.at + 16, track.end))
        elif box.kind == b"uuid":
            yield from _in_uuid(window, Box(b"uuid", box.at + 24, box.end))


def _in_track(window: Window, track: Box) -> Iterator[tuple[int, int]]:
    table = box_in(window, track, b"mdia", b"minf", b"stbl")
    if table is None:
        return
    found = {box.kind: box for box in boxes(window, table.at, table.end)}
    sizes, places = found.get(b"stsz"), found.get(b"co64") or found.get(b"stco")
    if sizes and places:
        length = window.number(sizes.at + 4, 4) or window.number(sizes.at + 12, 4)
        yield window.number(places.at + 8, 8 if places.kind == b"co64" else 4), length


def _in_uuid(window: Window, outer: Box) -> Iterator[tuple[int, int]]:
    for box in boxes(window, outer.at, outer.end):
        if box.kind in {b"PRVW", b"THMB"}:
            begin = window.at(box.at, 64).find(b"\xff\xd8\xff")
            if begin >= 0:
                yield box.at + begin, box.end - box.at - begin


def _in_heap(window: Window, size: int) -> Iterator[tuple[int, int]]:
    """CRW: the last four bytes say where in the heap its directory begins."""
    heap = window.number(2, 4, "little")
    at = heap + window.number(size - 4, 4, "little")
    for entry in range(at + 2, at + 2 + 10 * min(window.number(at, 2, "little"), 64), 10):
        if window.number(entry, 2, "little") in _JPEG_FROM_HEAP:
            length = window.number(entry + 2, 4, "little")
            yield heap + window.number(entry + 6, 4, "little"), length


def _in_sigma(window: Window, size: int) -> Iterator[tuple[int, int]]:
    """X3F: the last four bytes say where the directory of sections begins."""
    at = window.number(size - 4, 4, "little")
    if window.at(at, 4) != b"SECd":
        return
    for entry in range(at + 12, at + 12 + 12 * min(window.number(at + 8, 4, "little"), 32), 12):
        section = window.number(entry, 4, "little")
        if window.number(section + 12, 4, "little") == _SIGMA_JPEG:
            yield section + 28, window.number(entry + 4, 4, "little") - 28


def _jpeg(window: Window, at: int, length: int, size: int) -> Jpeg | None:
    """What lies there, if it is one that a decoder knows and lies within the file."""
    length = min(length, size - at)
    if at <= 0 or length < _LEAST_BYTES or window.at(at, 3) != b"\xff\xd8\xff":
        return None
    pixels = _pixels(window, at)
    return None if pixels is None else Jpeg(at, length, pixels)


def _pixels(window: Window, at: int) -> int | None:
    """What the frame claims; 0 if no frame was met; None if it is lossless."""
    at += 2
    for _ in range(_MOST_SEGMENTS):
        raw = window.at(at, 9)
        if len(raw) < 9 or raw[0] != 0xFF or raw[1] == 0xDA:
            break
        if raw[1] in _LOSSLESS:
            return None
        if raw[1] in _SIZED:
            return int.from_bytes(raw[5:7], "big") * int.from_bytes(raw[7:9], "big")
        at += 1 if raw[1] == 0xFF else 2 + max(2, int.from_bytes(raw[2:4], "big"))
    return 0


def _first_of_all(head: bytes, window: Window, size: int) -> Jpeg | None:
    """Where the structure names none: the first that begins in the first 64 KB."""
    at = head.find(b"\xff\xd8\xff", 1)
    return _jpeg(window, at, size - at, size) if at > 0 else None
