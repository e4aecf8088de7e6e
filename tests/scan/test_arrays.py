"""Arrays over several sources take part in a whole scan: found once, counted once, resumed."""

import hashlib
from pathlib import Path

import pytest

from tests.disks import ext_volume, gpt_disk
from tests.making.arrays import Md, md_array
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.choices import HashSetUse
from triage.coordinator.listing import volumes_of_all
from triage.evidence import VolumeState
from triage.profile import Profile
from triage.scan.given import given

FILES = {f"f{n:02}.bin": bytes([n]) * 70_000 + b"x" * n for n in range(20)}
SETS = Profile(name="sets", description="", detectors=(HashSetUse(),))


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A mirror of two, whose content is the first member of a RAID 5 of three."""
    folder = tmp_path_factory.mktemp("arrays")
    ext_volume(folder / "ext", 8 << 20, FILES)
    first, *others = md_array(folder, (folder / "ext").read_bytes(), Md(level=5))
    mirror = Md(level=1, members=2, array=b"mirror of the RA")
    return [*others, *md_array(folder, first.read_bytes(), mirror, "half")]


def _known(folder: Path) -> Path:
    known = folder / "known.txt"
    known.write_text("".join(f"{hashlib.sha256(each).hexdigest()}\n" for each in FILES.values()))
    return known


def test_an_array_of_arrays_is_searched_once(members: list[Path], tmp_path: Path) -> None:
    scanned = scanning.run(
        *members, out=tmp_path / "out", profile=SETS, hash_sets=(_known(tmp_path),)
    )
    assert sorted(f.entry.path for f in scanned.document.findings) == sorted(FILES)
    volumes = {volume.id: volume for volume in scanned.document.volumes}
    assert {each.state for each in volumes.values() if each.part_of} == {VolumeState.CONTAINER}
    (home,) = {volumes[f.entry.volume_id].inside for f in scanned.document.findings}
    assert home == "d0v1"
    assert "a Linux RAID 5 of 3 members, put together of d0v1, d1v1, d2v1.1" in volumes[home].reason
    assert volumes["d3v1"].reason.endswith("put together of d2v1, d3v1, listed inside d2v1")
    assert verify(scanned.bundle).failed is None


def test_with_a_member_missing_all_is_found_and_what_is_missing_is_said(
    members: list[Path],
) -> None:
    """Of the mirror the one half, of the RAID 5 two members of three."""
    listed = volumes_of_all(given([str(members[1]), str(members[3])]))
    first, second = (each.volumes for each in listed)
    assert [volume.state for volume in first] == ["container", "readable"]
    assert "without number 1" in first[0].reason
    assert "one half of a mirror, read by itself" in second[0].reason
    assert second[-1].reason.endswith("listed inside d0v1")


@pytest.mark.parametrize("version", ["0.90", "1.0"])
def test_a_mirror_that_is_read_as_it_is_is_listed_once(version: str, tmp_path: Path) -> None:
    ext_volume(tmp_path / "ext", 8 << 20, FILES)
    md = Md(level=1, members=2, version=version)
    halves = md_array(tmp_path / "halves", (tmp_path / "ext").read_bytes(), md)
    listed = volumes_of_all(given([str(path) for path in halves]))
    (first,), (second,) = (each.volumes for each in listed)
    assert (first.state, first.file_system) == ("readable", "ext4")
    assert second.state == "container"
    assert second.reason.endswith("listed inside d0v1")
    (alone,) = volumes_of_all(given([str(halves[1])]))[0].volumes
    assert alone.state == "readable"


def test_a_table_in_an_array_of_whole_disks_is_the_arrays(tmp_path: Path) -> None:
    """Its first member begins with it too."""
    ext_volume(tmp_path / "ext", 8 << 20, FILES)
    gpt_disk(tmp_path / "disk", [tmp_path / "ext"])
    md = Md(level=0, members=2, version="1.0")
    members = md_array(tmp_path / "members", (tmp_path / "disk").read_bytes(), md)
    listed = volumes_of_all(given([str(path) for path in members]))
    first, (second,) = (each.volumes for each in listed)
    assert [each.id for each in first if each.state == "readable"] == ["d0v1.2"]
    assert second.reason.endswith("listed inside d0v1")


def test_of_a_member_alone_it_is_said_what_it_lacks(members: list[Path]) -> None:
    (listed,) = volumes_of_all(given([str(members[0])]))
    (volume,) = listed.volumes
    assert volume.state == "unsupported"
    assert volume.reason == (
        "part of a Linux RAID (1.2, level 5); of its 3 members it lacks number 0, 2 "
        "(counted from 0)"
    )
