"""What The Sleuth Kit is given to read, and how much of it."""

import random
from pathlib import Path

import pytest

from tests import disks
from tests.sources.conftest import Open
from triage.evidence import FileEntry
from triage.sources import Source, reader, tsk

FOLDERS, FILES = 40, 4000


@pytest.fixture(scope="module")
def scattered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An NTFS volume whose folders' files came to be in no order, as in a disk that is used."""
    names = [f"f{n % FOLDERS}/{n:05}.txt" for n in range(FILES)]
    random.Random(3).shuffle(names)
    image = tmp_path_factory.mktemp("scattered") / "disk"
    disks.ntfs_volume(image, 64 << 20, {name: name.encode() * 3 for name in names})
    return image


def _walked(source: Source) -> list[FileEntry]:
    (volume,) = source.volumes
    return list(source.walk(volume))


def _amounts(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> list[int]:
    """The lengths that the method `name` will have been asked to read, as they come."""
    amounts: list[int] = []
    read = getattr(owner, name)

    def counted(self: object, offset: int, length: int) -> bytes:
        amounts.append(length)
        return bytes(read(self, offset, length))

    monkeypatch.setattr(owner, name, counted)
    return amounts


def test_a_survey_of_a_scattered_mft_reads_a_few_times_its_size(
    scattered: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    amounts = _amounts(monkeypatch, reader.Reader, "read_at")
    spared = _walked(opened(scattered))
    with_little = sum(amounts)
    amounts.clear()
    monkeypatch.setattr(tsk, "RECORDS_BYTES", tsk.CACHE_BYTES)
    assert _walked(opened(scattered)) == spared
    assert len(spared) > FILES
    assert with_little < sum(amounts) / 3


def test_naming_the_volumes_does_not_read_the_mft(
    scattered: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    amounts = _amounts(monkeypatch, tsk.TskImage, "read")
    assert [volume.state for volume in opened(scattered).volumes] == ["readable"]
    assert sum(amounts) < FILES * 1024 / 4


def _record_of_root(raw: bytearray) -> int:
    cluster = raw[13] * 512
    return int.from_bytes(raw[48:56], "little") * cluster + 5 * 1024


def test_an_ntfs_volume_whose_root_is_no_directory_is_damaged(tmp_path: Path, opened: Open) -> None:
    disks.ntfs_volume(tmp_path / "disk", 24 << 20, {"a.txt": b"a" * 1000})
    raw = bytearray((tmp_path / "disk").read_bytes())
    at = _record_of_root(raw)
    assert raw[at : at + 4] == b"FILE"
    raw[at : at + 1024] = bytes(1024)
    (tmp_path / "disk").write_bytes(raw)
    (volume,) = opened(tmp_path / "disk").volumes
    assert volume.state == "damaged"
    assert volume.reason


def test_an_ntfs_volume_with_a_torn_index_is_listed_all_the_same(
    tmp_path: Path, opened: Open
) -> None:
    wanted = {f"f{number:03}.txt" for number in range(200)}
    disks.ntfs_volume(tmp_path / "disk", 24 << 20, dict.fromkeys(wanted, b"a" * 99))
    raw = bytearray((tmp_path / "disk").read_bytes())
    at = raw.find(b"INDX")
    assert at > 0
    while at > 0:
        raw[at : at + 4096] = b"\xff" * 4096
        at = raw.find(b"INDX")
    (tmp_path / "disk").write_bytes(raw)
    assert wanted <= {entry.path.rpartition("/")[2] for entry in _walked(opened(tmp_path / "disk"))}
