import csv
import io
import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from tests.detectors.conftest import Photograph
from triage.detectors.pdq import BYTES, Hashes, pdq, pdq_turned
from triage.detectors.pictures import decode
from triage.detectors.trial import drawn
from triage.detectors.types import type_of

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples" / "pdq"
PDQHASH = json.loads(Path(__file__).with_name("pdqhash-0.2.8.json").read_text(encoding="utf-8"))
"""What the package pdqhash 0.2.8 (the C++ reference, bound) gave for the same decoded pixels."""

needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the published PDQ samples are not beside the repository"
)


def distance(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def piece(height: int, width: int) -> np.ndarray:
    """A part of the drawn rings that is not its own mirror image."""
    whole = drawn(3 * max(height, width)).pixels
    return np.ascontiguousarray(whole[height // 7 : height // 7 + height, width // 3 :][:, :width])


def pixels_of(name: str) -> np.ndarray:
    kind, _, what = name.partition(" ")
    if name == "blank":
        return np.full((200, 200, 3), 77, np.uint8)
    if kind == "drawn":
        height, _, width = what.partition("x")
        return piece(int(height), int(width or height))
    if kind == "skimage":
        content = (resources.files("skimage") / "data" / what).read_bytes()
    else:
        (file,) = SAMPLES.glob(f"images/**/{what}")
        content = file.read_bytes()
    return decode(content, type_of(content), full=True).pixels


def agrees(name: str, hashes: Hashes) -> bool:
    expected = PDQHASH[name]
    assert abs(hashes.quality - expected["quality"]) <= 1, name
    return expected["quality"] < 50 or all(
        distance(ours.tobytes(), bytes.fromhex(theirs)) <= 2
        for ours, theirs in zip(hashes.values, expected["hashes"], strict=True)
    )


@pytest.mark.parametrize("name", [name for name in PDQHASH if not name.startswith("pdq ")])
def test_all_eight_hashes_are_pdqhashs(name: str) -> None:
    assert agrees(name, pdq_turned(pixels_of(name)))


@needs_samples
@pytest.mark.parametrize("name", [name for name in PDQHASH if name.startswith("pdq ")])
def test_all_eight_hashes_are_pdqhashs_on_the_published_pictures(name: str) -> None:
    assert agrees(name, pdq_turned(pixels_of(name)))


@needs_samples
def test_hashes_are_the_published_ones(capsys: pytest.CaptureFixture[str]) -> None:
    compared = []
    listed = (SAMPLES / "expected-pdq.csv").read_text(encoding="utf-8")
    for path, published in csv.reader(listed.splitlines()):
        found = (
            list(SAMPLES.glob("images/" + path.partition("/data/")[2])) if "/data/" in path else []
        )
        for file in found:
            content = file.read_bytes()
            ours = pdq(decode(content, type_of(content), full=True).pixels)
            if ours.quality >= 80:
                compared.append(distance(ours.value, bytes.fromhex(published)))
    with capsys.disabled():
        print(f"\n  {len(compared)} published hashes: at most {max(compared)} bits differ")
    assert len(compared) >= 14
    assert max(compared) <= 10


@needs_samples
def test_a_turned_picture_has_the_turned_hash() -> None:
    folder = SAMPLES / "images" / "reg-test-input" / "dih"
    files = sorted(folder.glob("bridge-*.jpg"))
    decoded = [decode(file.read_bytes(), "image/jpeg", full=True).pixels for file in files]
    original = pdq_turned(decoded[0]).values
    for number, pixels in enumerate(decoded):
        assert distance(pdq(pixels).value, original[number].tobytes()) <= 16


def test_turning_the_pixels_turns_the_hash() -> None:
    pixels = pixels_of("skimage astronaut.png")
    hashes = pdq_turned(pixels).values
    turned = [
        pixels,
        np.rot90(pixels),
        np.rot90(pixels, 2),
        np.rot90(pixels, 3),
        pixels[::-1],
        pixels[:, ::-1],
        pixels.swapaxes(0, 1),
        np.rot90(pixels, 2).swapaxes(0, 1),
    ]
    for number, other in enumerate(turned):
        near = [distance(pdq(np.ascontiguousarray(other)).value, each.tobytes()) for each in hashes]
        assert near.index(min(near)) == number
        assert min(near) <= 16  # the reference's sampling is not symmetric: 14 to 16 there too


def test_centred_hashes_turn_exactly_and_do_not_depend_on_size() -> None:
    pixels = pixels_of("skimage coffee.png")
    hashes = pdq_turned(pixels, centred=True).values
    turned = np.ascontiguousarray(np.rot90(pixels, 2))
    assert distance(pdq_turned(turned, centred=True).values[0].tobytes(), hashes[2].tobytes()) <= 2
    from triage.detectors.pictures import opencv

    small = opencv().resize(pixels, (150, 100), interpolation=opencv().INTER_AREA)
    centred = distance(pdq_turned(small, centred=True).values[0].tobytes(), hashes[0].tobytes())
    published = distance(pdq(small).value, pdq(pixels).value)
    assert centred <= 12 < published


def test_reduced_decoding_drifts_within_what_strong_matches_leave(
    photographs: list[Photograph], capsys: pytest.CaptureFixture[str]
) -> None:
    from PIL import Image

    drifts = []
    for photograph in photographs:
        image = photograph.image.convert("RGB")
        if min(image.size) < 300 or photograph.name == "color.png":  # a chart: smooth and drawn
            continue
        by = 1 + 2400 // min(image.size)
        large = image.resize((image.width * by, image.height * by), Image.Resampling.LANCZOS)
        stream = io.BytesIO()
        large.save(stream, "JPEG", quality=90)
        full, reduced = (
            decode(stream.getvalue(), "image/jpeg", full=full) for full in (True, False)
        )
        assert reduced.reduced_by >= 4
        one, other = pdq(full.pixels), pdq(reduced.pixels)
        if one.quality >= 50:
            drifts.append(distance(one.value, other.value))
    with capsys.disabled():
        print(
            f"\n  the reduced decode of {len(drifts)} pictures moves their PDQ by "
            f"{np.median(drifts)} bits at the median, {max(drifts)} at most"
        )
    assert max(drifts) <= 16


@pytest.mark.parametrize("shape", [(1, 1), (4, 900), (5, 5), (5, 4000), (4000, 5), (64, 64)])
def test_odd_shapes_have_a_hash_or_quality_zero(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (*shape, 3), dtype=np.uint8)
    hashes = pdq_turned(pixels)
    assert hashes.values.shape == (8, BYTES)
    assert (hashes.quality == 0) == (min(shape) < 5)


def test_blank_pictures_have_quality_zero() -> None:
    for value in (0, 128, 255):
        assert pdq(np.full((300, 400, 3), value, np.uint8)).quality == 0
