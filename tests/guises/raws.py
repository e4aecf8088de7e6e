"""Files that are laid out as cameras lay theirs out, round one JPEG. The sensors' data is noise."""

import random
import struct
from collections.abc import Sequence

from tests.capture.making import box

Tag = tuple[int, int, int, int]
"""Number, kind, count, and the value, if it fits into four bytes, or where it lies."""

SENSOR = random.Random(17).randbytes(60_000)
_SHORT, _LONG, _BYTES, _FREE = 3, 4, 1, 7
_CFA = 32803


def directory(tags: Sequence[Tag], order: str = "<", following: int = 0) -> bytes:
    """A directory of TIFF."""
    packed = struct.pack(order + "H", len(tags))
    for tag, kind, count, value in sorted(tags):
        short = kind == _SHORT and count == 1
        raw = struct.pack(order + ("HH" if short else "I"), *((value, 0) if short else (value,)))
        packed += struct.pack(order + "HHI", tag, kind, count) + raw
    return packed + struct.pack(order + "I", following)


def _laid(*pieces: tuple[int, bytes], size: int) -> bytes:
    whole = bytearray(size)
    for at, piece in pieces:
        whole[at : at + len(piece)] = piece
    return bytes(whole)


def _header(order: str, mark: bytes, first: int = 8) -> bytes:
    return mark + struct.pack(order + "I", first)


def tiff_based(
    jpeg: bytes,
    *,
    by: str,
    order: str = "<",
    thumb: bytes = b"",
    mark: bytes = b"",
    more: Sequence[Tag] = (),
) -> bytes:
    """`by`: the JPEG is named by tags 513 and 514 of the `first` directory or of a `sub` one, or is
    the one `strip` of a sub directory."""
    mark = mark or (b"II*\x00" if order == "<" else b"MM\x00*")
    thumb_at, sensor_at = 4000, 4000 + len(thumb)
    jpeg_at = sensor_at + len(SENSOR)
    named = [(513, _LONG, 1, jpeg_at), (514, _LONG, 1, len(jpeg)), (259, _SHORT, 1, 6)]
    strip = [(259, _SHORT, 1, 7), (273, _LONG, 1, jpeg_at), (279, _LONG, 1, len(jpeg))]
    sensor = [(256, _LONG, 1, 200), (257, _LONG, 1, 150), (259, _SHORT, 1, 1),
              (262, _SHORT, 1, _CFA), (273, _LONG, 1, sensor_at), (277, _SHORT, 1, 1),
              (279, _LONG, 1, len(SENSOR))]  # fmt: skip
    first = [*more, (330, _LONG, 2, 900)]
    first += named if by == "first" else []
    small = [(513, _LONG, 1, thumb_at), (514, _LONG, 1, len(thumb))] if thumb else []
    sub = {"first": small, "sub": named, "strip": strip}[by]
    return _laid(
        (0, _header(order, mark)),
        (8, directory(first, order, 1500 if thumb and by != "first" else 0)),
        (900, struct.pack(order + "II", 1000, 2000)),
        (1000, directory(sub, order)),
        (1500, directory(small, order)),
        (2000, directory(sensor, order)),
        (sensor_at, SENSOR), (thumb_at, thumb), (jpeg_at, jpeg),
        size=jpeg_at + len(jpeg),
    )  # fmt: skip


def canon_2(jpeg: bytes, thumb: bytes) -> bytes:
    """CR2: the JPEG is the one strip of the first directory."""
    jpeg_at = 1000 + len(SENSOR)
    first = [(256, _SHORT, 1, 600), (257, _SHORT, 1, 400), (259, _SHORT, 1, 6),
             (273, _LONG, 1, jpeg_at), (279, _LONG, 1, len(jpeg))]  # fmt: skip
    second = [(513, _LONG, 1, jpeg_at + len(jpeg)), (514, _LONG, 1, len(thumb))]
    return _laid(
        (0, _header("<", b"II*\x00", 16) + b"CR\x02\x00"),
        (16, directory(first, following=300)), (300, directory(second)),
        (1000, SENSOR), (jpeg_at, jpeg + thumb), size=jpeg_at + len(jpeg) + len(thumb),
    )  # fmt: skip


def canon_3(jpeg: bytes, thumb: bytes) -> bytes:
    """CR3: the JPEG is a track's one sample; a preview and a thumbnail lie in boxes."""

    def table(at: int) -> bytes:
        return box(b"stbl", box(b"stsz", struct.pack(">III", 0, len(jpeg), 1)),
                   box(b"co64", struct.pack(">IIQ", 0, 1, at)))  # fmt: skip

    def begin(at: int) -> bytes:
        small = box(b"uuid", bytes(16), box(b"THMB", bytes(16), thumb))
        track = box(b"trak", box(b"mdia", box(b"minf", table(at))))
        preview = box(b"uuid", bytes(16), bytes(8), box(b"PRVW", bytes(16), thumb))
        return box(b"ftyp", b"crx ", bytes(4), b"crx isom") + box(b"moov", small, track) + preview

    at = len(begin(0)) + 8 + len(SENSOR)
    return begin(at) + box(b"mdat", SENSOR, jpeg)


def canon_heap(jpeg: bytes) -> bytes:
    """CRW: a heap, with its directory at the end."""
    listed = struct.pack("<HHII", 1, 0x2007, len(jpeg), len(SENSOR))
    heap = SENSOR + jpeg + listed + bytes(4)
    head = b"II" + struct.pack("<I", 26) + b"HEAPCCDR" + bytes(12)
    return head + heap + struct.pack("<I", len(SENSOR) + len(jpeg))


def fuji(jpeg: bytes) -> bytes:
    """RAF: its header says where."""
    head = b"FUJIFILMCCD-RAW 0201FF390101X-T3".ljust(84, b"\0")
    return (head + struct.pack(">II", 160, len(jpeg))).ljust(160, b"\0") + jpeg + SENSOR


def panasonic(jpeg: bytes) -> bytes:
    """RW2: a tag holds the whole JPEG."""
    tags = [(46, _FREE, len(jpeg), 200)]
    return (
        (_header("<", b"IIU\x00", 24).ljust(24, b"\0") + directory(tags)).ljust(200, b"\0")
        + jpeg
        + SENSOR
    )


def olympus(jpeg: bytes) -> bytes:
    """ORF: the maker's note, a TIFF with offsets of its own, says where."""
    note, at = 300, 4000
    return _laid(
        (0, _header("<", b"IIRS")),
        (8, directory([(0x8769, _LONG, 1, 100)])),
        (100, directory([(0x927C, _FREE, 600, note)])),
        (note, b"OLYMPUS\x00II\x03\x00" + directory([(0x2020, 13, 1, 200)])),
        (note + 200, directory([(0x101, _LONG, 1, at - note), (0x102, _LONG, 1, len(jpeg))])),
        (70_000, SENSOR), (at, jpeg), size=max(70_000 + len(SENSOR), at + len(jpeg)),
    )  # fmt: skip


def sigma(jpeg: bytes) -> bytes:
    """X3F: sections, and their directory at the end."""
    image = b"SECi" + struct.pack("<IIIIII", 0x20000, 2, 18, 600, 400, 0) + jpeg
    at = 4000 + len(SENSOR)
    listed = b"SECd" + struct.pack("<II", 0x20000, 1)
    listed += struct.pack("<II", at, len(image)) + b"IMA2"
    head = b"FOVb" + struct.pack("<I", 0x20002).ljust(3996, b"\0")
    return head + SENSOR + image + listed + struct.pack("<I", at + len(image))
