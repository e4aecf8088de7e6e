"""What there is to see in a picture, and of a video's best frame: a limit counts itself."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from triage.detectors import pdq
from triage.detectors.borders import without_borders
from triage.detectors.item import Frame, Item, Picture
from triage.detectors.perceptual import DistanceThresholds, PerceptualDetector, looks_of
from triage.evidence import FileEntry
from triage.hashsets.importing import ready

ENTRY = FileEntry(id=0, volume_id="d0v0", path="a.mp4")


def _noise(seed: int) -> npt.NDArray[np.uint8]:
    """Much to see, and nothing that looks like it when it is turned."""
    small = np.random.default_rng(seed).integers(0, 255, (9, 9, 3), dtype=np.uint8)
    return np.kron(small, np.ones((40, 40, 1), np.uint8))


PIXELS = _noise(1)


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


@pytest.mark.parametrize(("bits", "strength"), [(15, "strong"), (16, "possible")])
def test_a_video_s_best_frame_at_the_strong_distance_is_strong(
    tmp_path: Path, bits: int, strength: str
) -> None:
    listed = tmp_path / "lab-pdq.txt"
    listed.write_text(f"{_off_by(bits).hex()},100\n")
    detector = PerceptualDetector([ready(listed)], DistanceThresholds(strong=15))
    frame = Frame(picture=Picture(pixels=PIXELS, width=360, height=360), at=1.0)
    (((match,),),) = (detector.matches_of([Item(entry=ENTRY, head=b"", frames=(frame,))]),)
    assert match.provenance["strength"] == strength
    assert f"a {strength} match" in match.reason
