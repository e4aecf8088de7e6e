"""Encrypted 7z and RAR come out byte for byte by a password of the list, and by no other."""

import io
import struct
from collections.abc import Callable
from functools import partial
from zlib import crc32

import pytest

from tests.containers import making
from tests.members.making_rar import Rared, rar5
from tests.members.making_seven_zip import Group, key, seven_zip
from tests.members.writing import archived
from triage.containers.probe import Container
from triage.containers.recognising import recognise
from triage.media.window import InMemory
from triage.members import archives, pdfs
from triage.members.archive_keys import key_4, key_7z
from triage.members.member import DamagedError, LockedError, Opening
from triage.members.password_tries import PasswordTries
from triage.members.tally import MemberBudget, MemberTally
from triage.members.walking import MemberWalk, Wishes

WORD, FIRST, SECOND, NUMBER = "pëanuts", "one", "two", "12345678"
TEXTS = {f"{name}.txt": f"This is from {name}.txt".encode() for name in "abcd"}
ONE = {"one.txt": b"This is one. " * 40, "two.txt": b"And this is two. " * 40}
JUMPS = {"code.bin": b"".join(b"\xe8" + struct.pack("<i", 1000 - 5 * at) for at in range(200))}
FOO = {"bar.txt": b"foo\n"}
SOME = {"a/letter.txt": b"hello " * 500, "ünï.bin": bytes(range(256)) * 300}
MORE = {"more.bin": b"more " * 700, "most.txt": b"most" * 1000}


@pytest.fixture(autouse=True, scope="module")
def _ready() -> None:
    assert archives.make_ready()
    assert pdfs.make_ready()


class Taken:
    """What came of an archive: name to content, or to what became of it; `end`: how it ended."""

    def __init__(self, content: bytes, *passwords: str, tries: PasswordTries | None = None) -> None:
        held = recognise(content, len(content), "x")
        assert held is not None
        self.by: list[int] = []
        self.tries = tries or PasswordTries()
        self.found: dict[str, object] = {}
        self.left = 0
        opening = Opening(
            kind=held.kind, locked=held.locked, passwords=passwords, opened_by=self.by.append,
            tries=self.tries, left_closed=self._leave,
        )  # fmt: skip
        try:
            for member in archives.members(InMemory(content), opening):
                try:
                    came = b"".join(member.chunks()) if not member.locked else "locked"
                except (DamagedError, LockedError) as error:
                    came = type(error).__name__
                self.found[member.name] = came
        except (DamagedError, LockedError) as error:
            self.found["end"] = type(error).__name__

    def _leave(self) -> None:
        self.left += 1


@pytest.mark.parametrize(("name", "word", "files"), [
    ("rar5-names-locked.rar", "password", TEXTS),
    ("rar5-solid-locked.rar", "password", TEXTS),
    ("rar5-solid-names-locked.rar", "password", TEXTS),
    ("rar4-names-locked.rar", "password", TEXTS),
    ("7z-locked.7z", "12345678", FOO),
    ("7z-names-locked.7z", "12345678", FOO),
    ("7z-locked-in-part.7z", "12345678",
     {"bar_unencrypted.txt": b"foo\n", "bar_encrypted.txt": b"foo\n"}),
    ("7z-locked-ppmd.7z", "peanuts", ONE),
    ("7z-locked-each.7z", "peanuts", ONE),
    ("7z-names-locked-lzma.7z", "peanuts", ONE),
    ("7z-locked-bcj.7z", "peanuts", JUMPS),
    ("7z-locked-bcj2.7z", "peanuts", JUMPS),
])  # fmt: skip
def test_what_other_programs_encrypted_comes_out_by_its_password(
    name: str, word: str, files: dict[str, bytes]
) -> None:
    taken = Taken(making.real(name), "wrong", "", word)
    assert taken.found == files
    assert set(taken.by) == {2}
    assert taken.tries.untried == 0


@pytest.mark.parametrize("name", ["rar4-locked.rar", "rar5-locked.rar"])
def test_members_of_one_archive_may_have_several_passwords(name: str) -> None:
    taken = Taken(making.real(name), "password2", "other", "password")
    assert taken.found == TEXTS
    assert set(taken.by) == {0, 2}
    in_part = Taken(making.real(name), "password")
    assert in_part.found == TEXTS | {"d.txt": "locked"}
    assert set(Taken(making.real(name), "wrong").found.values()) == {
        "locked", TEXTS["a.txt"], TEXTS["c.txt"],
    }  # fmt: skip


@pytest.mark.parametrize("name", [
    "7z-names-locked.7z", "7z-names-locked-lzma.7z", "rar4-names-locked.rar",
    "rar5-names-locked.rar", "rar5-solid-names-locked.rar",
])  # fmt: skip
def test_by_a_wrong_password_encrypted_names_stay_so(name: str) -> None:
    taken = Taken(making.real(name), "wrong", "Password")
    assert (taken.found, taken.by) == ({"end": "LockedError"}, [])


@pytest.mark.parametrize("name", [
    "7z-locked.7z", "7z-locked-ppmd.7z", "7z-locked-bcj2.7z", "rar5-solid-locked.rar",
])  # fmt: skip
def test_by_a_wrong_password_members_are_named(name: str) -> None:
    taken = Taken(making.real(name), "wrong", "Password")
    assert set(taken.found.values()) == {"locked"}
    assert taken.by == []


def test_of_a_solid_old_rar_comes_what_comes_of_an_open_one() -> None:
    """libarchive reads the first member of one."""
    assert Taken(making.real("rar4-solid-locked.rar"), "password").found == {
        "a.txt": TEXTS["a.txt"], "end": "DamagedError",
    }  # fmt: skip


@pytest.mark.parametrize("packed", ["lzma", "lzma2", ""])
@pytest.mark.parametrize("names", ["", WORD])
def test_a_7z_of_several_groups_comes_out(packed: str, names: str) -> None:
    header = Group(files={}, password=names, packed="lzma") if names else None
    content = seven_zip(
        Group(files=SOME, password=WORD, packed=packed, salt=b"salt"),
        Group(files={"open.txt": b"open"}),
        Group(files=MORE, password=WORD, packed=packed),
        names=header,
    )
    assert Taken(content, "no", WORD).found == SOME | {"open.txt": b"open"} | MORE


def test_groups_of_a_7z_may_have_several_passwords() -> None:
    content = seven_zip(Group(files=SOME, password=FIRST), Group(files=MORE, password=SECOND))
    taken = Taken(content, "two", "one")
    assert (taken.found, set(taken.by)) == (SOME | MORE, {0, 1})
    assert Taken(content, "one").found == SOME | dict.fromkeys(MORE, "locked")


def test_what_is_damaged_of_what_a_password_opened_is_damage_of_that_one() -> None:
    files = [Rared(name=name, content=each * 3, password=WORD) for name, each in MORE.items()]
    content = bytearray(rar5(*files))
    content[len(content) // 3] ^= 1
    assert Taken(bytes(content), WORD).found == {
        "more.bin": "DamagedError", "most.txt": MORE["most.txt"] * 3,
    }  # fmt: skip


@pytest.mark.parametrize("hides_sum", [True, False])
@pytest.mark.parametrize("names", ["", WORD])
def test_a_rar_5_comes_out_whether_or_not_its_checksums_are_hidden(
    hides_sum: bool, names: str
) -> None:
    files = [
        Rared(name=name, content=each, password=WORD, hides_sum=hides_sum)
        for name, each in SOME.items()
    ]
    content = rar5(*files, Rared(name="open.txt", content=b"open"), names=names)
    assert Taken(content, "no", WORD).found == SOME | {"open.txt": b"open"}


@pytest.mark.parametrize("hides_sum", [True, False])
def test_a_rar_5_that_does_not_say_whether_a_password_fits_is_opened_by_what_comes_out(
    hides_sum: bool,
) -> None:
    file = Rared(name="a", content=SOME["ünï.bin"], password=WORD, check=False, hides_sum=hides_sum)
    taken = Taken(rar5(file, names=WORD, cut_check=True), "no", WORD)
    assert (taken.found, set(taken.by)) == ({"a": SOME["ünï.bin"]}, {1})
    assert Taken(rar5(file), "no").found == {"a": "locked"}


@pytest.mark.parametrize("names", ["", WORD])
def test_a_rar_5_that_was_cut_off_between_two_members_is_damaged(names: str) -> None:
    """What came is whole, and so nothing else says that there was more."""
    files = [Rared(name=name, content=each, password=WORD) for name, each in SOME.items()]
    assert Taken(rar5(*files, names=names), WORD).found == SOME
    assert Taken(rar5(*files, names=names, ends=False), WORD).found == SOME | {
        "end": "DamagedError"
    }


def test_an_old_rar_that_was_cut_off_between_two_members_is_damaged() -> None:
    whole = making.real("rar4-names-locked.rar")
    assert Taken(whole, "password").found == TEXTS
    cut = whole[: len(whole) - 24]  # a salt, and the block that ends it
    assert Taken(cut, "password").found == TEXTS | {"end": "DamagedError"}


@pytest.mark.parametrize("how", [{}, {"password": WORD}], ids=["open", "encrypted"])
@pytest.mark.parametrize("names", ["", WORD])
def test_alternate_streams_in_a_rar_5_are_said_to_be_left_closed(
    how: dict[str, str], names: str
) -> None:
    """No reader here takes them out, and libarchive does not tell of them."""
    one = Rared(name="a", content=b"a" * 99, **how)  # type: ignore[arg-type]
    stream = Rared(name="STM", content=b"hidden", kind=3)
    comment = Rared(name="CMT", content=b"harmless", kind=3)
    taken = Taken(rar5(one, stream, comment, stream, names=names), WORD)
    assert (taken.found, taken.left) == ({"a": b"a" * 99}, 2)


@pytest.mark.parametrize("nameless", [True, False])
def test_what_has_no_name_in_an_encrypted_7z_is_counted_all_the_same(nameless: bool) -> None:
    content = seven_zip(Group(files=SOME, password=WORD), nameless=nameless)
    held = recognise(content, len(content), "x")
    assert held is not None
    members = [*archives.members(InMemory(content), Opening(kind="7z", locked=held.locked))]
    assert [member.locked for member in members] == [True] * len(SOME)
    assert {member.name for member in members} == ({""} if nameless else set(SOME))


@pytest.mark.parametrize("odd", [{"version": 1}, {"block_flags": 0x10}], ids=["new", "split"])
def test_what_is_encrypted_in_an_unknown_way_or_in_several_volumes_stays_so(
    odd: dict[str, int],
) -> None:
    locked = Rared(name="a", content=b"a" * 99, password=WORD, **odd)  # type: ignore[arg-type]
    taken = Taken(rar5(locked, Rared(name="b", content=b"b", password=WORD)), WORD)
    assert taken.found == {"a": "locked", "b": b"b"}


@pytest.mark.parametrize("content", [
    rar5(Rared(name="a", content=b"a", password=WORD, claims_cycles=255)),
    rar5(Rared(name="a", content=b"a", password=WORD, check=False, claims_cycles=21)),
    rar5(Rared(name="a", content=b"a", password=WORD, check=False, has_sum=False)),
    seven_zip(Group(files={"a": b"a"}, password=WORD, claims_cycles=25)),
    seven_zip(Group(files={"a": b"a"}, password=WORD, claims_cycles=62)),
    seven_zip(Group(files={"a": b"a"}, password=WORD, has_crc=False)),
], ids=["rar", "no check", "no sum", "7z", "7z most", "7z without a sum"])  # fmt: skip
def test_where_a_key_takes_too_long_or_nothing_tells_it_right_the_passwords_are_counted(
    content: bytes,
) -> None:
    taken = Taken(content, "no", "", WORD)
    assert taken.found == {"a": "locked"}
    assert taken.tries.untried == 2


def test_a_header_whose_key_would_take_too_long_stays_encrypted() -> None:
    content = seven_zip(
        Group(files=SOME), names=Group(files={}, password=WORD, packed="lzma", claims_cycles=61)
    )
    taken = Taken(content, WORD)
    assert (taken.found, taken.tries.untried) == ({"end": "LockedError"}, 1)


def test_a_7z_whose_key_is_not_hashed_comes_out() -> None:
    content = seven_zip(Group(files=SOME, password=WORD, cycles=63))
    assert Taken(content, WORD).found == SOME


@pytest.mark.parametrize("cycles", [0, 3, 14, 17, 63])
def test_a_key_of_7z_is_as_it_would_be_made_round_by_round(cycles: int) -> None:
    assert key_7z(WORD, b"salt", cycles) == key(WORD, cycles, b"salt")


def test_an_old_rar_makes_no_key_of_a_very_long_password() -> None:
    assert key_4("a" * 28, bytes(8)) is not None
    assert key_4("a" * 29, bytes(8)) is None
    taken = Taken(making.real("rar4-names-locked.rar"), "a" * 29, "password")
    assert taken.found == TEXTS


@pytest.mark.parametrize("inner", [
    making.real("7z-locked.7z"), b";!@Install@!UTF-8!\n" + making.real("7z-locked.7z"),
    rar5(Rared(name="bar.txt", content=b"foo\n", password=NUMBER)),
    archived("zip", FOO, options="zip:encryption=aes256", password=NUMBER),
], ids=["7z", "7z with settings", "rar", "zip"])  # fmt: skip
def test_a_program_that_carries_an_encrypted_archive_is_opened_likewise(inner: bytes) -> None:
    taken = Taken(making.program_with(inner), "wrong", "12345678")
    assert (taken.found, set(taken.by)) == (FOO, {1})


ENCRYPTED: dict[str, Callable[[], bytes]] = {
    "zip": partial(archived, "zip", SOME, options="zip:encryption=aes256", password=WORD),
    "7z": lambda: seven_zip(Group(files=SOME, password=WORD)),
    "7z names": lambda: seven_zip(
        Group(files=SOME), names=Group(files={}, password=WORD, packed="lzma")
    ),
    "rar": lambda: rar5(Rared(name="a", content=b"a", password=WORD)),
    "rar names": lambda: rar5(Rared(name="a", content=b"a", password=WORD), names=WORD),
    "old rar": lambda: making.real("rar4-locked.rar"),
    "old rar names": lambda: making.real("rar4-names-locked.rar"),
}


@pytest.mark.parametrize("name", ENCRYPTED)
def test_once_its_time_is_spent_the_passwords_that_are_left_are_counted(name: str) -> None:
    taken = Taken(ENCRYPTED[name](), "no", "", WORD, tries=PasswordTries(seconds=0))
    assert taken.tries.untried == 2
    assert taken.by == []


@pytest.mark.parametrize("content", [
    archived("zip", {"a": bytes(9_000_000)}, options="zip:encryption=aes256", password=WORD),
    seven_zip(Group(files={"a": bytes(9_000_000)}, password=WORD, packed="")),
    rar5(Rared(name="a", content=bytes(9_000_000), password=WORD, check=False)),
], ids=["zip", "7z", "rar"])  # fmt: skip
def test_a_password_for_which_time_ran_out_midway_opened_nothing(content: bytes) -> None:
    for times in range(3, 7):
        left, by = iter([True] * times), list[int]()
        tries = PasswordTries()
        held = recognise(content, len(content), "x")
        assert held is not None
        opening = Opening(
            kind=held.kind, locked=True, passwords=(WORD,), opened_by=by.append, tries=tries,
            goes_on=lambda left=left: next(left, False),  # type: ignore[misc]
        )  # fmt: skip
        for member in archives.members(InMemory(content), opening):
            assert member.locked
        assert (by, tries.untried) == ([], 1)


def test_passwords_of_a_pdf_that_are_left_are_counted_too() -> None:
    tries = PasswordTries(seconds=0)
    opening = Opening(kind="pdf", passwords=("no", "nor"), tries=tries)
    with pytest.raises(LockedError):
        list(pdfs.members(InMemory(making.real("pdf-locked.pdf")), opening))
    assert tries.untried == 2


def test_what_opened_something_is_tried_first() -> None:
    tries = PasswordTries()
    words = ("a", "", "b", "c")
    assert list(tries.each(words, lambda: True)) == [(0, "a"), (2, "b"), (3, "c")]
    tries.opened(3)
    assert next(tries.each(words, lambda: True)) == (3, "c")
    assert list(tries.each(words, lambda: False)) == []
    assert tries.untried == 3


def test_the_time_for_passwords_is_half_of_a_tree_s() -> None:
    tally = MemberTally(budget=MemberBudget(seconds=30), of=1)
    tally.begin()
    assert tally.tries.seconds == 15


def test_a_container_in_an_encrypted_one_is_opened() -> None:
    deep = seven_zip(Group(files={"c.txt": b"c"}, password=SECOND))
    inner = rar5(Rared(name="b.7z", content=deep, password=FIRST))
    content = making.zipped({"a.rar": inner})
    wishes = Wishes(all_of=lambda *_: True, hashers=dict, passwords=("two", "one"))
    counts = MemberTally(budget=MemberBudget(), of=len(content))
    taken = list(MemberWalk(counts, wishes).members(InMemory(content), Container("zip"), "x.zip"))
    assert (taken[-1].path, taken[-1].content) == ("a.rar » b.7z » c.txt", b"c")
    assert (counts.opened_by, counts.locked, counts.damaged) == ({0, 1}, 0, 0)


@pytest.mark.parametrize("name", [*ENCRYPTED, "solid", "bcj2"])
def test_half_an_encrypted_archive_ends_as_a_damaged_or_a_locked_one(name: str) -> None:
    more = {"solid": "rar5-solid-names-locked.rar", "bcj2": "7z-locked-bcj2.7z"}
    content = ENCRYPTED[name]() if name in ENCRYPTED else making.real(more[name])
    words = (WORD, "password", "peanuts")
    whole = Taken(content, *words).found
    step = max(1, len(content) // 15)
    for end in range(8, len(content), step):
        held = recognise(content[:end], end, "x")
        if held is not None and held.locked:
            for member, came in Taken(content[:end], *words).found.items():
                assert came in (whole.get(member), "locked", "LockedError", "DamagedError")


def test_a_7z_that_says_more_than_there_is_makes_nobody_wait() -> None:
    """Its folders, streams, members and sizes are claims."""
    content = seven_zip(Group(files=SOME, password=WORD))
    at = int.from_bytes(content[12:20], "little") + 32
    header = content[at:]
    for place in range(len(header)):
        lying = header[:place] + b"\xff" + (1 << 62).to_bytes(8, "little") + header[place + 1 :]
        start = (
            content[12:20] + len(lying).to_bytes(8, "little") + crc32(lying).to_bytes(4, "little")
        )
        whole = content[:8] + crc32(start).to_bytes(4, "little") + start + content[32:at] + lying
        opening = Opening(kind="7z", locked=True, passwords=(WORD,))
        stream = io.BytesIO()
        try:
            for member in archives.members(InMemory(whole), opening):
                for chunk in member.chunks() if not member.locked else ():
                    assert stream.write(chunk)
        except (DamagedError, LockedError):
            pass
        assert stream.tell() <= sum(map(len, SOME.values()))
