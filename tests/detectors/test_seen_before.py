from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.detectors.loaded import classifier_of
from triage.detectors import pdq as hashing
from triage.detectors.classifier import BATCH, Classifier
from triage.detectors.item import Item, Picture, Pixels
from triage.detectors.perceptual import PerceptualDetector
from triage.detectors.seen_before import SeenBefore, told_by
from triage.evidence import FileEntry
from triage.packs.models import load_pack

if TYPE_CHECKING:
    from triage.detectors.classifier import Floats


class Counting(Classifier):
    """Counts what goes through its model."""

    run = 0

    def _run(self, inputs: list["Floats"]) -> "Floats":
        self.run += len(inputs)
        return super()._run(inputs)


@pytest.fixture
def counting() -> Counting:
    pack = load_pack("open-nsfw")
    classifier = Counting(pack.card, pack.model_bytes())
    classifier.begin()
    return classifier


def noise(seed: int, height: int = 80, width: int = 80) -> Picture:
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return Picture(pixels=pixels, width=width, height=height)


def again(picture: Picture) -> Picture:
    """The same pixels, out of another file."""
    return Picture(pixels=picture.pixels.copy(), width=picture.width, height=picture.height)


def test_the_same_pixels_are_scored_once_and_each_keeps_its_own_score(counting: Counting) -> None:
    pictures = [noise(seed) for seed in range(BATCH + 1)]
    alone = [classifier_of(load_pack("open-nsfw")).scores([each])[0] for each in pictures]
    mixed: Sequence[int] = (0, 1, 0, 2, 2, 3, 4, 0, 4)
    assert counting.scores([again(pictures[n]) for n in mixed]) == [alone[n] for n in mixed]
    assert counting.scores([again(each) for each in reversed(pictures)]) == alone[::-1]
    assert counting.run == len(pictures)


def test_a_picture_that_differs_in_one_pixel_or_in_its_shape_alone_is_another(
    counting: Counting,
) -> None:
    first = noise(1, 80, 90)
    other = again(first)
    other.pixels[40, 40, 1] ^= 1
    turned = Picture(pixels=first.pixels.reshape(90, 80, 3), width=80, height=90)
    assert len({told_by(each.pixels) for each in (first, other, turned)}) == 3
    counting.scores([first, other, turned])
    assert counting.run == 3


def test_only_so_many_are_remembered_and_the_longest_unseen_is_forgotten() -> None:
    seen: SeenBefore[float] = SeenBefore(2)
    seen.put(b"a", 0.0)
    seen.put(b"b", 0.5)
    assert seen.get(b"a") == 0.0
    seen.put(b"c", 1.0)
    assert [seen.get(each) for each in (b"a", b"b", b"c")] == [0.0, None, 1.0]
    assert len(seen) == 2


def test_the_same_pixels_are_hashed_once_and_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[Pixels] = []

    pdq = hashing.pdq

    def counted(pixels: Pixels) -> hashing.Hash:
        hashed.append(pixels)
        return pdq(pixels)

    monkeypatch.setattr(hashing, "pdq", counted)
    detector = PerceptualDetector([])
    blank = Picture(pixels=np.zeros((64, 64, 3), np.uint8), width=64, height=64)
    for picture in (noise(1, 64, 64), blank):
        expected = pdq(picture.pixels)
        hashed.clear()
        items = [Item(entry=_ENTRY, head=b"", picture=again(picture)) for _ in range(3)]
        detector.matches_of(items[:2])
        detector.matches_of(items[2:])
        assert {item.pdq_quality for item in items} == {expected.quality}
        says_enough = expected.quality >= hashing.QUALITY
        assert {item.digests.get("pdq") for item in items} == {
            expected.value if says_enough else None
        }
        assert len(hashed) == 1


_ENTRY = FileEntry(id=0, volume_id="d0v0", path="a.png")
