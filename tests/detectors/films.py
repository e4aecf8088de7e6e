"""One film, in every container and codec that is looked into: packed anew, or coded anew.

OpenCV's FFmpeg writes most of them; what it does not write is packed here.
"""

import io
import re
import struct
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from triage.detectors.pictures import opencv
from triage.media.boxes import Box, boxes
from triage.media.window import Window

HERE = Path(__file__).parent
PUBLISHED = HERE / "video" / "doorknob.txt"
RATE = 10
"""Frames a second of what is coded anew."""
ENOUGH = 50
"""Quality of a frame's PDQ."""

BRANDS = (b"isom mp41 mp42 avc1 iso4 iso5 iso6 iso9 dash XAVC hvc1 hev1 av01 cmfc cmf2 f4v F4V F4P "
          b"MSNV NDSC NDAS CAEP CDes niko pana MQT M4VH M4V qt 3gp4 3gp6 3gr6 3ge6 3g2a 3g2c KDDI "
          b"mmp4 isml piff ccff XXXX").split()  # fmt: skip
"""Of ISO base media files: cameras', phones', players', streams', and one that nobody has."""

ANEW = (
    ("avi", "MJPG"), ("avi", "XVID"), ("avi", "DIV3"), ("avi", "MP42"), ("avi", "WMV1"),
    ("avi", "FLV1"), ("avi", "HFYU"), ("avi", "FFV1"), ("avi", "VP80"), ("avi", "MJ2C"),
    ("avi", "SNOW"), ("avi", "ASV1"), ("avi", "png "), ("avi", "dvsd"), ("mp4", "mp4v"),
    ("mp4", "VP90"), ("mp4", "MJPG"), ("mov", "mp4v"), ("mov", "MJPG"), ("mov", "png "),
    ("mov", "dvcp"), ("m4v", "mp4v"), ("3gp", "h263"), ("3gp", "mp4v"), ("3g2", "mp4v"),
    ("mkv", "VP90"), ("mkv", "MJPG"), ("mkv", "FFV1"), ("mkv", "mpg2"), ("webm", "VP80"),
    ("webm", "VP90"), ("flv", "FLV1"), ("swf", "FLV1"), ("wmv", "WMV1"), ("wmv", "WMV2"),
    ("asf", "DIV3"), ("ogv", "VP80"), ("mpg", "mpg1"), ("mpg", "mpg2"), ("vob", "mpg2"),
    ("ts", "mpg2"), ("ts", "mp4v"), ("m2ts", "mpg2"), ("rm", "RV10"), ("rm", "RV20"),
    ("mxf", "mpg2"), ("mxf", "FFV1"), ("mxf", "dvsd"), ("gxf", "mpg2"), ("nut", "mp4v"),
    ("nut", "VP80"), ("nut", "FFV1"), ("ivf", "VP80"), ("ivf", "VP90"), ("y4m", "I420"),
    ("wtv", "mpg2"), ("wtv", "mp4v"), ("m1v", "mpg1"), ("m2v", "mpg2"), ("dv", "dvsd"),
    ("drc", "drac"), ("ismv", "mp4v"),
)  # fmt: skip
"""Endings, which say the container, and codecs."""
INTERLACED = ("m2v", "ts", "m2ts", "vob", "mxf", "mov", "avi")
"""Endings of containers of MPEG-2 as camcorders and television have it."""
PACKED = ("mp4", "mov", "avi", "flv", "ts", "m2ts", "nut", "mxf", "wtv", "asf", "mpg", "h264",
          "3gp")  # fmt: skip
"""Endings of containers that take the film's H.264 as it is."""
_STUDIO = frozenset({"gxf", "dv"})
_STUDIO_CODECS = frozenset({"dvsd", "dvcp"})
"""They have the sides and the rate of television, and no others."""


def film() -> bytes:
    """As it was published, made smaller: MP4, H.264."""
    return (HERE / "video" / "doorknob.mp4").read_bytes()


def _published() -> list[tuple[int, bytes]]:
    lines = (line.split(",") for line in PUBLISHED.read_text(encoding="utf-8").split())
    return [(int(quality), bytes.fromhex(value)) for _, quality, value, _ in lines]


def published() -> list[bytes]:
    """PDQ of its frames that say enough."""
    return [value for quality, value in _published() if quality >= ENOUGH]


@cache
def frames() -> tuple["np.ndarray", ...]:
    """Every third of those that say enough, each twice: the hand before the lens is left out."""
    capture = opencv().VideoCapture(str(HERE / "video" / "doorknob.mp4"))
    enough = [capture.read()[1] for _ in _published()]
    enough = [each for each, (quality, _) in zip(enough, _published(), strict=True)
              if quality >= ENOUGH]  # fmt: skip
    return tuple(each for each in enough[::3] for _ in range(2))


def all_films(folder: Path) -> dict[str, bytes]:
    """Name to content; `folder` is written to."""
    made: dict[str, bytes] = {}
    for brand in BRANDS:
        made[f"brand {brand.decode()}.mp4"] = branded(film(), brand.ljust(4))
    for ending, codec in ANEW:
        made[f"{codec.strip()}.{ending}"] = coded_anew(folder, ending, codec)
    for ending in INTERLACED:
        made[f"interlaced.{ending}"] = interlaced(folder, ending)
    for ending in PACKED:
        made[f"avc.{ending}"] = packed(folder, ending, "H264", film_packets())
    for name, make in LAYOUTS.items():
        made[name] = make(made)
    for name, pack in AV1.items():
        made[name] = pack(folder)
    return made


def branded(movie: bytes, brand: bytes) -> bytes:
    """Another major brand; the compatible ones stay."""
    return movie[:8] + brand + movie[12:]


def coded_anew(folder: Path, ending: str, codec: str, rate: float = RATE) -> bytes:
    """The frames coded by FFmpeg; in small, that it is quick."""
    cv2 = opencv()
    studio = ending in _STUDIO or codec in _STUDIO_CODECS
    sides, rate = ((720, 576), 25) if studio else ((352, 288), rate)
    if codec in {"mpg1", "mpg2"} or ending == "mxf":
        rate = 25  # they know no ten frames a second
    path = folder / f"made {codec.strip()}.{ending}"
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*codec), rate, sides)
    assert writer.isOpened(), (ending, codec)
    for frame in frames():
        small = cv2.resize(frame, sides, interpolation=cv2.INTER_AREA)
        for _ in range(round(rate / RATE)):
            writer.write(small)
    writer.release()
    return path.read_bytes()


Packets = list[tuple["np.ndarray", bool]]


def packets_of(path: Path) -> Packets:
    """As they are stored, and whether each is a key frame."""
    cv2 = opencv()
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])
    found: Packets = []
    while capture.grab():
        packet = capture.retrieve()[1].reshape(1, -1).copy()
        found.append((packet, bool(capture.get(cv2.CAP_PROP_LRF_HAS_KEY_FRAME))))
    return found


def film_packets() -> Packets:
    """Of the film."""
    return packets_of(HERE / "video" / "doorknob.mp4")


def packed(
    folder: Path,
    ending: str,
    codec: str,
    packets: Packets,
    *,
    rate: float = 30,
    sides: tuple[int, int] = (640, 360),
) -> bytes:
    """Packets in another container, not decoded."""
    cv2 = opencv()
    path = folder / f"packed {codec}.{ending}"
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*codec), rate, sides,
        [cv2.VIDEOWRITER_PROP_RAW_VIDEO, 1],
    )  # fmt: skip
    assert writer.isOpened(), (ending, codec)
    for number, (packet, key) in enumerate(packets):
        writer.set(cv2.VIDEOWRITER_PROP_KEY_FLAG, float(key))
        writer.set(cv2.VIDEOWRITER_PROP_PTS, number)
        writer.write(packet)
    writer.release()
    return path.read_bytes()


def interlaced(folder: Path, ending: str) -> bytes:
    """MPEG-2 of which every frame says that it is two fields (ISO/IEC 13818-2, 6.2.2.3)."""
    stream = bytearray(coded_anew(folder, "m2v", "mpg2"))
    for found in re.finditer(rb"\x00\x00\x01\xb5", bytes(stream)):
        at = found.end()
        if stream[at] >> 4 == 1:
            stream[at + 1] &= ~0x08  # progressive_sequence
        if stream[at] >> 4 == 8:
            stream[at + 4] &= ~0x80  # progressive_frame
    if ending == "m2v":
        return bytes(stream)
    path = folder / "interlaced.m2v"
    path.write_bytes(stream)
    return packed(folder, ending, "mpg2", packets_of(path), rate=25, sides=(352, 288))


def _parts(movie: bytes) -> dict[bytes, bytes]:
    """A movie's boxes, whole."""
    at, found = 0, {}
    while at < len(movie):
        size = int.from_bytes(movie[at : at + 4])
        found[movie[at + 4 : at + 8]] = movie[at : at + size]
        at += size
    return found


def moved(movie: bytes, *order: bytes) -> bytes:
    """The boxes in another order: of kinds, or whole new ones; chunks are found where they are."""
    parts = _parts(movie)
    before = movie.index(parts[b"mdat"])
    chosen = [parts.get(each, each) for each in order]
    after = sum(map(len, chosen[: order.index(b"mdat")]))
    place = order.index(b"moov")
    tables = chosen[place]
    at = tables.index(b"stco") + 8
    count = int.from_bytes(tables[at : at + 4])
    chunks = struct.unpack_from(f">{count}I", tables, at + 4)
    shifted = struct.pack(f">{count}I", *(chunk + after - before for chunk in chunks))
    chosen[place] = tables[: at + 4] + shifted + tables[at + 4 + len(shifted) :]
    return b"".join(chosen)


def box(kind: bytes, content: bytes = b"") -> bytes:
    """One, whole."""
    return (8 + len(content)).to_bytes(4) + kind + content


def _repacketed(stream: bytes, before: int, after: int) -> bytes:
    """A transport stream's packets with bytes round each."""
    each = (stream[at : at + 188] for at in range(0, len(stream) - 187, 188))
    return b"".join(bytes(before) + packet + bytes(after) for packet in each)


def _sectors(stream: bytes) -> bytes:
    """A program stream as a Video CD has it, copied with its sectors (RIFF `CDXA`)."""
    sync = b"\x00" + b"\xff" * 10 + b"\x00"
    packs = [stream[at : at + 2048].ljust(2324, b"\x00") for at in range(0, len(stream), 2048)]
    body = b"".join(sync + bytes(12) + pack + bytes(4) for pack in packs)
    head = struct.pack("<4sI8sI", b"RIFF", 36 + len(body), b"CDXAfmt ", 16) + bytes(16)
    return head + struct.pack("<4sI", b"data", len(body)) + body


LAYOUTS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "moov first.mov": lambda _: moved(film(), b"moov", b"mdat"),
    "mdat first.mov": lambda _: moved(film(), b"mdat", b"moov"),
    "wide first.mov": lambda _: moved(film(), box(b"wide"), b"mdat", b"moov"),
    "free first.mov": lambda _: moved(film(), box(b"free", bytes(24)), b"moov", b"mdat"),
    "moov last.mp4": lambda _: moved(film(), b"ftyp", b"mdat", b"moov"),
    "renamed.dat": lambda _: branded(film(), b"XAVC"),
    "packets of 192.mts": lambda made: _repacketed(made["avc.ts"], 4, 0),
    "packets of 204.ts": lambda made: _repacketed(made["avc.ts"], 0, 16),
    "cut at its start.ts": lambda made: made["avc.ts"][100:],
    "cut at its start.mts": lambda made: made["avc.m2ts"][333:],
    "short codes.264": lambda made: made["avc.h264"].replace(b"\0\0\0\1", b"\0\0\1"),
    "video cd.dat": lambda made: _sectors(made["mpg1.mpg"]),
    "recorder.mp4": lambda made: b"IMKH" + bytes(36) + made["mpg2.vob"],
    "junk before.mxf": lambda made: b"seek" * 5000 + made["mpg2.mxf"],
}


@cache
def av1_units() -> tuple[bytes, ...]:
    """A temporal unit a frame, of which every tenth is a key frame."""
    return tuple(unit for begin in range(0, len(frames()), RATE) for unit in _av1_units(begin))


def _sequence(begin: int) -> bytes:
    """A second of it as an AVIF sequence: the one encoder of AV1 that is at hand."""
    pictures = [Image.fromarray(frame[:, :, ::-1]) for frame in frames()[begin : begin + RATE]]
    stream = io.BytesIO()
    further = {"append_images": pictures[1:], "duration": 100, "quality": 75, "speed": 10}
    pictures[0].save(stream, "AVIF", save_all=True, **further)
    return stream.getvalue()


def _av1_units(begin: int) -> list[bytes]:
    """Out of the sequence's table of sizes and chunks."""
    sequence = _sequence(begin)
    sizes_at, places_at = sequence.index(b"stsz") + 12, sequence.index(b"stco") + 8
    (count,) = struct.unpack_from(">I", sequence, sizes_at)
    sizes = struct.unpack_from(f">{count}I", sequence, sizes_at + 4)
    (at,) = struct.unpack_from(">I", sequence, places_at + 4)
    units = []
    for size in sizes:
        units.append(sequence[at : at + size])
        at += size
    return units


def ivf(units: tuple[bytes, ...], rate: int = RATE) -> bytes:
    """In IVF: a header of 32 bytes, and twelve before each frame."""
    head = b"DKIF" + struct.pack("<HH4sHHIIII", 0, 32, b"AV01", 640, 360, rate, 1, len(units), 0)
    return head + b"".join(
        struct.pack("<IQ", len(unit), number) + unit for number, unit in enumerate(units)
    )


def av1_movie(_: Path) -> bytes:
    """The sequence of one second, which is a movie: its track said to be one of pictures."""
    return _sequence(0).replace(b"ftypavis", b"ftypav01", 1).replace(b"pict", b"vide")


AV1: dict[str, Callable[[Path], bytes]] = {
    "av1.ivf": lambda _: ivf(av1_units()),
    "av1.obu": lambda _: b"".join(av1_units()),
    "av1.mp4": av1_movie,
}


def boxes_of(movie: bytes) -> Iterator[Box]:
    """Those that lie side by side in it."""
    return boxes(Window(movie))
