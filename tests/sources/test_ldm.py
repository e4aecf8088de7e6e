"""Volumes of Windows' dynamic disks are read of what is here of their group."""

import random
import struct
from collections import Counter
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest

from tests.disks import MIB, ntfs_volume
from tests.making.dynamic_disks import CONFIG, Dynamic, dynamic_disks
from tests.making.tables import Part, mbr
from tests.sources.conftest import Open
from triage.coordinator.listing import volumes_of_all
from triage.evidence import Volume
from triage.scan.given import given
from triage.sources import ContentError
from triage.sources.arrays import Assembly
from triage.sources.bytes import MadeBytes
from triage.sources.ldm import join
from triage.sources.ldm_database import NO_DATABASE

CONTENT = random.Random(21).randbytes(24 * 64 * 1024)
OTHER = random.Random(22).randbytes(8 * 64 * 1024)
FILES = {f"f{n:02}.bin": bytes([n]) * 70_000 + b"x" * n for n in range(8)}
EVERY = [
    Dynamic(kind="simple", disks=(0,)),
    Dynamic(kind="spanned", disks=(1, 0, 2)),
    Dynamic(kind="striped", disks=(1, 0)),
    Dynamic(kind="striped", disks=(0, 1, 2), chunk=4096),
    Dynamic(kind="mirrored", disks=(0, 1)),
    Dynamic(kind="raid5", disks=(2, 0, 1)),
    Dynamic(kind="raid5", disks=(0, 1, 2, 3)),
]
VBLK_AT = 17 * 512 + 512


class Held(MadeBytes):
    """What the table of a disk gives to dynamic volumes."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size = len(content)

    def read_at(self, offset: int, length: int) -> bytes:
        return self._content[offset : offset + length] if offset >= 0 else b""


def _member(path: Path, *, with_gpt: bool = False) -> Held:
    raw = path.read_bytes()
    return Held(raw[34 * 512 : -33 * 512] if with_gpt else raw[63 * 512 :])


def _members(
    folder: Path,
    *volumes: tuple[Dynamic, bytes],
    with_gpt: Sequence[int] = (),
    sequence: int = 7,
) -> list[Held]:
    paths = dynamic_disks(folder, volumes, with_gpt=with_gpt, sequence=sequence)
    return [_member(path, with_gpt=number in with_gpt) for number, path in enumerate(paths)]


def _content(made: Assembly, name: str = "Volume1", length: int = len(CONTENT)) -> bytes:
    return made.gives[name].read_at(0, length)


@pytest.mark.parametrize("with_gpt", [(), (0, 1, 2, 3), (1,)], ids=["mbr", "gpt", "both"])
@pytest.mark.parametrize("volume", EVERY, ids=str)
def test_a_volume_is_read_whatever_the_order_of_the_disks(
    volume: Dynamic, with_gpt: Sequence[int], tmp_path: Path
) -> None:
    members = _members(tmp_path, (volume, CONTENT), with_gpt=with_gpt)
    for order in list(permutations(members))[:7]:
        made = join(order)
        assert _content(made) == CONTENT
        assert made.used == tuple(range(len(members))), made.left_out
        assert made.missing == ""


@pytest.mark.parametrize("volume", EVERY, ids=str)
def test_a_disk_may_be_missing_as_far_as_the_kind_allows(volume: Dynamic, tmp_path: Path) -> None:
    members = _members(
        tmp_path, (volume, CONTENT), (Dynamic(kind="simple", disks=(4,), name="Own"), OTHER)
    )
    for missing in volume.disks:
        there = [member for number, member in enumerate(members) if number != missing]
        made = join(there)
        assert _content(made, "Own", len(OTHER)) == OTHER
        assert made.missing == f"without Disk{missing + 1}"
        if volume.kind in ("mirrored", "raid5"):
            assert _content(made) == CONTENT
        else:
            with pytest.raises(ContentError, match=f"it is here: Disk{missing + 1} is another d"):
                made.gives["Volume1"].read_at(0, 1)


def test_two_disks_of_a_raid_5_are_too_many_to_miss(tmp_path: Path) -> None:
    members = _members(tmp_path, (EVERY[5], CONTENT))
    with pytest.raises(ContentError, match=r"Disk3 is another .*Disk2 is another"):
        join(members[:1])


def test_volumes_lie_behind_each_other_on_the_same_disks(tmp_path: Path) -> None:
    striped = Dynamic(kind="striped", disks=(0, 1))
    mirrored = Dynamic(kind="mirrored", disks=(1, 2), name="Data")
    members = _members(tmp_path, (striped, CONTENT), (mirrored, OTHER), with_gpt=(2,))
    made = join(members)
    assert _content(made) == CONTENT
    assert _content(made, "Data", len(OTHER)) == OTHER
    assert made.words == "Windows' dynamic disks, a group of 3"


def test_halves_of_a_mirror_that_differ_are_each_read(tmp_path: Path) -> None:
    members = _members(tmp_path / "one", (EVERY[4], CONTENT))
    others = _members(tmp_path / "two", (EVERY[4], CONTENT[::-1]))
    made = join([members[0], others[1]])
    assert _content(made) == CONTENT
    assert _content(made, "Volume1, half 1") == CONTENT[::-1]


def test_a_disk_that_is_stale_or_there_twice_is_left_out(tmp_path: Path) -> None:
    members = _members(tmp_path / "now", (EVERY[5], CONTENT))
    old = _members(tmp_path / "then", (EVERY[5], CONTENT[::-1]), sequence=2)
    made = join([members[0], old[1], members[2]])
    assert _content(made) == CONTENT
    assert made.left_out == {1: "it is stale: 5 changes of the array are not on it"}
    assert join([*members, members[1]]).left_out == {3: "another says that it is the same member"}


def _changed(folder: Path, at: int, data: bytes, volume: Dynamic = EVERY[5]) -> list[Held]:
    """A group whose database says otherwise, on each disk."""

    def change(database: bytearray) -> None:
        database[at : at + len(data)] = data

    paths = dynamic_disks(folder, [(volume, CONTENT)], change=change)
    return [_member(path) for path in paths]


@pytest.mark.parametrize(
    ("at", "data"),
    [
        (17 * 512, b"XMDB"),
        (17 * 512 + 8, b"\0\0\0\0"),
        (17 * 512 + 8, b"\xff\xff\xff\xff"),
        (17 * 512 + 12, b"\xff\xff\xff\xff"),
        (VBLK_AT, b"XBLK"),
    ],
)
def test_a_database_that_cannot_be_is_said(at: int, data: bytes, tmp_path: Path) -> None:
    with pytest.raises(ContentError) as told:
        join(_changed(tmp_path, at, data))
    assert told.value.reason == NO_DATABASE


def test_another_table_of_contents_stands_for_one_that_is_damaged(tmp_path: Path) -> None:
    made = join(_changed(tmp_path, 2 * 512, b"\xff" * 512))
    assert _content(made) == CONTENT


def test_records_that_are_not_understood_are_counted(tmp_path: Path) -> None:
    members = _changed(tmp_path, VBLK_AT + 3 * 128 + 16 + 3, b"\x99")
    made = join(members)
    assert made.unread == ("1 records of its database were not understood",)


def test_what_no_volume_takes_is_said_if_it_holds_something(tmp_path: Path) -> None:
    """A volume that was deleted may lie there."""
    volume = Dynamic(kind="simple", disks=(0,))
    gone = Dynamic(kind="simple", disks=(0,), name="Gone")

    def forget(database: bytearray) -> None:
        for at in range(VBLK_AT, VBLK_AT + 20 * 128, 128):
            if any(name in database[at : at + 128] for name in (b"Gone", b"Disk1-125")):
                database[at + 16 + 3] = 0

    for number, left in enumerate((bytes(9 * MIB), OTHER.ljust(9 * MIB, b"x"))):
        volumes = (volume, CONTENT), (gone, left)
        (path,) = dynamic_disks(tmp_path / str(number), volumes, change=forget)
        made = join([_member(path)])
        assert list(made.gives) == ["Volume1"]
        said = (
            "9,437,184 bytes of it belong to no volume; they hold something, and were not looked at"
        )
        assert [each[: len(said)] for each in made.unread] == ([said] if number else [])


def test_flipped_bits_of_a_database_end_in_bytes_or_in_a_reason(tmp_path: Path) -> None:
    """And in nothing that the fence round a layer would have to hold back."""
    chance = random.Random(22)
    whole = [_members(tmp_path / str(n), (volume, OTHER)) for n, volume in enumerate(EVERY)]
    ends = Counter[bool]()
    for number in range(210):
        members = [_flipped(each, chance) for each in whole[number % len(EVERY)]]
        try:
            for held in join(members).gives.values():
                held.read_at(0, 1 << 16)
                held.read_at(max(0, held.size - 4096), 4096)
        except ContentError:
            ends[False] += 1
        else:
            ends[True] += 1
    assert min(ends[True], ends[False]) > 20, ends


def _flipped(member: Held, chance: random.Random) -> Held:
    raw = bytearray(member.read_at(0, member.size))
    begun = len(raw) - CONFIG * 512
    for _ in range(chance.randint(1, 12)):
        at = begun + chance.choice([
            VBLK_AT + chance.randrange(14 * 128),
            17 * 512 + chance.randrange(0x90),
            2 * 512 + chance.randrange(0x60),
            (CONFIG - 1) * 512 + chance.randrange(0x140),
        ])  # fmt: skip
        raw[at] ^= 1 << chance.randrange(8)
    return Held(bytes(raw))


# On whole disks


def _listed(*paths: Path) -> list[Sequence[Volume]]:
    return [each.volumes for each in volumes_of_all(given([str(path) for path in paths]))]


@pytest.fixture(scope="module")
def ntfs(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A volume with files."""
    path = tmp_path_factory.mktemp("ntfs") / "ntfs"
    ntfs_volume(path, 8 * MIB, FILES)
    return path.read_bytes()


def test_a_volume_over_an_mbr_and_a_gpt_disk_is_listed_once(ntfs: bytes, tmp_path: Path) -> None:
    paths = dynamic_disks(tmp_path, [(Dynamic(kind="striped", disks=(0, 1)), ntfs)], with_gpt=(1,))
    first, second = _listed(*paths)
    found = [each for each in (*first, *second) if each.state == "readable"]
    assert [(each.inside, each.layer, each.file_system) for each in found] == [
        ("d0v2", "ldm Volume1", "ntfs")
    ]
    (home,) = (each for each in first if each.id == "d0v2")
    assert home.reason == "Windows' dynamic disks, a group of 2, put together of d0v2, d1v2"
    (member,) = (each for each in second if each.state == "container")
    assert member.reason.endswith("listed inside d0v2")
    for path, volumes in zip(paths, (first, second), strict=True):
        outer = [each.size for each in volumes if not each.inside]
        assert sum(outer) == path.stat().st_size


def test_of_one_disk_what_lies_on_it_is_read_and_the_rest_is_named(
    ntfs: bytes, tmp_path: Path
) -> None:
    other = Dynamic(kind="striped", disks=(0, 1), name="Stripe1")
    paths = dynamic_disks(tmp_path, [(Dynamic(kind="simple", disks=(0,)), ntfs), (other, CONTENT)])
    (volumes,) = _listed(paths[0])
    inside = {each.layer: each for each in volumes if each.inside}
    assert inside["ldm Volume1"].state == "readable"
    assert inside["ldm Stripe1"].state == "unsupported"
    assert "Disk2 is another disk of the group" in inside["ldm Stripe1"].reason


def test_a_slot_that_is_no_dynamic_one_among_them_is_not_swallowed(
    ntfs: bytes, tmp_path: Path, opened: Open
) -> None:
    """The disk is then read by its table, as one whose database is gone."""
    (path,) = dynamic_disks(tmp_path, [(Dynamic(kind="simple", disks=(0,)), ntfs)])
    sectors = len(ntfs) // 512
    table = mbr([Part(63, sectors, 0x42), Part(63 + sectors, 1024, 0x07)])
    with path.open("r+b") as disk:
        disk.write(table)
    volumes = opened(path).volumes
    assert not any(each.part_of for each in volumes)
    assert [each.size for each in volumes if each.description.startswith("NTFS")] == [1024 * 512]


def test_a_last_private_header_that_lies_moves_nothing(
    ntfs: bytes, tmp_path: Path, opened: Open
) -> None:
    """Where volumes begin is counted from where it says that it lies itself."""
    (path,) = dynamic_disks(tmp_path, [(Dynamic(kind="simple", disks=(0,)), ntfs)])
    sectors = len(ntfs) // 512
    with path.open("r+b") as disk:
        disk.seek(path.stat().st_size - 512 + 0x11B)
        disk.write(struct.pack(">4Q", 63, sectors, 63 + sectors + 1, CONFIG))
    volumes = opened(path).volumes
    assert not any(each.part_of for each in volumes)
    assert [each.file_system for each in volumes if each.state == "readable"] == ["ntfs"]


@pytest.mark.parametrize("places", [(0, 100, 0, CONFIG), (63, 100, 1 << 60, CONFIG), (63, 1, 5, 0)])
def test_a_private_header_that_lies_moves_nothing(
    places: tuple[int, ...], ntfs: bytes, tmp_path: Path, opened: Open
) -> None:
    (path,) = dynamic_disks(tmp_path, [(Dynamic(kind="simple", disks=(0,)), ntfs)])
    size = path.stat().st_size
    with path.open("r+b") as disk:
        for at in (6 * 512, size - 512):
            disk.seek(at + 0x11B)
            disk.write(struct.pack(">4Q", *places))
    volumes = opened(path).volumes
    assert not any(each.part_of for each in volumes)
    assert [each.file_system for each in volumes if each.state == "readable"] == ["ntfs"]
