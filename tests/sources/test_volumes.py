"""Every sector of a device belongs to exactly one listed volume, whatever its tables say."""

import random
import struct
import zlib
from pathlib import Path

import pytest

from tests import disks
from tests.making.tables import Part, mbr
from tests.sources.conftest import Open
from triage.evidence import Volume
from triage.sources import Source
from triage.sources.layout import lay_out
from triage.sources.tables import Slot

FILES = {"a/one.bin": b"one" * 4000}


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    path = tmp_path / "volume"
    disks.ext_volume(path, 8 << 20, FILES, label="DATA")
    return path


def _whole(source: Source) -> list[Volume]:
    """The volumes, after checking that they fill the device without a gap or an overlap."""
    position = 0
    for volume in source.volumes:
        assert volume.offset == position
        assert volume.size >= 0
        position += volume.size
    assert position == source.device.size
    assert len({volume.id for volume in source.volumes}) == len(source.volumes)
    return source.volumes


def _claimed(source: Source) -> list[Volume]:
    return [volume for volume in _whole(source) if volume.state != "unclaimed"]


@pytest.mark.parametrize("sector", [512, 4096])
def test_gpt_is_read_whatever_sector_size_the_image_seems_to_have(
    sector: int, volume: Path, tmp_path: Path, opened: Open
) -> None:
    offsets = disks.gpt_disk(tmp_path / "disk", [volume, volume], sector=sector, names=["x", "y"])
    found = _claimed(opened(tmp_path / "disk"))
    assert [v.offset for v in found] == offsets
    assert [v.state for v in found] == ["readable", "readable"]
    assert 'Microsoft basic data "y"' in found[1].description
    assert found[0].label == "DATA"


def test_a_hybrid_table_does_not_list_a_volume_twice(
    volume: Path, tmp_path: Path, opened: Open
) -> None:
    disks.gpt_disk(tmp_path / "disk", [volume, volume], hybrid=True)
    assert len(_claimed(opened(tmp_path / "disk"))) == 2


def test_a_destroyed_first_gpt_header_leaves_the_one_at_the_end(
    volume: Path, tmp_path: Path, opened: Open
) -> None:
    disks.gpt_disk(tmp_path / "disk", [volume, volume])
    with (tmp_path / "disk").open("r+b") as disk:
        disk.seek(0)
        disk.write(bytes(64 * 512))
    found = opened(tmp_path / "disk")
    assert [v.state for v in _claimed(found)] == ["readable", "readable"]
    assert any("the one at the end is used" in v.reason for v in found.volumes)


def test_a_wrong_checksum_in_both_gpt_headers_is_said(
    volume: Path, tmp_path: Path, opened: Open
) -> None:
    disks.gpt_disk(tmp_path / "disk", [volume])
    size = (tmp_path / "disk").stat().st_size
    with (tmp_path / "disk").open("r+b") as disk:
        for place in (512 + 16, size - 512 + 16):
            disk.seek(place)
            disk.write(b"\1\2\3\4")
    found = opened(tmp_path / "disk")
    assert [v.state for v in _claimed(found)] == ["readable"]
    assert any("checksum of the GPT header is wrong" in v.reason for v in found.volumes)


def test_a_gpt_that_claims_billions_of_entries_is_capped(
    volume: Path, tmp_path: Path, opened: Open
) -> None:
    disks.gpt_disk(tmp_path / "disk", [volume])
    raw = bytearray((tmp_path / "disk").read_bytes())
    struct.pack_into("<I", raw, 512 + 80, 0xFFFFFFFF)
    struct.pack_into("<I", raw, 512 + 16, 0)
    struct.pack_into("<I", raw, 512 + 16, zlib.crc32(raw[512 : 512 + 92]))
    raw[-512:] = bytes(512)
    (tmp_path / "disk").write_bytes(raw)
    found = opened(tmp_path / "disk")
    assert any("claims 4294967295 entries" in v.reason for v in _whole(found))


def test_logical_volumes_are_listed(volume: Path, tmp_path: Path, opened: Open) -> None:
    offsets = disks.mbr_disk(tmp_path / "disk", [volume] * 5, primary=2)
    found = _claimed(opened(tmp_path / "disk"))
    assert [v.offset for v in found] == offsets
    assert {v.state for v in found} == {"readable"}


def test_a_chain_of_extended_partitions_that_loops_is_cut_off(
    volume: Path, tmp_path: Path, opened: Open
) -> None:
    offsets = disks.mbr_disk(tmp_path / "disk", [volume] * 3, primary=1)
    first = offsets[1] // 512 - 1
    with (tmp_path / "disk").open("r+b") as disk:
        disk.seek((offsets[2] // 512 - 1) * 512)
        disk.write(mbr([Part(1, (8 << 20) // 512, 0x83), Part(0, 5000, 0x05)]))
    assert first
    found = opened(tmp_path / "disk")
    assert [v.offset for v in _claimed(found)] == offsets
    assert any("does not end" in v.reason for v in found.volumes)


def test_slots_beyond_the_end_and_on_top_of_each_other_are_clipped_and_said(
    volume: Path, tmp_path: Path, opened: Open
) -> None:
    disks.mbr_disk(tmp_path / "disk", [volume, volume])
    parts = [
        Part(2048, 16384, 0x83),
        Part(4096, 16384, 0x83),
        Part(20480, 1 << 31, 0x83),
        Part(1 << 31, 1 << 31, 0x83),
    ]
    with (tmp_path / "disk").open("r+b") as disk:
        disk.write(mbr(parts))
    found = opened(tmp_path / "disk")
    reasons = " ".join(v.told for v in _whole(found))
    assert "overlaps" in reasons
    assert "beyond the end of the device" in reasons
    assert found.volumes[1].state == "readable"


def _cut(disk: Path, size: int) -> None:
    with disk.open("r+b") as file:
        file.truncate(size)


@pytest.mark.parametrize("kind", ["ntfs", "exfat", "fat", "ext"])
@pytest.mark.parametrize("table", [False, True])
def test_a_file_system_that_goes_on_behind_the_end_is_said_to(
    kind: str, table: bool, tmp_path: Path, opened: Open
) -> None:
    getattr(disks, f"{kind}_volume")(tmp_path / "disk", 40 << 20, FILES)
    start = 0
    if table:
        (start,) = disks.mbr_disk(tmp_path / "table", [tmp_path / "disk"])
        (tmp_path / "table").rename(tmp_path / "disk")
    whole = opened(tmp_path / "disk").volumes
    assert not any(volume.unread for volume in whole)
    _cut(tmp_path / "disk", start + (39 << 20))
    (found,) = _claimed(opened(tmp_path / "disk"))
    assert found.state == "readable"
    assert any("beyond the end of the device, and were not read" in s for s in found.unread)


def test_a_file_system_that_is_longer_than_its_partition_is_said_to_be(
    volume: Path, tmp_path: Path, opened: Open
) -> None:
    disks.mbr_disk(tmp_path / "disk", [volume, volume])
    parts = [Part(2048, 8192, 0x83), Part(10240, 2048, 0x83)]
    with (tmp_path / "disk").open("r+b") as disk:
        disk.write(mbr(parts))
    first = _claimed(opened(tmp_path / "disk"))[0]
    assert first.unread == (
        f"{4 << 20:,} bytes of it would lie beyond the end of its partition, and were not read",
    )


def test_zeros_up_to_a_cut_are_not_called_empty(tmp_path: Path, opened: Open) -> None:
    disks.zeros(tmp_path / "zeros", 4 << 20)
    (start,) = disks.mbr_disk(tmp_path / "disk", [tmp_path / "zeros"])
    assert [v.state for v in _claimed(opened(tmp_path / "disk"))] == ["empty"]
    _cut(tmp_path / "disk", start + (3 << 20))
    assert [v.state for v in _claimed(opened(tmp_path / "disk"))] == ["unrecognised"]


def test_an_extended_partition_that_was_cut_off_is_said_to_be(
    volume: Path, tmp_path: Path, opened: Open
) -> None:
    offsets = disks.mbr_disk(tmp_path / "disk", [volume] * 4, primary=2)
    _cut(tmp_path / "disk", offsets[2] - (1 << 20))
    found = _claimed(opened(tmp_path / "disk"))
    assert [v.state for v in found] == ["readable", "readable", "damaged"]
    assert found[2].unread == ("it lies beyond the end of the device",)


@pytest.mark.parametrize("seed", range(50))
def test_any_slots_at_all_fill_the_device_exactly(seed: int) -> None:
    chance = random.Random(seed)
    size = 1_000_000
    slots = []
    for number in range(chance.randrange(40)):
        start = chance.randrange(0, 1_200_000)
        slots.append(
            Slot(start=start, end=start + chance.randrange(-5, 600_000), description=str(number))
        )
    position = 0
    for piece in lay_out(slots, size):
        assert piece.start == position
        assert piece.end >= piece.start
        position = piece.end
    assert position == size


@pytest.mark.parametrize("kind", ["ntfs", "exfat", "fat", "ext"])
def test_a_file_system_without_a_table_is_one_volume(
    kind: str, tmp_path: Path, opened: Open
) -> None:
    getattr(disks, f"{kind}_volume")(tmp_path / "disk", 40 << 20, FILES)
    found = _whole(opened(tmp_path / "disk"))
    assert [v.state for v in found] == ["readable"]


def test_zeros_noise_and_text_are_told_apart(tmp_path: Path, opened: Open) -> None:
    disks.zeros(tmp_path / "zeros", 4 << 20)
    disks.noise(tmp_path / "noise", 4 << 20)
    (tmp_path / "text").write_bytes(b"seventy sleepy sheep " * 100_000)
    (tmp_path / "text").write_bytes((tmp_path / "text").read_bytes()[: 2 << 20])
    disks.gpt_disk(tmp_path / "disk", [tmp_path / name for name in ("zeros", "noise", "text")])
    found = _claimed(opened(tmp_path / "disk"))
    assert [v.state for v in found] == ["empty", "unrecognised", "unrecognised"]
    assert "looks random" in found[1].reason
    assert "looks random" not in found[2].reason


def test_a_device_of_zeros_and_a_tiny_one_are_listed(tmp_path: Path, opened: Open) -> None:
    for size in (1, 511, 512, 4096, 70000):
        (tmp_path / "disk").write_bytes(bytes(size))
        assert [v.state for v in _whole(opened(tmp_path / "disk"))] == ["empty"]


def test_a_damaged_file_system_is_listed_as_damaged_with_the_reason(
    volume: Path, tmp_path: Path, opened: Open
) -> None:
    raw = bytearray(volume.read_bytes())
    raw[1024 + 32 : 1024 + 48] = bytes(16)
    raw[4096:65536] = b"\xaa" * (65536 - 4096)
    volume.write_bytes(raw)
    disks.gpt_disk(tmp_path / "disk", [volume])
    found = _claimed(opened(tmp_path / "disk"))
    assert [v.state for v in found] == ["damaged"]
    assert "does not open" in found[0].reason


@pytest.mark.parametrize("seed", range(40))
def test_a_disk_with_random_bytes_in_its_tables_never_stops_the_listing(
    seed: int, volume: Path, tmp_path: Path, opened: Open
) -> None:
    disks.mbr_disk(tmp_path / "disk", [volume] * 3, primary=2)
    if seed % 2:
        disks.gpt_disk(tmp_path / "disk", [volume] * 2)
    chance = random.Random(seed)
    raw = bytearray((tmp_path / "disk").read_bytes())
    for _ in range(200):
        raw[chance.randrange(440, 34 * 512)] = chance.randrange(256)
    for offset in (1 << 20, (1 << 20) + 1024):
        for _ in range(10):
            raw[offset + chance.randrange(1024)] = chance.randrange(256)
    (tmp_path / "disk").write_bytes(raw)
    source = opened(tmp_path / "disk")
    for found in _whole(source):
        if found.state == "readable":
            for entry in source.walk(found):
                assert entry.size >= 0


def test_partitions_deleted_from_the_table_are_found_where_they_began(
    tmp_path: Path, opened: Open
) -> None:
    """The hostile case: the table was emptied minutes ago, the files are all still there."""
    volumes = []
    for kind in ("ntfs", "exfat", "fat", "ext"):
        volumes.append(tmp_path / kind)
        getattr(disks, f"{kind}_volume")(volumes[-1], 40 << 20, FILES)
    offsets = disks.gpt_disk(tmp_path / "disk", volumes)
    size = (tmp_path / "disk").stat().st_size
    with (tmp_path / "disk").open("r+b") as disk:
        for place in (0, size - (1 << 20)):
            disk.seek(place)
            disk.write(bytes(1 << 20))
    found = [v for v in _whole(opened(tmp_path / "disk")) if v.state == "readable"]
    assert [v.offset for v in found] == offsets
    assert {v.description for v in found} == {"not in the partition table"}


def test_a_partition_deleted_between_others_is_found(
    volume: Path, tmp_path: Path, opened: Open
) -> None:
    offsets = disks.mbr_disk(tmp_path / "disk", [volume] * 3)
    with (tmp_path / "disk").open("r+b") as disk:
        disk.write(mbr([Part(o // 512, (8 << 20) // 512, 0x83) for o in (offsets[0], offsets[2])]))
    found = [v for v in _whole(opened(tmp_path / "disk")) if v.state == "readable"]
    assert [v.offset for v in found] == offsets
    assert found[1].description == "not in the partition table"


def test_an_apple_partition_map_is_read(volume: Path, tmp_path: Path, opened: Open) -> None:
    size = volume.stat().st_size
    parts = [(1, 63, "Apple", "Apple_partition_map"), (2048, size // 512, "disk", "Apple_HFS")]
    raw = bytearray(disks.MIB + size + disks.MIB)
    raw[:6] = struct.pack(">2sHH", b"ER", 512, 0)
    for number, (start, count, name, type_) in enumerate(parts, 1):
        entry = struct.pack(">2sHIII32s32sIII", b"PM", 0, len(parts), start, count, name.encode(),
                            type_.encode(), 0, count, 0x33)  # fmt: skip
        raw[512 * number : 512 * number + len(entry)] = entry
    raw[disks.MIB : disks.MIB + size] = volume.read_bytes()
    (tmp_path / "disk").write_bytes(raw)
    found = [v for v in _whole(opened(tmp_path / "disk")) if v.state == "readable"]
    assert [(v.offset, v.description) for v in found] == [(disks.MIB, "Apple_HFS")]


def _disk_label(parts: list[tuple[int, int]]) -> bytes:
    """A BSD disk label: (first sector, count) of each partition, all of type FFS."""
    label = bytearray(148 + 16 * len(parts))
    struct.pack_into("<I", label, 0, 0x82564557)
    struct.pack_into("<I", label, 40, 512)
    struct.pack_into("<I", label, 132, 0x82564557)
    struct.pack_into("<H", label, 138, len(parts))
    for number, (first, count) in enumerate(parts):
        struct.pack_into("<IIIBBH", label, 148 + 16 * number, count, first, 1024, 7, 8, 0)
    return bytes(label)


def test_a_slice_whose_disk_label_is_damaged_is_listed_by_itself(
    tmp_path: Path, opened: Open
) -> None:
    raw = bytearray(8 * disks.MIB)
    raw[:512] = mbr([Part(2048, 8192, 0xA5)])
    label = bytearray(_disk_label([(4096, 2048)]))
    struct.pack_into("<I", label, 132, 0)
    raw[2049 * 512 : 2049 * 512 + len(label)] = label
    (tmp_path / "disk").write_bytes(raw)
    found = [v for v in _whole(opened(tmp_path / "disk")) if v.offset == 2048 * 512]
    assert [(v.size, v.description) for v in found] == [(8192 * 512, "FreeBSD")]
    assert found[0].reason == "holds a partition table of its own, which was not read"


@pytest.mark.parametrize("slice_", [0, 2048])
def test_a_bsd_disk_label_is_read_bare_and_inside_a_slice(
    slice_: int, volume: Path, tmp_path: Path, opened: Open
) -> None:
    size = volume.stat().st_size
    first = 4096
    raw = bytearray(first * 512 + size + disks.MIB)
    if slice_:
        raw[:512] = mbr([Part(slice_, len(raw) // 512 - slice_, 0xA5)])
    label = _disk_label([(first, size // 512)])
    at = (slice_ + 1) * 512
    raw[at : at + len(label)] = label
    raw[first * 512 : first * 512 + size] = volume.read_bytes()
    (tmp_path / "disk").write_bytes(raw)
    found = [v for v in _whole(opened(tmp_path / "disk")) if v.state == "readable"]
    assert [v.offset for v in found] == [first * 512]
    assert found[0].description != "not in the partition table"
