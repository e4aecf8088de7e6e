"""A threshold counts itself: what lies on it matches, and what is a step beyond does not."""

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from triage.detectors import pdq
from triage.detectors.borders import without_borders
from triage.detectors.classifier import Classifier
from triage.detectors.grouping import FLOOD, Groups
from triage.detectors.item import Frame, Item, Picture
from triage.detectors.models import load_pack
from triage.detectors.perceptual import PerceptualDetector, Thresholds, looks_of
from triage.detectors.trial import drawn
from triage.evidence import FileEntry
from triage.findings import Match
from triage.hashsets.importing import ready
from triage.hashsets.perceptual import FURTHEST, PerceptualIndex

ENTRY = FileEntry(id=0, volume_id="d0v0", path="a.jpg")


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    pack = load_pack("open-nsfw")
    return Classifier(pack.card, pack.model_bytes(), threshold=0.5)


def _scored(classifier: Classifier, threshold: float) -> bool:
    classifier.threshold = threshold
    ((*matches,),) = classifier.look([Item(entry=ENTRY, head=b"", picture=drawn())])
    return bool(matches)


def test_a_score_that_is_the_threshold_matches(classifier: Classifier) -> None:
    (score,) = classifier.scores([drawn()])
    assert _scored(classifier, score)
    assert not _scored(classifier, math.nextafter(score, 1.0))


@pytest.mark.parametrize(("side", "matches"), [(63, False), (64, True)])
def test_a_picture_of_the_smallest_side_is_scored(
    classifier: Classifier, side: int, *, matches: bool
) -> None:
    classifier.threshold = 0.0
    pixels = np.zeros((side, 200, 3), np.uint8)
    item = Item(entry=ENTRY, head=b"", picture=Picture(pixels=pixels, width=200, height=side))
    assert bool(classifier.look([item])[0]) is matches


def _noise(seed: int) -> npt.NDArray[np.uint8]:
    """Much to see, and nothing that looks like it when it is turned."""
    small = np.random.default_rng(seed).integers(0, 255, (9, 9, 3), dtype=np.uint8)
    return np.kron(small, np.ones((40, 40, 1), np.uint8))


PIXELS = _noise(1)
PICTURE = Picture(pixels=PIXELS, width=360, height=360)


def _off_by(bits: int) -> bytes:
    """A value that differs from the picture's in so many bits, and from what else it is looked for
    by in more."""
    looks = looks_of(PIXELS, turned=False)
    assert looks is not None
    ways = np.unpackbits(looks.queries, axis=1)
    alike = np.flatnonzero((ways == ways[0]).all(axis=0))
    value = ways[0].copy()
    value[alike[:bits]] ^= 1
    return bytes(np.packbits(value))


def _matched(folder: Path, bits: int, thresholds: Thresholds) -> list[Match]:
    listed = folder / f"{bits}-pdq.txt"
    listed.write_text(f"{_off_by(bits).hex()},100\n")
    detector = PerceptualDetector([ready(listed)], thresholds)
    ((*matches,),) = detector.look([Item(entry=ENTRY, head=b"", picture=PICTURE)])
    return matches


@pytest.mark.parametrize("distance", [0, 7, 31])
def test_a_likeness_of_the_distance_matches(tmp_path: Path, distance: int) -> None:
    (match,) = _matched(tmp_path, distance, Thresholds(distance=distance))
    assert match.score == match.threshold == distance
    assert _matched(tmp_path, distance + 1, Thresholds(distance=distance)) == []


@pytest.mark.parametrize("strong", [0, 15])
def test_a_likeness_of_the_strong_distance_is_strong(tmp_path: Path, strong: int) -> None:
    for bits, strength in ((strong, "strong"), (strong + 1, "possible")):
        (match,) = _matched(tmp_path, bits, Thresholds(strong=strong))
        assert match.provenance["strength"] == strength
        assert f"a {strength} match" in match.reason


def test_so_much_to_see_as_is_asked_is_enough() -> None:
    quality = pdq.pdq(PIXELS).quality
    assert quality > 0
    assert looks_of(PIXELS, quality=quality) is not None
    assert looks_of(PIXELS, quality=quality + 1) is None


def test_so_much_to_see_between_bars_too() -> None:
    barred = np.pad(PIXELS // 6 + 100, ((0, 0), (60, 60), (0, 0)))
    inner = without_borders(barred)
    assert inner is not None
    inside = pdq.pdq(inner).quality
    assert inside < pdq.pdq(barred).quality
    for quality, seen in ((inside, True), (inside + 1, False)):
        looks = looks_of(barred, quality=quality)
        assert looks is not None
        assert ("without its bars" in looks.manners) is seen


@pytest.mark.parametrize(("near", "matches"), [(1, False), (2, True)])
def test_a_video_matches_by_the_share_of_its_frames_that_is_asked(
    tmp_path: Path, near: int, *, matches: bool
) -> None:
    listed = tmp_path / "lab-pdq.txt"
    listed.write_text(f"{_off_by(15).hex()},100\n")
    detector = PerceptualDetector([ready(listed)], Thresholds(share=0.5))
    pictures = [PIXELS] * near + [_noise(seed) for seed in range(7, 11 - near)]
    frames = tuple(
        Frame(picture=Picture(pixels=pixels, width=360, height=360), at=float(at))
        for at, pixels in enumerate(pictures)
    )
    assert len(frames) == 4
    ((*found,),) = detector.look([Item(entry=ENTRY, head=b"", frames=frames)])
    assert bool(found) is matches
    if found:
        assert found[0].provenance["strength"] == "strong"


@pytest.mark.parametrize("many", [1, 10_000])
def test_a_search_finds_the_furthest_and_no_further(many: int) -> None:
    """By comparing with all of a few, and by the index of many."""
    others = np.random.default_rng(3).integers(0, 256, (many, 32), dtype=np.uint8)
    at, beyond = _off_by(FURTHEST), _off_by(FURTHEST + 1)
    values = [at, beyond, *map(bytes, others)]
    query = np.frombuffer(_off_by(0), np.uint8)[None]
    found = PerceptualIndex.of_hashes(values).search(query)
    assert (found.values.tolist(), found.distances.tolist()) == ([0], [FURTHEST])


def _grouped(bits: int) -> int:
    groups = Groups()
    groups.add(1, {"sha256": "a", "pdq": _off_by(0).hex()}, ())
    return groups.add(2, {"sha256": "b", "pdq": _off_by(bits).hex()}, ()).leader


def test_findings_that_look_alike_at_the_furthest_are_a_group() -> None:
    assert _grouped(FURTHEST) == 1
    assert _grouped(FURTHEST + 1) == 2


def test_a_flood_begins_with_its_number() -> None:
    groups = Groups()
    pdq_value = _off_by(0).hex()
    floods = [groups.add(n, {"sha256": str(n), "pdq": pdq_value}, ()).flood
              for n in range(1, FLOOD + 1)]  # fmt: skip
    assert floods == [False] * (FLOOD - 1) + [True]
