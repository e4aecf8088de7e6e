import io
import itertools
import random
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from tests import fetched
from tests.detectors import heif, several
from triage.detectors import later_pictures as module
from triage.detectors.item import Item
from triage.detectors.later_pictures import (
    NOT_DECODED,
    TIME_RAN_OUT,
    TOO_MANY,
    TOO_MANY_PIXELS,
    TOO_MUCH_MEMORY,
    LaterPictures,
    later_pictures,
    lone_sequence,
)
from triage.detectors.pictures import decode
from triage.detectors.types import type_of
from triage.evidence import FileEntry
from triage.media import several as counting
from triage.media.several import pictures_in
from triage.needs import PixelNeeds
from triage.parts.decoding import PartDecoding

COUNT = 5


@pytest.fixture(scope="module")
def shown(scene: Image.Image) -> list[Image.Image]:
    """Five pictures that differ: the scene, and a bright field that moves over it."""
    frames = []
    for number in range(COUNT):
        frame = scene.resize((140, 112))
        frame.paste((250, 250, 40 * number), (5 + 20 * number, 10, 35 + 20 * number, 60))
        frames.append(frame)
    return frames


def taken(content: bytes, **options: float) -> LaterPictures:
    return later_pictures(content, type_of(content), **options)  # type: ignore[arg-type]


def parts(found: LaterPictures) -> list[str]:
    return [frame.part for frame in found.frames]


def unlike(picture: "np.ndarray", image: Image.Image) -> float:
    right = np.asarray(image.convert("RGB"))[:, :, ::-1].astype(int)
    return float(np.abs(picture.astype(int) - right).mean())


@pytest.mark.parametrize("kind", several.KINDS)
def test_what_is_taken_is_what_is_shown(kind: str, shown: list[Image.Image]) -> None:
    content = several.KINDS[kind](shown)
    found = taken(content)
    word = "page" if type_of(content) == "image/tiff" else "frame"
    assert found.missed == ""
    assert parts(found) == [f"{word} {number} of {COUNT}" for number in range(2, COUNT + 1)]
    for frame, image in zip(found.frames, shown[1:], strict=True):
        assert unlike(frame.picture.pixels, image) < 15  # of 64 colours
        assert min(unlike(frame.picture.pixels, other) for other in shown if other is not image) > (
            unlike(frame.picture.pixels, image)
        )


@pytest.mark.parametrize("kind", several.KINDS)
def test_of_many_a_few_are_taken_all_over(kind: str, scene: Image.Image) -> None:
    small = scene.resize((40, 30))
    frames = [small.rotate(number) for number in range(60)]
    content = several.KINDS[kind](frames)
    numbers = [int(part.split()[1]) for part in parts(taken(content, at_most=6))]
    assert len(numbers) == 6
    assert numbers == sorted(numbers)
    assert numbers[0] <= 10
    assert numbers[-1] >= 50
    assert max(b - a for a, b in itertools.pairwise(numbers)) <= 11


@pytest.mark.parametrize("mark", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_one_picture_has_none_behind_it(scene: Image.Image, mark: str) -> None:
    stream = io.BytesIO()
    scene.save(stream, mark)
    assert taken(stream.getvalue()) == LaterPictures()


def test_all_pictures_of_a_heif_but_the_first_wherever_that_stands() -> None:
    content = heif.content_of("zPug_3.heic")
    first = decode(content, "image/heic")
    found = taken(content)
    assert parts(found) == ["picture 1 of 3", "picture 3 of 3"]
    assert [frame.picture.pixels.shape for frame in found.frames] == [(64, 64, 3), (64, 96, 3)]
    assert not np.array_equal(first.pixels, found.frames[0].picture.pixels)
    assert taken(heif.content_of("RGB_8__128x128.heif")) == LaterPictures()


@pytest.mark.parametrize("told", [1, 2, 100, 0x7FFFFFFF])
def test_frames_are_counted_by_what_is_there(told: int, shown: list[Image.Image]) -> None:
    """An animated PNG that lies: who plays it stops at one frame, or waits for many more."""
    content = bytearray(several.KINDS["plain.png"](shown))
    at = content.index(b"acTL") + 4
    content[at : at + 4] = told.to_bytes(4, "big")
    found = taken(bytes(content))
    assert parts(found) == [f"frame {number} of {COUNT}" for number in range(2, COUNT + 1)]
    assert found.missed == ""


def test_pages_that_go_round_in_a_circle_are_turned_once(shown: list[Image.Image]) -> None:
    content = bytearray(several.KINDS["raw.tiff"](shown))
    directories = _directories(content)
    content[directories[-1][1] : directories[-1][1] + 4] = directories[1][0].to_bytes(4, "little")
    assert pictures_in(bytes(content), "image/tiff") == COUNT
    assert len(taken(bytes(content)).frames) == COUNT - 1


def _directories(tiff: bytearray) -> list[tuple[int, int]]:
    """Where each begins, and where it names the next."""
    found, at = [], int.from_bytes(tiff[4:8], "little")
    while at:
        end = at + 2 + 12 * int.from_bytes(tiff[at : at + 2], "little")
        found.append((at, end))
        at = int.from_bytes(tiff[end : end + 4], "little")
    return found


def test_a_hundred_thousand_frames_are_bounded() -> None:
    content = several.gif_of_bare_frames(100_000)
    assert len(content) < 2_000_000
    found = taken(content, at_most=6, seconds=3600)
    assert [part.split()[1] for part in parts(found)] == [
        str(2 + int(99_999 * (n + 0.5) / 6)) for n in range(6)
    ]
    assert pictures_in(several.gif_of_bare_frames(300_000), "image/gif") == 100_000


@pytest.mark.parametrize("limit", ["MOST_FRAMES", "_MOST_PIECES"])
def test_more_frames_than_are_counted_are_said(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = several.gif_of_bare_frames(60)
    assert taken(content, at_most=3).missed == ""
    monkeypatch.setattr(module, "MOST_FRAMES", 50)
    monkeypatch.setattr(counting, "MOST_FRAMES", 50)
    monkeypatch.setattr(counting, limit, 50)
    assert taken(content, at_most=3).missed == TOO_MANY


def test_a_sequence_behind_very_many_free_boxes_is_seen() -> None:
    """Whoever looks at the first few alone would see no picture in it but the first."""
    free = (8).to_bytes(4, "big") + b"free"
    start = (16).to_bytes(4, "big") + b"ftyphevc\0\0\0\0"
    moov, meta = ((8).to_bytes(4, "big") + kind for kind in (b"moov", b"meta"))
    alone = start + free * 3000 + moov
    assert lone_sequence(alone, "image/heic-sequence") == alone
    assert lone_sequence(alone + meta, "image/heic-sequence") is None


def test_when_the_time_is_over_there_are_those_so_far_and_it_is_said(
    shown: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count()  # a second later whenever it is looked at
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    for kind in ("plain.gif", "raw.tiff"):
        found = taken(several.KINDS[kind](shown), seconds=2)
        assert (len(found.frames), found.missed) == (2, TIME_RAN_OUT)


@pytest.mark.parametrize("kind", several.KINDS)
def test_without_any_time_none_is_taken_and_it_is_said(kind: str, shown: list[Image.Image]) -> None:
    assert taken(several.KINDS[kind](shown), seconds=-1) == LaterPictures(missed=TIME_RAN_OUT)


def test_a_frame_that_claims_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    content = several.gif_of_bare_frames(3, size=(60_000, 60_000))
    assert decode(content, "image/gif").width == 2
    found = taken(content)
    assert (found.frames, found.missed) == ((), TOO_MANY_PIXELS)


def test_a_page_that_claims_too_many_pixels_costs_that_page(shown: list[Image.Image]) -> None:
    content = bytearray(several.KINDS["raw.tiff"](shown))
    at = _directories(content)[2][0]
    for tag in (256, 257):
        place = content.index(tag.to_bytes(2, "little") + b"\4\0\1\0\0\0", at)
        content[place + 8 : place + 12] = (60_000).to_bytes(4, "little")
    found = taken(bytes(content))
    assert parts(found) == [f"page {number} of {COUNT}" for number in (2, 4, 5)]
    assert found.missed == TOO_MANY_PIXELS


def test_all_together_are_bounded_too(
    shown: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 2 * 140 * 112)
    for kind in ("plain.gif", "packed.tif", "lossy.webp"):
        found = taken(several.KINDS[kind](shown))
        assert (len(found.frames), found.missed) == (2, TOO_MUCH_MEMORY)


def test_a_page_that_is_broken_costs_that_page(shown: list[Image.Image]) -> None:
    content = bytearray(several.KINDS["packed.tif"](shown))
    start, end = _directories(content)[2]
    content[start + 2 : end] = b"\xff" * (end - start - 2)
    found = taken(bytes(content))
    assert parts(found) == [f"page {number} of {COUNT}" for number in (2, 4, 5)]
    assert found.missed == NOT_DECODED


@pytest.mark.parametrize("kind", several.KINDS)
def test_what_is_cut_off_or_flipped_gives_frames_or_a_reason(
    kind: str, shown: list[Image.Image]
) -> None:
    rng = random.Random(kind)
    whole = several.KINDS[kind]([frame.resize((70, 56)) for frame in shown])
    mime = type_of(whole)
    for _ in range(25):
        content = bytearray(whole)
        for _ in range(rng.randint(1, 8)):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        del content[rng.randint(len(content) // 3, len(content)) :]
        found = later_pictures(bytes(content), mime, pixels_limit=1_000_000)
        assert found.missed in {"", NOT_DECODED, TOO_MANY_PIXELS, TOO_MUCH_MEMORY}
        assert all(frame.picture.pixels.ndim == 3 for frame in found.frames)


def test_noise_is_no_sequence() -> None:
    rng = random.Random(3)
    for mime in module._TAKERS:
        for size in (0, 1, 8, 12, 40, 3000):
            noise = rng.randbytes(size)
            assert taken_as(noise, mime).frames == ()
            assert lone_sequence(noise, mime) is None
    for length in (0, 1, 7, 8, 0xFFFFFFFF):
        box = length.to_bytes(4, "big") + b"moov" + bytes(8)
        assert taken_as(box * 500, "image/heif-sequence").frames == ()


def taken_as(content: bytes, mime: str) -> LaterPictures:
    return later_pictures(content, mime)


def of_telephones(name: str) -> bytes:
    found = fetched.pictures_of("pillow-heif")
    if not found:
        pytest.skip("tests/fetch.sh has not fetched pillow_heif's source package")
    return found[f"heif_other/{name}"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nokia/alpha.heic", ["picture 1 of 3", "picture 2 of 3"]),
        ("nokia/stereo_1200x800.heic", ["picture 2 of 2"]),
        ("spatial_photo.heic", ["picture 2 of 2"]),
        ("empty_icc.heic", ["picture 2 of 2"]),
    ],
)
def test_further_pictures_as_telephones_write_them(name: str, expected: list[str]) -> None:
    found = taken(of_telephones(name))
    assert (parts(found), found.missed) == (expected, "")


def test_a_burst_has_pictures_and_a_sequence() -> None:
    content = of_telephones("nokia/bird_burst.heic")
    assert type_of(content) == "image/heif-sequence"
    assert lone_sequence(content, "image/heif-sequence") is None
    found = taken(content, at_most=3)
    assert [part.partition(" at ")[0] for part in parts(found)] == [
        *(f"picture {number} of 4" for number in (2, 3, 4)), *["its sequence"] * 3,
    ]  # fmt: skip
    assert {frame.picture.pixels.shape for frame in found.frames[3:]} == {(360, 640, 3)}
    assert found.missed == ""


def test_a_sequence_without_a_picture_beside_it_is_a_video() -> None:
    """The same as one would be that has none: its samples alone."""
    content = bytearray(of_telephones("nokia/bird_burst.heic"))
    content[8:12] = b"hevc"
    content[40:44] = b"free"
    whole = bytes(content)
    assert type_of(whole) == "image/heic-sequence"
    assert lone_sequence(whole, "image/heic-sequence") == whole
    assert lone_sequence(whole, "image/heic") is None


def test_a_part_of_a_file_is_looked_behind_too(shown: list[Image.Image]) -> None:
    """A browser's cache is full of animations; how long one may take is its carrier's to say."""
    content = several.KINDS["plain.gif"](shown)
    entry = FileEntry(id=0, volume_id="d0v1", path="cache", size=len(content))
    item = Item(entry=entry, head=content, type="image/gif")
    decoding = PartDecoding(PixelNeeds())
    assert decoding.decode(item, content, seconds=60)
    assert item.picture is not None
    assert [frame.part for frame in item.frames] == [f"frame {n} of 5" for n in (2, 3, 4, 5)]
    late = Item(entry=entry, head=content, type="image/gif")
    assert not decoding.decode(late, content, seconds=-1)
    assert late.picture is not None
    assert late.frames == ()
