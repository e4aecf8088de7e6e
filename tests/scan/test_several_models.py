"""Several models in one scan: each with its own line, score and heading, and gates between them."""

import re
from importlib import resources
from pathlib import Path

import pytest

from tests.demo import photographs
from tests.detectors.loaded import classifier_of
from tests.disks import MIB, fat_volume
from tests.workers import scanning
from triage.bundle.rendering import html
from triage.choices import ClassifierUse, HashSetUse
from triage.detectors.pictures import decode
from triage.detectors.types import type_of
from triage.errors import ModelError, ProfileError
from triage.needs import Gate
from triage.packs.models import load_pack
from triage.profile import Limits, Profile, Thumbnails

PICTURES = {f"P{number}.{type_of(each)[6:9]}": each for number, each in enumerate(photographs())}


def own_pack(folder: Path, name: str) -> str:
    """The shipped model under another name, of which the other label is the score."""
    shipped = resources.files("triage.packs") / "shipped" / "open-nsfw" / "card.yaml"
    text = shipped.read_text(encoding="utf-8")
    text = text.replace("name: open-nsfw", f"name: {name}").replace("[nsfw] ", "[sfw] ")
    (folder / name).mkdir()
    (folder / name / "card.yaml").write_text(text, encoding="utf-8")
    return str(folder / name)


def profile_of(*detectors: ClassifierUse) -> Profile:
    return Profile(
        name="two", description="two models", detectors=(HashSetUse(), *detectors),
        thumbnails=Thumbnails(look=False), limits=Limits(entry_time="10 h"),
    )  # fmt: skip


@pytest.fixture
def image(tmp_path: Path) -> Path:
    fat_volume(tmp_path / "camera.img", 32 * MIB, PICTURES, bits=16)
    return tmp_path / "camera.img"


def test_a_second_model_looks_only_where_the_first_said_enough(image: Path, tmp_path: Path) -> None:
    pack = load_pack("open-nsfw")
    first = classifier_of(pack)
    pictures = [decode(each, type_of(each)) for each in PICTURES.values()]
    scores = dict(zip(PICTURES, first.scores(pictures), strict=True))
    *_, below, least, _, most = sorted(scores.values())
    middle = (below + least) / 2
    assert below < middle < least < most
    other = own_pack(tmp_path, "other-way-round")
    profile = profile_of(
        ClassifierUse(model=other, threshold=0.0, only_where=Gate(score="open-nsfw", above=middle)),
        ClassifierUse(model="open-nsfw", threshold=most),
    )
    done = scanning.run(image, out=tmp_path / "out", profile=profile)
    assert [(used.name, used.threshold) for used in done.document.models] == [
        ("other-way-round", 0.0),
        ("open-nsfw", most),
    ]
    said = {
        finding.entry.path: [match.detector for match in finding.matches]
        for finding in done.document.findings
    }
    both = ["classifier:open-nsfw 1.0", "classifier:other-way-round 1.0"]
    passed = {name: score for name, score in scores.items() if score > middle}
    assert said == {name: both if scores[name] == most else both[1:] for name in passed}
    for finding in done.document.findings:
        second = finding.matches[-1].score
        assert second == pytest.approx(1 - scores[finding.entry.path], abs=1e-5)
    headings = re.findall("<h3>(.*?)<span", html.render(done.document))
    headings = [re.sub("<.*?>", "", each) for each in headings]
    assert headings[:2] == [
        "Scored by a model: other-way-round",
        "Scored by a model: open-nsfw",
    ]


def test_a_gate_that_nobody_opens_ends_a_scan_before_it_begins(image: Path, tmp_path: Path) -> None:
    profile = profile_of(ClassifierUse(only_where=Gate(score="faces", above=0.5)))
    with pytest.raises(ProfileError, match=r"'faces' is above 0\.5"):
        scanning.run(image, out=tmp_path / "out", profile=profile)


def test_two_packs_of_one_name_are_refused_before_anything_is_scanned(
    image: Path, tmp_path: Path
) -> None:
    twin = own_pack(tmp_path, "open-nsfw")
    profile = profile_of(ClassifierUse(), ClassifierUse(model=twin))
    with pytest.raises(ModelError, match="the same name, open-nsfw") as refused:
        scanning.run(image, out=tmp_path / "out", profile=profile)
    assert "card.yaml" in refused.value.hint


def test_a_model_that_two_detectors_have_is_read_once(image: Path, tmp_path: Path) -> None:
    profile = profile_of(ClassifierUse(threshold=0.9), ClassifierUse(threshold=1.0))
    done = scanning.run(image, out=tmp_path / "out", profile=profile)
    assert [used.threshold for used in done.document.models] == [0.9, 1.0]
    assert not done.document.errors
