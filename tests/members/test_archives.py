"""Members of archives come out byte for byte, and what is damaged or encrypted is said to be so."""

import gzip
import io
import lzma
import random
import struct
import zipfile

import pytest

from tests.containers import making
from tests.members.making_seven_zip import Group, seven_zip
from tests.members.writing import archived
from triage.containers.recognising import recognise
from triage.media.window import InMemory
from triage.members import archives, zip_gaps
from triage.members.member import DamagedError, LockedError, Opening
from triage.members.zip_gaps import gaps

UP = "../../etc/passwd"
FILES = {
    "a/letter.txt": b"hello " * 500,
    "ünï/日本.jpg": bytes(range(256)) * 300,
    UP: b"a name",
}
WRITTEN = [
    ("zip", "", ""),
    ("zip", "", "zip:compression=store"),
    ("7zip", "", ""),
    ("7zip", "", "7zip:compression=lzma2"),
    ("7zip", "", "7zip:compression=deflate"),
    ("cpio", "", ""),
    ("cpio_newc", "", ""),
    ("xar", "", ""),
    ("gnutar", "", ""),
    *(("pax", packed, "") for packed in
      ("gzip", "bzip2", "xz", "lzma", "lzip", "zstd", "lz4", "compress", "uuencode")),
]  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _ready() -> None:
    assert archives.make_ready()


PASSWORD = "peanuts"  # noqa: S105 - of test archives alone


def taken_out(content: bytes, path: str = "x", *passwords: str) -> dict[str, object]:
    """Name to content, or to what became of it; under `end` how it ended, if not well."""
    held = recognise(content, len(content), path)
    assert held is not None
    opening = Opening(kind=held.kind, locked=held.locked, passwords=passwords)
    found: dict[str, object] = {}
    try:
        for member in archives.members(InMemory(content), opening):
            try:
                came = b"".join(member.chunks()) if not member.locked else "locked"
            except (DamagedError, LockedError) as error:
                came = type(error).__name__
            found[member.name] = came
    except (DamagedError, LockedError) as error:
        found["end"] = type(error).__name__
    return found


@pytest.mark.parametrize(("form", "packed", "options"), WRITTEN)
def test_what_was_put_in_comes_out(form: str, packed: str, options: str) -> None:
    found = taken_out(archived(form, FILES, packed=packed, options=options))
    assert {name.removeprefix("../../") for name in found} == {*FILES} - {UP} | {"etc/passwd"}
    assert list(found.values()) == list(FILES.values())


def test_a_disc_image_gives_its_files() -> None:
    files = {name: content for name, content in FILES.items() if ".." not in name}
    assert taken_out(archived("iso9660", files)) == files


@pytest.mark.parametrize("packed", ["gzip", "xz", "bzip2", "zstd"])
def test_a_lone_packed_file_has_one_member_without_a_name(packed: str) -> None:
    assert taken_out(archived("raw", {"x": b"abc" * 9000}, packed=packed)) == {"": b"abc" * 9000}


@pytest.mark.parametrize(("name", "count"), [
    ("cab.cab", 3), ("lha.lzh", 2), ("rar4.rar", 2), ("rar5.rar", 1), ("7z-packed-header.7z", 60),
])  # fmt: skip
def test_what_other_programs_made_comes_out(name: str, count: int) -> None:
    found = taken_out(making.real(name))
    assert len(found) == count
    assert all(isinstance(each, bytes) for each in found.values())


def test_encrypted_members_are_named() -> None:
    assert taken_out(making.real("zip-locked.zip")) == {"bar.txt": "locked", "foo.txt": "locked"}
    assert taken_out(making.real("7z-locked.7z")) == {"bar.txt": "locked"}
    in_part = taken_out(making.real("rar4-locked.rar"))
    assert {name for name, came in in_part.items() if came == "locked"} == {"b.txt", "d.txt"}


def test_of_a_rar_5_it_is_said_which_members_are_encrypted() -> None:
    assert taken_out(making.real("rar5-locked.rar")) == {
        "a.txt": b"This is from a.txt", "b.txt": "locked", "c.txt": b"This is from c.txt",
        "d.txt": "locked",
    }  # fmt: skip


def test_what_lies_behind_encrypted_members_comes_out_without_a_password() -> None:
    """libarchive stops at them, in a 7z that begins with others and in a solid RAR 5."""
    first, second, third = ({f"{name}.txt": name.encode() * 900} for name in "abc")
    locked = Group(files=second | {"d.txt": b"d"}, password=PASSWORD)
    content = seven_zip(Group(files=first), locked, Group(files=third))
    assert taken_out(content) == first | third | {"b.txt": "locked", "d.txt": "locked"}
    solid = taken_out(making.real("rar5-solid-locked.rar"))
    assert solid == {f"{name}.txt": "locked" for name in "abcd"}
    assert taken_out(making.real("7z-locked-bcj2.7z")) == {"code.bin": "locked"}


@pytest.mark.parametrize("name", ["7z-names-locked.7z", "rar4-names-locked.rar",
                                  "rar5-names-locked.rar"])  # fmt: skip
def test_encrypted_names_give_nothing(name: str) -> None:
    assert taken_out(making.real(name)) == {"end": "LockedError"}


@pytest.mark.parametrize("how", ["traditional", "aes128", "aes256"])
def test_a_password_opens_a_zip_and_a_wrong_one_does_not(how: str) -> None:
    content = archived("zip", FILES, options=f"zip:encryption={how}", password=PASSWORD)
    assert set(taken_out(content).values()) == {"locked"}
    assert set(taken_out(content, "x", "wrong").values()) == {"locked"}
    assert taken_out(content, "x", "wrong", PASSWORD) == FILES


def test_which_password_it_was_is_told() -> None:
    content = archived("zip", FILES, options="zip:encryption=aes256", password=PASSWORD)
    told: list[int] = []
    passwords = ("wrong", "", PASSWORD, "other")
    how = Opening(kind="zip", locked=True, passwords=passwords, opened_by=told.append)
    assert all(b"".join(member.chunks()) for member in archives.members(InMemory(content), how))
    assert told == [2]


def test_a_wrong_checksum_is_damage_and_the_others_are_whole() -> None:
    """To libarchive it is a warning."""
    content = bytearray(making.zipped({"a": b"a" * 900, "b": b"b" * 900}, method=0))
    content[content.index(b"aaa") + 50] ^= 1
    assert taken_out(bytes(content)) == {"a": "DamagedError", "b": b"b" * 900}


def test_half_a_zip_gives_what_lies_before_the_cut() -> None:
    files = {f"{number}.bin": bytes([number]) * 5000 for number in range(10)}
    content = making.zipped(files, method=zipfile.ZIP_STORED)
    found = taken_out(content[: len(content) // 2])
    assert found.pop("end") == "DamagedError"
    assert found.pop("5.bin") == "DamagedError"
    assert found == {f"{number}.bin": files[f"{number}.bin"] for number in range(5)}


def test_half_a_7z_gives_nothing_and_is_damaged() -> None:
    content = archived("7zip", FILES)
    assert taken_out(content[: len(content) // 2], "x.7z") == {"end": "DamagedError"}


def without_a_row(content: bytes) -> bytes:
    """The same zip, its first member left out of the directory."""
    begin, end = content.index(b"PK\x01\x02"), content.rindex(b"PK\x05\x06")
    second = content.index(b"PK\x01\x02", begin + 4)
    said = bytearray(content[end:])
    rows, _, length = struct.unpack_from("<HHL", said, 8)
    struct.pack_into("<HHL", said, 8, rows - 1, rows - 1, length - (second - begin))
    return content[:begin] + content[second:end] + bytes(said)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_what_the_directory_of_a_zip_leaves_out_comes_out_too(method: int) -> None:
    files = {"hidden.jpg": b"h" * 4000, "a.txt": b"a" * 900, "b.txt": b"b" * 900}
    content = without_a_row(making.zipped(files, method=method))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["a.txt", "b.txt"]
    assert taken_out(content) == files


def test_a_zip_behind_another_zip_comes_out_too() -> None:
    first, second = making.zipped({"first": b"1"}), making.zipped({"second": b"2"})
    assert taken_out(first + second) == {"first": b"1", "second": b"2"}


def test_bytes_behind_each_other_that_are_packed_are_one() -> None:
    assert taken_out(gzip.compress(b"one ") + gzip.compress(b"two")) == {"": b"one two"}


def test_reading_that_fails_is_the_error_of_who_reads() -> None:
    content = making.zipped(FILES)

    class Failing(InMemory):
        def read_at(self, offset: int, length: int) -> bytes:
            if offset < 100:
                raise ZeroDivisionError
            return InMemory.read_at(self, offset, length)

    members = archives.members(Failing(content), Opening(kind="zip"))
    with pytest.raises(ZeroDivisionError):
        [list(member.chunks()) for member in members]


def test_a_member_that_is_asked_for_too_late_is_none() -> None:
    """Its archive is closed: libarchive would read memory that is another's."""
    members = archives.members(InMemory(making.zipped({"a": b"a"})), Opening(kind="zip"))
    member = next(members)
    members.close()  # type: ignore[attr-defined]
    with pytest.raises(DamagedError):
        list(member.chunks())


def test_a_dictionary_larger_than_memory_is_refused_and_not_taken() -> None:
    content = bytearray(lzma.compress(b"x" * 100_000, format=lzma.FORMAT_ALONE))
    content[1:5] = (0x40000000).to_bytes(4, "little")
    found = taken_out(bytes(content))
    assert found in ({"": b"x" * 100_000}, {"end": "DamagedError"}, {"": "DamagedError"})


def test_a_packed_file_of_zeros_is_no_empty_tar() -> None:
    """To libarchive any zeros are the end of one."""
    content = bytes(10_240) + b"picture"
    assert taken_out(gzip.compress(content)) == {"": content}


@pytest.mark.parametrize("first", [1, 100, 600, 5000])
def test_a_tar_that_was_packed_in_pieces_is_one(first: int) -> None:
    """gzip lets any number of them follow each other; the first may hold less than a header."""
    tar = making.tarred("w", {"a": b"a" * 9000, "b": b"b"})
    pieces = gzip.compress(tar[:first]) + gzip.compress(tar[first:])
    assert taken_out(pieces) == {"a": b"a" * 9000, "b": b"b"}


def test_of_half_a_packed_tar_comes_out_what_lies_before_the_cut() -> None:
    tar = making.tarred("w", {"a": b"a" * 90, "b": random.Random(1).randbytes(300_000)})
    found = taken_out(gzip.compress(tar)[:200_000])
    assert found["a"] == b"a" * 90


def test_what_stands_behind_the_end_of_a_tar_comes_out_too() -> None:
    first, second = making.tarred("w", {"a": b"a"}), making.tarred("w", {"b": b"b"})
    assert taken_out(first + second) == {"a": b"a", "b": b"b"}
    assert taken_out(gzip.compress(first + second)) == {"a": b"a", "b": b"b"}


@pytest.mark.parametrize("beside", [True, False], ids=["an empty ISO 9660 beside it", "alone"])
def test_a_disc_whose_files_only_udf_lists_is_said_to_be_left_closed(beside: bool) -> None:
    content = bytearray(archived("iso9660", {}) if beside else bytes(400 * 1024))
    free = next(at for at in range(16, 32) if not any(content[at * 2048 : at * 2048 + 2048]))
    for at, mark in enumerate((b"BEA01", b"NSR02", b"TEA01"), free):
        content[at * 2048 : at * 2048 + 7] = b"\0" + mark + b"\1"
    held = recognise(bytes(content), len(content), "x")
    assert held is not None
    assert held.kind == "iso"
    left: list[None] = []
    opening = Opening(kind="iso", left_closed=lambda: left.append(None))
    assert list(archives.members(InMemory(bytes(content)), opening)) == []
    assert len(left) == 1
    assert list(archives.members(InMemory(archived("iso9660", {})), opening)) == []
    assert len(left) == 1


def test_a_zip_of_very_many_members_is_not_read_twice() -> None:
    """From 65,535 rows on the end is written twice, with the lengths of the directory in both."""
    content = making.zipped(FILES)
    end = content.rindex(b"PK\x05\x06")
    count, length, begin = struct.unpack_from("<HLL", content, end + 10)
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, begin)
    place = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    said = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, length, begin, 0)
    content = content[:end] + end64 + place + said
    assert list(taken_out(content)) == list(FILES)
    for whole in (content, b"in front of it" + content):
        assert list(gaps(InMemory(whole), lambda: True)) == []


def _with_a_gap(gap: bytes) -> bytes:
    """A zip with these bytes between its last member and its directory."""
    content = making.zipped(FILES)
    end = content.rindex(b"PK\x05\x06")
    begin = struct.unpack_from("<L", content, end + 16)[0]
    moved = content[:begin] + gap + content[begin:]
    place = len(moved) - len(content) + end + 16
    return moved[:place] + struct.pack("<L", begin + len(gap)) + moved[place + 4 :]


def test_a_member_that_the_directory_leaves_out_comes_out_however_far_it_lies() -> None:
    hidden = making.zipped({"hidden": b"hidden" * 99})
    hidden = hidden[: hidden.index(b"PK\x01\x02")]
    for blanks in (0, 100, (4 << 20) - 2, 20 << 20):
        found = taken_out(_with_a_gap(bytes(blanks) + hidden))
        assert found == FILES | {"hidden": b"hidden" * 99}, blanks


def test_what_begins_as_a_left_out_member_and_does_not_come_out_is_said() -> None:
    name = b"\x80\x81" * 20
    odd = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 14, 0, 0, 0, 99, 99, 30, 60_000) + name
    assert taken_out(_with_a_gap(odd)) == FILES | {"end": "DamagedError"}
    assert taken_out(_with_a_gap(b"PK\x03\x04 as programs have it" * 5)) == FILES


def test_where_the_directory_is_too_long_to_search_beside_it_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = making.zipped(FILES)
    for limit in ("_MOST_ROWS", "_MOST_DIRECTORY"):
        with monkeypatch.context() as less:
            less.setattr(zip_gaps, limit, 2)
            assert taken_out(content) == FILES | {"end": "DamagedError"}
    assert taken_out(content) == FILES
