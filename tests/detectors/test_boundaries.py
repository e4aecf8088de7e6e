"""What counts at its very threshold, and what does not one step beyond it."""

from pathlib import Path

import numpy as np
import pytest

from tests.detectors.loaded import classifier_of
from triage.alike import FURTHEST
from triage.bundle.writing.grouping import Groups
from triage.detectors.classifier import Classifier
from triage.detectors.item import Frame, Item, Picture
from triage.detectors.pdq import pdq
from triage.detectors.perceptual import DistanceThresholds, PerceptualDetector, appearance_of
from triage.detectors.trial import drawn
from triage.evidence import FileEntry
from triage.hashsets.importing import ready
from triage.hashsets.perceptual import distances, words_of
from triage.packs.models import load_pack

ENTRY = FileEntry(id=1, volume_id="d0v1", path="a.jpg")


def _item(picture: Picture) -> Item:
    return Item(entry=ENTRY, head=b"", picture=picture)


def _classifier(threshold: float) -> Classifier:
    pack = load_pack("open-nsfw")
    return classifier_of(pack, threshold=threshold)


def test_a_score_of_exactly_the_threshold_is_a_match_and_the_next_below_is_none() -> None:
    picture = drawn()
    (score,) = _classifier(0.0).scores([picture])
    assert 0 < score < 1
    ((match,),) = _classifier(score).matches_of([_item(picture)])
    assert match.score == pytest.approx(score, abs=1e-6)
    assert _classifier(float(np.nextafter(score, 1.0))).matches_of([_item(picture)]) == [()]


def test_a_picture_of_exactly_the_smallest_side_is_scored_and_a_smaller_one_is_not() -> None:
    everything = _classifier(0.0)
    for smaller, scored in ((64, True), (63, False)):
        for height, width in ((smaller, 300), (300, smaller)):
            pixels = np.full((height, width, 3), 90, np.uint8)
            picture = Picture(pixels=pixels, width=width, height=height)
            (matches,) = everything.matches_of([_item(picture)])
            assert bool(matches) == scored, (height, width)


def _value_at(picture: Picture, bits: int) -> bytes:
    """A value from which the nearest of all that the picture is looked for by is so far away."""
    looks = appearance_of(picture.pixels)
    assert looks is not None
    queries = words_of(looks.queries)
    value, chance = bytearray(looks.value), np.random.default_rng(5)
    for place in chance.permutation(256):
        (words,) = words_of(np.frombuffer(bytes(value), np.uint8)[None])
        if min(distances(queries, words)) == bits:
            return bytes(value)
        value[place >> 3] ^= 1 << (place & 7)
    raise AssertionError(bits)


def _detector(
    folder: Path, value: bytes, thresholds: DistanceThresholds | None = None
) -> PerceptualDetector:
    path = folder / f"{value[:4].hex()}-pdq.txt"
    path.write_text(f"{value.hex()},100\n")
    return PerceptualDetector([ready(path)], thresholds)


@pytest.mark.parametrize(
    ("bits", "strength"),
    [(15, "strong"), (16, "possible"), (FURTHEST, "possible"), (FURTHEST + 1, None)],
)
def test_a_picture_is_like_another_up_to_the_last_bit(
    tmp_path: Path, bits: int, strength: str | None
) -> None:
    picture = drawn(600)
    (matches,) = _detector(tmp_path, _value_at(picture, bits)).matches_of([_item(picture)])
    assert [match.provenance["strength"] for match in matches] == ([strength] if strength else [])
    assert [match.score for match in matches] == ([bits] if strength else [])


@pytest.mark.parametrize(("like", "of", "matches"), [(1, 2, True), (1, 3, False), (2, 4, True)])
def test_a_video_matches_at_exactly_the_share(
    tmp_path: Path, like: int, of: int, matches: bool
) -> None:
    known, other = drawn(600), _other()
    frames = [
        Frame(picture=known if number < like else other, at=float(number)) for number in range(of)
    ]
    detector = _detector(tmp_path, pdq(known.pixels).value, DistanceThresholds(share=0.5))
    (found,) = detector.matches_of([Item(entry=ENTRY, head=b"", frames=tuple(frames))])
    assert bool(found) == matches


@pytest.mark.parametrize(("spread", "scenes"), [("k", "ooo"), ("ooo", "k"), ("ko", "oooo")])
def test_a_video_s_changes_of_scene_have_a_share_of_their_own(
    tmp_path: Path, spread: str, scenes: str
) -> None:
    """Together the known frame would be a quarter or less of them."""
    known, other = drawn(600), _other()
    frames = tuple(
        Frame(picture=known if kind == "k" else other, at=float(number), scene=scene)
        for kinds, scene in ((spread, False), (scenes, True))
        for number, kind in enumerate(kinds)
    )
    detector = _detector(tmp_path, pdq(known.pixels).value, DistanceThresholds(share=0.5))
    ((found,),) = detector.matches_of([Item(entry=ENTRY, head=b"", frames=frames)])
    assert found.score is not None
    assert found.score >= 0.5
    assert ("changes of scene" in found.reason) == ("k" in scenes)


def _other() -> Picture:
    pixels = np.random.default_rng(9).integers(0, 255, (16, 16, 3), dtype=np.uint8)
    large = np.ascontiguousarray(pixels.repeat(40, axis=0).repeat(40, axis=1))
    return Picture(pixels=large, width=640, height=640)


@pytest.mark.parametrize(("bits", "groups"), [(FURTHEST, 1), (FURTHEST + 1, 2)])
def test_findings_are_of_one_group_up_to_the_last_bit(bits: int, groups: int) -> None:
    first = bytes(32)
    second = ((1 << bits) - 1).to_bytes(32)
    made = Groups()
    leaders = {
        made.add(number, {"pdq": value.hex(), "sha256": f"{number:064x}"}, ()).leader
        for number, value in enumerate((first, second), 1)
    }
    assert len(leaders) == groups
