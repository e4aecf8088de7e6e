"""Every kind of container is recognised by what is in it, and so is one that is encrypted."""

import io
import zipfile
from pathlib import Path

import pytest

from tests.containers import making
from tests.disks import exfat_volume, ext_volume, fat_volume, gpt_disk, ntfs_volume
from triage.containers.kinds import FAMILY, KINDS, kind_by_name
from triage.containers.probe import Container
from triage.containers.recognising import recognise
from triage.evidence import HEAD_BYTES

PLAIN = [(kind, *each) for kind, some in making.plain().items() for each in some]
LOCKED = [(kind, *each) for kind, some in making.locked().items() for each in some]


def by_head(content: bytes, path: str, *, end_was_read: bool = False) -> Container | None:
    """As of content of which only the beginning was read."""
    return recognise(
        content[:HEAD_BYTES],
        len(content),
        path,
        lambda offset, length: content[offset : offset + length],
        end_was_read=end_was_read,
    )


def test_there_is_a_sample_of_every_kind() -> None:
    assert {kind for kind, *_ in (*PLAIN, *LOCKED)} == KINDS
    assert set(FAMILY) == KINDS


@pytest.mark.parametrize(("kind", "name", "content"), PLAIN, ids=[f"{k} {n}" for k, n, _ in PLAIN])
def test_it_is_recognised(kind: str, name: str, content: bytes) -> None:
    assert recognise(content, len(content), f"folder/{name}") == (kind, False)


@pytest.mark.parametrize(
    ("kind", "name", "content"), LOCKED, ids=[f"{k} {n}" for k, n, _ in LOCKED]
)
def test_that_it_is_encrypted_is_seen(kind: str, name: str, content: bytes) -> None:
    assert recognise(content, len(content), f"folder/{name}") == (kind, True)


@pytest.mark.parametrize(
    ("kind", "name", "content"), [*PLAIN, *LOCKED], ids=[f"{k} {n}" for k, n, _ in PLAIN + LOCKED]
)
def test_the_beginning_says_what_the_whole_says(kind: str, name: str, content: bytes) -> None:
    whole = recognise(content, len(content), name)
    assert by_head(content, name, end_was_read=True) == whole


def test_the_name_decides_nothing_where_the_content_does() -> None:
    for kind, _, content in PLAIN:
        if kind not in {"cbz", "mht", "pdf", "eml"}:
            found = recognise(content, len(content), "holiday.jpg")
            assert found is not None
            assert found.kind == kind


def test_the_encrypted_zip_is_a_real_one() -> None:
    with zipfile.ZipFile(io.BytesIO(making.zip_crypto("a.png", making.PNG))) as file:
        assert file.read("a.png", pwd=b"peanuts") == making.PNG


@pytest.mark.parametrize("make", [ext_volume, fat_volume, ntfs_volume, exfat_volume])
def test_a_volume_in_a_file_is_a_disk_image(tmp_path: Path, make: object) -> None:
    make(tmp_path / "volume", 40 << 20, {"a.txt": making.TEXT})  # type: ignore[operator]
    content = (tmp_path / "volume").read_bytes()
    assert by_head(content, "backup") == ("disk image", False)
    gpt_disk(tmp_path / "disk", [tmp_path / "volume"])
    assert by_head((tmp_path / "disk").read_bytes(), "backup") == ("disk image", False)


def test_a_large_zip_is_known_by_its_two_ends() -> None:
    many = {f"{n:05}.bin": bytes(200) for n in range(9000)}
    content = making.zipped(many, method=zipfile.ZIP_STORED)
    locked = bytearray(content)
    at = locked.index(b"PK\x01\x02") + 46 + 9  # the second member, in the directory alone
    assert locked[at : at + 4] == b"PK\x01\x02"
    locked[at + 8] |= 1
    assert by_head(content, "a.zip") == ("zip", False)
    assert by_head(bytes(locked), "a.zip") == ("zip", True)


@pytest.mark.parametrize("name", ["a.ZIP", "x/b.Docx", "c.7z", "d.e01", "e.pst", "f.tar.gz"])
def test_content_of_which_nothing_is_read_is_told_by_its_name(name: str) -> None:
    assert kind_by_name(name) in KINDS


@pytest.mark.parametrize("name", ["a.jpg", "zip", "a.zip/b", "c.img", "d.bin", ".pdf.txt", ""])
def test_a_name_that_may_mean_anything_claims_nothing(name: str) -> None:
    assert kind_by_name(name) == ""


def test_a_disk_image_that_only_its_end_tells_needs_its_name_where_the_end_is_not_read() -> None:
    content = b"x\xda" + bytes(200_000) + b"koly" + bytes(508)
    assert by_head(content, "a.dmg") == ("dmg", False)
    assert by_head(content, "a.bin") is None
    assert by_head(content, "a.bin", end_was_read=True) == ("dmg", False)


def test_marks_that_lie_further_in_or_at_the_end_are_seen_in_longer_content_too() -> None:
    """Where one byte of each is looked at first."""
    made = making.plain()
    for kind in ("tar", "lha", "ace", "mobi"):
        for name, content in made[kind]:
            assert recognise(content + bytes(3000), len(content) + 3000, name) == (kind, False)
    ends = (making.zipped({"a": b"x"}), b"koly".ljust(512, b"\1"), b"conectix".ljust(512, b"\1"),
            bytes(8) + b"cdsaencr")  # fmt: skip
    for end, told in zip(ends, ("appended zip", "dmg", "vhd", "dmg"), strict=True):
        found = recognise(bytes(3000) + end, 3000 + len(end), "a")
        assert found is not None
        assert found.kind == told


@pytest.mark.parametrize("mark", [(1024, b"H+\0\4"), (1024, b"HX\0\5"), (32, b"NXSB")])
def test_volumes_of_apple_in_a_file_are_disk_images(mark: tuple[int, bytes]) -> None:
    content = making.headed(mark, size=400 * 1024)
    assert recognise(content, len(content), "a") == ("disk image", False)
    assert recognise(content[:300_000], 300_000, "a") is None, "smaller than any disk"
