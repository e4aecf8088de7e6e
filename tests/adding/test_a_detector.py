"""A detector with a gate, a model and a kind of match of its own is three files, and is whole.

It is added to a copy of the program, which then scans with workers of its own. It tells how red a
picture is, and numbers the pictures that it was shown.
"""

import json
import re
import subprocess

import pytest

from tests.adding.recipes import followed
from tests.adding.toys import detector
from tests.demo import photographs
from tests.detectors.loaded import classifier_of
from tests.disks import MIB, fat_volume
from tests.mutants.copies import Copy
from triage.detectors.pictures import decode
from triage.detectors.types import type_of
from triage.packs.models import load_pack

PICTURES = {f"P{number}.{type_of(each)[6:9]}": each for number, each in enumerate(photographs())}

PROFILE = """
name: tinted
description: A detector of our own, and behind the model's score.
detectors:
  - use: tint
    threshold: 0.001
    only_where: {{score: open-nsfw, above: {above}}}
  - {{use: hash_set}}
  - {{use: classifier, threshold: 1.0}}
thumbnails: {{look: false}}
"""

GUIDE = """
from cli.guide.progress import kind_lines
from cli.guide.state import Progress, State

told = Progress()
told.count([{"kind": "classifier"}, {"kind": "tint"}], 1.0)
for language in ("en", "es", "pt"):
    print(*kind_lines(State(language=language), told))
"""

WITHOUT_ONNX = """
from triage.choices import ClassifierUse, HashSetUse, TintUse
from triage.coordinator.doing_without import with_less
from triage.needs import Gate
from triage.profile import Profile
from triage.wire.messages import Role, Setup

tint = TintUse(model="", only_where=Gate(score="open-nsfw", above=0.2))
whole = Profile(name="x", description="x", detectors=(HashSetUse(), ClassifierUse(), tint))
less, lacking = with_less(Setup(role=Role.EXAMINE, devices=(), profile=whole))
assert less.profile.detectors == (HashSetUse(),)
print(*lacking)
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    grown = Copy(tmp_path_factory.mktemp("grown"))
    followed(grown, detector.TOY)
    written = [step.file for step in detector.TOY.steps if not step.program]
    assert len(set(written)) <= 3
    return grown


def said_by(copy: Copy, *command: str, code: int = 0) -> str:
    done = subprocess.run(
        [copy.python, *command], cwd=copy.root.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_the_program_s_own_checks_take_it(copy: Copy) -> None:
    code, said = copy.run(("tests/test_choices.py", "tests/test_match_kinds.py"))
    assert code == 0, said


def test_the_guide_says_its_kind_in_every_language(copy: Copy) -> None:
    lines = said_by(copy, "-c", GUIDE).splitlines()
    assert [" ".join(line.split()) for line in lines] == [
        "1 red pictures", "1 imágenes rojas", "1 imagens vermelhas",
    ]  # fmt: skip


def test_it_is_asked_of_what_passes_its_gate_and_is_shown_everywhere(copy: Copy) -> None:
    folder = copy.root.parent
    pack = load_pack("open-nsfw")
    pictures = [decode(each, type_of(each)) for each in PICTURES.values()]
    scores = classifier_of(pack).scores(pictures)
    above = sum(sorted(scores)[-4:-2]) / 2
    passing = {name for name, score in zip(PICTURES, scores, strict=True) if score > above}
    assert len(passing) == 3
    fat_volume(folder / "camera.img", 32 * MIB, PICTURES, bits=16)
    (folder / "tinted.yaml").write_text(PROFILE.format(above=above))

    seek = str(copy.python.with_name("seek"))
    command = ("scan", "camera.img", "--profile", "tinted.yaml", "--out", "out", "--workers", "1")
    said = said_by(copy, seek, *command, code=3)
    assert "3 red pictures" in said
    (bundle,) = (folder / "out").iterdir()

    page = (bundle / "report.html").read_text(encoding="utf-8")
    headings = [re.sub("<.*?>", "", each) for each in re.findall("<h3>(.*?)</h3>", page)]
    assert headings[0] == "Red pictures3"
    found = {name for name in PICTURES if re.search(f"<h4>.*{name}", page)}
    assert found == passing
    numbers = re.findall("Picture ([0-9]+) that was looked at for its tint", page)
    assert sorted(numbers) == ["1", "2", "3"], "it saw what passed the gate, and nothing else"
    models = json.loads((bundle / "findings.json").read_bytes())["models"]
    assert [(used["name"], used["threshold"]) for used in models] == [
        ("open-nsfw", 0.001),
        ("open-nsfw", 1.0),
    ]
    said_by(copy, seek, "verify", str(bundle), code=0)


def test_what_its_gate_waits_for_may_be_lost_and_it_with_it(copy: Copy) -> None:
    """A library that does not run here: whoever needs it is left out, and whoever waits for it."""
    assert said_by(copy, "-c", WITHOUT_ONNX).split() == ["classifier", "tint"]
