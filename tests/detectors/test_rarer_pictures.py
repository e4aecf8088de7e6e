"""Pictures of rarer kinds: decoded as others do it, and refused by what they claim."""

import io
import random
import struct

import numpy as np
import pytest
from PIL import Image

from tests.detectors.test_pictures import as_pillow_sees, outcome
from tests.guises import jpeg_xl, making
from triage.detectors.dimensions import size_of
from triage.detectors.jpeg_xl import JpegXlError, decode_jpeg_xl
from triage.detectors.pictures import UndecodableError, decode, is_decoded
from triage.detectors.types import type_of

TOO_MANY = "more pixels than the limit"
RARER = {
    name: content
    for name, content in making.rarer(making.photograph().resize((150, 100))).items()
    if name != "plain.hdr"
}


def typed(name: str) -> str:
    return type_of(RARER[name][:65536], name)


@pytest.mark.parametrize("name", RARER)
def test_each_becomes_the_pixels_that_it_says(name: str) -> None:
    picture = decode(RARER[name], typed(name), full=True)
    shown = making.photograph().resize((picture.pixels.shape[1], picture.pixels.shape[0]))
    if "grey" in name or name.endswith(".pgm"):
        shown = shown.convert("L").convert("RGB")
    difference = np.abs(picture.pixels.astype(int) - np.asarray(shown)[:, :, ::-1])
    assert difference.mean() < 8
    assert picture.pixels.shape[2] == 3


@pytest.mark.parametrize("name", RARER)
def test_the_header_s_claim_is_read_without_a_decoder(name: str) -> None:
    size = size_of(RARER[name], typed(name))
    assert size in {(150, 100), (256, 256), (256, 171), (1024, 1024)}


@pytest.mark.parametrize("name", RARER)
def test_flipped_bits_and_short_content_give_pixels_or_a_reason(name: str) -> None:
    chance = random.Random(name)
    mime = typed(name)
    for _ in range(25):
        content = bytearray(RARER[name])
        for _ in range(chance.randint(1, 8)):
            content[chance.randrange(min(len(content), 3000))] ^= 1 << chance.randrange(8)
        del content[chance.randint(len(content) // 2, len(content)) :]
        assert outcome(bytes(content), mime)


def _two_sizes() -> bytes:
    """JPEG 2000 whose box says 150 x 100, and whose code stream says 300,000 squared."""
    content = bytearray(RARER["boxed.jp2"])
    at = content.index(b"\xff\x4f\xff\x51")
    content[at + 8 : at + 16] = struct.pack(">II", 300_000, 300_000)
    return bytes(content)


def _boxed_larger() -> bytes:
    content = bytearray(RARER["boxed.jp2"])
    at = content.index(b"ihdr")
    content[at + 4 : at + 12] = struct.pack(">II", 300_000, 300_000)
    return bytes(content)


def _icon_of(side: int) -> bytes:
    """Its directory says 16 x 16, the PNG in it 30,000 squared."""
    png = bytearray(making.saved(Image.new("L", (16, 16)), "PNG"))
    png[16:24] = struct.pack(">II", side, side)
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(png), 22) + bytes(png)


def _apple_icon() -> bytes:
    png = bytearray(making.saved(Image.new("L", (16, 16)), "PNG"))
    png[16:24] = struct.pack(">II", 30_000, 30_000)
    block = b"ic07" + struct.pack(">I", 8 + len(png)) + bytes(png)
    return b"icns" + struct.pack(">I", 8 + len(block)) + block


LIARS = {
    "a psd of 300,000 squared": making.photoshop(making.photograph(), size=(300_000, 300_000)),
    "jpeg 2000, two sizes": _two_sizes(),
    "jpeg 2000, the box the larger": _boxed_larger(),
    "an icon": _icon_of(30_000),
    "a pointer": b"\0\0\x02" + _icon_of(30_000)[3:],
    "an apple icon": _apple_icon(),
    "pnm": b"P6\n# a\n99999999 99999999\n255\n" + bytes(900),
    "pam": b"P7\nWIDTH 99999\nHEIGHT 99999\nDEPTH 3\nMAXVAL 255\nENDHDR\n" + bytes(900),
    "qoi": b"qoif" + struct.pack(">IIBB", 90_000, 90_000, 3, 0) + bytes(99),
    "sun": b"\x59\xa6\x6a\x95" + struct.pack(">III", 90_000, 90_000, 24) + bytes(99),
    "dds": RARER["packed.dds"][:12] + struct.pack("<II", 90_000, 90_000) + RARER["packed.dds"][20:],
    "sgi": RARER["plain.sgi"][:6] + struct.pack(">HH", 65_535, 65_535) + RARER["plain.sgi"][10:],
    "pcx": RARER["plain.pcx"][:8] + struct.pack("<HH", 65_534, 65_534) + RARER["plain.pcx"][12:],
    "tga": RARER["plain.tga"][:12] + struct.pack("<HH", 65_535, 65_535) + RARER["plain.tga"][16:],
    "jpeg xl": b"\xff\x0a" + (3 << 1 | (1 << 30) - 1 << 3 | 1 << 33).to_bytes(20, "little"),
}  # fmt: skip
MIMES = {"pam": "image/x-portable-arbitrarymap", "pcx": "image/x-pcx", "tga": "image/x-tga",
         "jpeg xl": "image/jxl"}  # fmt: skip


@pytest.mark.parametrize("liar", LIARS)
def test_what_claims_too_much_is_refused_before_it_is_decoded(liar: str) -> None:
    content = LIARS[liar]
    with pytest.raises(UndecodableError, match=TOO_MANY):
        decode(content, MIMES.get(liar) or type_of(content))


def test_what_python_itself_decodes_has_a_smaller_limit() -> None:
    """At less than a million pixels a second a picture of 12 million would hold up everything."""
    head = struct.pack(">IIBB", 3000, 2000, 3, 0)
    with pytest.raises(UndecodableError, match=TOO_MANY):
        decode(b"qoif" + head + bytes(999), "image/x-qoi")
    with pytest.raises(UndecodableError, match=TOO_MANY):
        decode(b"P3\n3000 2000\n255\n" + b"0 " * 99, "image/x-portable-pixmap")


def test_jpeg_2000_is_decoded_smaller_where_that_is_enough() -> None:
    content = making.saved(making.photograph().resize((2400, 1600)), "JPEG2000")
    picture = decode(content, "image/jp2")
    assert (picture.width, picture.height, picture.reduced_by) == (2400, 1600, 2)
    assert picture.pixels.shape == (800, 1200, 3)
    smaller = as_pillow_sees(making.saved(making.photograph().resize((1200, 800)), "PNG"))
    assert np.abs(picture.pixels - smaller).mean() < 4


@pytest.mark.parametrize("size", [(600, 400), (255, 64), (256, 256), (33, 900), (8, 8), (640, 360)])
def test_jpeg_xl_says_its_size_in_each_of_its_ways(size: tuple[int, int]) -> None:
    for boxes in (False, True):
        content = jpeg_xl.written(making.photograph().resize(size), boxes=boxes)
        assert size_of(content, "image/jxl") == size
        pixels, truncated = decode_jpeg_xl(content, 10**7)
        assert pixels.shape == (size[1], size[0], 3)
        assert not truncated


def test_jpeg_xl_that_ends_early_is_decoded_as_far_as_it_goes_or_refused() -> None:
    whole = jpeg_xl.written(making.photograph())
    for keep in range(0, len(whole), 4001):
        try:
            pixels, truncated = decode_jpeg_xl(whole[:keep], 10**7)
        except JpegXlError:
            continue
        assert truncated
        assert pixels.shape == (400, 600, 3)


def test_jpeg_xl_larger_than_the_limit_is_refused_by_the_decoder_too() -> None:
    with pytest.raises(JpegXlError):
        decode_jpeg_xl(jpeg_xl.written(making.photograph()), 600 * 400 - 1)


def test_without_libjxl_jpeg_xl_is_not_among_what_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("triage.detectors.pictures.libjxl", lambda: None)
    assert not is_decoded("image/jxl")
    assert is_decoded("image/jp2")


def test_a_bitmap_without_a_file_s_header_is_decoded() -> None:
    content = making.saved(making.photograph(), "DIB")
    assert size_of(content, type_of(content)) == (600, 400)
    assert np.array_equal(
        decode(content, type_of(content)).pixels,
        as_pillow_sees(making.saved(making.photograph(), "BMP")),
    )


def test_a_pointer_is_decoded_as_the_icon_that_it_is() -> None:
    with Image.open(io.BytesIO(RARER["large.ico"])) as icon:
        shown = np.asarray(icon.convert("RGB"))[:, :, ::-1].astype(int)
    for name in ("large.ico", "pointer.cur"):
        assert np.abs(decode(RARER[name], typed(name)).pixels - shown).max() <= 2
