"""btrfs of several devices: what Linux wrote to them is read, with some of them missing as far as
the others hold it; what is not of the same file system is not taken for a part of it."""

import hashlib
import lzma
import os
import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.endings.rows.images import IMAGES, unpacked
from tests.making.stacks import MIB, run
from tests.sources.conftest import Open
from triage.coordinator.listing import volumes_of_all
from triage.devices.attached import identify
from triage.devices.opening import open_read_only
from triage.evidence import FileEntry, Volume, VolumeState
from triage.scan.given import given
from triage.sources import ContentError, Source
from triage.sources.btrfs_chunks import ELSEWHERE
from triage.sources.btrfs_devices import join
from triage.sources.btrfs_table import MARK
from triage.sources.bytes import MadeBytes

SUPERBLOCK, SECOND = 65536, 64 * MIB
GENERATION_AT, UUID_AT = SUPERBLOCK + 72, SUPERBLOCK + 267
TRUTH = {
    line[34:]: line[:32]
    for line in (IMAGES / "btrfs-raid10.truth.md5").read_text().splitlines()
}  # fmt: skip
Members = Callable[[str, Sequence[int]], list[Path]]
Read = tuple[list[Volume], dict[str, str]]


@pytest.fixture(scope="module")
def devices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all of them lie, without their zeros."""
    folder = tmp_path_factory.mktemp("devices")
    for packed in IMAGES.glob("btrfs-raid*.blocks.xz"):
        raw = lzma.decompress(packed.read_bytes())
        with (folder / packed.name.partition(".")[0]).open("wb") as image:
            image.truncate(struct.unpack_from("<Q", raw)[0])
            for at in range(8, len(raw), 8 + 4096):
                image.seek(struct.unpack_from("<Q", raw, at)[0])
                image.write(raw[at + 8 : at + 8 + 4096])
    return folder


@pytest.fixture
def members(devices: Path, tmp_path: Path) -> Members:
    """Copies of devices by their numbers, in that order."""

    def copied(name: str, numbers: Sequence[int]) -> list[Path]:
        paths = [tmp_path / f"{place}" for place in range(len(numbers))]
        for path, number in zip(paths, numbers, strict=True):
            whole = devices / f"btrfs-{name}-{number}"
            run("cp", "--sparse=always", whole, path)
        return paths

    return copied


def _read(paths: Sequence[Path]) -> Read:
    """All volumes, and the MD5 of every file or why there is none, by the volume's id and the
    path: listed once alone and once beside the others, as the coordinator has it done."""
    sources: dict[str, Source] = {}
    opened = [identify(path, f"d{number}") for number, path in enumerate(paths)]
    fds = {device.id: open_read_only(device) for device in opened}
    for device in opened:
        alone = Source(device, fds[device.id]).volumes
        sources[device.id] = Source(device, fds[device.id], alone, beside=sources)
    listed = {name: source.listed() for name, source in sources.items()}
    for device in opened:
        sources[device.id] = Source(device, fds[device.id], listed[device.id], beside=sources)
    found = {
        f"{volume.id} {entry.path}": _md5(sources[name], entry)
        for name, volumes in listed.items()
        for volume in volumes
        if volume.state is VolumeState.READABLE
        for entry in sources[name].walk(volume)
        if entry.kind == "file"
    }
    for each in fds.values():
        for fd in each:
            os.close(fd)
    return [volume for volumes in listed.values() for volume in volumes], found


def _md5(source: Source, entry: FileEntry) -> str:
    md5 = hashlib.md5(usedforsecurity=False)
    try:
        for chunk in source.content(entry).chunks():
            md5.update(chunk)
    except ContentError as error:
        return error.reason
    return md5.hexdigest()


def _in(volume: str, files: Mapping[str, str]) -> dict[str, str]:
    return {f"{volume} {path}": md5 for path, md5 in files.items()}


def _patched(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def _number(path: Path, at: int) -> int:
    with path.open("rb") as file:
        file.seek(at)
        return int.from_bytes(file.read(8), "little")


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("raid10", (3, 1, 4, 2)),
        ("raid10", (4, 1)),
        ("raid0", (2, 1)),
    ],
)
def test_all_that_linux_wrote_is_read_once(
    name: str, numbers: tuple[int, ...], members: Members
) -> None:
    """In whatever order they come; of a RAID 10 without the other half of each mirror."""
    volumes, found = _read(members(name, numbers))
    assert found == _in("d0v1.1", TRUTH)
    outer = [volume for volume in volumes if not volume.inside]
    assert {volume.state for volume in outer} == {"container"}
    assert len({volume.part_of for volume in outer}) == 1
    assert all(each.reason.endswith("listed inside d0v1") for each in outer[1:])
    (inner,) = (volume for volume in volumes if volume.inside)
    assert (inner.label, inner.unread) == ("several", ())
    assert ("without 2 of them" in outer[0].reason) == (name == "raid10" and len(numbers) == 2)


def test_the_coordinator_puts_them_together(members: Members) -> None:
    first, second = (
        each.volumes
        for each in volumes_of_all(given([str(path) for path in members("raid0", [2, 1])]))
    )
    assert [volume.state for volume in first] == ["container", "readable"]
    assert second[0].reason.endswith("put together of d0v1, d1v1, listed inside d0v1")


def test_one_device_of_a_mirror_is_all_of_it(tmp_path: Path) -> None:
    volumes, found = _read([unpacked(tmp_path, "btrfs-mirror")])
    truth = (IMAGES / "btrfs-mirror.truth.md5").read_text().splitlines()
    wanted = {line[34:]: line[:32] for line in truth}
    assert {f"d0v1.1 {path}" for path in wanted} <= set(found)
    assert _in("d0v1.1", wanted).items() <= found.items()
    assert ELSEWHERE not in found.values()
    assert volumes[-1].unread == ()


@pytest.mark.parametrize("number", [1, 2])
def test_of_what_lies_on_a_missing_device_each_file_is_listed_and_says_so(
    number: int, members: Members
) -> None:
    volumes, found = _read(members("raid0", [number]))
    assert volumes[-1].unread == ("what lies only on those of its 2 devices that are not here (1)",)
    assert set(found) == set(_in("d0v1.1", TRUTH))
    here = {key: md5 for key, md5 in found.items() if md5 != ELSEWHERE}
    assert found["d0v1.1 long.txt"] == ELSEWHERE
    assert here.items() <= _in("d0v1.1", TRUTH).items()


def test_without_its_trees_it_is_said_how_many_devices_are_missing(members: Members) -> None:
    volumes, found = _read(members("raid10", [3, 4]))
    assert found == {}
    assert volumes[1].state == "unsupported"
    assert volumes[1].reason == (
        "it does not open without those of its 4 devices that are not here (2)"
    )


def test_a_device_that_is_stale_is_left_out_and_read_by_itself(members: Members) -> None:
    """Linux would read from it what has changed since."""
    paths = members("raid10", [1, 2, 3, 4])
    before = struct.pack("<Q", _number(paths[1], GENERATION_AT) - 4)
    _patched(paths[1], GENERATION_AT, before)
    _patched(paths[1], SECOND + GENERATION_AT - SUPERBLOCK, before)
    volumes, found = _read(paths)
    assert _in("d0v1.1", TRUTH).items() <= found.items()
    stale = next(volume for volume in volumes if volume.id == "d1v1")
    assert "it is stale: 4 changes of the file system are not on it" in stale.reason
    assert "listed inside" not in stale.reason


def test_what_only_a_late_superblock_lacks_is_no_reason_to_leave_it_out(members: Members) -> None:
    """The power may be cut between two of them."""
    paths = members("raid0", [1, 2])
    before = struct.pack("<Q", _number(paths[0], GENERATION_AT) - 1)
    _patched(paths[0], GENERATION_AT, before)
    _patched(paths[0], SECOND + GENERATION_AT - SUPERBLOCK, before)
    _, found = _read(paths)
    assert found == _in("d0v1.1", TRUTH)


def _node_at(path: Path, logical: int) -> int:
    raw = path.read_bytes()
    told = struct.pack("<Q", logical)
    return next(at for at in range(1 << 20, len(raw), 4096) if raw[at + 48 : at + 56] == told)


def test_halves_of_a_mirror_that_went_ways_of_their_own_are_both_read(members: Members) -> None:
    """Of the same generation, and with a root at the same place: else the one would hide what the
    other has."""
    paths = members("raid0", [1, 2])
    root = _node_at(paths[1], _number(paths[1], SUPERBLOCK + 80))
    with paths[1].open("r+b") as file:
        file.seek(root)
        node = bytearray(file.read(16384))
        at = 101 + struct.unpack_from("<I", node, 101 + 17)[0]
        node[at + 160] ^= 1
        file.seek(root)
        file.write(node)
    volumes, found = _read(paths)
    assert {volume.id for volume in volumes if volume.state == "readable"} == {"d0v1.1", "d1v1.1"}
    assert len(found) == 2 * len(TRUTH)
    told = next(volume.reason for volume in volumes if volume.id == "d1v1")
    assert told.endswith("it was changed apart from the others")


def test_two_that_say_they_are_the_same_device_are_not_both_used(members: Members) -> None:
    """The one that is left out is read by itself: it may hold something else."""
    volumes, found = _read(members("raid0", [1, 2, 2]))
    assert _in("d0v1.1", TRUTH).items() <= found.items()
    assert "another says that it is the same device" in next(
        volume.reason for volume in volumes if volume.id == "d2v1"
    )
    assert any(key.startswith("d2v1.1 ") for key in found)


def test_one_that_only_claims_the_number_of_another_is_not_read_in_its_place(
    members: Members,
) -> None:
    """Chunks name a device by its UUID too."""
    paths = members("raid0", [1, 2])
    _patched(paths[1], UUID_AT, b"another device!!")
    _patched(paths[1], SECOND + UUID_AT - SUPERBLOCK, b"another device!!")
    volumes, found = _read(paths)
    assert found["d0v1.1 long.txt"] == ELSEWHERE
    assert any("not here" in words for words in volumes[1].unread)


def test_of_a_device_that_was_cut_off_what_is_left_is_read(members: Members) -> None:
    paths = members("raid0", [1, 2])
    size = 24 << 20
    with paths[1].open("r+b") as file:
        file.truncate(size)
    _, found = _read(paths)
    assert set(found) == set(_in("d0v1.1", TRUTH))
    good = {key for key, md5 in found.items() if md5 == _in("d0v1.1", TRUTH)[key]}
    assert {md5 for key, md5 in found.items() if key not in good} <= {ELSEWHERE}


def test_a_table_that_a_disk_bears_is_not_believed(members: Members, opened: Open) -> None:
    """What is laid over the beginning in memory has a mark that is another in each run."""
    (path,) = members("raid0", [1])
    _patched(path, 0, MARK[:-12] + bytes(12) + struct.pack("<I", 1) + bytes(41))
    source = opened(path)
    entries = {entry.path for entry in source.walk(source.volumes[-1])}
    assert entries == set(TRUTH)


def test_what_is_no_btrfs_is_refused_and_the_others_are_put_together(members: Members) -> None:
    (path,) = members("raid0", [1])
    with path.open("rb") as file:
        first = file.read(2 * MIB)
    with pytest.raises(ContentError, match="superblocks"):
        join([_Held(bytes(1 << 20))])
    made = join([_Held(bytes(1 << 20)), _Held(first)])
    assert (made.used, list(made.left_out)) == ((1,), [0])


class _Held(MadeBytes):
    def __init__(self, raw: bytes) -> None:
        self._raw, self.size = raw, len(raw)

    def read_at(self, offset: int, length: int) -> bytes:
        return self._raw[offset : offset + length]
