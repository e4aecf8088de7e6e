"""A file system whose beginning is gone is read by the copy that it keeps of it."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.disks import exfat_volume, ext_volume, fat_volume, gpt_disk, ntfs_volume
from tests.endings.rows.images import unpacked
from tests.making.stacks import MIB, btrfs_volume
from tests.sources.conftest import Open, digests, sha256

FILES = {f"FOLDER{n % 3}/F{n:02}.TXT": bytes([65 + n]) * (n * 500 + 1) for n in range(30)}
Make = Callable[[Path], None]
MAKERS: dict[str, tuple[Make, int, int]] = {
    "ntfs": (lambda path: ntfs_volume(path, 16 * MIB, FILES), 0, 512),
    "exfat": (lambda path: exfat_volume(path, 16 * MIB, FILES), 0, 512),
    "fat32": (lambda path: fat_volume(path, 64 * MIB, FILES, bits=32), 0, 1024),
    "ext4, its superblock": (lambda path: ext_volume(path, 64 * MIB, FILES, block=1024), 0, 2048),
    "ext4, its groups too": (lambda path: ext_volume(path, 160 * MIB, FILES, block=4096), 0, 8192),
    "btrfs": (lambda path: btrfs_volume(path, FILES, size=160 * MIB), 0, 69632),
}  # fmt: skip


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("partitioned", [False, True])
def test_what_lost_its_beginning_is_read_by_the_backup(
    kind: str, partitioned: bool, tmp_path: Path, opened: Open
) -> None:
    make, first, length = MAKERS[kind]
    path = tmp_path / "disk"
    make(path)
    with path.open("r+b") as file:
        file.seek(first)
        file.write(bytes(length))
    if partitioned:
        gpt_disk(tmp_path / "gpt", [path])
        path = tmp_path / "gpt"
    source = opened(path)
    (outer,) = [volume for volume in source.volumes if volume.state == "container"]
    assert "copy" in outer.reason
    (inner,) = [volume for volume in source.volumes if volume.inside == outer.id]
    assert (inner.state, inner.layer) == ("readable", "backup")
    found = {path: sha for (path, _), sha in digests(source).items() if path in FILES}
    assert found == {name: sha256(content) for name, content in FILES.items()}


@pytest.mark.parametrize("name", ["ntfs-boot-wiped", "ext4-superblock-wiped", "exfat-boot"])
def test_images_whose_beginning_is_wiped_are_read(name: str, tmp_path: Path, opened: Open) -> None:
    source = opened(unpacked(tmp_path, name))
    assert [volume.state for volume in source.volumes] == ["container", "readable"]


def test_a_disk_whose_last_volume_ends_with_it_is_no_volume(tmp_path: Path, opened: Open) -> None:
    """The last sector of the disk is the copy of the boot sector of its only partition."""
    ntfs_volume(tmp_path / "ntfs", 16 * MIB, FILES)
    gpt_disk(tmp_path / "gpt", [tmp_path / "ntfs"])
    image = (tmp_path / "gpt").read_bytes()
    (tmp_path / "disk").write_bytes(image[: 17 * MIB])
    volumes = opened(tmp_path / "disk").volumes
    assert not [volume for volume in volumes if volume.state == "container"]
    assert [v.file_system for v in volumes if v.state == "readable"] == ["ntfs"]


@pytest.mark.parametrize("seed", range(4))
def test_a_backup_of_nonsense_stops_nothing(seed: int, tmp_path: Path, opened: Open) -> None:
    ntfs_volume(tmp_path / "disk", 16 * MIB, FILES)
    image = bytearray((tmp_path / "disk").read_bytes())
    image[:512] = bytes(512)
    chance = random.Random(seed)
    for _ in range(40):
        image[len(image) - 512 + chance.randrange(11, 100)] = chance.randrange(256)
    (tmp_path / "disk").write_bytes(image)
    assert opened(tmp_path / "disk").volumes
