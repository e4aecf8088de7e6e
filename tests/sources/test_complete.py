"""A listing is held against what the file system says is in use: nothing is dropped unsaid."""

import os
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import disks
from tests.making.others import debugfs
from tests.sources.conftest import Open, digest, digests, sha256
from triage.sources.fat_names import names_in_use
from triage.sources.walk import GONE, NOT_MET

FILES = {f"a/b{n % 5}/file {n}.txt": b"text %d" % n * (n * 300) for n in range(60)}
DELETED = [*FILES][::7]


def _caps(path: Path, opened: Open, **options: Any) -> tuple[list[str], list[str]]:
    source = opened(path)
    walk = source.walk(source.volumes[0], **options)
    list(walk)
    return walk.caps, walk.notes


def _ntfs(path: Path) -> None:
    disks.ntfs_volume(
        path, 24 << 20, FILES, deleted=DELETED, streams={("a/b1/file 1.txt", "more"): b"more"},
        sparse={"sparse": (1 << 20, b"end")}, links={"other name": "a/b1/file 1.txt"},
        compressed={"packed/zeros": b"zeros" * 50_000},
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["ntfs", "ext2", "ext3", "ext4", "fat12", "fat32", "exfat"])
def test_of_an_ordinary_volume_nothing_is_missing(kind: str, tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disk"
    if kind == "ntfs":
        _ntfs(path)
    elif kind.startswith("ext"):
        commands = ["ln /a/b1/file\\ 1.txt /other", "symlink /link /a", "mknod /pipe p"]
        disks.ext_volume(path, 24 << 20, FILES, kind=kind, deleted=DELETED, commands=commands)
    elif kind == "exfat":
        disks.exfat_volume(path, 24 << 20, FILES, deleted=DELETED)
    else:
        size = 8 << 20 if kind == "fat12" else 40 << 20
        disks.fat_volume(path, size, FILES, bits=int(kind[3:]), deleted=DELETED, label="CAMERA")
    assert _caps(path, opened) == ([], [])
    caps, notes = _caps(path, opened, unallocated=False, streams=False)
    assert caps == []
    assert notes


@pytest.mark.parametrize("features", ["quota", "orphan_file", "ea_inode", "inline_data", "meta_bg"])
def test_inodes_that_the_file_system_keeps_for_itself_are_not_missed(
    features: str, tmp_path: Path, opened: Open
) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files/one").write_bytes(b"one" * 9)
    options = [features, "^resize_inode"] if features == "meta_bg" else [features]
    with (tmp_path / "disk").open("wb") as disk:
        disk.truncate(24 << 20)
    subprocess.run(
        ["mkfs.ext4", "-q", "-F", "-b", "1024", "-O", ",".join(options),
         "-d", str(tmp_path / "files"), str(tmp_path / "disk")],
        check=True, capture_output=True,
    )  # fmt: skip
    assert _caps(tmp_path / "disk", opened) == ([], [])


@pytest.mark.parametrize("kind", ["ext2", "ext3", "ext4"])
def test_a_file_whose_name_was_taken_away_is_found(kind: str, tmp_path: Path, opened: Open) -> None:
    disks.ext_volume(tmp_path / "disk", 24 << 20, FILES, kind=kind)
    debugfs(tmp_path / "disk", ['unlink "/a/b1/file 1.txt"', 'unlink "/a/b2/file 2.txt"'])
    assert _caps(tmp_path / "disk", opened) == ([], [])
    source = opened(tmp_path / "disk")
    found = [entry for entry in source.walk(source.volumes[0]) if entry.orphan]
    contents = {digest(source, entry) for entry in found if entry.allocated_meta}
    assert contents == {sha256(FILES["a/b1/file 1.txt"]), sha256(FILES["a/b2/file 2.txt"])}


def test_a_folder_whose_name_was_taken_away_is_found_with_all_below(
    tmp_path: Path, opened: Open
) -> None:
    disks.ext_volume(tmp_path / "disk", 24 << 20, FILES)
    debugfs(tmp_path / "disk", ["unlink /a"])
    source = opened(tmp_path / "disk")
    walk = source.walk(source.volumes[0])
    found = {digest(source, e) for e in walk if e.kind == "file" and e.size and e.allocated_meta}
    assert {sha256(content) for content in FILES.values() if content} <= found
    assert not any(NOT_MET in cap for cap in walk.caps)


@pytest.mark.parametrize(
    ("at", "value"),
    [(0, 0xFFFFFFFF), (0, 0), (16, 0), (16, 0xFFFFFFFF), (84, 0xFFFFFFFF), (84, 0)],
)
def test_absurd_counts_of_inodes_stop_nothing(
    at: int, value: int, tmp_path: Path, opened: Open
) -> None:
    disks.ext_volume(tmp_path / "disk", 16 << 20, FILES)
    with (tmp_path / "disk").open("r+b") as disk:
        disk.seek(1024 + at)
        disk.write(struct.pack("<I", value))
    source = opened(tmp_path / "disk")
    for volume in source.volumes:
        if volume.state == "readable":
            list(source.walk(volume))


def test_the_descriptors_of_groups_say_how_many_inodes_are_free(
    tmp_path: Path, opened: Open
) -> None:
    """The superblock's count is written when it is unmounted, and not before."""
    disks.ext_volume(tmp_path / "disk", 16 << 20, FILES, kind="ext2")
    with (tmp_path / "disk").open("r+b") as disk:
        disk.seek(1024 + 16)
        disk.write(struct.pack("<I", 5))
    assert _caps(tmp_path / "disk", opened) == ([], [])
    with (tmp_path / "disk").open("r+b") as disk:
        disk.seek(4096 + 14)
        disk.write(struct.pack("<H", 5))
    assert any(NOT_MET in cap for cap in _caps(tmp_path / "disk", opened)[0])


ENTRY = struct.Struct("<11sB14xHI")


def _named(*entries: tuple[bytes, int, int, int]) -> bytes:
    return b"".join(ENTRY.pack(name, kind, cluster, size) for name, kind, cluster, size in entries)


def test_names_of_fat_are_counted_up_to_the_end_of_a_directory() -> None:
    usual = [(b"A       JPG", 0x20, 5, 9), (b"B B     JPG", 0x20, 6, 9)]
    assert names_in_use(_named(*usual)) == 2
    assert names_in_use(_named(*usual, (b"\xe5       JPG", 0x20, 7, 9))) == 2
    assert names_in_use(_named(*usual, (b"\x01a\0b\0c\0d\0e\0", 0x0F, 0, 0xFFFF))) == 2
    assert names_in_use(_named(*usual, (b"CAMERA     ", 0x08, 0, 0))) == 2
    assert names_in_use(_named(*usual, (b"HIDDEN  JPG", 0x28, 9, 9))) == 3
    assert names_in_use(_named(*usual) + bytes(32) + _named(*usual)) == 2
    assert names_in_use(_named(*usual)[:-1]) in (1, 2)
    assert names_in_use(b"") == 0
    assert names_in_use(b"A") == names_in_use(b"A" * 11) == 0


def test_what_a_directory_that_was_given_up_holds_is_not_called_missing(
    tmp_path: Path, opened: Open
) -> None:
    """Its two dots are not given up, and The Sleuth Kit says that they are."""
    disks.fat_volume(tmp_path / "disk", 8 << 20, {"GONE/A.TXT": b"a", "B.TXT": b"b"}, bits=12)
    subprocess.run(
        ["mdeltree", "-i", str(tmp_path / "disk"), "::/GONE"],
        check=True, capture_output=True, env=os.environ | {"MTOOLS_SKIP_CHECK": "1"},
    )  # fmt: skip
    source = opened(tmp_path / "disk")
    assert "_ONE/_.TXT" in {entry.path for entry in source.walk(source.volumes[0])}
    assert _caps(tmp_path / "disk", opened) == ([], [])


def test_directories_that_were_deleted_are_only_said(tmp_path: Path, opened: Open) -> None:
    """ext4 forgets where they lay; what does not open any more is unallocated space."""
    disks.ext_volume(tmp_path / "disk", 24 << 20, {"a/one.txt": b"one", "b.txt": b"b"},
                     commands=["rm a/one.txt", "rmdir a"])  # fmt: skip
    raw = bytearray((tmp_path / "disk").read_bytes())
    source = opened(tmp_path / "disk")
    (gone,) = [e for e in source.walk(source.volumes[0]) if e.path == "a"]
    with (tmp_path / "disk").open("r+b") as disk:
        disk.seek(_inode(raw, gone.meta_address) + 40)
        disk.write(bytes(60))  # as the kernel does, and debugfs does not
    caps, notes = _caps(tmp_path / "disk", opened)
    assert caps == []
    assert notes == [f"{GONE}: 1"]


def _inode(raw: bytearray, number: int) -> int:
    """Where it lies in an ext4 volume of one group, with blocks of 4 KiB."""
    (table,) = struct.unpack_from("<I", raw, 4096 + 8)
    (size,) = struct.unpack_from("<H", raw, 1024 + 88)
    return int(table * 4096 + (number - 1) * size)


@pytest.mark.parametrize("kind", ["ext2", "ext4"])
def test_what_nothing_names_is_found_though_the_superblock_has_an_old_count(
    kind: str, tmp_path: Path, opened: Open
) -> None:
    """Linux writes the count of free inodes when it unmounts: the plug was pulled before."""
    disks.ext_volume(
        tmp_path / "disk", 8 << 20, {"kept": b"kept", "gone": b"open while"}, kind=kind
    )
    debugfs(tmp_path / "disk", ["unlink /gone"])
    with (tmp_path / "disk").open("r+b") as disk:
        disk.seek(1024 + 16)
        free = struct.unpack("<I", disk.read(4))[0]
        disk.seek(1024 + 16)
        disk.write(struct.pack("<I", free + 2))
        disk.seek(1024 + 58)
        disk.write(bytes(2))
    source = opened(tmp_path / "disk")
    assert sha256(b"open while") in digests(source).values()
