"""Linux RAID: one half of a mirror is read by itself, and what is none is named."""

from pathlib import Path

import pytest

from tests.disks import ext_volume, gpt_disk
from tests.making.stacks import MIB, md_member
from tests.sources.conftest import Open, digests, sha256

FILES = {f"f{n:02}.txt": bytes([65 + n]) * (n * 700 + 1) for n in range(30)}


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    ext_volume(tmp_path / "ext", 16 * MIB, FILES)
    return (tmp_path / "ext").read_bytes()


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("partitioned", [False, True])
def test_one_half_of_a_mirror_is_read(
    version: str, partitioned: bool, content: bytes, tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "member"
    md_member(path, content, version=version)
    if partitioned:
        gpt_disk(tmp_path / "disk", [path])
        path = tmp_path / "disk"
    source = opened(path)
    (outer,) = [volume for volume in source.volumes if volume.state == "container"]
    assert "a mirror, read by itself" in outer.reason
    (inner,) = [volume for volume in source.volumes if volume.inside]
    assert (inner.layer, inner.size) == ("md server:pictures", len(content))
    found = {path: sha for (path, _), sha in digests(source).items() if path in FILES}
    assert found == {name: sha256(each) for name, each in FILES.items()}


@pytest.mark.parametrize("level", [0, 4, 5, 6, 10, -1])
def test_a_member_of_any_other_level_is_named(
    level: int, content: bytes, tmp_path: Path, opened: Open
) -> None:
    md_member(tmp_path / "member", content, level=level)
    (volume,) = opened(tmp_path / "member").volumes
    assert volume.state == "unsupported"
    assert f"level {level}" in volume.reason


@pytest.mark.parametrize(
    ("says", "words"),
    [((0xFFFF, 0), "spare"), ((0xFFFE, 0), "thrown out"), ((0, 2), "being rebuilt")],
)
def test_a_member_that_does_not_hold_all_of_it_is_not_read(
    says: tuple[int, int], words: str, content: bytes, tmp_path: Path, opened: Open
) -> None:
    md_member(tmp_path / "member", content, role=says[0], features=says[1])
    (volume,) = opened(tmp_path / "member").volumes
    assert volume.state == "unsupported"
    assert words in volume.reason
