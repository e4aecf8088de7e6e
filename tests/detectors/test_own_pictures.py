from pathlib import Path

import numpy as np
import pytest

from triage.detectors.item import Item
from triage.detectors.own_pictures import HEADER, csv_of
from triage.detectors.perceptual import PerceptualDetector
from triage.detectors.pictures import decode, opencv
from triage.errors import HashSetError
from triage.evidence import FileEntry
from triage.hashsets import ready


def test_a_folder_becomes_a_set_that_finds_copies(photographs, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    (folder / "below").mkdir(parents=True)
    for name in ("coffee.png", "rocket.jpg"):
        (photograph,) = [each for each in photographs if each.name == name]
        (folder / "below" / name).write_bytes(photograph.content)
    (folder / "notes.txt").write_text("no picture, but a text long enough to be told as one")
    opencv().imwrite(str(folder / "blank.png"), np.full((300, 300, 3), 9, np.uint8))
    (folder / "link.png").symlink_to(folder / "blank.png")
    left_out: list[tuple[str, str]] = []
    lines = list(csv_of(folder, lambda path, reason: left_out.append((path.name, reason))))
    assert lines[0] == HEADER
    assert len(lines) == 4
    assert [name for name, _ in left_out] == ["blank.png", "notes.txt"]

    (tmp_path / "own.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    own = ready(tmp_path / "own.csv")
    assert own.header.digests == {"md5": 3, "sha1": 3, "sha256": 3, "pdq": 2}
    content = (folder / "below" / "rocket.jpg").read_bytes()
    small = opencv().resize(decode(content, "image/jpeg").pixels, (320, 214))
    done, encoded = opencv().imencode(".jpg", small)
    assert done
    item = Item(
        entry=FileEntry(id=1, volume_id="v", path="x"),
        head=b"",
        picture=decode(bytes(encoded), "image/jpeg"),
    )
    ((match,),) = PerceptualDetector([own]).look([item])
    assert match.provenance["strength"] == "strong"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(HashSetError, match="nowhere"):
        list(csv_of(tmp_path / "nowhere", lambda path, reason: None))
