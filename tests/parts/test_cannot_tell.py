"""Where it cannot be told whether a thumbnail's picture is still there, it is not said to be gone.

On real volumes: of a cache that is itself given up, and of a path that goes through what is no
folder. Beside each lies one whose picture is gone for certain.
"""

import hashlib
import os
from pathlib import Path

import pytest

from tests.demo import photographs
from tests.disks import MIB, ext_volume, fat_volume
from tests.parts import making
from tests.workers import scanning
from triage.choices import HashSetUse, PerceptualUse
from triage.detectors.in_use import Detectors
from triage.evidence import FileEntry, Volume, VolumeState
from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.parts.matching import PartMatching
from triage.profile import Profile
from triage.profile import Thumbnails as Choice
from triage.sources.directories import FolderTree
from triage.sources.presence import Presence

PROFILE = Profile(name="caches", description="", detectors=(HashSetUse(), PerceptualUse()))
ONE, TWO = photographs()[:2]
SMALL = making.shrunk(ONE)


def _matches(image: Path, folder: Path) -> dict[str, tuple[Match, ...]]:
    """By path, of a scan that knows one thumbnail."""
    known = folder / "known.txt"
    known.write_text(hashlib.sha256(SMALL).hexdigest() + "\n")
    scanned = scanning.run(image, out=folder / "out", profile=PROFILE, hash_sets=(known,))
    return {line.entry.path: line.result.matches for line in scanned.lines}


LINUX = "sam/.cache/thumbnails/normal"
VOLUME = Volume(id="d0v0", device_id="d0", offset=0, size=0, state=VolumeState.READABLE)


def test_of_a_cache_that_is_given_up_only_its_digests_say_something(tmp_path: Path) -> None:
    cache = making.thumbs_db({"GONE.JPG": SMALL})
    alone = making.linux_thumbnail(TWO, "file:///sam/GONE.JPG")
    files = {"PICS/THUMBS.DB": cache, "PICS/KEPT.DB": cache, f"{LINUX}/aa.png": alone,
             f"{LINUX}/bb.png": alone}  # fmt: skip
    image = tmp_path / "suspect.img"
    fat_volume(image, 24 * MIB, files, bits=16, deleted=["PICS/THUMBS.DB", f"{LINUX}/aa.png"])
    matches = _matches(image, tmp_path)
    (match,) = matches["PICS/_HUMBS.DB"]
    assert match.provenance["matched_by"] == "hash_set"
    assert "picture" not in match.provenance
    assert "which is gone" not in match.reason
    by_digest, gone = matches["PICS/KEPT.DB"]
    assert by_digest.provenance["picture"] == gone.provenance["picture"] == "gone"
    given_up = [path for path in matches if path.endswith("a.png")]
    assert [matches[path] for path in given_up] == [()]
    assert [each.provenance["picture"] for each in matches[f"{LINUX}/bb.png"]] == ["gone"]


def test_a_path_through_what_is_no_folder_says_nothing(tmp_path: Path) -> None:
    files = {
        "sam/letter.txt": b"a letter " * 99,
        "sam/Thumbs.db": making.thumbs_db({"letter.txt/p.jpg": SMALL}),
        "other/Thumbs.db": making.thumbs_db({"nothing/p.jpg": SMALL}),
        f"{LINUX}/aa.png": making.linux_thumbnail(TWO, "file:///sam/letter.txt/p.jpg"),
        f"{LINUX}/bb.png": making.linux_thumbnail(TWO, "file:///sam/nothing/p.jpg"),
    }
    image = tmp_path / "suspect.img"
    ext_volume(image, 24 * MIB, files)
    matches = _matches(image, tmp_path)
    (match,) = matches["sam/Thumbs.db"]
    assert match.provenance["matched_by"] == "hash_set"
    assert "picture" not in match.provenance
    assert matches[f"{LINUX}/aa.png"] == ()
    assert [each.provenance["picture"] for each in matches["other/Thumbs.db"]] == ["gone"] * 2
    assert [each.provenance["picture"] for each in matches[f"{LINUX}/bb.png"]] == ["gone"]


def test_presence_has_three_answers(tmp_path: Path) -> None:
    (tmp_path / "there.jpg").write_bytes(b"x")
    root = os.open(tmp_path, os.O_RDONLY)
    presence = Presence(lambda _: FolderTree(root, VOLUME))
    paths = ("there.jpg", "THERE.JPG", "gone.jpg", "no/gone.jpg", "there.jpg/p.jpg")
    answers = [presence.gone("d0v1", path) for path in paths]
    os.close(root)
    assert answers == [False, False, True, True, None]
    closed = Presence(lambda _: FolderTree(root, VOLUME))
    assert closed.gone("d0v1", "there.jpg") is None, "the folder is closed"


@pytest.mark.parametrize("fate", [True, False, None])
def test_each_answer_is_told_as_it_is(fate: bool | None) -> None:
    matching = PartMatching(Detectors(in_use=()), Choice(), lambda _entry, _name: fate)
    entry = FileEntry(id=1, volume_id="d0v1", path="a.png")
    lost = matching.lost(entry, "p.jpg")
    assert [match.kind for match in lost] == ([MatchKind.THUMBNAIL] if fate else [])
