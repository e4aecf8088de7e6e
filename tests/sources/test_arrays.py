"""Linux RAIDs are put together of what is here of them; a member that lies is not believed."""

import random
import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.making.arrays import CHUNK, Md, md_array, md_bytes, stale, summed
from triage.sources import ContentError
from triage.sources.arrays import Assembly
from triage.sources.bytes import MadeBytes
from triage.sources.md import join
from triage.sources.parity import LAYOUTS, ParityBytes, row_of
from triage.sources.reader import READ_FAILED

CONTENT = random.Random(21).randbytes(CHUNK * 24)
EVERY = [
    Md(level=-1),
    Md(level=0),
    Md(level=0, version="0.90"),
    Md(level=0, chunk=24 * 1024, members=5),
    Md(level=1, members=2),
    Md(level=4),
    Md(level=5, layout=0),
    Md(level=5, layout=1, members=4),
    Md(level=5, layout=2, version="0.90"),
    Md(level=5, layout=2, version="1.0", members=5),
    Md(level=5, layout=2, version="1.1"),
    Md(level=5, layout=3, members=4),
    Md(level=10, layout=0x102, members=4),
    Md(level=10, layout=0x102),
    Md(level=10, layout=0x103, members=5),
    Md(level=10, layout=0x201),
    Md(level=10, layout=0x10201, members=4),
    Md(level=10, layout=0x202, members=5),
]


class Held(MadeBytes):
    """A member; from `bad_from` on it cannot be read."""

    def __init__(self, content: bytes, bad_from: int = 1 << 62) -> None:
        self._content, self._bad_from = content, bad_from
        self.size = len(content)

    def read_at(self, offset: int, length: int) -> bytes:
        if offset + length > self._bad_from:
            raise ContentError(READ_FAILED)
        return self._content[offset : offset + length]


def _members(folder: Path, md: Md, content: bytes = CONTENT) -> list[bytes]:
    return [path.read_bytes() for path in md_array(folder, content, md)]


def _together(members: Sequence[bytes]) -> Assembly:
    return join([Held(each) for each in members])


def _content(made: Assembly) -> bytes:
    (held,) = made.gives.values()
    return held.read_at(0, len(CONTENT))


@pytest.mark.parametrize("md", EVERY, ids=str)
def test_an_array_is_put_together_whatever_the_order_of_its_members(md: Md, tmp_path: Path) -> None:
    members = _members(tmp_path, md)
    random.Random(3).shuffle(members)
    made = _together(members)
    assert _content(made) == CONTENT
    assert made.used == tuple(range(md.members)), made.left_out
    if md.version != "0.90":
        assert list(made.gives) == ["server:pictures"]


@pytest.mark.parametrize("md", [each for each in EVERY if each.level > 0], ids=str)
def test_any_one_member_may_be_missing(md: Md, tmp_path: Path) -> None:
    members = _members(tmp_path, md)
    for missing in range(md.members):
        made = _together([each for role, each in enumerate(members) if role != missing])
        assert _content(made) == CONTENT
        if md.level > 1:
            assert f"without number {missing}" in made.missing


@pytest.mark.parametrize("md", [each for each in EVERY if each.level > 1], ids=str)
def test_bad_sectors_of_one_member_are_made_of_the_others(md: Md, tmp_path: Path) -> None:
    whole = _members(tmp_path, md)
    held = [Held(each, bad_from=len(each) // 3 if role == 1 else 1 << 62)
            for role, each in enumerate(whole)]  # fmt: skip
    if md.version in ("0.90", "1.0"):  # the superblock is behind them
        return
    assert _content(join(held)) == CONTENT


@pytest.mark.parametrize("level", [-1, 0])
def test_what_has_no_parity_names_who_is_missing(level: int, tmp_path: Path) -> None:
    members = _members(tmp_path, Md(level=level))
    with pytest.raises(ContentError, match=r"of its 3 members it lacks number 1 \(counted from 0"):
        _together([members[0], members[2]])


def test_two_members_that_are_missing_are_too_many(tmp_path: Path) -> None:
    members = _members(tmp_path, Md(level=5, members=4))
    with pytest.raises(ContentError, match="it lacks number 0, 2"):
        _together([members[1], members[3]])


def test_a_stale_member_is_left_out_and_read_around(tmp_path: Path) -> None:
    md = Md(level=5)
    members = _members(tmp_path, md)
    old = md_bytes(stale(md), 1, random.Random(4).randbytes(len(CONTENT) // 2))
    made = _together([members[0], old, members[2]])
    assert _content(made) == CONTENT
    assert made.left_out == {1: "it is stale: 5 changes of the array are not on it"}
    one_behind = md_bytes(stale(md, 1), 1, b"")
    assert one_behind[4096:] not in members  # a member that is one behind is in time
    data = members[1][1 << 20 :]
    made = _together([members[0], md_bytes(stale(md, 1), 1, data), members[2]])
    assert made.used == (0, 1, 2)


def test_a_half_of_a_mirror_that_holds_something_else_is_not_taken_for_the_other(
    tmp_path: Path,
) -> None:
    """Whoever could make one the half of another's array could hide what that holds."""
    md = Md(level=1, members=2)
    members = _members(tmp_path, md)
    other = md_bytes(md, 1, random.Random(5).randbytes(len(CONTENT)))
    made = _together([members[0], other])
    assert made.used == (0,)
    assert "not what the other half holds" in made.left_out[1]


LIES = {
    "the same role twice": lambda md, data: md_bytes(md, 0, data, device=1),
    "a role beyond the members": lambda md, data: md_bytes(md, 9, data),
    "a spare": lambda md, data: md_bytes(md, 0xFFFF, data, device=1),
    "another level": lambda md, data: md_bytes(replace(md, level=4), 1, data),
    "another chunk": lambda md, data: md_bytes(replace(md, chunk=0), 1, data),
    "more members": lambda md, data: md_bytes(replace(md, members=4), 1, data),
    "another size": lambda md, data: md_bytes(md, 1, data, said=1 << 50),
    "no size": lambda md, data: md_bytes(md, 1, data, said=0),
    "another array": lambda md, data: md_bytes(replace(md, array=b"x" * 16), 1, data),
    "being rebuilt": lambda md, data: md_bytes(md, 1, data, features=2),
    "nothing": lambda md, data: bytes(8192),
    "a wrong sum": lambda md, data: md_bytes(md, 1, data)[:4300] + b"\7" + bytes(len(data)),
}


@pytest.mark.parametrize("lie", sorted(LIES.keys() - {"the same role twice"}))
def test_of_a_raid_5_a_member_that_lies_is_left_out(lie: str, tmp_path: Path) -> None:
    md = Md(level=5)
    members = _members(tmp_path, md)
    noise = random.Random(6).randbytes(len(CONTENT) // 2)
    made = _together([members[0], LIES[lie](md, noise), members[2]])
    assert _content(made) == CONTENT
    assert list(made.left_out) == [1]


def test_of_two_with_the_same_role_neither_is_believed_but_a_copy_is_one(tmp_path: Path) -> None:
    md = Md(level=5)
    members = _members(tmp_path, md)
    liar = LIES["the same role twice"](md, members[1][1 << 20 :])
    made = _together([*members, liar])
    assert made.used == (1, 2)
    assert set(made.left_out) == {0, 3}
    assert _content(made) == CONTENT
    assert _together([*members, members[0]]).used == (0, 1, 2)


@pytest.mark.parametrize("lie", sorted(LIES.keys() - {"another size"}))
def test_of_a_raid_0_with_a_member_that_lies_nothing_is_made_up(lie: str, tmp_path: Path) -> None:
    md = Md(level=0)
    members = _members(tmp_path, md)
    with pytest.raises(ContentError):
        _together([members[0], LIES[lie](md, members[1][1 << 20 :]), members[2]])


@pytest.mark.parametrize("chunk", [0, 1, 256, 1 << 31])
@pytest.mark.parametrize("level", [0, 5, 10])
def test_chunks_that_cannot_be_are_refused(chunk: int, level: int) -> None:
    md = Md(level=level, chunk=chunk, layout=0x102 if level == 10 else 2)
    members = [md_bytes(md, role, bytes(CHUNK)) for role in range(3)]
    with pytest.raises(ContentError):
        _together(members)


@pytest.mark.parametrize("layout", [0, 0x100, 0x101, 0x10101, 0x404, 0xFFFF, 0xFFFFFF])
def test_a_raid_10_of_a_layout_that_cannot_be_is_refused_or_read(layout: int) -> None:
    md = Md(level=10, layout=layout)
    members = [md_bytes(md, role, bytes(CHUNK * 4)) for role in range(3)]
    try:
        (made,) = _together(members).gives.values()
    except ContentError:
        return
    assert made.read_at(0, made.size).strip(b"\0") == b""


def test_a_thousand_members_are_not_put_together() -> None:
    md = Md(level=0, members=100)
    head = bytearray(md_bytes(md, 0, bytes(CHUNK)))
    struct.pack_into("<I", head, 4096 + 92, 100_000)
    with pytest.raises(ContentError):
        _together([bytes(head)])


@pytest.mark.parametrize(
    ("layout", "data"),
    [(1, [[1], [2, 5, 6], [3, 4]]), (2, [[1], [2, 4, 6], [3, 5]])],
    ids=["before 3.14", "since"],
)
def test_members_of_different_size_are_striped_in_zones(layout: int, data: list[list[int]]) -> None:
    """Of what the smallest does not have the others go on; Linux before 3.14 counted on, and so
    could begin a zone with another member."""
    md = Md(level=0, layout=layout, chunk=4096)
    members = [
        md_bytes(md, role, b"".join(bytes([number]) * 4096 for number in each))
        for role, each in enumerate(data)
    ]
    (made,) = _together(members).gives.values()
    assert made.read_at(0, 1 << 20) == b"".join(bytes([number]) * 4096 for number in range(1, 7))


def test_flipped_bits_of_superblocks_end_in_bytes_or_in_a_reason(tmp_path: Path) -> None:
    """And in nothing that the fence round a layer would have to hold back."""
    chance = random.Random(22)
    forms = [each for each in EVERY if each.version == "1.2"]
    whole = [_members(tmp_path / str(n), md, CONTENT[:CHUNK]) for n, md in enumerate(forms)]
    ends = Counter[bool]()
    for number in range(200):
        members = [bytearray(each) for each in whole[number % len(forms)]]
        for member in chance.sample(members, chance.randint(1, len(members))):
            for _ in range(chance.randint(1, 6)):
                bit = chance.randrange(512 * 8)
                member[4096 + bit // 8] ^= 1 << bit % 8
            summed(member)
        try:
            (held,) = join([Held(bytes(each)) for each in members]).gives.values()
            held.read_at(0, 1 << 20)
            held.read_at(max(0, held.size - 4096), 4096)
        except ContentError:
            ends[False] += 1
        else:
            ends[True] += 1
    assert min(ends[True], ends[False]) > 20, ends


def _raid_6(layout: int, members: int, rows: int) -> tuple[list[bytes], bytes]:
    """By the field's own table of products, made bit by bit."""

    def twice(number: int) -> int:
        return (number << 1 ^ 0x11D if number & 0x80 else number << 1) & 0xFF

    chunk, source = 512, random.Random(layout)
    data = [bytearray() for _ in range(members)]
    content = b""
    for line in range(rows):
        row = row_of(6, layout, members, line)
        parity, second = bytearray(chunk), bytearray(chunk)
        for member, factor in zip(row.data, row.factors, strict=True):
            piece = source.randbytes(chunk)
            content += piece
            data[member] += piece
            for at, each in enumerate(piece):
                parity[at] ^= each
                product = each
                for _ in range(factor):
                    product = twice(product)
                second[at] ^= product
        data[row.parity] += parity
        data[row.second] += second
    return [bytes(each) for each in data], content


@pytest.mark.parametrize("layout", sorted(LAYOUTS[6]))
def test_of_a_raid_6_any_two_members_may_be_missing(layout: int) -> None:
    members, rows = 5, 5
    data, content = _raid_6(layout, members, rows)
    for one in range(members):
        for other in range(one, members):
            parts = [None if n in (one, other) else Held(each) for n, each in enumerate(data)]
            made = ParityBytes(parts, 512, rows * 512, level=6, layout=layout)
            assert made.read_at(0, made.size) == content, (one, other)
