"""Whether a picture is gone: said only where the folder that would hold it could be listed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo import photographs
from tests.disks import MIB, ext_volume
from tests.parts import making
from tests.workers import scanning
from triage.choices import ClassifierUse, HashSetUse, PerceptualUse
from triage.detectors.in_use import Detectors, InUse
from triage.detectors.item import Item
from triage.detectors.perceptual import PerceptualDetector
from triage.detectors.pictures import decode
from triage.devices.attached import identify
from triage.devices.opening import open_read_only
from triage.evidence import FileEntry
from triage.parts import matching
from triage.parts.budget import Budget
from triage.parts.decoding import PartDecoding
from triage.parts.likeness import UNLIKE
from triage.parts.matching import PartMatching
from triage.parts.part import Part
from triage.profile import Profile, Thumbnails
from triage.sources import Source

THUMBNAIL = making.shrunk(photographs()[0])
FILES = {
    "home/sam/Pictures/kept.jpg": b"kept",
    "home/sam/Broken/there.jpg": b"there",
    "home/sam/.cache/thumbnails/normal/kept.png": making.linux_thumbnail(
        THUMBNAIL, "file:///home/sam/Pictures/kept.jpg"
    ),
    "home/sam/.cache/thumbnails/normal/gone.png": making.linux_thumbnail(
        THUMBNAIL, "file:///home/sam/Pictures/gone.jpg"
    ),
    "home/sam/.cache/thumbnails/normal/unknown.png": making.linux_thumbnail(
        THUMBNAIL, "file:///home/sam/Broken/there.jpg"
    ),
}


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The metadata of the folder Broken is zeros: what is in it cannot be told."""
    path = tmp_path_factory.mktemp("presence") / "disk.img"
    ext_volume(path, 24 * MIB, FILES, commands=["clri /home/sam/Broken"])
    return path


@pytest.fixture
def source(disk: Path) -> Iterator[Source]:
    device = identify(disk, "d0")
    descriptors = open_read_only(device)
    yield Source(device, descriptors)
    for descriptor in descriptors:
        os.close(descriptor)


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        ("home/sam/Pictures/kept.jpg", False),
        ("home/sam/Pictures/KEPT.JPG", False),
        ("home/sam/Pictures/gone.jpg", True),
        ("home/nobody/Pictures/kept.jpg", True),
        ("home/sam/Broken/there.jpg", None),
        ("home/sam/Pictures/kept.jpg/inside.jpg", None),
    ],
)
def test_a_picture_in_a_folder_that_cannot_be_listed_is_neither_there_nor_gone(
    source: Source, path: str, gone: bool | None
) -> None:
    assert source.presence.gone(source.volumes[0].id, path) is gone


def test_of_a_volume_that_cannot_be_read_nothing_is_gone(source: Source) -> None:
    assert source.presence.gone("d0v9", "home/sam/Pictures/gone.jpg") is None


def test_what_cannot_be_told_is_no_finding(disk: Path, tmp_path: Path) -> None:
    profile = Profile(
        name="thumbnails",
        description="",
        detectors=(HashSetUse(), ClassifierUse(threshold=1.0)),
    )
    scanned = scanning.run(disk, out=tmp_path / "out", profile=profile)
    found = {line.entry.path.rpartition("/")[2] for line in scanned.lines if line.finding}
    assert found == {"gone.png"}


ENTRY = FileEntry(id=1, volume_id="d0v1", path="home/Thumbs.db")
CACHE = Item(entry=ENTRY, head=b"")


def _held(gone: bool | None = None) -> PartMatching:
    """Against a detector that looks at pictures and has none to compare with."""
    in_use = InUse(detector=PerceptualDetector([]), needs=PerceptualUse().needs)
    decoding = PartDecoding(PerceptualUse().needs.pixels)
    return PartMatching(Detectors(in_use=(in_use,)), Thumbnails(), lambda *_: gone, decoding)


@pytest.mark.parametrize(("gone", "said"), [(True, 1), (False, 0), (None, 0)])
def test_a_cache_whose_pictures_cannot_be_looked_for_betrays_nothing(
    gone: bool | None, said: int
) -> None:
    thumbnail = Part(kind="Thumbs.db", content=THUMBNAIL, thumbnail=True, of="holiday.jpg")
    assert len(_held(gone).held(CACHE, [thumbnail], Budget()).matches) == said
    assert len(_held(gone).lost(ENTRY, "home/holiday.jpg")) == said


def test_of_a_picture_on_another_volume_nobody_says_that_it_is_gone() -> None:
    elsewhere = Part(
        kind="Thumbs.db", content=THUMBNAIL, thumbnail=True, of="/e/a.jpg", elsewhere=True
    )
    assert _held(gone=True).held(CACHE, [elsewhere], Budget()).matches == []


@pytest.mark.parametrize(("score", "said"), [(UNLIKE, 0), (UNLIKE - 1e-6, 1)])
def test_a_thumbnail_shows_another_picture_below_the_threshold_and_not_at_it(
    score: float, said: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "likeness", lambda *_: score)
    carrier = Item(entry=ENTRY, head=b"", picture=decode(THUMBNAIL, "image/jpeg"))
    inside = Part(kind="EXIF thumbnail", content=THUMBNAIL, thumbnail=True)
    assert len(_held().held(carrier, [inside], Budget()).matches) == said
