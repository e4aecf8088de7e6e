"""The tree of a container: members of members, named by their way, and never beyond the budget."""

import gzip
import hashlib
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.containers import making
from tests.members.writing import archived
from triage.containers.probe import Container
from triage.containers.recognising import recognise
from triage.media.window import InMemory
from triage.members import archives, opening, tally
from triage.members.member import ContainerBytes, LockedError, Member, Opening
from triage.members.noted import MemberNotes, NotesRoom
from triage.members.tally import MemberBudget, MemberTally
from triage.members.walking import MemberWalk, TakenOut, Wishes
from triage.profile import MemberLimits, load, parse_duration, parse_size
from triage.sources import ContentError

PICTURE = making.PNG + b"known"
EVERYTHING = Wishes(
    all_of=lambda head, size, path: True, hashers=lambda: {"sha256": hashlib.sha256()}
)
NOTHING = replace(EVERYTHING, all_of=lambda head, size, path: False)


def walked(
    content: bytes, path: str = "x.zip", *, wishes: Wishes = EVERYTHING, **budget: float
) -> tuple[list[TakenOut], MemberTally]:
    """All that came out, and the counts."""
    held = recognise(content, len(content), path)
    assert held is not None
    counts = MemberTally(budget=MemberBudget(**budget), of=len(content))  # type: ignore[arg-type]
    walk = MemberWalk(counts, wishes)
    return list(walk.members(InMemory(content), held, path)), counts


def test_a_member_is_named_by_its_way() -> None:
    inner = making.zipped({"2019/a.png": PICTURE})
    outer = making.tarred("w:gz", {"deep/letters.zip": inner, "b.txt": b"text"})
    taken, counts = walked(outer, "all.tar.gz")
    assert [each.path for each in taken] == [
        "deep/letters.zip", "deep/letters.zip » 2019/a.png", "b.txt",
    ]  # fmt: skip
    assert taken[1].content == PICTURE
    assert (counts.members, counts.containers, counts.stopped) == (3, 2, "")


def test_a_packed_file_without_a_name_has_its_own_without_the_ending() -> None:
    taken, _ = walked(gzip.compress(PICTURE), "folder/a.png.gz")
    assert [each.path for each in taken] == ["a.png"]


def test_documents_that_are_zip_inside_are_looked_into() -> None:
    for kind in ("docx", "xlsx", "pptx"):
        taken, _ = walked(making.office(kind), f"letter.{kind}")
        assert taken
        assert {each.inside for each in taken} == {kind}


def test_what_nobody_opens_is_counted_by_kind() -> None:
    taken, counts = walked(making.zipped({"a.eml": making.mail(), "b.txt": b"x"}))
    opened = opening.openers()
    assert len(taken) >= 2
    assert counts.unopened == ({} if "eml" in opened else {"eml": 1})


def test_deeper_than_allowed_is_said() -> None:
    content = PICTURE
    for number in range(6):
        content = making.zipped({f"{number}.zip" if number else "a.png": content})
    taken, counts = walked(content, deep=4)
    assert counts.containers == 4
    assert counts.stopped == tally.TOO_DEEP
    assert counts.unopened == {"zip": 1}
    assert taken[-1].content[:2] == b"PK"


def quine() -> bytes:
    """One in another, more often than libarchive unpacks by itself."""
    content = PICTURE
    for _ in range(60):
        content = gzip.compress(content)
    return content


def test_one_in_another_without_end_ends() -> None:
    _, counts = walked(quine(), "q.gz", deep=4)
    assert counts.containers <= 4
    assert counts.damaged or counts.stopped == tally.TOO_DEEP


def empty_members(count: int) -> bytes:
    """A zip of so many without a byte, written by hand: zipfile takes seconds for it."""
    rows, at = [], 0
    for number in range(count):
        said = b"\x14\0" + bytes(20) + struct.pack("<HH", 6, 0)
        local = b"PK\x03\x04" + said + b"%06d" % number
        central = b"PK\x01\x02\x14\0" + said + bytes(10) + struct.pack("<I", at)
        rows.append((local, central + b"%06d" % number))
        at += len(local)
    directory = b"".join(row for _, row in rows)
    end64 = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(directory), at
    )
    place = struct.pack("<4sLQL", b"PK\x06\x07", 0, at + len(directory), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(directory), at, 0)
    return b"".join(local for local, _ in rows) + directory + end64 + place + end


def test_a_hundred_thousand_empty_members_are_stopped_at_the_limit() -> None:
    taken, counts = walked(empty_members(100_000))
    assert (len(taken), counts.members, counts.stopped) == (20_000, 20_000, tally.TOO_MANY)
    assert taken[-1].path == "019999"


def test_the_budget_of_a_profile_is_the_one_that_bombs_were_tried_on() -> None:
    budget = MemberBudget()
    for limits in (MemberLimits(), load("quick").limits.members):
        assert (limits.deep, limits.at_most, limits.times) == (4, 20_000, 100)
        assert (budget.deep, budget.at_most, budget.times) == (4, 20_000, 100)
        assert parse_size(limits.bytes_freely) == budget.freely == 256_000_000
        assert parse_size(limits.bytes) == budget.most_bytes == 2_000_000_000
        assert parse_duration(limits.time) == 30


def test_a_hundred_thousand_members_are_noted_as_far_as_there_is_room() -> None:
    """The first, without a gap; one that shares the room with them has what they left."""
    room = NotesRoom(150_000)
    first, second = MemberNotes(100_000, room), MemberNotes(100_000, room)
    for notes in (first, second):
        for number in range(1, 100_001):
            notes.note(number, "x" * (number % 200), 0)
    assert [each.number for each in first.all] == list(range(1, len(first.all) + 1))
    assert 50 < len(second.all) < len(first.all) < 250
    assert first.of(1) is first.all[0]
    assert first.of(0) is first.of(len(first.all) + 1) is None


def test_what_became_of_each_is_noted() -> None:
    inner = making.zipped({"a.png": PICTURE, "n.7z": making.real("7z-names-locked.7z")})
    outer = making.zipped({"in.zip": inner, "secret.zip": making.zip_crypto("s", b"x"), "z": b"z"})
    notes = MemberNotes(100_000)
    held = recognise(outer, len(outer), "x.zip")
    assert held is not None
    counts = MemberTally(budget=MemberBudget(), of=len(outer), notes=notes)
    list(MemberWalk(counts, EVERYTHING).members(InMemory(outer), held, "x.zip"))
    assert [(each.path, each.became.value, each.container) for each in notes.all] == [
        ("in.zip", "came", ""),
        ("in.zip » a.png", "came", ""),
        ("in.zip » n.7z", "came", "7z"),
        ("secret.zip", "came", ""),
        ("secret.zip » s", "encrypted", ""),
        ("z", "came", ""),
    ]
    _, counts = walked(outer)
    assert counts.notes.all == [], "nobody wanted them"


def test_a_bomb_is_stopped_by_what_comes_out() -> None:
    content = gzip.compress(bytes(40_000_000))
    taken, counts = walked(content, "b.gz", freely=2_000_000, times=10)
    assert not taken, "a digest of half of it would be of another content"
    assert counts.stopped == tally.TOO_MUCH
    assert counts.bytes < 4_000_000


def test_many_small_bombs_in_one_are_one_bomb() -> None:
    """The budget is the tree's: each of them would be within it."""
    small = making.zipped({"a": bytes(900_000)})
    content = making.zipped({f"{number}.zip": small for number in range(20)})
    _, counts = walked(content, freely=3_000_000, times=1)
    assert counts.stopped == tally.TOO_MUCH
    assert counts.bytes < 5_000_000


def test_more_than_its_own_size_allows_may_come_out_of_a_large_one() -> None:
    content = making.zipped({str(n): bytes([n]) * 100_000 for n in range(9)}, method=0)
    _, counts = walked(content, freely=1000, times=2)
    assert (counts.stopped, counts.bytes) == ("", 900_000)
    _, counts = walked(content, freely=1000, times=2, most_bytes=300_000)
    assert counts.stopped == tally.TOO_MUCH


@pytest.mark.parametrize("form", ["zip", "7zip"])
def test_time_that_is_over_ends_it(form: str) -> None:
    """Of a solid 7z nothing but the time says when: it has no place to go on from."""
    taken, counts = walked(archived(form, {"a": b"a", "b": b"b"}), seconds=-1.0)
    assert (taken, counts.stopped) == ([], tally.TIME_RAN_OUT)


def test_names_do_no_harm() -> None:
    names = ["../../up.png", "/etc/abs.png", "a\x00b.png", "\u202egnp.exe", "\x1b[2Jred.png",
             "n" * 5000, " » "]  # fmt: skip
    content = archived("pax", {name.replace("\0", ""): PICTURE for name in names})
    taken, counts = walked(content, "x.tar")
    assert len(taken) == len(names)
    assert max(len(each.path) for each in taken) == 1000
    assert {each.content for each in taken} == {PICTURE}
    assert not counts.damaged
    with_nul = making.zipped({"a_b.png": PICTURE}).replace(b"a_b.png", b"a\0b.png")
    taken, _ = walked(with_nul)
    assert [each.content for each in taken] == [PICTURE]


def test_of_what_is_not_wanted_only_the_beginning_is_taken_out() -> None:
    inner = making.zipped({"deep.png": PICTURE, "z": bytes(range(256)) * 2000}, method=0)
    content = making.zipped({"film": b"f" * 5_000_000, "small": b"s", "in.zip": inner})
    taken, counts = walked(content, wishes=NOTHING)
    by_path = {each.path: each for each in taken}
    assert counts.passed_by == 2
    assert by_path["film"].size == -1
    assert by_path["film"].content == b"f" * 65536
    assert by_path["small"].content == b"s"
    assert by_path["in.zip » deep.png"].content == PICTURE
    assert counts.bytes < 3_000_000


def test_a_size_that_lies_is_not_believed() -> None:
    """It says 9 bytes, and there are more."""
    content = bytearray(making.zipped({"a": b"a" * 200_000}, method=zipfile.ZIP_DEFLATED))
    for place in (22, content.index(b"PK\x01\x02") + 24):
        content[place : place + 4] = (9).to_bytes(4, "little")
    asked: list[int] = []

    def wants(head: bytes, size: int, path: str) -> bool:
        asked.append(size)
        return True

    _, counts = walked(bytes(content), wishes=replace(EVERYTHING, all_of=wants))
    assert asked == [-1]
    assert counts.damaged == 1


def test_what_is_not_held_in_memory_has_its_digest_all_the_same() -> None:
    large = bytes(range(256)) * 4000
    taken, counts = walked(making.zipped({"a.bin": large}), kept=100_000)
    assert taken[0].size == len(large)
    assert len(taken[0].content) == 65536
    assert taken[0].digests == {"sha256": hashlib.sha256(large).digest()}
    assert not counts.stopped


def test_a_container_that_is_not_held_in_memory_is_said() -> None:
    inner = making.zipped({"a": bytes(range(256)) * 4000}, method=zipfile.ZIP_STORED)
    _, counts = walked(making.zipped({"in.zip": inner}), kept=100_000)
    assert (counts.stopped, counts.unopened) == (tally.TOO_LARGE, {"zip": 1})


def test_encrypted_members_are_counted_and_named_at_every_level() -> None:
    inner = making.zip_crypto("secret.png", PICTURE)
    content = making.zipped({
        "a.zip": inner, "b.7z": making.real("7z-names-locked.7z"), "c.png": PICTURE,
    })  # fmt: skip
    taken, counts = walked(content)
    assert counts.locked == 2
    assert counts.locked_names == ["a.zip » secret.png", "b.7z"]
    assert taken[-1].path == "c.png"


def test_an_encrypted_open_document_is_not_taken_for_an_open_one() -> None:
    _, counts = walked(making.open_document("text", locked=True), "letter.odt")
    assert counts.locked == 1


def test_one_that_gives_not_even_names_is_locked_as_a_whole() -> None:
    with pytest.raises(LockedError):
        walked(making.real("rar5-names-locked.rar"), "x.rar")
    with pytest.raises(LockedError):
        walked(making.real("zip-names-locked.zip"))


def test_a_fault_of_ours_costs_nothing_that_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(content: ContainerBytes, how: Opening) -> Iterator[Member]:
        members = archives.members(content, how)
        yield next(members)
        raise ZeroDivisionError

    class Failing:
        KINDS = frozenset({"zip"})
        TELLS_LOCKED = False
        make_ready = staticmethod(archives.make_ready)
        members = staticmethod(failing)

    monkeypatch.setitem(opening.openers(), "zip", Failing())
    taken, counts = walked(making.zipped({"a": b"a", "b": b"b"}))
    assert [each.path for each in taken] == ["a"]
    assert counts.damaged == 1


def test_bytes_that_cannot_be_read_are_why_it_stopped() -> None:
    class Failing(InMemory):
        def read_at(self, offset: int, length: int) -> bytes:
            if offset > 5000:
                raise ContentError("the device could not be read there")
            return InMemory.read_at(self, offset, min(length, 5000))

    content = making.tarred("w", {str(number): b"x" * 900 for number in range(9)})
    counts = MemberTally(budget=MemberBudget(), of=len(content))
    taken = list(
        MemberWalk(counts, EVERYTHING).members(Failing(content), Container("tar"), "x.tar")
    )
    assert 0 < len(taken) < 9
    assert counts.stopped == "the device could not be read there"
