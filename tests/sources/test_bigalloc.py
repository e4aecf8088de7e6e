"""ext4 with clusters of several blocks: listed and read as any other."""

import random
import struct
from pathlib import Path

import pytest

from tests.making.stacks import MIB, run
from tests.sources.conftest import Open, digests, sha256
from triage.evidence import FileEntry
from triage.sources import Source
from triage.sources.bigalloc import SUPERBLOCK, with_single_blocks, without_clusters
from triage.sources.contained import ContainedBytes
from triage.sources.runs import BytesContent

FILES = {
    "a/small": b"small",
    "a/large": random.Random(4).randbytes(700_000),
    **{f"many/{number}": b"%d" % number * 999 for number in range(60)},
}
FORMS = ("-b 4096", "-b 4096 -C 262144", "-b 1024 -C 65536", "-b 2048 -C 4096")


def _made(path: Path, options: str = FORMS[0]) -> Path:
    for name, content in FILES.items():
        (path.parent / "files" / name).parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "files" / name).write_bytes(content)
    with path.open("wb") as file:
        file.truncate(64 * MIB)
    run("mkfs.ext4", "-q", "-O", "bigalloc", *options.split(), "-d", path.parent / "files", path)
    return path


@pytest.mark.parametrize("options", FORMS)
def test_every_file_of_a_volume_with_clusters_is_read(
    options: str, tmp_path: Path, opened: Open
) -> None:
    source = opened(_made(tmp_path / "disk", options))
    (volume,) = source.volumes
    assert (volume.file_system, volume.state, volume.told) == ("ext4", "readable", "")
    walk = source.walk(volume)
    list(walk)
    assert walk.caps == []
    found = digests(source)
    assert {name: found[name, ""] for name in FILES} == {
        name: sha256(content) for name, content in FILES.items()
    }


@pytest.mark.parametrize("options", [FORMS[0], FORMS[2]])
def test_its_journal_is_laid_over_it(options: str, tmp_path: Path, opened: Open) -> None:
    """With blocks of 1,024 the descriptors of groups lie elsewhere than without clusters."""
    path = _made(tmp_path / "disk", options)
    block = int(options.split()[1])
    (tmp_path / "new").write_bytes(b"new".ljust(block, b"."))
    (large,) = [each for each in _entries(opened(path)) if each.path == "a/large"]
    script = tmp_path / "commands"
    place = large.runs[0].offset // block
    script.write_text(f"jo\njw -b {place} {tmp_path / 'new'}\njc\n")
    run("debugfs", "-w", "-f", script, path)
    source = opened(path)
    assert [volume.layer for volume in source.volumes] == ["", "journal"]
    expected = b"new".ljust(block, b".") + FILES["a/large"][block:]
    assert digests(source)["a/large", ""] == sha256(expected)


def _entries(source: Source) -> list[FileEntry]:
    return list(source.walk(source.volumes[-1]))


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (24, b"\xff\xff\xff\xff"),
        (28, b"\xff\xff\xff\xff"),
        (32, bytes(4)),
        (32, b"\xff\xff\xff\xff"),
        (36, bytes(4)),
        (40, bytes(4)),
        (20, b"\xff\xff\xff\xff"),
    ],
)
def test_a_superblock_that_lies_about_clusters_stops_nothing(
    at: int, value: bytes, tmp_path: Path, opened: Open
) -> None:
    path = _made(tmp_path / "disk")
    with path.open("r+b") as disk:
        disk.seek(SUPERBLOCK + at)
        disk.write(value)
    source = opened(path)
    for volume in source.volumes:
        if volume.state == "readable":
            list(source.walk(volume))


def test_what_has_no_clusters_is_left_as_it_is() -> None:
    plain = bytearray(1024)
    plain[56:58] = b"\x53\xef"
    held = ContainedBytes(BytesContent(bytes(1024) + bytes(plain) + bytes(65536)))
    assert with_single_blocks(held) is held
    assert without_clusters(bytes(plain)) == b""
    assert without_clusters(bytes(plain)[:1023]) == b""
    struct.pack_into("<I", plain, 100, 0x200 | 0x1)
    assert struct.unpack_from("<I", without_clusters(bytes(plain)), 100)[0] == 0x1
    plain[56] = 0
    assert without_clusters(bytes(plain)) == b""
