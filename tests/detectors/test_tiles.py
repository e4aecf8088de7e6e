"""HEICs of telephones are put together of their tiles as libheif has them, or left to libheif."""

import io
import random
from contextlib import suppress

import numpy as np
import pi_heif
import pytest

from tests import fetched
from triage.detectors.pictures import UndecodableError, decode
from triage.detectors.tiles import tiled
from triage.media.heif import tiles_of
from triage.media.hevc import without_colours

LIMIT = 120_000_000
TILED = {
    "heif_other/pug.heic": (8, 6, 0),
    "heif_other/arrow.heic": (8, 6, 3),
    "heif_other/spatial_photo.heic": (5, 5, 0),
    "heif_special/xiaomi.heic": (6, 4, 0),
    "heif_special/aux_YCbCr.heic": (8, 4, 0),
    "heif_other/nokia/stereo_1200x800.heic": (1, 1, 0),
}
"""Columns, rows and turns. Apple's, turned and in colours of their own, Xiaomi's and others'."""
NOT_TILED = ("heif_other/cat.hif", "heif_other/nokia/alpha.heic", "heif_special/guitar_cw90.hif",
             "heif_special/200MP.heic")  # fmt: skip
"""10 bits, an overlay, 4:2:2, more pixels than the limit."""


@pytest.fixture(scope="module")
def telephones() -> dict[str, bytes]:
    found = fetched.pictures_of("pillow-heif")
    if not found:
        pytest.skip("tests/fetch.sh has not fetched pillow_heif's source package")
    return found


def by_libheif(content: bytes) -> np.ndarray:
    pixels: np.ndarray = np.array(pi_heif.open_heif(io.BytesIO(content), bgr_mode=True))
    return pixels[:, :, :3]


def smaller(pixels: np.ndarray, by: int) -> np.ndarray:
    rows, columns = (side // by for side in pixels.shape[:2])
    blocks = pixels[: rows * by, : columns * by].reshape(rows, by, columns, by, 3)
    small: np.ndarray = blocks.mean(axis=(1, 3))
    return small


@pytest.mark.parametrize("name", TILED)
@pytest.mark.parametrize("reduction", [2, 4, 8])
def test_the_pixels_are_those_of_libheif(
    telephones: dict[str, bytes], name: str, reduction: int
) -> None:
    content = telephones[name]
    found = tiles_of(content)
    assert found is not None
    assert (found.columns, found.rows, found.quarters) == TILED[name]
    pixels = tiled(content, reduction, LIMIT)
    assert pixels is not None
    right = smaller(by_libheif(content), reduction)
    assert pixels.shape == right.shape
    assert np.abs(pixels - right).mean() < 2


@pytest.mark.parametrize("name", NOT_TILED)
def test_what_is_unusual_is_left_to_libheif(telephones: dict[str, bytes], name: str) -> None:
    assert tiled(telephones[name], 2, LIMIT) is None


def test_every_pixel_is_libheifs_where_every_pixel_is_wanted(telephones: dict[str, bytes]) -> None:
    content = telephones["heif_special/xiaomi.heic"]
    full = decode(content, "image/heic", full=True)
    assert (full.width, full.height, full.reduced_by) == (2592, 1944, 1)
    assert np.array_equal(full.pixels, by_libheif(content))
    assert decode(content, "image/heic").pixels.shape == (972, 1296, 3)


def test_tiles_that_are_broken_are_left_to_libheif(telephones: dict[str, bytes]) -> None:
    whole = telephones["heif_special/xiaomi.heic"]
    rng = random.Random(5)
    for _ in range(12):
        content = bytearray(whole)
        for _ in range(rng.randint(1, 6)):
            content[rng.randrange(4000)] ^= 1 << rng.randrange(8)
        with suppress(UndecodableError):
            assert decode(bytes(content), "image/heic").pixels.ndim == 3


def test_lies_about_tiles_are_not_believed(telephones: dict[str, bytes]) -> None:
    whole = telephones["heif_special/xiaomi.heic"]
    grid = whole.index(bytes((0, 0, 3, 5, 0x0A, 0x20, 0x07, 0x98)))
    for lie in (bytes((0, 0, 255, 255)), bytes((0, 0, 3, 4)), bytes((0, 0, 0, 0))):
        assert tiles_of(whole[:grid] + lie + whole[grid + 4 :]) is None
    larger = whole.replace(bytes((0, 0, 2, 0)) * 2, bytes((0, 0, 0xFF, 0xF8)) * 2)
    assert larger != whole
    assert tiled(larger, 8, LIMIT) is None


def test_a_tile_whose_units_are_not_all_of_it_is_left_to_libheif(
    telephones: dict[str, bytes],
) -> None:
    """Behind the last of them there is more; or it says that it is longer than its item."""
    whole = telephones["heif_special/xiaomi.heic"]
    found = tiles_of(whole)
    assert found is not None
    at = whole.index(found.stream[found.stream.rindex(b"\0\0\0\1") + 4 :])
    length = int.from_bytes(whole[at - 4 : at], "big")
    for said in (length - 40, length + 1, 1 << 31):
        assert tiles_of(whole[: at - 4] + said.to_bytes(4, "big") + whole[at:]) is None


def all_claim_the_largest(content: bytes) -> bytes:
    """The same HEIC, of which every item that lies in the file claims the place of the largest."""
    at = content.index(b"iloc") + 4
    version, base = content[at], content[at + 5] >> 4
    assert version in {0, 1}
    assert content[at + 4] == 0x44
    count = int.from_bytes(content[at + 6 : at + 8], "big")
    at, places = at + 8, []
    for _ in range(count):
        lies_apart = version and int.from_bytes(content[at + 2 : at + 4], "big")
        at += (6 if version else 4) + base
        extents = int.from_bytes(content[at : at + 2], "big")
        places += [] if lies_apart else [at + 2 + 8 * n for n in range(extents)]
        at += 2 + 8 * extents
    largest = max((content[place : place + 8] for place in places), key=lambda each: each[4:])
    out = bytearray(content)
    for place in places:
        out[place : place + 8] = largest
    return bytes(out)


def test_tiles_that_share_their_bytes_are_not_copied_a_thousand_times(
    telephones: dict[str, bytes],
) -> None:
    content = telephones["heif_other/pug.heic"]
    assert tiles_of(content) is not None
    assert tiles_of(all_claim_the_largest(content)) is None


def test_cut_off_and_noisy_headers_are_no_tiles(telephones: dict[str, bytes]) -> None:
    whole = telephones["heif_other/pug.heic"][:8000]
    rng = random.Random(6)
    for length in range(0, 4000, 37):
        assert tiles_of(whole[:length]) is None or length > 3000
    for _ in range(300):
        content = bytearray(whole)
        for _ in range(rng.randint(1, 20)):
            content[rng.randrange(4000)] = rng.randrange(256)
        tiles_of(bytes(content))


OF_A_BURST = bytes.fromhex("420101016000000300000300000300000300baa00280802d1fe5f9246d9ed9")
"""A sequence parameter set that says nothing of colours."""


def test_colours_are_said_to_be_unspecified_and_nothing_else_is_changed(
    telephones: dict[str, bytes],
) -> None:
    content = telephones["heif_other/spatial_photo.heic"]
    at = content.index(b"hvcC")
    units = content[at : at + 400]
    start = units.index(b"\x42\x01\x01")
    unit = units[start : start + int.from_bytes(units[start - 2 : start], "big")]
    changed = without_colours(unit)
    assert changed is not None
    assert changed != unit
    assert len(changed) == len(unit)
    assert without_colours(changed) == changed
    assert sum(a != b for a, b in zip(unit, changed, strict=True)) <= 3


def test_a_set_without_colours_stays_as_it_is() -> None:
    assert without_colours(OF_A_BURST) == OF_A_BURST


def test_sets_that_are_cut_off_or_noise_are_not_followed() -> None:
    rng = random.Random(7)
    for length in range(20):
        assert without_colours(OF_A_BURST[:length]) is None
    for _ in range(500):
        noise = rng.randbytes(rng.randint(0, 80))
        without_colours(noise)
