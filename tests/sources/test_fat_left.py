"""FAT: what lies under names that The Sleuth Kit passes over is found."""

import hashlib
import struct
from pathlib import Path

import pytest

from tests.disks import exfat_volume, fat_volume
from tests.endings.rows.images import IMAGES, unpacked
from tests.sources.conftest import Open, digest, digests, sha256
from triage.sources import walk as walking
from triage.sources.exfat_names import MOST_BYTES
from triage.sources.fat_left import AGAIN, DEEPEST, NOT_WHOLE, TOO_DEEP, names_in
from triage.sources.walk import NOT_COMPARED, ODD_NAMES

MIB = 1 << 20
FILES = {
    "HIDDEN/DEEP/A.JPG": b"a" * 30_000,
    "HIDDEN/A long name of a file.txt": b"l" * 700,
    "HIDDEN/GONE.TXT": b"g" * 900,
    "HIDEME.JPG": b"h" * 5000,
    "USUAL.TXT": b"u" * 90,
}
FIRST = {"A.TXT": b"a"}
"""Where the first name is odd, The Sleuth Kit spells it otherwise and goes on."""
SIZES = {12: 4 * MIB, 16: 16 * MIB, 32: 40 * MIB}


def _patched(path: Path, old: bytes, new: bytes) -> None:
    """A short name by another."""
    raw = bytearray(path.read_bytes())
    at = raw.index(old)
    raw[at : at + len(new)] = new
    path.write_bytes(raw)


def _hidden(path: Path, bits: int) -> None:
    fat_volume(path, SIZES[bits], FILES, bits=bits)
    _patched(path, b"HIDDEN     ", b"HI DEN     ")
    _patched(path, b"HIDEME  JPG", b" IDE ME JPG")
    _patched(path, b"GONE    TXT", b"\xe5ONE    TXT")


@pytest.mark.parametrize("bits", SIZES)
def test_all_that_lies_under_a_name_with_blanks_is_listed(
    bits: int, tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disk"
    _hidden(path, bits)
    source = opened(path)
    found = digests(source)
    assert found == {
        ("HI DEN/DEEP/A.JPG", ""): sha256(b"a" * 30_000),
        ("HI DEN/A long name of a file.txt", ""): sha256(b"l" * 700),
        (" IDE ME.JPG", ""): sha256(b"h" * 5000),
        ("USUAL.TXT", ""): sha256(b"u" * 90),
    }
    walk = source.walk(source.volumes[0])
    entries = {entry.path: entry for entry in walk}
    assert walk.caps == []
    assert not entries["HI DEN/_ONE.TXT"].allocated
    allocated = {e.path for e in source.walk(source.volumes[0], unallocated=False)}
    assert "HI DEN/_ONE.TXT" not in allocated
    assert [entry.id for entry in entries.values()] == list(range(len(entries)))


def test_names_that_devices_wrote_are_listed(tmp_path: Path, opened: Open) -> None:
    """One of them bears a label's bit."""
    source = opened(unpacked(tmp_path, "fat-odd-entries"))
    found = set()
    for entry in source.walk(source.volumes[0]):
        if entry.size:
            content = b"".join(map(bytes, source.content(entry).chunks()))
            found.add(hashlib.md5(content, usedforsecurity=False).hexdigest())
    truth = (IMAGES / "fat-odd-entries.truth.md5").read_text().splitlines()
    assert found == {line[:32] for line in truth}


def test_a_directory_that_leads_back_into_itself_ends(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disk"
    _hidden(path, 16)
    raw = bytearray(path.read_bytes())
    outer, inner = raw.index(b"HI DEN     "), raw.index(b"DEEP       ")
    raw[inner + 26 : inner + 28] = raw[outer + 26 : outer + 28]
    path.write_bytes(raw)
    walk = opened(path).walk(opened(path).volumes[0])
    entries = [entry.path for entry in walk]
    assert entries.count("HI DEN/DEEP") == 1
    assert not any("DEEP/" in each for each in entries)
    assert f"{AGAIN}: 1" in walk.notes


@pytest.mark.parametrize("following", [0, 0xFFF7, 3])
def test_a_directory_whose_chain_ends_nowhere_is_said(
    following: int, tmp_path: Path, opened: Open
) -> None:
    """The cluster behind its first is free, bad, or its first again."""
    path = tmp_path / "disk"
    files = {f"HIDDEN/{number:08}.TXT": b"x" for number in range(200)}
    fat_volume(path, SIZES[16], FIRST | files, bits=16)
    _patched(path, b"HIDDEN     ", b"HI DEN     ")
    source = opened(path)
    walk = source.walk(source.volumes[0])
    assert (len(list(walk)), walk.caps) == (202, [])
    raw = bytearray(path.read_bytes())
    first = struct.unpack_from("<H", raw, raw.index(b"HI DEN     ") + 26)[0]
    table = struct.unpack_from("<H", raw, 14)[0] * 512
    struct.pack_into("<H", raw, table + 2 * first, following if following != 3 else first)
    path.write_bytes(raw)
    source = opened(path)
    walk = source.walk(source.volumes[0])
    assert 2 < len(list(walk)) < 202
    assert walk.caps == [f"{NOT_WHOLE}: 1"]


def test_directories_that_lie_too_deep_are_said(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disk"
    deep = {"HIDDEN/" + "D/" * (DEEPEST + 3) + "A.TXT": b"a"}
    fat_volume(path, SIZES[16], FIRST | deep, bits=16)
    _patched(path, b"HIDDEN     ", b"HI DEN     ")
    source = opened(path)
    walk = source.walk(source.volumes[0])
    assert len(list(walk)) == 1 + DEEPEST + 1
    assert walk.caps == [f"{TOO_DEEP}: 1"]


def test_a_directory_whose_bytes_cannot_be_read_leaves_its_neighbours(
    tmp_path: Path, opened: Open
) -> None:
    """It would begin behind the end of the image."""
    path = tmp_path / "disk"
    _hidden(path, 16)
    raw = bytearray(path.read_bytes())
    deep = raw.index(b"DEEP       ")
    struct.pack_into("<H", raw, deep + 26, 0xFFF0)
    path.write_bytes(raw)
    source = opened(path)
    walk = source.walk(source.volumes[0])
    paths = {entry.path for entry in walk}
    assert {"HI DEN/DEEP", "HI DEN/A long name of a file.txt"} <= paths
    assert walk.caps == [f"{NOT_WHOLE}: 1"]


def test_a_chain_that_ends_early_is_said_of_its_file(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disk"
    _hidden(path, 16)
    raw = bytearray(path.read_bytes())
    at = raw.index(b" IDE ME JPG")
    struct.pack_into("<I", raw, at + 28, 0x7FFFFFFF)
    path.write_bytes(raw)
    source = opened(path)
    (entry,) = [e for e in source.walk(source.volumes[0]) if e.path == " IDE ME.JPG"]
    assert entry.size == 0x7FFFFFFF
    assert "content" in digest(source, entry)


def test_a_boot_sector_that_contradicts_itself_leaves_them_counted(
    tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disk"
    _hidden(path, 16)
    raw = bytearray(path.read_bytes())
    raw[16] = 1
    path.write_bytes(raw)
    source = opened(path)
    if source.volumes[0].state == "readable":
        walk = source.walk(source.volumes[0])
        paths = [entry.path for entry in walk]
        assert len(paths) == len(set(paths))
        assert any(cap.startswith(ODD_NAMES) for cap in walk.caps) or "USUAL.TXT" not in paths


def test_a_long_name_of_another_file_is_not_taken() -> None:
    long = bytearray(32)
    long[0], long[11], long[13] = 0x41, 0x0F, 1
    long[1:3] = b"x\0"
    short = b"B       JPG\x20" + bytes(14) + struct.pack("<HI", 9, 9)
    (name,) = names_in(bytes(long) + short)
    assert name.name == b"B.JPG"


@pytest.mark.parametrize("kind", ["fat", "exfat"])
def test_a_directory_too_large_to_be_held_against_its_names_is_said(
    kind: str, tmp_path: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "disk"
    if kind == "fat":
        fat_volume(path, SIZES[16], FILES, bits=16)
    else:
        exfat_volume(path, 8 * MIB, FILES, label="CARD")
    source = opened(path)
    for most, said in ((MOST_BYTES, False), (64, True)):
        monkeypatch.setattr(walking, "MOST_BYTES", most)
        walk = source.walk(source.volumes[0])
        assert "USUAL.TXT" in {entry.path for entry in walk}
        assert any(cap.startswith(NOT_COMPARED) for cap in walk.caps) is said
