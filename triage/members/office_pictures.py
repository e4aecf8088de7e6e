"""Pictures in the streams of Office documents up to 2003, and wherever else Office's records lie.

Format: [MS-ODRAW] 2.2.23, OfficeArtBlip: a header of eight bytes, one or two digests of sixteen, a
byte or a metafile's 34, and the picture. The header says exactly where it begins and ends, so that
it comes out byte for byte. Excel cuts its records at 8,224 bytes: [MS-XLS] 2.4.58 and 2.4.171. What
no record describes is found by its own first bytes.
"""

import re
import struct
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise

from triage.media.window import InMemory
from triage.members.inflating import inflated
from triage.members.member import ContainerBytes, DamagedError, Member
from triage.members.pieces import chunks_of
from triage.parts.carving import TOO_LONG, SearchAllowance, carve

_TYPES = {
    0xF01A: ("emf", (0x3D4,)), 0xF01B: ("wmf", (0x216,)), 0xF01C: ("pict", (0x542,)),
    0xF01D: ("jpg", (0x46A, 0x6E2)), 0xF01E: ("png", (0x6E0,)), 0xF01F: ("dib", (0x7A8,)),
    0xF029: ("tif", (0x6E4,)), 0xF02A: ("jpg", (0x46A, 0x6E2)),
}  # fmt: skip
"""Of a record, to its picture's kind and its instance with one digest; the next one has two."""
_HEADERS = {
    struct.pack("<HH", (instance + second) << 4, record): (kind, 1 + second)
    for record, (kind, instances) in _TYPES.items()
    for instance in instances
    for second in (0, 1)
}
_HEADER = re.compile(b"|".join(map(re.escape, _HEADERS)))
_DIGEST, _METAFILE = 16, 34
_METAFILES = frozenset({"emf", "wmf", "pict"})
_LEAST = 32
_WINDOW = 4 * 1024 * 1024
_OVERLAP = 8
_DRAWINGS, _GOES_ON, _SUBSTREAM_ENDS = 0x00EB, 0x003C, 0x000A
MOST_DRAWINGS = 256 * 1024 * 1024
_LARGEST_METAFILE = 64 * 1024 * 1024

Found = tuple[int, int, str]
"""First byte, end, and kind of a picture that a record describes."""


def pictures_in(stream: ContainerBytes, name: str, goes_on: Callable[[], bool]) -> Iterator[Member]:
    """All pictures of a stream, those of records first. Raises DamagedError behind the last one
    where it is made so that it would be searched for too long."""
    found: list[tuple[int, int]] = []
    for start, end, kind in _records(stream, goes_on):
        found.append((start, end))
        yield _member(stream, start, end, kind, f"{name}, picture {len(found)}")
    allowance = SearchAllowance.of(stream.size)
    number = len(found)
    for (_, start), (end, _) in pairwise([(0, 0), *found, (stream.size, stream.size)]):
        for carved in carve(stream, start, end, allowance):
            number += 1
            chunks = partial(chunks_of, InMemory(carved.content))
            size = len(carved.content)
            yield Member(name=f"{name}, picture {number}", size=size, chunks=chunks)
        if not goes_on():
            return
    if allowance.spent:
        raise DamagedError(TOO_LONG)


def drawings_of(workbook: ContainerBytes) -> bytes:
    """Excel's drawing group, put together again; empty where there is none. More than MOST_DRAWINGS
    bytes: not all of it."""
    out = bytearray()
    at, within = 0, False
    while len(header := workbook.read_at(at, 4)) == 4:
        record, length = struct.unpack("<HH", header)
        if record == _SUBSTREAM_ENDS or len(out) > MOST_DRAWINGS:
            break
        within = record == _DRAWINGS or (within and record == _GOES_ON)
        if within:
            out += workbook.read_at(at + 4, length)
        at += 4 + length
    return bytes(out)


def _records(stream: ContainerBytes, goes_on: Callable[[], bool]) -> Iterator[Found]:
    """Pictures that records describe; none lies in another."""
    at = 0
    while at < stream.size and goes_on():
        data = stream.read_at(at, _WINDOW)
        following = at + max(1, len(data) - _OVERLAP if at + len(data) < stream.size else len(data))
        for header in _HEADER.finditer(data):
            place = at + header.start()
            if place >= following:
                break
            told = _told(stream, place, header[0])
            if told is not None:
                yield told
                following = max(told[1], place + 1)
                break
        at = following


def _told(stream: ContainerBytes, place: int, header: bytes) -> Found | None:
    kind, digests = _HEADERS[header]
    length = int.from_bytes(stream.read_at(place + 4, 4), "little")
    start = place + 8 + digests * _DIGEST + (_METAFILE if kind in _METAFILES else 1)
    end = place + 8 + length
    return (start, end, kind) if start + _LEAST <= end <= stream.size else None


def _member(stream: ContainerBytes, start: int, end: int, kind: str, name: str) -> Member:
    if kind in _METAFILES:
        return Member(name=f"{name}.{kind}", chunks=partial(_metafile, stream, start, end))
    if kind == "dib":
        chunks = partial(_bitmap, stream, start, end)
        return Member(name=f"{name}, rendered.bmp", rendered=True, chunks=chunks)
    chunks = partial(chunks_of, stream, start, end)
    return Member(name=f"{name}.{kind}", size=end - start, chunks=chunks)


def _metafile(stream: ContainerBytes, start: int, end: int) -> Iterator[bytes]:
    """Its own header says whether it is compressed: 0 if it is."""
    if stream.read_at(start - 2, 1) != b"\x00":
        yield from chunks_of(stream, start, end)
        return
    came = 0
    for piece in inflated(chunks_of(stream, start, end)):
        came += len(piece)
        if came > _LARGEST_METAFILE:
            raise DamagedError("it is larger than any drawing")
        yield piece


def _bitmap(stream: ContainerBytes, start: int, end: int) -> Iterator[bytes]:
    """A bitmap that lies there without the header of its file ([MS-WMF] 2.2.2.9)."""
    told = stream.read_at(start, 40)
    if len(told) < 40:
        raise DamagedError("its header is cut off")
    own, depth, packing, used = (
        int.from_bytes(told[at : at + size], "little")
        for at, size in ((0, 4), (14, 2), (16, 4), (32, 4))
    )
    colours = min(used, 256) or (1 << depth if depth <= 8 else 0)
    pixels = 14 + min(own, 124) + 4 * colours + (12 if packing == 3 and own == 40 else 0)
    yield struct.pack("<2sIHHI", b"BM", min(14 + end - start, 2**32 - 1), 0, 0, pixels)
    yield from chunks_of(stream, start, end)
