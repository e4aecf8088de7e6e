from pathlib import Path

import numpy as np
import pytest
from triage.detectors.own_pictures import given

from tests.detectors.conftest import Photograph
from triage.detectors.item import Item
from triage.detectors.perceptual import PerceptualDetector
from triage.detectors.pictures import decode, opencv
from triage.errors import HashSetError
from triage.evidence import FileEntry
from triage.hashsets.hash_set import open_set
from triage.hashsets.importing import BuildOrder, build
from triage.profile import SetKind


@pytest.fixture
def folder(photographs: list[Photograph], tmp_path: Path) -> Path:
    """Two photographs, a blank picture, one that is cut off in its header, a link and a text."""
    folder = tmp_path / "own"
    (folder / "below").mkdir(parents=True)
    for name in ("coffee.png", "rocket.jpg"):
        (photograph,) = [each for each in photographs if each.name == name]
        (folder / "below" / name).write_bytes(photograph.content)
    (folder / "notes.txt").write_text("no picture, but a text long enough to be told as one")
    opencv().imwrite(str(folder / "blank.png"), np.full((300, 300, 3), 9, np.uint8))
    (folder / "cut.jpg").write_bytes((folder / "below" / "rocket.jpg").read_bytes()[:80])
    (folder / "link.png").symlink_to(folder / "blank.png")
    return folder


def test_a_folder_becomes_a_set_of_hashes_that_finds_copies(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "own.seekset"
    (imported,) = build(
        BuildOrder(given=[given(folder)], name="own", kind=SetKind.NOTABLE), out
    ).inputs
    assert (imported.name, imported.format, imported.records) == ("own", "own pictures", 4)
    assert imported.dropped["not a picture"] == 1
    assert sum(imported.dropped.values()) == 3
    assert [note.partition(":")[0] for note in imported.notes] == ["blank.png", "cut.jpg"]
    content = (folder / "below" / "rocket.jpg").read_bytes()
    assert content[500:600] not in out.read_bytes()
    assert b"rocket" not in out.read_bytes()
    with open_set(out) as own:
        assert own.header.digests == {"md5": 4, "sha1": 4, "sha256": 4, "pdq": 2}
        assert own.header.every_size
        small = opencv().resize(decode(content, "image/jpeg").pixels, (320, 214))
        encoded = bytes(opencv().imencode(".jpg", small)[1])
        entry = FileEntry(id=1, volume_id="v", path="x")
        item = Item(entry=entry, head=b"", picture=decode(encoded, "image/jpeg"))
        ((match,),) = PerceptualDetector([own]).look([item])
        assert match.provenance["strength"] == "strong"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    order = BuildOrder(given=[given(tmp_path / "nowhere")], name="own", kind=SetKind.NOTABLE)
    with pytest.raises(HashSetError, match="nowhere"):
        build(order, tmp_path / "own.seekset")
    assert not list(tmp_path.iterdir())


def test_a_folder_without_pictures_makes_no_set(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "notes.txt").write_text("no picture")
    order = BuildOrder(given=[given(tmp_path / "own")], name="own", kind=SetKind.NOTABLE)
    with pytest.raises(HashSetError, match="1 not a picture"):
        build(order, tmp_path / "own.seekset")
