"""NTFS with clusters of 128 KiB to 2 MiB: listed and read as any other."""

import struct
import subprocess
from pathlib import Path

import pytest

from tests import disks
from tests.disks import MIB
from tests.endings.rows.images import unpacked
from tests.making import ntfs
from tests.sources.conftest import Open, digests, sha256
from triage.sources.contained import ContainedBytes
from triage.sources.large_clusters import in_larger_sectors, with_usual_clusters
from triage.sources.runs import BytesContent
from triage.sources.tsk import CACHE_BYTES

KIB = 1024
SMALL, LARGE, STREAM = b"small" * 20, bytes(range(256)) * 6000, b"stream" * 3000


def _made(path: Path, cluster: int) -> Path:
    ntfs.make(path, 48 * cluster + 24 * MIB, cluster=cluster)
    with ntfs.filling(path) as volume:
        volume.directory("/a")
        for number in range(40):
            volume.file(f"/a/small {number}", SMALL * (number + 1))
        volume.file("/a/large", LARGE, streams={"more": STREAM})
        volume.file("/gone", LARGE[: MIB // 2])
        volume.file("/hole", b"behind", hole=3 * cluster)
        volume.append("/a/small 3", LARGE, at=900)
        volume.delete("/gone")
    return path


@pytest.mark.parametrize("cluster", [128 * KIB, 256 * KIB, 1024 * KIB, 2048 * KIB])
def test_every_file_of_a_volume_with_large_clusters_is_as_ntfscat_has_it(
    cluster: int, tmp_path: Path, opened: Open
) -> None:
    path = _made(tmp_path / "disk", cluster)
    source = opened(path)
    (volume,) = source.volumes
    assert (volume.state, volume.block_size, volume.told) == ("readable", cluster, "")
    walk = source.walk(volume)
    listed = {entry.path: entry for entry in walk}
    assert walk.caps == []
    assert not listed["gone"].allocated
    found = digests(source)
    assert found["gone", ""] == sha256(LARGE[: MIB // 2])
    assert found["a/large", "more"] == sha256(STREAM)
    names = ["a/large", "hole", *(f"a/small {number}" for number in range(40))]
    for name in names:
        told = subprocess.run(["ntfscat", "-f", path, name], check=True, capture_output=True)
        assert found[name, ""] == sha256(told.stdout), name
    assert found["a/large", ""] == sha256(LARGE)


def test_it_is_read_from_its_backup_where_its_beginning_is_wiped(
    tmp_path: Path, opened: Open
) -> None:
    path = _made(tmp_path / "disk", 128 * KIB)
    with path.open("r+b") as disk:
        disk.seek(path.stat().st_size // 512 * 512 - 512)
        backup = disk.read(512)
        disk.seek(0)
        assert disk.read(512) == backup
        disk.seek(0)
        disk.write(bytes(512))
    source = opened(path)
    assert [volume.state for volume in source.volumes] == ["container", "readable"]
    assert digests(source)["a/large", ""] == sha256(LARGE)


def test_content_of_it_lies_in_runs_where_it_does_on_the_device(
    tmp_path: Path, opened: Open
) -> None:
    source = opened(path := _made(tmp_path / "disk", 256 * KIB))
    (volume,) = source.volumes
    (large,) = [each for each in source.walk(volume) if each.path == "a/large" and not each.stream]
    raw = path.read_bytes()
    assert b"".join(raw[run.offset : run.offset + run.length] for run in large.runs) == LARGE


def _patched(path: Path, at: int, data: bytes) -> Path:
    with path.open("r+b") as disk:
        disk.seek(at)
        disk.write(data)
    return path


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (11, b"\0\0"),
        (11, b"\x01\0"),
        (11, b"\0\x10"),
        (11, b"\0\xff"),
        (13, b"\xf4"),
        (13, b"\x81"),
        (13, b"\xff"),
        (40, b"\xff" * 8),
        (40, bytes(8)),
        (48, b"\xff" * 8),
        (64, b"\x7f"),
        (68, b"\x80"),
    ],
)
def test_a_boot_sector_that_lies_about_large_clusters_stops_nothing(
    at: int, value: bytes, tmp_path: Path, opened: Open
) -> None:
    path = _patched(unpacked(tmp_path, "ntfs-128k-clusters"), at, value)
    source = opened(path)
    assert {volume.state for volume in source.volumes} <= {"readable", "damaged", "container"}
    for volume in source.volumes:
        if volume.state == "readable":
            list(source.walk(volume))


def test_a_table_of_files_of_less_than_no_size_stops_nothing(tmp_path: Path, opened: Open) -> None:
    """Of any NTFS: the size of $MFT is a number of its own."""
    path = unpacked(tmp_path, "ntfs-128k-clusters")
    raw = path.read_bytes()
    for at, _ in disks.ntfs_data_attributes(raw):
        if not any(raw[at // KIB * KIB + 44 :][:4]):
            _patched(path, at + 48, b"\xff" * 8)
    source = opened(path)
    for volume in source.volumes:
        if volume.state == "readable":
            list(source.walk(volume))


def _boot(sector: int, count: int, sectors: int = 1 << 20) -> bytes:
    raw = bytearray(b"\xeb\x52\x90NTFS    ".ljust(512, b"\0"))
    struct.pack_into("<HB", raw, 11, sector, count)
    struct.pack_into("<Q", raw, 40, sectors)
    return bytes(raw)


@pytest.mark.parametrize(
    ("sector", "count", "larger", "fewer"),
    [
        (512, 0xF8, 1024, 128),
        (512, 0xF4, 16384, 128),
        (4096, 0xF7, 16384, 128),
        (4096, 0xFE, 4096, 4),
        (512, 0xFF, 512, 2),
    ],
)
def test_the_cluster_and_the_volume_are_as_large_as_before(
    sector: int, count: int, larger: int, fewer: int
) -> None:
    made = in_larger_sectors(_boot(sector, count))
    assert struct.unpack_from("<HB", made, 11) == (larger, fewer)
    assert struct.unpack_from("<Q", made, 40)[0] * larger == (1 << 20) * sector
    assert larger * fewer == sector << (256 - count)


@pytest.mark.parametrize(
    "boot",
    [
        _boot(512, 128),
        _boot(512, 8),
        _boot(0, 0xF8),
        _boot(520, 0xF8),
        _boot(512, 0xF3),
        _boot(512, 0x81),
        _boot(512, 0xF8)[:511],
        _boot(512, 0xF8).replace(b"NTFS", b"NTFT"),
        b"",
    ],
)
def test_what_needs_no_other_boot_sector_gets_none(boot: bytes) -> None:
    held = ContainedBytes(BytesContent(boot.ljust(CACHE_BYTES, b"\0")))
    assert in_larger_sectors(boot) == b""
    assert len(boot) != 512 or with_usual_clusters(held) is held
