"""A part that could not be compared with a hash set that was altered is said of its entry."""

import hashlib
from pathlib import Path

import pytest

from tests.hashsets.forging import Parts, forge
from triage.choices import HashSetUse
from triage.detectors.in_use import Detectors, InUse
from triage.detectors.item import Item
from triage.detectors.known import HashSetDetector
from triage.evidence import FileEntry
from triage.hashsets.hash_set import HashSet, open_set
from triage.hashsets.importing import BuildOrder, build
from triage.parts.budget import Budget
from triage.parts.matching import PartMatching
from triage.parts.part import Part
from triage.profile import SetKind, Thumbnails

CONTENT = b"a part of a file"


@pytest.fixture
def altered(tmp_path: Path) -> HashSet:
    digest = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    (tmp_path / "lab.md5").write_text(f"{digest}\n")
    path = tmp_path / "lab.seekset"
    build(BuildOrder(inputs=[tmp_path / "lab.md5"], name="lab", kind=SetKind.NOTABLE), path)

    def zero_rows(parts: Parts) -> None:
        parts["md5.rows"][:] = bytes(len(parts["md5.rows"]))

    forge(path, zero_rows, digests=False)
    return open_set(path)


def test_a_part_that_could_not_be_compared_is_said_of_its_entry(altered: HashSet) -> None:
    look_up = HashSetDetector([altered])
    in_use = InUse(detector=look_up, needs=HashSetUse().needs)
    detectors = Detectors(in_use=(in_use,), look_up=look_up)
    matching = PartMatching(detectors, Thumbnails(), lambda *_: None)
    carrier = Item(entry=FileEntry(id=1, volume_id="d0v1", path="a.jpg"), head=b"")
    part = Part(content=CONTENT, kind="behind the picture", own=True)
    with altered:
        said = matching.held(carrier, [part], Budget())
    assert (said.count, said.matches, said.not_compared) == (1, [], "lab")
