"""exFAT files that The Sleuth Kit does not believe are listed all the same, and no other twice."""

from pathlib import Path

import pytest

from tests import disks
from tests.sources.conftest import Open
from triage.evidence import Storage
from triage.sources import ContentError
from triage.sources.exfat_names import in_use

LARGEST = 2**63 - 1


def test_a_file_that_claims_more_than_there_is_has_an_entry(tmp_path: Path, opened: Open) -> None:
    files = {f"deep/f{n}.bin": b"%d" % n * 3000 for n in range(5)} | {"top.bin": b"t" * 5000}
    claims = {"deep/f1.bin": LARGEST, "deep/f3.bin": 2**64 - 1, "top.bin": 1 << 40}
    disks.exfat_volume(tmp_path / "disk", 8 << 20, files, claimed=claims, label="CARD")
    source = opened(tmp_path / "disk")
    entries = [e for v in source.volumes for e in source.walk(v) if e.path.endswith(".bin")]
    assert sorted(e.path for e in entries) == sorted(files)
    assert len({e.id for e in entries}) == len(files)
    for entry in entries:
        if entry.path in claims:
            assert (entry.storage, entry.size) == (Storage.NONE, min(claims[entry.path], LARGEST))
            assert entry.allocated_name
            with pytest.raises(ContentError):
                source.content(entry)
        else:
            assert source.small(entry) == files[entry.path]


def test_whatever_else_is_in_a_directory_is_not_listed_twice(tmp_path: Path, opened: Open) -> None:
    files = {f"d{n}/\u00e9\u4e2d {n}.txt": b"x" * n * 100 for n in range(40)}
    gone = [name for n, name in enumerate(files) if n % 7 == 0]
    disks.exfat_volume(tmp_path / "disk", 8 << 20, files, label="CARD", deleted=gone)
    source = opened(tmp_path / "disk")
    entries = [e for v in source.volumes for e in source.walk(v) if e.path.endswith(".txt")]
    assert sorted(e.path for e in entries if e.allocated_name) == sorted({*files} - {*gone})


def test_bytes_that_are_no_directory_name_nothing_or_end() -> None:
    assert list(in_use(bytes(64))) == []
    assert list(in_use(b"\x85\xff" + bytes(30) + b"\xc0\x00\x00\xff" + b"\xff" * 28)) == [
        (b"", 2**64 - 1)
    ]
    assert list(in_use(b"\x85" * 31)) == []
