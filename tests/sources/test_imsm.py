"""Intel's RAIDs are put together by serial numbers, or by what lies where; never by a guess."""

import random
import struct
import subprocess
from collections import Counter
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest

from tests.disks import ext_volume, gpt_disk, ntfs_volume
from tests.making import ntfs
from tests.making.arrays import CHUNK
from tests.making.imsm import Imsm, imsm_array, imsm_metadata, write_imsm
from tests.making.stacks import MIB
from triage.coordinator.listing import volumes_of_all
from triage.scan.given import given
from triage.sources import ContentError
from triage.sources.arrays import Assembly
from triage.sources.bytes import MadeBytes
from triage.sources.imsm import FORM, NO_ORDER, SMALL, UNMADE, join
from triage.sources.imsm_metadata import ImsmDisk, imsm_in

CONTENT = random.Random(21).randbytes(CHUNK * 24)
OTHER = random.Random(22).randbytes(CHUNK * 8)
FILES = {f"f{n:02}.bin": bytes([n]) * 70_000 + b"x" * n for n in range(20)}
EVERY = [
    Imsm(level=0, members=2),
    Imsm(level=0, members=3, chunk=4096),
    Imsm(level=1, members=2),
    Imsm(level=5),
    Imsm(level=5, members=4, chunk=32 * 1024),
    Imsm(level=10, members=4),
]


class Held(MadeBytes):
    """A disk, with its serial number."""

    def __init__(self, content: bytes, serial: str = "") -> None:
        self._content = content
        self.size, self.serial = len(content), serial

    def read_at(self, offset: int, length: int) -> bytes:
        return self._content[offset : offset + length] if offset >= 0 else b""


def _disks(folder: Path, *volumes: tuple[Imsm, bytes], **said: int) -> list[Held]:
    paths = imsm_array(folder, volumes, said=said.items())
    return [Held(path.read_bytes(), f"SERIAL{n}") for n, path in enumerate(paths)]


def _nameless(disks: Sequence[Held]) -> list[Held]:
    return [Held(disk.read_at(0, disk.size)) for disk in disks]


@pytest.fixture(scope="module")
def many_files(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A volume of NTFS."""
    path = tmp_path_factory.mktemp("ntfs") / "ntfs"
    ntfs.make(path, 8 * MIB)
    with ntfs.filling(path) as volume:
        for number in range(2000):
            volume.file(f"/f{number}", b"a letter")
    return path.read_bytes()


def _many_groups(folder: Path) -> bytes:
    """A volume of ext with copies of its superblock all over it, as large ones have."""
    command = ["mke2fs", "-q", "-t", "ext2", "-b", "1024", "-g", "512", str(folder / "ext"), "8M"]
    subprocess.run(command, check=True)
    return (folder / "ext").read_bytes()


def _content(made: Assembly, name: str = "Volume0", length: int = len(CONTENT)) -> bytes:
    return made.gives[name].read_at(0, length)


@pytest.mark.parametrize("raid", EVERY, ids=str)
def test_an_array_is_put_together_by_serial_numbers_in_whatever_order(
    raid: Imsm, tmp_path: Path
) -> None:
    disks = _disks(tmp_path, (raid, CONTENT))
    for order in permutations(disks):
        made = join(order)
        assert _content(made) == CONTENT
        assert made.used == tuple(range(raid.members)), made.left_out
        assert made.missing == ""


@pytest.mark.parametrize("raid", EVERY, ids=str)
def test_one_disk_may_be_missing_but_of_stripes_alone(raid: Imsm, tmp_path: Path) -> None:
    disks = _disks(tmp_path, (raid, CONTENT))
    for missing in range(raid.members):
        there = [disk for number, disk in enumerate(disks) if number != missing]
        if raid.level == 0:
            with pytest.raises(ContentError, match=f"of the {raid.members} disks of Volume0 it la"):
                join(there)
        else:
            made = join(there)
            assert _content(made) == CONTENT
            assert made.missing


def test_two_disks_of_one_raid_5_are_too_many_to_miss(tmp_path: Path) -> None:
    disks = _disks(tmp_path, (Imsm(level=5, members=4), CONTENT))
    with pytest.raises(ContentError, match="of the 4 disks of Volume0 it lacks 2"):
        join(disks[:2])


def test_of_several_volumes_on_the_same_disks_each_has_its_place(tmp_path: Path) -> None:
    first, second = Imsm(level=0, members=2), Imsm(level=1, members=2, name="Data")
    disks = _disks(tmp_path, (first, CONTENT), (second, OTHER))
    made = join(disks[::-1])
    assert _content(made) == CONTENT
    assert _content(made, "Data", len(OTHER)) == OTHER
    assert made.words == "an Intel RAID (levels 0, 1) of 2 disks"
    alone = join(disks[1:])
    assert _content(alone, "Data", len(OTHER)) == OTHER
    with pytest.raises(ContentError, match="it lacks 1"):
        alone.gives["Volume0"].read_at(0, 1)


@pytest.mark.parametrize("raid", [EVERY[0], EVERY[1], EVERY[3], EVERY[4]], ids=str)
def test_without_serial_numbers_the_order_is_told_by_what_lies_where(
    raid: Imsm, many_files: bytes, tmp_path: Path
) -> None:
    content = many_files
    disks = _nameless(_disks(tmp_path, (raid, content)))
    random.Random(5).shuffle(disks)
    assert _content(join(disks), length=len(content)) == content
    if raid.level == 5:
        made = join(disks[1:])
        assert _content(made, length=len(content)) == content
    one = [Held(disks[0].read_at(0, disks[0].size), "another's"), *disks[1:]]
    assert _content(join(one), length=len(content)) == content


@pytest.mark.parametrize("raid", [EVERY[0], EVERY[3]], ids=str)
def test_copies_of_superblocks_tell_the_order_too(raid: Imsm, tmp_path: Path) -> None:
    content = _many_groups(tmp_path)
    disks = _nameless(_disks(tmp_path / "disks", (raid, content)))
    assert _content(join(disks[::-1]), length=len(content)) == content


def test_one_disk_without_a_serial_number_is_the_one_that_is_left(tmp_path: Path) -> None:
    disks = _disks(tmp_path, (Imsm(level=5), CONTENT))
    for number in range(3):
        some = [*disks[:number], *disks[number + 1 :], *_nameless(disks[number : number + 1])]
        assert _content(join(some)) == CONTENT


def test_a_few_files_on_ntfs_tell_the_order_of_two_disks(tmp_path: Path) -> None:
    ntfs_volume(tmp_path / "ntfs", 16 * MIB, FILES)
    gpt_disk(tmp_path / "disk", [tmp_path / "ntfs"])
    content = (tmp_path / "disk").read_bytes()
    disks = _nameless(_disks(tmp_path / "disks", (Imsm(level=0, members=2), content)))
    assert _content(join(disks[::-1]), length=len(content)) == content


@pytest.mark.parametrize("raid", [EVERY[1], EVERY[3], EVERY[5]], ids=str)
def test_an_order_that_cannot_be_told_is_not_guessed(raid: Imsm, tmp_path: Path) -> None:
    disks = _nameless(_disks(tmp_path, (raid, CONTENT)))
    with pytest.raises(ContentError) as told:
        join(disks)
    assert told.value.reason == NO_ORDER


def test_a_mirror_needs_no_order(tmp_path: Path) -> None:
    disks = _nameless(_disks(tmp_path, (EVERY[2], CONTENT)))
    made = join(disks)
    assert (made.used, _content(made)) == ((0, 1), CONTENT)


def test_of_a_raid_10_the_halves_of_a_pair_may_be_taken_for_each_other(tmp_path: Path) -> None:
    content = _many_groups(tmp_path)
    disks = _nameless(_disks(tmp_path / "disks", (EVERY[5], content)))
    assert _content(join(disks[::-1]), length=len(content)) == content


def test_of_two_with_one_serial_number_neither_is_believed_but_a_copy_is_one(
    tmp_path: Path,
) -> None:
    disks = _disks(tmp_path, (Imsm(level=5), CONTENT))
    liar = Held(disks[1].read_at(0, disks[1].size), "SERIAL0")
    made = join([*disks, liar])
    assert made.used == (1, 2)
    assert set(made.left_out) == {0, 3}
    assert _content(made) == CONTENT
    assert join([*disks, disks[0]]).used == (0, 1, 2)


@pytest.mark.parametrize(
    ("table", "drive", "same"),
    [
        ("WD-WCC4E1234567", "WD-WCC4E1234567", True),
        ("S3Z9NB0K123456X", "S3Z9NB0K_123456X", True),
        ("4E_6479_A7C0_1B.", "0025_3854_9144_E6_6479_A7C0_1B.", False),
        ("4E66479A7C01B234", "0025385491 4E66479A7C01B234", True),
        ("1234567", "01234567", False),
        ("", "", False),
        ("a;b", "a:b", True),
    ],
)
def test_serial_numbers_are_held_against_each_other_as_intel_keeps_them(
    table: str, drive: str, same: bool
) -> None:
    assert ImsmDisk(table, failed=False).is_called(drive) is same


def test_a_disk_that_is_stale_is_left_out_and_read_around(tmp_path: Path) -> None:
    disks = _disks(tmp_path / "now", (Imsm(level=5), CONTENT))
    old = _disks(tmp_path / "then", (Imsm(level=5), CONTENT[::-1]), generation=2)
    made = join([disks[0], old[1], disks[2]])
    assert _content(made) == CONTENT
    assert made.left_out == {1: "it is stale: 5 changes of the array are not on it"}


def test_what_is_being_rebuilt_is_read_of_the_others(tmp_path: Path) -> None:
    raid = Imsm(level=5, out=(1,))
    disks = _disks(tmp_path, (raid, CONTENT), migrates=1)
    half = Held(bytes(MIB // 2) + disks[1].read_at(MIB // 2, MIB), "SERIAL1")
    assert _content(join([disks[0], half, disks[2]])) == CONTENT
    with pytest.raises(ContentError, match="it lacks 2"):
        join([disks[0], half])


def test_of_a_mirror_that_is_being_rebuilt_the_half_in_step_is_read(tmp_path: Path) -> None:
    disks = _disks(tmp_path, (Imsm(level=1, members=2, out=(0,)), CONTENT), migrates=1)
    assert join(disks).used == (1,)


def test_a_form_that_was_being_changed_is_said(tmp_path: Path) -> None:
    disks = _disks(tmp_path, (Imsm(level=5), CONTENT), migrates=1, why=3)
    with pytest.raises(ContentError) as told:
        join(disks)
    assert told.value.reason == FORM


@pytest.mark.parametrize(("state", "said"), [(1, {}), (0, {"migrates": 1, "why": 0})])
def test_parity_that_was_not_made_yet_stands_for_no_disk(
    state: int, said: dict[str, int], tmp_path: Path
) -> None:
    disks = _disks(tmp_path, (Imsm(level=5, state=state), CONTENT), **said)
    assert _content(join(disks)) == CONTENT
    with pytest.raises(ContentError) as told:
        join(disks[1:])
    assert told.value.reason == UNMADE


def test_a_mirror_that_takes_little_of_its_disks_hides_nothing_of_them(tmp_path: Path) -> None:
    """Whoever writes such marks on two disks would have one of them not looked at."""
    raw = imsm_metadata([Imsm(level=1, members=2, each=MIB)], ["SERIAL0", "SERIAL1"])
    disks = []
    for number in range(2):
        path = tmp_path / str(number)
        path.write_bytes(bytes(MIB) + bytes([number]) * 31 * MIB)
        write_imsm(path, raw)
        disks.append(Held(path.read_bytes(), f"SERIAL{number}"))
    made = join(disks)
    assert (made.used, made.left_out) == ((0,), {1: SMALL})
    assert made.gives["Volume0"].size == 32 * MIB


def test_what_no_volume_takes_is_said_if_it_holds_something(tmp_path: Path) -> None:
    raw = imsm_metadata([Imsm(level=0, members=2, each=MIB)], ["SERIAL0", "SERIAL1"])
    for number, left in enumerate((b"\0", b"x")):
        disks = []
        for disk in range(2):
            path = tmp_path / str(disk)
            path.write_bytes(bytes(MIB) + left * 20 * MIB)
            write_imsm(path, raw)
            disks.append(Held(path.read_bytes(), f"SERIAL{disk}"))
        said = "33,554,432 bytes of it belong to no volume; they hold something"
        assert [each[: len(said)] for each in join(disks).unread] == ([said] if number else [])


def test_halves_that_differ_are_each_searched(tmp_path: Path) -> None:
    disks = _disks(tmp_path / "one", (EVERY[2], CONTENT))
    others = _disks(tmp_path / "two", (EVERY[2], CONTENT[::-1]))
    made = join([disks[0], others[1]])
    assert made.used == (0,)
    assert "not what the other half holds" in made.left_out[1]
    both = EVERY[2], Imsm(level=1, members=2, name="Data")
    disks = _disks(tmp_path / "three", (both[0], CONTENT), (both[1], OTHER))
    others = _disks(tmp_path / "four", (both[0], CONTENT), (both[1], OTHER[::-1]))
    made = join([disks[0], others[1]])
    assert _content(made, "Data", len(OTHER)) == OTHER
    assert _content(made, "Data, half 1", len(OTHER)) == OTHER[::-1]


def test_flipped_bits_of_metadata_end_in_bytes_or_in_a_reason(tmp_path: Path) -> None:
    """And in nothing that the fence round a layer would have to hold back."""
    chance = random.Random(22)
    whole = [_disks(tmp_path / str(n), (raid, CONTENT)) for n, raid in enumerate(EVERY)]
    ends = Counter[bool]()
    for number in range(300):
        disks = list(whole[number % len(EVERY)])
        for at in chance.sample(range(len(disks)), chance.randint(1, len(disks))):
            disks[at] = _flipped(disks[at], chance)
        try:
            for held in join(disks).gives.values():
                held.read_at(0, 1 << 20)
                held.read_at(max(0, held.size - 4096), 4096)
        except ContentError:
            ends[False] += 1
        else:
            ends[True] += 1
    assert min(ends[True], ends[False]) > 20, ends


def _flipped(disk: Held, chance: random.Random) -> Held:
    raw = bytearray(disk.read_at(0, disk.size))
    first, rest = len(raw) - 1024, len(raw) - 1536
    whole = raw[first : first + 512] + raw[rest : rest + 512]
    length = struct.unpack_from("<I", whole, 36)[0]
    for _ in range(chance.randint(1, 4)):
        bit = chance.randrange(40 * 8, length * 8)
        whole[bit // 8] ^= 1 << bit % 8
    words = struct.unpack(f"<{length // 4}I", whole[: length // 4 * 4])
    struct.pack_into("<I", whole, 32, (sum(words) - words[8]) & 0xFFFFFFFF)
    raw[first : first + 512], raw[rest : rest + 512] = whole[:512], whole[512:]
    return Held(bytes(raw), disk.serial)


def test_a_disk_with_large_sectors_counts_in_them(tmp_path: Path) -> None:
    raw = imsm_metadata([Imsm(level=5, each=8 * MIB)], ["A", "B", "C"])
    path = tmp_path / "disk"
    whole = raw.ljust(4096, b"\0")
    path.write_bytes(bytes(16 * MIB) + whole + bytes(4096))
    said = imsm_in(Held(path.read_bytes()))
    assert said is not None
    assert said.volumes[0].each == 64 * MIB


def test_a_raid_5_of_three_images_is_listed_once(tmp_path: Path) -> None:
    _many_groups(tmp_path)
    gpt_disk(tmp_path / "disk", [tmp_path / "ext"])
    paths = imsm_array(tmp_path / "disks", [(Imsm(level=5), (tmp_path / "disk").read_bytes())])
    listed = volumes_of_all(given([str(path) for path in paths[::-1]]))
    first, (second,), (third,) = (each.volumes for each in listed)
    assert [each.file_system for each in first if each.state == "readable"] == ["ext2"]
    assert first[0].state == "container"
    assert first[0].reason == (
        "an Intel RAID (level 5) of 3 disks, put together of d0v1, d1v1, d2v1"
    )
    assert second.reason.endswith("listed inside d0v1")
    assert third.state == "container"
    (alone,) = volumes_of_all(given([str(paths[1])]))[0].volumes
    assert alone.state == "unsupported"
    assert alone.reason.startswith("part of an Intel RAID (level 5); ")


def test_a_mirror_of_two_images_is_listed_once_and_a_half_of_it_alone_as_it_is(
    tmp_path: Path,
) -> None:
    ext_volume(tmp_path / "ext", 8 * MIB, FILES)
    gpt_disk(tmp_path / "disk", [tmp_path / "ext"])
    content = (tmp_path / "disk").read_bytes().ljust(64 * MIB, b"\0")
    paths = imsm_array(tmp_path / "disks", [(EVERY[2], content)])
    listed = volumes_of_all(given([str(path) for path in paths]))
    first, (second,) = (each.volumes for each in listed)
    assert [each.file_system for each in first if each.state == "readable"] == ["ext4"]
    assert second.reason.endswith("listed inside d0v1")
    alone = volumes_of_all(given([str(paths[1])]))[0].volumes
    assert [each.file_system for each in alone if each.state == "readable"] == ["ext4"]
    assert "one half of a mirror, read as it is" in alone[0].reason
