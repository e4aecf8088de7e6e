"""What volumes hold besides what is read of them, and which of them hold nothing at all."""

import struct
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests import disks
from tests.disks import MIB
from tests.endings.rows.images import unpacked
from tests.making.members import ddf, imsm
from tests.making.tables import Part, mbr
from tests.sources.conftest import Open
from triage.evidence import Volume
from triage.sources import Reader
from triage.sources.trees import recognise

FILES = {"a/one.bin": b"one" * 4000}
SUPERBLOCK = 1024


def _patch(path: Path, writes: dict[int, bytes]) -> Path:
    with path.open("r+b") as disk:
        for place, data in writes.items():
            disk.seek(place)
            disk.write(data)
    return path


def _zeros(path: Path, size: int, writes: dict[int, bytes] | None = None) -> Path:
    disks.zeros(path, size)
    return _patch(path, writes or {})


def _only(path: Path, opened: Open) -> Volume:
    (volume,) = opened(path).volumes
    return volume


def _claimed(path: Path, opened: Open) -> list[Volume]:
    return [volume for volume in opened(path).volumes if volume.state != "unclaimed"]


STATES = {
    "md-raid1-1.0": ("ext4", "readable", "one half of a Linux RAID 1"),
}


@pytest.mark.parametrize("name", STATES)
def test_a_volume_that_is_not_read_in_full_is_named_and_says_why(
    name: str, tmp_path: Path, opened: Open
) -> None:
    file_system, state, words = STATES[name]
    found = _only(unpacked(tmp_path, name), opened)
    assert (found.file_system, found.state) == (file_system, state)
    assert words in found.told


# ext: journals and orphans


def _ext(path: Path, kind: str, writes: dict[int, bytes]) -> Path:
    disks.ext_volume(path, 16 * MIB, FILES, kind=kind)
    return _patch(path, {SUPERBLOCK + at: data for at, data in writes.items()})


def _incompatible(path: Path, more: int) -> bytes:
    with path.open("rb") as disk:
        disk.seek(SUPERBLOCK + 96)
        return struct.pack("<I", struct.unpack("<I", disk.read(4))[0] | more)


@pytest.mark.parametrize(("kind", "said"), [("ext2", False), ("ext3", True), ("ext4", True)])
def test_only_what_has_a_journal_can_have_one_that_was_not_replayed(
    kind: str, said: bool, tmp_path: Path, opened: Open
) -> None:
    path = _ext(tmp_path / "disk", kind, {})
    assert _only(path, opened).unread == ()
    _patch(path, {SUPERBLOCK + 96: _incompatible(path, 0x4)})
    found = _only(path, opened)
    assert found.state == "readable"
    assert any("journal was not replayed" in each for each in found.unread) == said


def test_a_list_of_files_that_were_deleted_while_open_is_said(tmp_path: Path, opened: Open) -> None:
    found = _only(_ext(tmp_path / "disk", "ext4", {232: struct.pack("<I", 12)}), opened)
    assert any("deleted while they were open" in each for each in found.unread)


def _hfs(path: Path, *, attributes: int, flags: int, start: int, end: int, at: int) -> Path:
    """A volume header, a journal's info block, a journal's header."""
    header = struct.pack(">2sHI4sI", b"H+", 4, attributes, b"10.0", 2).ljust(40, b"\0")
    info = struct.pack(">I32sQQ", flags, b"", at, 1 << 20)
    journal = struct.pack("<IIQQ", 0x4A4E4C78, 0x12345678, start, end)
    writes = {1024: header + struct.pack(">I", 4096), 2 * 4096: info}
    return _zeros(path, 4 * MIB, writes | ({at: journal} if at < 4 * MIB else {}))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, True),
        ({"end": 512}, False),
        ({"attributes": 0x100}, False),
        ({"flags": 2}, False),
        ({"at": 1 << 62}, False),
    ],
)
def test_a_journal_of_hfs_that_is_not_empty_is_said(
    more: dict[str, int], said: bool, tmp_path: Path
) -> None:
    usual = {"attributes": 0x2000, "flags": 1, "start": 512, "end": 4096, "at": 65536}
    path = _hfs(tmp_path / "disk", **usual | more)
    with path.open("rb") as disk:
        found = recognise(Reader([disk.fileno()], [4 * MIB]), 0, 4 * MIB)
    assert found is not None
    assert (found.name, bool(found.unread)) == ("hfs+", said)


# NTFS and exFAT, FAT: clusters and backups


@pytest.mark.parametrize("byte", [0x81, 0x90, 0xF0, 0xF3])
def test_clusters_that_cannot_be_are_damage_and_fit_a_message(
    byte: int, tmp_path: Path, opened: Open
) -> None:
    disks.ntfs_volume(tmp_path / "disk", 16 * MIB, FILES)
    found = _only(_patch(tmp_path / "disk", {13: bytes([byte])}), opened)
    assert found.state == "damaged"
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Volume) == found


def test_a_backup_in_noise_does_not_make_noise_a_file_system(tmp_path: Path, opened: Open) -> None:
    """A container that hides itself may lie where NTFS was: its last sector is left over."""
    disks.noise(tmp_path / "disk", 8 * MIB)
    disks.ntfs_volume(tmp_path / "old", 8 * MIB, FILES)
    boot = (tmp_path / "old").read_bytes()[:512]
    found = _only(_patch(tmp_path / "disk", {8 * MIB - 512: boot}), opened)
    assert found.state == "unrecognised"
    assert "looks random" in found.reason
    assert "backup" in found.reason


@pytest.mark.parametrize("seed", range(8))
def test_a_backup_full_of_nonsense_stops_nothing(seed: int, tmp_path: Path, opened: Open) -> None:
    disks.noise(tmp_path / "noise", 4096, seed=seed)
    nonsense = (tmp_path / "noise").read_bytes()
    size = 40 * MIB
    writes = {
        size - 512: b"\xeb\x52\x90NTFS    " + nonsense[:400],
        12 * 512 + 3: b"EXFAT   " + nonsense[:300],
        6 * 512: nonsense[:82] + b"FAT32" + nonsense[:100],
        8389632: nonsense[:24] + bytes(4) + nonsense[28:56] + b"\x53\xef" + nonsense[58:90]
        + b"\1\0" + nonsense[92:1024],
        size - 1024: b"H+\0\4" + nonsense[:400],
    }  # fmt: skip
    for place, data in writes.items():
        found = _only(_zeros(tmp_path / "disk", size, {place: data}), opened)
        assert found.state in ("damaged", "unrecognised")
        msgspec.msgpack.encode(found)


# Discs


def _iso_with(folder: Path, name: str, at_sector: int, data: bytes) -> Path:
    """The first session of a disc alone, and something behind it."""
    raw = unpacked(folder, "cd-multisession").read_bytes()
    sectors = struct.unpack_from("<I", raw, 32768 + 80)[0]
    path = folder / name
    path.write_bytes((raw[: sectors * 2048] + bytes(12000 * 2048))[: 12500 * 2048])
    return _patch(path, {(sectors + at_sector) * 2048: data})


def _second_descriptor(folder: Path) -> bytes:
    return unpacked(folder, "cd-multisession").read_bytes()[272 * 2048 : 273 * 2048]


@pytest.mark.parametrize("sector", [0, 16, 47, 6900 + 16, 11400 + 16])
def test_a_later_session_is_found_as_far_off_as_sessions_are(
    sector: int, tmp_path: Path, opened: Open
) -> None:
    path = _iso_with(tmp_path, "disc", sector, _second_descriptor(tmp_path))
    assert any("later session" in each for each in _only(path, opened).unread)


def _garbage(descriptor: bytes) -> dict[str, bytes]:
    wrong = bytearray(descriptor)
    wrong[84:88] = b"\1\2\3\4"
    elsewhere = bytearray(descriptor)
    struct.pack_into("<I", elsewhere, 158, 0x7FFFFFFF)
    elsewhere[162:166] = struct.pack(">I", 0x7FFFFFFF)
    return {
        "only the magic": b"\1CD001\1",
        "magic and noise": b"\1CD001\1" + bytes(range(256)) * 8,
        "sizes that differ": bytes(wrong),
        "a root beyond the disc": bytes(elsewhere),
        "not at a sector": bytes(700) + descriptor[:1300],
        "very many of them": b"\1CD001\1" * 20_000,
    }


@pytest.mark.parametrize("name", _garbage(bytes(2048)))
def test_what_only_looks_like_a_session_is_not_called_one(
    name: str, tmp_path: Path, opened: Open
) -> None:
    data = _garbage(_second_descriptor(tmp_path))[name]
    path = _iso_with(tmp_path, "disc", 16, data)
    found = _only(path, opened)
    assert (found.state, found.unread) == ("readable", ())


@pytest.mark.parametrize("claim", [0, 1, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_disc_that_claims_an_absurd_size_stops_nothing(
    claim: int, tmp_path: Path, opened: Open
) -> None:
    path = unpacked(tmp_path, "cd-multisession")
    found = _only(_patch(path, {32768 + 80: struct.pack("<I", claim)}), opened)
    assert found.state == "readable"
    if claim < 2:
        source = opened(path)
        files = [entry for entry in source.walk(source.volumes[0]) if entry.kind == "file"]
        assert len(files) == 5


# Members of a RAID


def _md(path: Path, *, level: int, data_at: int = 0, old: bool = False) -> Path:
    """Linux's superblock at the end of an ext volume: of version 1.0, or 0.90."""
    disks.ext_volume(path, 16 * MIB, FILES)
    size = path.stat().st_size
    if old:
        return _patch(path, {size - 65536: struct.pack("<II", 0xA92B4EFC, 0),
                             size - 65536 + 28: struct.pack("<i", level)})  # fmt: skip
    at = ((size // 512 - 16) & ~7) * 512
    return _patch(path, {at: struct.pack("<II", 0xA92B4EFC, 1), at + 72: struct.pack("<i", level),
                         at + 128: struct.pack("<Q", data_at)})  # fmt: skip


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("level", [-1, 0, 1, 5, 10])
def test_of_linux_raids_only_a_mirror_is_read_as_it_is(
    level: int, old: bool, tmp_path: Path, opened: Open
) -> None:
    found = _only(_md(tmp_path / "disk", level=level, old=old), opened)
    if level == 1:
        assert (found.file_system, found.state) == ("ext4", "readable")
        assert "mirror" in found.reason
    else:
        assert (found.file_system, found.state) == ("md", "unsupported")


def test_a_mirror_whose_data_begins_elsewhere_is_not_read_from_its_beginning(
    tmp_path: Path, opened: Open
) -> None:
    assert _only(_md(tmp_path / "disk", level=1, data_at=2048), opened).state == "unsupported"


# Members of a RAID that a mainboard or a controller makes


def _disk(folder: Path, kind: str = "ntfs") -> Path:
    volume = folder / "volume"
    getattr(disks, f"{kind}_volume")(volume, 40 * MIB, FILES)
    disks.mbr_disk(folder / "disk", [volume], types=[0x07])
    return folder / "disk"


Mark = Callable[[Path, list[tuple[int, int]]], None]


@pytest.mark.parametrize("mark", [imsm, ddf])
def test_a_mirror_is_read_and_said_to_be_one(mark: Mark, tmp_path: Path, opened: Open) -> None:
    path = _disk(tmp_path)
    mark(path, [(1, 2)])
    first, *others = _claimed(path, opened)
    assert "mirror" in first.reason
    assert first.state == ("container" if mark is imsm else "readable")
    (found,) = others or [first]
    assert (found.state, found.unread) == ("readable", ())


@pytest.mark.parametrize("mark", [imsm, ddf])
@pytest.mark.parametrize("volumes", [[(0, 2)], [(5, 3)], [(1, 4)], [(0, 2), (5, 2)]])
def test_what_contradicts_the_mark_of_a_raid_is_read_and_the_mark_is_said(
    mark: Mark, volumes: list[tuple[int, int]], tmp_path: Path, opened: Open
) -> None:
    """The mark may be left over from an earlier use: NTFS opens only where all of it is."""
    path = _disk(tmp_path)
    mark(path, volumes)
    found = [volume for volume in _claimed(path, opened) if volume.state == "readable"]
    if mark is ddf and volumes == [(1, 4)]:
        assert "mirror" in found[0].reason
    else:
        assert any("the mark of" in each for each in found[0].unread)


@pytest.mark.parametrize("mark", [imsm, ddf])
@pytest.mark.parametrize("level", [0, 5, 6])
def test_one_disk_of_several_is_not_taken_for_a_whole_one(
    mark: Mark, level: int, tmp_path: Path, opened: Open
) -> None:
    """Its table is that of the whole array, and what lies in its volumes is every second stripe."""
    path = tmp_path / "disk"
    disks.noise(path, 16 * MIB)
    disks.ntfs_volume(tmp_path / "volume", 30 * MIB, FILES)
    boot = (tmp_path / "volume").read_bytes()[: 64 * 1024]
    _patch(path, {0: mbr([Part(2048, 30 * 2048, 0x07)]), MIB: boot})
    mark(path, [(level, 3)])
    found = _only(path, opened)
    assert found.state == "unsupported"
    assert f"level {level}" in found.reason
    assert found.size == path.stat().st_size


def test_intel_metadata_that_spans_sectors_and_migrates_is_understood(
    tmp_path: Path, opened: Open
) -> None:
    disks.noise(tmp_path / "disk", 8 * MIB)
    imsm(tmp_path / "disk", [(5, 9), (0, 9)], migrates=True)
    assert "levels 0, 5" in _only(tmp_path / "disk", opened).reason


OTHERS = {
    "promise raid": {-63 * 512: b"Promise Technology, Inc."},
    "nvidia raid": {-1024: b"NVIDIA  "},
    "lsi raid": {-512: b"$XIDE$"},
    "adaptec raid": {-256: b"DPTM"},
    "highpoint raid": {-11 * 512: b"\xf3\x16\x78\x5a"},
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_makers_marks_are_known(name: str, tmp_path: Path, opened: Open) -> None:
    size = 8 * MIB
    disks.noise(tmp_path / "disk", size)
    _patch(tmp_path / "disk", {size + at: data for at, data in OTHERS[name].items()})
    found = _only(tmp_path / "disk", opened)
    assert (found.file_system, found.state) == (name, "unsupported")


def test_a_mark_in_a_files_content_or_with_a_wrong_sum_is_none(
    tmp_path: Path, opened: Open
) -> None:
    text = b"Intel Raid ISM Cfg Sig. 1.3.00" * 5000 + b"Promise Technology, Inc." * 5000
    disks.ext_volume(tmp_path / "disk", 16 * MIB, {"a.txt": text})
    size = (tmp_path / "disk").stat().st_size
    _patch(tmp_path / "disk", {size - 1024: text[:500]})
    found = _only(tmp_path / "disk", opened)
    assert (found.state, found.unread, found.reason) == ("readable", (), "")


@pytest.mark.parametrize("at", [-1024 + 40, -1024 + 57, -1024 + 300, -1024 + 400])
def test_one_byte_that_is_wrong_makes_intel_metadata_none(
    at: int, tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disk"
    disks.noise(path, 8 * MIB)
    imsm(path, [(5, 3)])
    assert _only(path, opened).file_system == "intel raid"
    _patch(path, {8 * MIB + at: b"\xa5"})
    assert _only(path, opened).file_system == ""


@pytest.mark.parametrize("length", [0, 215, 216, 217, 1 << 16, 0xFFFFFFFF])
@pytest.mark.parametrize("counts", [b"\0\0", b"\xff\xff", b"\1\xff"])
def test_absurd_intel_metadata_stops_nothing(
    length: int, counts: bytes, tmp_path: Path, opened: Open
) -> None:
    path = _disk(tmp_path, "fat")
    imsm(path, [(0, 2)])
    size = path.stat().st_size
    _patch(path, {size - 1024 + 36: struct.pack("<I", length), size - 1024 + 56: counts})
    with path.open("rb") as disk:
        disk.seek(size - 1024)
        anchor = bytearray(disk.read(512))
    words = struct.unpack(f"<{128}I", anchor)
    total = sum(words[: length // 4]) - (words[8] if length > 32 else 0)
    _patch(path, {size - 1024 + 32: struct.pack("<I", total & 0xFFFFFFFF)})
    assert all(volume.size >= 0 for volume in opened(path).volumes)


@pytest.mark.parametrize(
    ("at", "value"), [(96, b"\xff" * 8), (216, b"\xff" * 8), (220, b"\xff" * 4)]
)
def test_absurd_ddf_metadata_stops_nothing(
    at: int, value: bytes, tmp_path: Path, opened: Open
) -> None:
    path = _disk(tmp_path)
    ddf(path, [(5, 3)])
    size = path.stat().st_size
    _patch(path, {size - 512 + at: value})
    assert sum(volume.size for volume in opened(path).volumes) == size


# Tables in tables


def _behind_a_table(folder: Path, inner: Path, opened: Open) -> Volume:
    disks.gpt_disk(folder / "outer", [inner])
    (found,) = _claimed(folder / "outer", opened)
    return found


@pytest.mark.parametrize("kind", ["gpt", "mbr"])
def test_a_table_inside_a_partition_is_said(kind: str, tmp_path: Path, opened: Open) -> None:
    disks.ntfs_volume(tmp_path / "volume", 16 * MIB, FILES)
    getattr(disks, f"{kind}_disk")(tmp_path / "inner", [tmp_path / "volume"])
    found = _behind_a_table(tmp_path, tmp_path / "inner", opened)
    assert found.state == "unsupported"
    assert "a partition table of its own" in found.reason


@pytest.mark.parametrize("depth", [1, 5])
def test_tables_in_tables_in_a_loop_stop_nothing(depth: int, tmp_path: Path, opened: Open) -> None:
    """Each names the next partition, the last one the first: nobody follows them."""
    size = (depth + 2) * MIB
    writes = {
        n * MIB: mbr([Part((n % depth + 1) * 2048 if n else 2048, 2048, 0x07),
                      Part(1, 0xFFFFFFFF, 0x05)])
        for n in range(depth + 1)
    }  # fmt: skip
    found = opened(_zeros(tmp_path / "disk", size, writes)).volumes
    assert sum(volume.size for volume in found) == size


@pytest.mark.parametrize("first", [0, 1 << 20, 0xFFFFFFFF])
def test_a_boot_record_whose_partitions_cannot_be_is_no_table(
    first: int, tmp_path: Path, opened: Open
) -> None:
    inner = tmp_path / "inner"
    inner.write_bytes(mbr([Part(first, 100, 0x07)]) + b"letters " * 200_000)
    found = _behind_a_table(tmp_path, inner, opened)
    assert found.state == "unrecognised"


def test_boot_code_and_text_are_no_table(tmp_path: Path, opened: Open) -> None:
    code = bytearray(b"\xeb\x63\x90 GRUB loads, and then the system starts. " * 13)[:512]
    code[510:512] = b"\x55\xaa"
    text = (b"a letter to post, bread and milk; " * 100_000)[512 : 2 * MIB]
    inner = tmp_path / "inner"
    inner.write_bytes(bytes(code) + text)
    found = _behind_a_table(tmp_path, inner, opened)
    assert found.state == "unrecognised"
    assert "table" not in found.reason


# Dynamic disks, boot code, zeros


def test_a_volume_at_the_beginning_of_a_dynamic_disks_partition_is_read_and_more_is_said(
    tmp_path: Path, opened: Open
) -> None:
    disks.ntfs_volume(tmp_path / "volume", 16 * MIB, FILES)
    disks.zeros(tmp_path / "metadata", MIB)
    disks.gpt_disk(tmp_path / "disk", [tmp_path / "metadata", tmp_path / "volume"],
                   types=["ldm metadata", "ldm data"])  # fmt: skip
    metadata, data = _claimed(tmp_path / "disk", opened)
    assert metadata.state == "no_files"
    assert data.state == "readable"
    assert any("dynamic disk" in each for each in data.unread)


def test_a_dynamic_disks_partition_of_zeros_is_not_empty(tmp_path: Path, opened: Open) -> None:
    disks.zeros(tmp_path / "volume", 4 * MIB)
    disks.gpt_disk(tmp_path / "disk", [tmp_path / "volume"], types=["ldm data"])
    (found,) = _claimed(tmp_path / "disk", opened)
    assert (found.file_system, found.state) == ("ldm", "unsupported")


@pytest.mark.parametrize(("size", "state"), [(1, "no_files"), (64, "unrecognised")])
def test_boot_code_holds_no_files_as_long_as_it_is_small(
    size: int, state: str, tmp_path: Path, opened: Open
) -> None:
    disks.noise(tmp_path / "code", size * MIB)
    disks.gpt_disk(tmp_path / "disk", [tmp_path / "code"], types=["bios boot"])
    (found,) = _claimed(tmp_path / "disk", opened)
    assert found.state == state


@pytest.mark.parametrize("size", [4, 16, 128])
def test_one_byte_between_the_samples_makes_zeros_no_longer_empty(
    size: int, tmp_path: Path, opened: Open
) -> None:
    path = _zeros(tmp_path / "disk", size * MIB)
    assert _only(path, opened).state == "empty"
    found = _only(_patch(path, {size * MIB * 5 // 9 + 4097: b"\1"}), opened)
    assert found.state == "unrecognised"


def test_what_is_too_large_to_read_is_never_called_empty(tmp_path: Path, opened: Open) -> None:
    found = _only(_zeros(tmp_path / "disk", 129 * MIB), opened)
    assert found.state == "unrecognised"
    assert "the rest was not read" in found.reason


@pytest.mark.parametrize(
    ("gap", "content", "said"),
    [(9, b"\1", False), (9, b"letters " * 200_000, True), (7, b"letters " * 200_000, False)],
)
def test_sectors_of_no_volume_are_a_reason_only_if_they_are_many_and_hold_something(
    gap: int, content: bytes, said: bool, tmp_path: Path, opened: Open
) -> None:
    """Less than a cylinder of the old geometry is what tables leave. One byte is not seen."""
    disks.fat_volume(tmp_path / "volume", 8 * MIB, FILES, bits=12)
    raw = (tmp_path / "volume").read_bytes()
    path = _zeros(tmp_path / "disk", (9 + gap) * MIB)
    _patch(path, {0: mbr([Part(2048, 8 * 2048, 0x01)]), MIB: raw, 9 * MIB + 5000: content})
    last = opened(path).volumes[-1]
    assert (last.state, last.size) == ("unclaimed", gap * MIB)
    assert bool(last.unread) == said


def test_a_table_beside_the_same_file_system_hides_nothing(tmp_path: Path, opened: Open) -> None:
    """A hybrid: the table's first slot is the whole device, as on Linux's installation discs."""
    path = unpacked(tmp_path, "iso-empty-udf-full")
    sectors = path.stat().st_size // 512
    _patch(path, {0: mbr([Part(0, sectors, 0x17)])})
    found = [volume for volume in opened(path).volumes if volume.state == "readable"]
    assert [volume.file_system for volume in found] == ["iso9660"]
    assert not any("as a whole" in each for volume in found for each in volume.unread)
