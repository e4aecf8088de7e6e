"""Caches of phones and players: Android's thumbdata and gallery caches, Apple's ithmb."""

import hashlib
import io
import random
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.demo import photographs
from tests.detectors.test_pdq import distance
from tests.disks import MIB, ext_volume
from tests.parts import making_caches as making
from tests.parts.making import shrunk
from tests.parts.test_unused_space import Counting
from tests.workers import scanning
from triage.choices import HashSetUse, PerceptualUse
from triage.detectors.pdq import pdq
from triage.detectors.pictures import decode
from triage.detectors.types import type_of
from triage.findings import Outcome
from triage.media.window import InMemory
from triage.parts.cache import Cache, open_cache
from triage.parts.carving import TOO_LONG
from triage.parts.ithmb import UNDECODED
from triage.parts.part import Part
from triage.profile import Profile

PROFILE = Profile(name="phones", description="", detectors=(HashSetUse(), PerceptualUse()))
COLOURFUL = [each for each in photographs() if Image.open(io.BytesIO(each)).mode == "RGB"]
SMALL = [shrunk(each, 96) for each in COLOURFUL[:4]]


def _opened(data: bytes, path: str) -> Cache:
    cache = open_cache(InMemory(data), data[:65536], path)
    assert cache is not None
    return cache


def _parts(data: bytes, path: str) -> list[Part]:
    return list(_opened(data, path).parts())


@pytest.mark.parametrize("slot", [10_000, 17_000])
@pytest.mark.parametrize("name", [".thumbdata3--1967290299", ".thumbdata5--1967290299_0"])
def test_every_slot_of_thumbdata_gives_its_picture(name: str, slot: int) -> None:
    pictures = dict(zip((0, 3, 1207), SMALL, strict=False))
    data = making.thumbdata(pictures, slot=slot)
    found = _parts(data, f"DCIM/.thumbnails/{name}")
    assert [each.content for each in found] == list(pictures.values())
    assert all(data[each.offset :].startswith(each.content) for each in found)
    if slot == 10_000:
        assert [each.identity for each in found] == [f"picture {number}" for number in pictures]


def test_thumbdata_is_told_by_its_slots_whatever_its_name_is() -> None:
    data = making.thumbdata({2: SMALL[0]})
    assert [each.content for each in _parts(data, "exhibit.bin")] == [SMALL[0]]
    for other in (bytes(60_000), b"\x01" * 60_000, SMALL[0]):
        assert open_cache(InMemory(other), other, "exhibit.bin") is None


def test_a_slot_that_was_used_again_gives_the_new_picture_and_a_lying_length_costs_nothing() -> (
    None
):
    data = bytearray(making.thumbdata({1: SMALL[0], 2: SMALL[2]}))
    head = struct.pack(">BQI", 1, 5, len(SMALL[1]))
    data[10_000 : 10_013 + len(SMALL[1])] = head + SMALL[1]
    struct.pack_into(">I", data, 20_009, 0x7FFFFFFF)
    assert [each.content for each in _parts(bytes(data), ".thumbdata4-1")] == SMALL[1:3]


def test_a_gallery_cache_gives_pictures_under_the_gallerys_own_names() -> None:
    pictures = {f"/local/image/item/{n}+1300000000+2": each for n, each in enumerate(SMALL)}
    data = making.blob_cache(pictures)
    found = _parts(data, "cache/imgcache.0")
    assert {each.identity: each.content for each in found} == pictures
    assert all(data[each.offset :].startswith(each.content) for each in found)


def test_what_an_earlier_round_left_in_a_gallery_cache_is_found() -> None:
    old = making.blob_cache({"/local/image/item/7+1+1": SMALL[1], "x": SMALL[2]})[40:]
    found = _parts(making.blob_cache({"/local/image/item/8+1+1": SMALL[0]}, old), "imgcache.1")
    assert [each.content for each in found] == SMALL[:3]
    assert [each.kind.endswith("unused space") for each in found] == [False, True, True]


def test_a_blob_that_claims_to_be_the_rest_of_the_file_hides_nothing() -> None:
    data = bytearray(making.blob_cache({"a": bytes(4000) + SMALL[0], "b": SMALL[1]}))
    struct.pack_into("<I", data, 4 + 16, len(data) - 24)
    assert [each.content for each in _parts(bytes(data), "imgcache.0")] == SMALL[:2]


def _565(image: Image.Image, order: str = "<") -> bytes:
    red, green, blue = (np.asarray(plane, dtype=np.uint16) for plane in image.split())
    return ((red >> 3 << 11) | (green >> 2 << 5) | blue >> 3).astype(f"{order}u2").tobytes()


def _555(image: Image.Image) -> bytes:
    red, green, blue = (np.asarray(plane, dtype=np.uint16) for plane in image.split())
    return ((red >> 3 << 10) | (green >> 3 << 5) | blue >> 3).astype("<u2").tobytes()


def _uyvy(image: Image.Image) -> bytes:
    light, blue, red = (np.asarray(plane) for plane in image.convert("YCbCr").split())
    packed = np.empty((*light.shape, 2), np.uint8)
    packed[..., 1] = light
    packed[:, ::2, 0], packed[:, 1::2, 0] = blue[:, ::2], red[:, ::2]
    return packed[::2].tobytes() + packed[1::2].tobytes()


@pytest.mark.parametrize(
    ("name", "size", "write"),
    [
        ("F1015_1.ithmb", (130, 88), _565),
        ("F1036_1.ithmb", (50, 41), _565),
        ("F1074_1.ithmb", (50, 50), _565),
        ("F1032_2.ithmb", (42, 37), _565),
        ("F1020_1.ithmb", (220, 176), lambda image: _565(image, ">")),
        ("F1019_1.ithmb", (720, 480), _uyvy),
        ("3008.ithmb", (640, 480), _555),
    ],
)
def test_bare_pixels_of_a_known_format_show_what_they_are_of(
    name: str, size: tuple[int, int], write: Callable[[Image.Image], bytes]
) -> None:
    images = [Image.open(io.BytesIO(each)).resize(size) for each in COLOURFUL[:3]]
    data = b"".join(write(image) for image in images) + bytes(2 * size[0] * size[1])
    found = _parts(data, f"Photos/Thumbs/{name}")
    assert [each.offset for each in found] == [n * 2 * size[0] * size[1] for n in range(3)]
    for part, image in zip(found, images, strict=True):
        assert part.extent == 2 * size[0] * size[1]
        pixels = decode(part.content, type_of(part.content)).pixels
        assert pixels.shape[:2] == size[::-1]
        assert distance(pdq(pixels).value, pdq(np.asarray(image)[..., ::-1]).value) <= 12


def test_jpegs_in_an_ithmb_are_found_and_other_formats_are_said() -> None:
    data = SMALL[0] + bytes(7) + SMALL[1]
    assert [each.content for each in _parts(data, "T5003.ithmb")] == SMALL[:2]
    noise = random.Random(1).randbytes(50_000)
    for name in ("F1015_1.ithmb", "3303.ithmb", "other.ithmb"):
        cache = _opened(noise, name)
        assert list(cache.parts()) == []
        assert cache.trouble == UNDECODED


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (making.blob_cache({"": b""}) + struct.pack("<QIII", 0, 0, 24, 0) * 200_000, "imgcache.0"),
        (struct.pack("<I", 0xBD248510) + b"\xff" * 4_000_000, "imgcache.0"),
        (b"\x01" + bytes(8) + b"\xff\xff\xff\xff\xff\xd8\xff" * 500_000, ".thumbdata3-1"),
        (b"\xff\xd8\xff\xe0\x00\x04ab" * 400_000, "x.ithmb"),
    ],
    ids=["empty blobs", "noise", "beginnings", "segments"],
)
def test_hostile_caches_are_read_a_bounded_number_of_times(data: bytes, path: str) -> None:
    content = Counting(data)
    cache = open_cache(content, data[:65536], path)
    assert cache is not None
    given = sum(len(part.content) for part in cache.parts())
    assert content.read < 12 * len(data) + (64 << 20)
    assert given < 9 * len(data)


ENDLESS = b"\xff\xd8\xff\xfe\xff\xff" * 250_000
"""Each of its pictures claims to go on behind all of the others."""


@pytest.mark.parametrize(
    ("data", "path"),
    [(making.blob_cache({"": b""}) + ENDLESS, "imgcache.0"), (ENDLESS, "x.ithmb"),
     (b"\x01" + bytes(12) + ENDLESS, ".thumbdata3-1")],
)  # fmt: skip
def test_what_would_take_too_long_is_said(data: bytes, path: str) -> None:
    cache = _opened(data, path)
    assert list(cache.parts()) == []
    assert cache.trouble == TOO_LONG


SAMPLES = [
    (making.thumbdata({1: SMALL[0]}), ".thumbdata3-1"),
    (making.blob_cache({"a": SMALL[0], "b": SMALL[1]}), "imgcache.0"),
    (_565(Image.new("RGB", (42, 30))) * 3, "F1009_1.ithmb"),
]


@settings(max_examples=200, deadline=None)
@given(
    which=st.integers(0, len(SAMPLES) - 1),
    changes=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=30),
    end=st.integers(0, 1 << 20),
)
def test_changed_bytes_never_raise(which: int, changes: list[tuple[int, int]], end: int) -> None:
    sample, path = SAMPLES[which]
    data = bytearray(sample)
    for at, value in changes:
        data[at % len(data)] = value
    content = bytes(data[: max(1, end % (2 * len(data)))])
    cache = open_cache(InMemory(content), content[:65536], path)
    if cache is not None:
        list(cache.parts())


def test_a_scan_finds_pictures_in_a_phones_caches(tmp_path: Path) -> None:
    """Through confined workers: by digest where they are whole, by PDQ where they are bare."""
    wide = Image.open(io.BytesIO(COLOURFUL[3])).resize((320, 240))
    files = {
        "DCIM/.thumbnails/.thumbdata3--1967290299": making.thumbdata({4: SMALL[0]}),
        "Android/data/gallery/cache/imgcache.0": making.blob_cache({"/local/1": SMALL[1]}),
        "Photos/Thumbs/F1024_1.ithmb": _565(wide) + _565(wide.rotate(90).resize((320, 240))),
        "Photos/Thumbs/T5003.ithmb": SMALL[2] + bytes(99),
        "Photos/Thumbs/3303.ithmb": random.Random(4).randbytes(30_000),
    }
    image, known = tmp_path / "disk.img", tmp_path / "known.txt"
    ext_volume(image, 24 * MIB, files)
    known.write_text("".join(f"{hashlib.md5(each).hexdigest()}\n" for each in SMALL))  # noqa: S324
    alike = tmp_path / "alike.txt"
    alike.write_text(f"{pdq(np.asarray(wide)[..., ::-1]).value.hex()},100\n")
    scanned = scanning.run(image, out=tmp_path / "out", profile=PROFILE, hash_sets=(known, alike))
    found = {line.entry.path for line in scanned.lines if line.result.matches}
    assert found == set(files) - {"Photos/Thumbs/3303.ithmb"}
    unknown = scanned.line("Photos/Thumbs/3303.ithmb").result
    assert (unknown.outcome, unknown.reason) == (Outcome.UNREADABLE, UNDECODED)
