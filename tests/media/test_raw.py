"""The largest JPEG in a camera's raw file is found by the file's own structure, within bounds."""

import random
import struct
from collections.abc import Callable

import pytest

from tests.capture.making import reading
from tests.guises import making, raws
from triage.media.raw import Raw, raw_of
from triage.media.window import ReadAt

JPEG = making.jpeg_of(making.photograph())
SMALL = making.jpeg_of(making.photograph().resize((90, 60)))

LAYOUTS: dict[str, Callable[[bytes], bytes]] = {
    "cr2": lambda jpeg: raws.canon_2(jpeg, SMALL),
    "cr3": lambda jpeg: raws.canon_3(jpeg, SMALL),
    "crw": raws.canon_heap,
    "nef": lambda jpeg: raws.tiff_based(jpeg, by="sub", thumb=SMALL),
    "nef, big-endian": lambda jpeg: raws.tiff_based(jpeg, by="sub", thumb=SMALL, order=">"),
    "arw": lambda jpeg: raws.tiff_based(jpeg, by="first", thumb=SMALL),
    "dng": lambda jpeg: raws.tiff_based(jpeg, by="strip", more=[(50706, 1, 4, 0x0401)]),
    "pef": lambda jpeg: raws.tiff_based(jpeg, by="strip", order=">"),
    "raf": raws.fuji,
    "rw2": raws.panasonic,
    "orf": raws.olympus,
    "x3f": raws.sigma,
}


def look(content: bytes, read_at: ReadAt | None = None) -> Raw | None:
    return raw_of(content[:65536], len(content), read_at or reading(content))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_largest_jpeg_is_found_where_it_lies(layout: str) -> None:
    content = LAYOUTS[layout](JPEG)
    found = look(content)
    assert found is not None
    assert found.sure
    assert found.jpeg is not None
    assert found.jpeg.pixels == 600 * 400
    assert content[found.jpeg.offset :].startswith(JPEG[:-2])
    assert found.jpeg.length >= len(JPEG)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_but_directories_and_beginnings_is_read(layout: str) -> None:
    content = LAYOUTS[layout](JPEG)
    read: list[int] = []

    def counting(offset: int, length: int) -> bytes:
        read.append(length)
        return content[offset : offset + length]

    look(content, counting)
    assert len(read) <= 8
    assert sum(read) <= 8 * 4096


def test_more_pixels_count_and_not_more_bytes() -> None:
    """A padded thumbnail is no larger picture."""
    padded = SMALL[:-2] + bytes(2 * len(JPEG)) + b"\xff\xd9"
    found = look(raws.tiff_based(JPEG, by="first", thumb=padded))
    assert found is not None
    assert found.jpeg is not None
    assert found.jpeg.pixels == 600 * 400


def test_the_largest_jpeg_is_found_behind_many_smaller_ones() -> None:
    """In a heap (CRW), whose directory has room for 64."""
    jpegs = [SMALL] * 20 + [JPEG]
    heap, entries = b"", b""
    for each in jpegs:
        entries += struct.pack("<HII", 0x2007, len(each), len(heap))
        heap += each
    content = b"II" + struct.pack("<I", 26) + b"HEAPCCDR" + bytes(12) + heap
    content += struct.pack("<H", len(jpegs)) + entries + struct.pack("<I", len(heap))
    found = look(content)
    assert found is not None
    assert found.jpeg is not None
    assert found.jpeg.pixels == 600 * 400


@pytest.mark.parametrize("frame", [0xC3, 0xC7, 0xCB])
def test_a_sensor_s_data_in_lossless_jpeg_is_no_picture(frame: int) -> None:
    lossless = b"\xff\xd8\xff" + bytes([frame]) + struct.pack(">HBHHB", 11, 14, 4000, 6000, 1)
    content = raws.tiff_based(lossless + bytes(9000), by="strip", thumb=SMALL)
    found = look(content)
    assert found is not None
    assert found.jpeg is not None
    assert found.jpeg.pixels == 90 * 60


def test_a_tiff_that_is_no_camera_s_is_its_first_page() -> None:
    found = look(making.saved(making.photograph(), "TIFF"))
    assert found is not None
    assert (found.sure, found.jpeg, found.first_page) == (False, None, 600 * 400)


@pytest.mark.parametrize(
    "content", [JPEG, b"", b"II", b"II*\x00", b"\x89PNG\r\n\x1a\n", b"FUJIFILM"]
)
def test_what_is_none_is_said_to_be_none(content: bytes) -> None:
    found = look(content)
    assert found is None or (not found.sure and found.jpeg is None)


def _cycle(order: str = "<") -> bytes:
    """Each directory leads to the other, and to itself as a sub directory."""
    first = raws.directory([(330, 4, 1, 8), (50706, 1, 4, 1)], order, following=200)
    return (b"II*\x00\x08\x00\x00\x00" + first).ljust(200, b"\0") + raws.directory([], following=8)


def _endless() -> bytes:
    """Ten thousand directories, one behind the other."""
    pieces = [raws.directory([(50706, 1, 4, 1)], following=8 + 18 * (n + 1)) for n in range(10_000)]
    return b"II*\x00\x08\x00\x00\x00" + b"".join(pieces)


LIES = {
    "a circle of directories": _cycle(),
    "directories without end": _endless(),
    "a count that lies": b"II*\x00\x08\x00\x00\x00\xff\xff" + b"\xff" * 3000,
    "a directory beyond the end": b"II*\x00\xf0\xff\xff\xff" + bytes(500),
    "a jpeg beyond the end": raws.tiff_based(JPEG, by="first")[:64_500],
    "a raf beyond the end": raws.fuji(JPEG)[:84] + b"\xff\xff\xff\xff\xff\xff\xff\xff" + bytes(200),
    "a cr3 of boxes without end": b"\0\0\0\x18ftypcrx " + bytes(12) + b"\0\0\0\x08moov" * 5000,
    "a crw whose directory is itself": b"II\x1a\0\0\0HEAPCCDR" + bytes(300) + b"\xf4\xff\xff\xff",
    "an x3f that points at its end": b"FOVb"
    + bytes(400)
    + b"SECd"
    + b"\xff" * 60
    + b"\x94\x01\0\0",
}


@pytest.mark.parametrize("lie", LIES)
def test_headers_that_lie_end(lie: str) -> None:
    content = LIES[lie]
    reads = 0

    def counting(offset: int, length: int) -> bytes:
        nonlocal reads
        reads += 1
        return content[offset : offset + length]

    found = look(content, counting)
    assert reads <= 32
    assert found is None or found.jpeg is None or found.jpeg.offset < len(content)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_flipped_bits_give_a_place_within_the_file_or_none(layout: str) -> None:
    chance = random.Random(layout)
    whole = LAYOUTS[layout](JPEG)
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 12)):
            content[chance.randrange(4000)] ^= 1 << chance.randrange(8)
        del content[chance.randint(100, len(content)) :]
        found = look(bytes(content))
        if found is not None and found.jpeg is not None:
            assert found.jpeg.offset > 0
            assert found.jpeg.offset + found.jpeg.length <= len(content)
