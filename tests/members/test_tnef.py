"""What Outlook packed into a winmail.dat comes out of it as it was attached."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.members.making_tnef import BINARY, DATA, attachment, long_property, tnef
from triage.bundle.rendering.by_hand import by_hand
from triage.containers.recognising import recognise
from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.media.window import InMemory
from triage.members import tnef as family
from triage.members.member import DamagedError, Opening

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 90
FILES = {"a long name, grüße.jpg": JPEG, "b.jpg": JPEG[:-3], "c": b"text"}


def _members(content: bytes) -> tuple[dict[str, bytes | str], bool]:
    """What came out, or why not, and whether all of it held together."""
    found: dict[str, bytes | str] = {}
    try:
        for member in family.members(InMemory(content), Opening(kind="tnef")):
            try:
                found[member.name] = b"".join(member.chunks())
            except DamagedError as error:
                found[member.name] = error.reason
    except DamagedError:
        return found, False
    return found, True


def test_attachments_come_out_by_their_long_names() -> None:
    content = tnef(FILES)
    assert recognise(content, len(content), "winmail.dat") == ("tnef", False)
    assert _members(content) == (FILES, True)


def test_a_message_that_is_attached_is_another_one() -> None:
    content = tnef({"letter": FILES, "d.jpg": JPEG})
    assert _members(content) == ({"letter": tnef(FILES), "d.jpg": JPEG}, True)


def test_a_flipped_bit_is_damage_of_that_one() -> None:
    content = bytearray(tnef(FILES))
    content[content.index(JPEG) + 9] ^= 1
    assert _members(bytes(content)) == (
        FILES | {"a long name, grüße.jpg": "its checksum is wrong"}, True,
    )  # fmt: skip


@pytest.mark.parametrize("end", [5, 45, 300, 20_000, -3])
def test_one_that_is_cut_off_gives_what_is_there(end: int) -> None:
    found, whole = _members(tnef(FILES)[:end])
    assert not whole or end <= 6
    assert found.items() <= FILES.items()


def test_sizes_without_end_and_what_is_none_end_as_damage() -> None:
    content = bytearray(tnef(FILES))
    for at in range(6, 200):
        changed = content[:at] + b"\xff\xff\xff\xff" + content[at + 4 :]
        _members(bytes(changed))
    assert _members(b"") == ({}, False)


def test_properties_that_make_no_sense_are_said_for_a_message_may_lie_behind_them() -> None:
    """Of an unknown kind, longer than all of them, more of them than there are."""
    inside = long_property(DATA, 0x0D, bytes(16) + tnef(FILES))
    for hidden in (
        attachment("a", b"\x99\0\x01\0", inside),
        attachment(
            "a", long_property(1, BINARY, b"x").replace(b"\1\0\0\0x", b"\xff\0\0\1x"), inside
        ),
        attachment("a", data=[JPEG], count=9),
        attachment("a", data=[JPEG], count=1 << 31),
    ):
        found, whole = _members(tnef({"b": b"b"}) + hidden)
        assert not whole
        assert found.items() >= {"b": b"b"}.items()


def test_content_that_is_a_property_and_content_that_comes_twice_are_taken_out() -> None:
    told = long_property(DATA, BINARY, JPEG)
    assert _members(tnef({}) + attachment("a", told)) == ({"a": JPEG}, True)
    twice = InMemory(tnef({}) + attachment("a", data=[JPEG, b"second"]))
    members = family.members(twice, Opening(kind="tnef"))
    assert [b"".join(member.chunks()) for member in members] == [JPEG, b"second"]


@pytest.mark.skipif(not shutil.which("tnef"), reason="tnef is not installed")
def test_the_stock_tool_takes_out_the_same_as_the_report_says(tmp_path: Path) -> None:
    (tmp_path / "winmail.dat").write_bytes(tnef({"b.jpg": JPEG}))
    told = {"member": "b.jpg", "part": "tnef member"}
    match = Match(detector="h", kind=MatchKind.HASH_SET, reason="r", provenance=told)
    (command,) = by_hand(match, "x/winmail.dat", "tnef")
    subprocess.run(["sh", "-c", command], check=True, cwd=tmp_path)
    assert (tmp_path / "b.jpg").read_bytes() == JPEG
