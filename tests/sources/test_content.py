"""Content is exact, the same through runs and through The Sleuth Kit, or has one clear reason."""

import errno
import os
from pathlib import Path

import msgspec
import pytest

from tests import disks
from tests.sources.conftest import Open, digest, digests, sha256
from triage.evidence import FileEntry, Run, Storage
from triage.sources import ContentError, Reader, Source
from triage.sources.content import OUTSIDE
from triage.sources.runs import RunsContent

BIG = bytes(range(251)) * 20000


def _entry(source: Source, path: str, stream: str = "") -> FileEntry:
    for volume in source.volumes:
        for entry in source.walk(volume) if volume.state == "readable" else ():
            if (entry.path, entry.stream) == (path, stream):
                return entry
    raise AssertionError(path)


def _reread(source: Source, entry: FileEntry) -> str:
    return sha256(b"".join(bytes(chunk) for chunk in source.reread(entry).chunks()))


def test_fragmented_content_is_read_in_its_own_order(tmp_path: Path, opened: Open) -> None:
    disks.exfat_volume(tmp_path / "disk", 64 << 20, {"f": BIG, "g": BIG}, fragmented=["f"])
    source = opened(tmp_path / "disk")
    entry = _entry(source, "f")
    assert len(entry.runs) > 100
    assert digest(source, entry) == sha256(BIG) == _reread(source, entry)


def test_a_sparse_file_has_holes_that_read_as_zeros(tmp_path: Path, opened: Open) -> None:
    hole = 8 << 20
    disks.ntfs_volume(tmp_path / "disk", 32 << 20, {}, sparse={"s": (hole, BIG)})
    source = opened(tmp_path / "disk")
    entry = _entry(source, "s")
    assert any(run.offset == -1 for run in entry.runs)
    assert digest(source, entry) == sha256(bytes(hole) + BIG) == _reread(source, entry)


def test_holes_and_unwritten_extents_on_ext4_read_as_zeros(tmp_path: Path, opened: Open) -> None:
    """An extent that is allocated and not yet written: what lies there is not the file's."""
    disks.ext_volume(
        tmp_path / "disk", 16 << 20, {"stale": BIG, "e": b"x" * 5000 + bytes(1 << 20) + b"y"},
        commands=["rm stale", "fallocate e 300 600", "sif e size 2461696"],
    )  # fmt: skip
    source = opened(tmp_path / "disk")
    entry = _entry(source, "e")
    expected = (b"x" * 5000 + bytes(1 << 20) + b"y").ljust(entry.size, b"\0")
    assert digest(source, entry) == sha256(expected) == _reread(source, entry)


def test_compressed_content_is_read_through_the_sleuth_kit(tmp_path: Path, opened: Open) -> None:
    text = b"all work and no play " * 20000
    disks.ntfs_volume(tmp_path / "disk", 32 << 20, {}, compressed={"c/text": text})
    source = opened(tmp_path / "disk")
    entry = _entry(source, "c/text")
    assert entry.storage is Storage.FILE_SYSTEM
    assert digest(source, entry) == sha256(text)


def test_clusters_behind_the_valid_data_length_are_not_content(
    tmp_path: Path, opened: Open
) -> None:
    """NTFS says zeros there; the clusters still hold what was in them."""
    path, valid = tmp_path / "disk", 10000
    disks.ntfs_volume(path, 32 << 20, {"v": BIG, "w": BIG[1:]})
    disks.ntfs_valid_data(path, BIG, valid)
    source = opened(path)
    entry = _entry(source, "v")
    assert entry.storage is Storage.FILE_SYSTEM
    assert digest(source, entry) == sha256(BIG[:valid] + bytes(len(BIG) - valid))
    assert _entry(source, "w").storage is Storage.RUNS


def test_content_shorter_than_its_size_has_a_reason(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x" * 1000)
    fd = os.open(tmp_path / "f", os.O_RDONLY)
    content = RunsContent(Reader([fd], [1000]), [Run(500, 1000)], 1000)
    with pytest.raises(ContentError, match="shorter"):
        list(content.chunks())
    with pytest.raises(ContentError, match="shorter"):
        content.read_at(0, 1000)
    os.close(fd)


def _end(entry: FileEntry) -> int:
    return max(run.offset + run.length for run in entry.runs)


@pytest.mark.parametrize("kind", ["exfat", "ext4"])
def test_no_content_is_taken_from_beyond_the_end_of_its_volume(
    kind: str, tmp_path: Path, opened: Open
) -> None:
    """A file system that is larger than its partition: what lies there is the next one's."""
    files = {"reaches.bin": BIG, "pieces.bin": b"P" * 300_000, "beyond.bin": b"B" * 50_000}
    if kind == "exfat":
        disks.exfat_volume(tmp_path / "large", 16 << 20, files, fragmented=["pieces.bin"])
    else:
        disks.ext_volume(tmp_path / "large", 16 << 20, files)
    whole = opened(tmp_path / "large")
    listed = [entry for entry in whole.walk(whole.volumes[0]) if entry.path in files]
    beyond = {entry.path for entry in listed if _end(entry) > 6 << 20}
    assert "reaches.bin" in beyond
    os.truncate(tmp_path / "large", 6 << 20)
    (tmp_path / "next").write_bytes(b"another volume's" * (1 << 19))
    disks.gpt_disk(tmp_path / "disk", [tmp_path / "large", tmp_path / "next"])
    source = opened(tmp_path / "disk")
    found = digests(source)
    for name, content in files.items():
        assert found[name, ""] == (OUTSIDE if name in beyond else sha256(content)), name


@pytest.mark.parametrize("offset", [0, 1, 4095, 4096, 9999, 10000, 20000])
@pytest.mark.parametrize("length", [0, 1, 4096, 30000])
def test_any_part_of_content_can_be_read(tmp_path: Path, offset: int, length: int) -> None:
    data = os.urandom(30000)
    (tmp_path / "f").write_bytes(data)
    fd = os.open(tmp_path / "f", os.O_RDONLY)
    runs = [Run(20000, 4096), Run(-1, 5000), Run(0, 904), Run(904, 5000)]
    whole = data[20000:24096] + bytes(5000) + data[:5904]
    content = RunsContent(Reader([fd], [30000]), runs, 15000)
    assert content.read_at(offset, length) == whole[offset : offset + length]
    for size in (1, 777, 4096, 1 << 20):
        if size > 1 or length == 0:
            assert b"".join(bytes(chunk) for chunk in content.chunks(size)) == whole
    os.close(fd)


def test_a_bad_sector_is_a_reason_and_not_an_end(
    tmp_path: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device fails in the middle of one file: its neighbours are still readable."""
    disks.ext_volume(tmp_path / "disk", 16 << 20, {"bad": BIG, "good": BIG[1:]})
    source = opened(tmp_path / "disk")
    bad, good = _entry(source, "bad"), _entry(source, "good")
    fail_at(monkeypatch, bad.position + 40960)
    assert digest(source, bad) == "the device could not be read there"
    assert digest(source, good) == sha256(BIG[1:])
    lost = msgspec.structs.replace(bad, storage=Storage.FILE_SYSTEM, runs=())
    for _ in range(2):
        assert digest(source, lost) == "the device could not be read there"
    assert _reread(source, good) == sha256(BIG[1:])


def fail_at(monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    """From now on, reads that touch `place` fail as a bad sector does."""
    pread, preadv = os.pread, os.preadv

    def failing(fd: int, length: int, offset: int) -> bytes:
        if offset <= place < offset + length:
            raise OSError(errno.EIO, "Input/output error")
        return pread(fd, length, offset)

    def failing_v(fd: int, buffers: list[memoryview], offset: int) -> int:
        if offset <= place < offset + sum(map(len, buffers)):
            raise OSError(errno.EIO, "Input/output error")
        return preadv(fd, buffers, offset)

    monkeypatch.setattr(os, "pread", failing)
    monkeypatch.setattr(os, "preadv", failing_v)


def test_an_entry_that_lies_about_itself_gives_a_reason(tmp_path: Path, opened: Open) -> None:
    """Entries come from a sandboxed worker: one that a hostile disk has taken over may lie."""
    disks.ext_volume(tmp_path / "disk", 16 << 20, {"f": BIG})
    source = opened(tmp_path / "disk")
    entry = _entry(source, "f")
    lies = (
        {"meta_address": 1 << 60},
        {"attribute_type": 9, "attribute_id": 9},
        {"size": 1 << 60},
        {"runs": (Run(1 << 60, entry.size),), "storage": Storage.RUNS},
    )
    for lie in lies:
        changed = {"storage": Storage.FILE_SYSTEM, "runs": ()} | lie
        with pytest.raises(ContentError):
            source.content(msgspec.structs.replace(entry, **changed)).read_at(0, 1 << 62)


def test_all_volumes_of_the_sample_disk_hold_what_was_put_there(
    tmp_path: Path, opened: Open
) -> None:
    photos = [b"\xff\xd8\xff" + os.urandom(50000 + number) for number in range(8)]
    answers = disks.sample_suspect_disk(tmp_path / "disk", photos)
    found = set(digests(opened(tmp_path / "disk")).values())
    assert {known.sha256 for known in answers.files} <= found
    assert len(answers.notable) == 3
