import io
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.detectors import heif
from tests.detectors.conftest import Photograph
from triage.detectors.dimensions import DECODABLE, size_of
from triage.detectors.pictures import UndecodableError, decode
from triage.detectors.types import type_of

FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"]


def saved(image: Image.Image, mark: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, mark, **options)
    return stream.getvalue()


def as_pillow_sees(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB"))[:, :, ::-1].astype(int)


def outcome(content: bytes, mime: str) -> str:
    """`pixels`, or the reason why there are none; anything else that is raised fails the test."""
    try:
        picture = decode(content, mime, pixels_limit=10_000_000)
    except UndecodableError as error:
        return error.reason
    assert picture.pixels.ndim == 3
    assert picture.pixels.shape[2] == 3
    assert picture.pixels.dtype == np.uint8
    return "pixels"


@pytest.mark.parametrize("mark", FORMATS)
def test_every_format_becomes_the_same_pixels_as_in_pillow(scene: Image.Image, mark: str) -> None:
    content = saved(scene, mark)
    picture = decode(content, type_of(content), full=True)
    assert (picture.width, picture.height, picture.reduced_by) == (700, 560, 1)
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.shape == (560, 700, 3)
    assert np.abs(picture.pixels - as_pillow_sees(content)).max() <= 2
    assert size_of(content, type_of(content)) == (700, 560)


def test_photographs_become_the_same_pixels_as_in_pillow(photographs: list[Photograph]) -> None:
    for photograph in photographs:
        if photograph.image.getexif().get(0x0112, 1) == 1:
            picture = decode(photograph.content, photograph.mime, full=True)
            assert np.abs(picture.pixels - as_pillow_sees(photograph.content)).max() <= 2


def in_mode(image: Image.Image, mode: str) -> Image.Image:
    match mode:
        case "LAB":
            return Image.merge("LAB", image.split())
        case "LA" | "PA":
            return image.convert("RGBA").convert(mode)
        case "I;16":
            return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    return image.convert(mode)


@pytest.mark.parametrize(
    ("mark", "modes"),
    [
        ("JPEG", "1 L RGB CMYK YCbCr"),
        ("PNG", "1 L LA P RGB RGBA I;16"),
        ("WEBP", "1 L LA P RGB RGBA CMYK YCbCr"),
        ("GIF", "1 L LA P RGB RGBA"),
        ("BMP", "1 L P RGB RGBA"),
        ("TIFF", "1 L LA P PA RGB RGBA CMYK YCbCr LAB I;16 I F"),
        ("AVIF", "1 L LA P RGB RGBA"),
    ],
)
def test_every_mode_ends_as_three_channels(scene: Image.Image, mark: str, modes: str) -> None:
    source = scene.resize((140, 112))
    for mode in modes.split():
        content = saved(in_mode(source, mode), mark)
        picture = decode(content, type_of(content))
        assert picture.pixels.shape == (112, 140, 3), mode
        grey = np.asarray(source.convert("L")).astype(int)
        shown = grey[:, :, None] if mode in {"I;16", "I", "F"} else as_pillow_sees(content)
        if mode != "LAB":
            assert np.abs(picture.pixels - shown).mean() < 3, mode


@pytest.mark.parametrize(
    ("side", "expected"), [(511, 1), (1022, 1), (1023, 2), (2044, 2), (2045, 4), (4096, 8)]
)
def test_reductions_keep_the_shorter_side(side: int, expected: int) -> None:
    content = saved(Image.new("RGB", (side + 40, side), "teal"), "JPEG")
    picture = decode(content, "image/jpeg")
    assert picture.reduced_by == expected
    assert (picture.width, picture.height) == (side + 40, side)
    assert min(picture.pixels.shape[:2]) >= min(side, 512)
    assert picture.pixels.shape[0] == -(-side // expected)


@pytest.mark.parametrize("mark", [mark for mark in FORMATS if mark != "JPEG"])
def test_what_cannot_be_decoded_smaller_is_made_smaller(mark: str) -> None:
    content = saved(Image.new("RGB", (2100, 2050), "teal"), mark)
    picture = decode(content, type_of(content))
    assert picture.pixels.shape == (513, 525, 3)
    assert picture.reduced_by == 4


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mark", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_is_honoured(mark: str, orientation: int) -> None:
    image = Image.new("RGB", (120, 80))
    image.paste((255, 0, 0), (0, 0, 60, 40))
    image.paste((0, 0, 255), (60, 40, 120, 80))
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = saved(image, mark, exif=exif.tobytes())
    from PIL import ImageOps

    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB"))
    picture = decode(content, type_of(content))
    assert (picture.height, picture.width) == expected.shape[:2]
    # JPEG's chroma blurs the edges between the fields; the fields themselves must be in place.
    difference = np.abs(picture.pixels.astype(int) - expected[:, :, ::-1])
    assert (difference > 60).mean() < 0.05


def test_heic_is_decoded() -> None:
    content = Path(__file__).with_name("drawn.heic").read_bytes()
    assert type_of(content) == "image/heic"
    assert size_of(content, "image/heic") == (160, 96)
    picture = decode(content, "image/heic")
    rows, columns = np.mgrid[0:96, 0:160]
    red = columns * 255 / 160
    assert picture.pixels.shape == (96, 160, 3)
    assert np.abs(picture.pixels[:, :, 2] - red).mean() < 12
    assert np.abs(picture.pixels[:, :, 1] - (128 + 100 * np.sin(rows / 9.0))).mean() < 12


def test_truncated_jpegs_are_decoded_and_say_so(scene: Image.Image) -> None:
    whole = saved(scene, "JPEG", quality=90)
    reference = decode(whole, "image/jpeg")
    assert not reference.truncated
    for keep in (0.3, 0.6, 0.9):
        content = whole[: int(len(whole) * keep)]
        picture = decode(content, "image/jpeg")
        assert picture.truncated
        assert picture.pixels.shape == reference.pixels.shape
        top = picture.pixels[: int(560 * keep * 0.6)]
        assert np.abs(top.astype(int) - reference.pixels[: len(top)]).mean() < 2
    assert decode(whole[:-2], "image/jpeg").truncated


@pytest.mark.parametrize("mark", ["PNG", "GIF", "TIFF", "BMP"])
def test_other_truncated_pictures_do_not_crash(scene: Image.Image, mark: str) -> None:
    whole = saved(scene, mark)
    assert outcome(whole[: len(whole) * 3 // 4], type_of(whole))


def _bomb(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(100_000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def test_bombs_are_refused_by_their_header() -> None:
    with pytest.raises(UndecodableError, match="more pixels than the limit"):
        decode(_bomb(30_000, 30_000), "image/png")
    with pytest.raises(UndecodableError, match="more pixels than the limit"):
        decode(saved(Image.new("L", (500, 400)), "PNG"), "image/png", pixels_limit=199_999)
    assert decode(saved(Image.new("L", (500, 400)), "PNG"), "image/png", pixels_limit=200_000)


@pytest.mark.parametrize("kind", [b"IDAT", b"IEND"])
def test_a_chunk_that_claims_a_gigabyte_is_not_believed(scene: Image.Image, kind: bytes) -> None:
    content = saved(scene, "PNG")[:33] + b"\x40\0\0\0" + kind + bytes(60)
    looking = (
        "import sys; from triage.detectors.pictures import UndecodableError, decode\n"
        "try: decode(sys.stdin.buffer.read(), 'image/png')\n"
        "except UndecodableError: pass\n"
        "print(next(each for each in open('/proc/self/status') if each.startswith('VmHWM')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", looking], input=content, capture_output=True, check=True
    )
    assert int(done.stdout.split()[1]) < 500_000, "kB, of which OpenCV takes a hundred thousand"


def test_a_type_that_is_no_picture_is_refused() -> None:
    with pytest.raises(UndecodableError, match="not a type"):
        decode(b"%PDF-1.4", "application/pdf")


@pytest.mark.parametrize("mime", sorted(DECODABLE))
def test_noise_and_short_content_are_refused_and_nothing_else(mime: str) -> None:
    rng = random.Random(mime)
    for size in (0, 1, 2, 5, 11, 12, 20, 31, 100, 3000):
        with pytest.raises(UndecodableError):
            decode(rng.randbytes(size), mime)


@pytest.mark.parametrize("mark", FORMATS)
def test_flipped_bits_give_pixels_or_a_reason(scene: Image.Image, mark: str) -> None:
    rng = random.Random(mark)
    small = scene.resize((96, 80))
    whole = saved(small, mark)
    mime = type_of(whole)
    for _ in range(60):
        content = bytearray(whole)
        for _ in range(rng.randint(1, 8)):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        del content[rng.randint(len(content) // 2, len(content)) :]
        assert outcome(bytes(content), mime)


def test_the_largest_heif_property_counts() -> None:
    """A tile's size must not pass for the whole picture's."""
    content = bytes(40) + b"".join(
        b"\0\0\0\x14ispe\0\0\0\0" + struct.pack(">II", *size) for size in ((512, 512), (4032, 3024))
    )
    assert size_of(content, "image/heic") == (4032, 3024)


def test_a_heif_whose_header_comes_after_its_pixels_has_a_size_and_pixels() -> None:
    """As some telephones write it, with more than a megabyte of pixels first."""
    first = heif.content_of("RGB_8__128x128.heif")
    last = heif.with_its_meta_last(first, before=1_200_000)
    assert last.index(b"ispe") > 1_200_000
    assert size_of(last, "image/heic") == size_of(first, "image/heic") == (128, 128)
    assert np.array_equal(decode(last, "image/heic").pixels, decode(first, "image/heic").pixels)


@pytest.mark.parametrize("name", heif.MEANS)
def test_heif_and_avif_have_their_own_pixels(name: str) -> None:
    content = heif.content_of(name)
    for _ in range(3):  # the memory of one is another's when it is freed
        picture = decode(content, type_of(content), full=True)
        assert picture.pixels.dtype == np.uint8
        assert abs(picture.pixels.mean() - heif.MEANS[name]) < 0.2


def test_boxes_that_lie_about_lengths_end() -> None:
    for length in (0, 1, 7, 8, 12, 0xFFFFFFFF):
        box = struct.pack(">I4s", length, b"free") + b"\xff" * 8
        assert size_of(box * 3000, "image/heic") is None


def test_headers_that_lie_about_lengths_end() -> None:
    assert size_of(b"\xff\xd8" + b"\xff" * 5000, "image/jpeg") is None
    assert size_of(b"\xff\xd8" + b"\xff\xe0\0\0" * 5000, "image/jpeg") is None
    assert size_of(b"II*\0" + b"\xff" * 60, "image/tiff") is None
    assert size_of(b"II+\0\x08\0\0\0" + b"\xff" * 60, "image/tiff") is None
