"""Pictures that lie in SQLite databases, in the logs beside them and in property lists come out."""

import random
import shutil
import sqlite3
import struct
import subprocess
from pathlib import Path

import pytest

from tests.containers.making import zipped
from tests.members.making_databases import database, property_list
from triage.bundle.rendering.by_hand import by_hand
from triage.containers.recognising import recognise
from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.media.window import InMemory
from triage.members import databases, property_lists
from triage.members.databases import columns_in
from triage.members.member import DamagedError, Opener, Opening

_CHANCE = random.Random(22)
JPEGS = [b"\xff\xd8\xff\xe0" + _CHANCE.randbytes(size) for size in (150, 2000, 9000, 700_000)]
ROWS = {7: JPEGS[0], 1: JPEGS[1], 2**40: JPEGS[2], -3: JPEGS[3], 9: b"no picture " * 900, 10: b""}
NAMES = {f"thumbs/row {row}, the blob.jpg": held for row, held in ROWS.items() if held in JPEGS}


def _written(folder: Path, content: bytes) -> Path:
    path = folder / "msgstore.db"
    path.write_bytes(content)
    return path


def _members(content: bytes, family: Opener = databases) -> tuple[dict[str, bytes], bool]:
    """What came out, and whether all of it held together."""
    found: dict[str, bytes] = {}
    try:
        for member in family.members(InMemory(content), Opening(kind="sqlite")):
            found[member.name] = b"".join(member.chunks())
            assert len(found[member.name]) == member.size
    except DamagedError:
        return found, False
    return found, True


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
@pytest.mark.parametrize("page_size", [512, 4096, 65536])
def test_blobs_of_tables_come_out_by_table_row_and_column(page_size: int, encoding: str) -> None:
    content = database(ROWS, page_size=page_size, encoding=encoding)
    assert recognise(content, len(content), "x") == ("sqlite", False)
    assert _members(content) == (NAMES, True)


def test_what_was_deleted_comes_out_of_pages_that_no_table_has(tmp_path: Path) -> None:
    rows = ROWS | {40 + n: JPEGS[1] + bytes([n]) for n in range(40)}
    path = _written(tmp_path, database(rows))
    with sqlite3.connect(path) as held:
        held.execute("PRAGMA secure_delete = OFF")
        held.execute("DROP TABLE thumbs")
    held.close()
    found, whole = _members(path.read_bytes())
    assert whole
    assert all(name.startswith("page ") for name in found)
    assert len({JPEGS[1] + bytes([n]) for n in range(40)} & set(found.values())) > 30


def test_the_log_beside_it_has_what_the_database_has_not(tmp_path: Path) -> None:
    path = _written(tmp_path, database({}))
    held = sqlite3.connect(path)
    try:
        held.execute("PRAGMA journal_mode = WAL")
        held.executemany("INSERT INTO thumbs VALUES (?, 3, ?, 'x')", ROWS.items())
        held.commit()
        held.execute("INSERT INTO words VALUES ('one more')")
        held.commit()
        log = path.with_name("msgstore.db-wal").read_bytes()
    finally:
        held.close()
    assert recognise(log, len(log), "x") == ("sqlite", False)
    found, whole = _members(log)
    assert whole
    assert sorted(found.values()) == sorted(JPEGS)


def test_a_container_in_a_database_is_a_member() -> None:
    inner = zipped({"a.jpg": JPEGS[1]})
    assert _members(database({1: inner})) == (
        {"thumbs/row 1, the blob": inner}, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("CREATE TABLE t (a, b)", ("a", "b")),
        ('CREATE TABLE t ("a, b" INT, `c` TEXT DEFAULT (f(1, 2)), PRIMARY KEY (c))', ("a, b", "c")),
        ("CREATE TABLE t", ()),
        ("(" * 9999, ()),
        ("CREATE TABLE t ([a", ()),
    ],
)  # fmt: skip
def test_columns_are_named_by_the_statement(sql: str, names: tuple[str, ...]) -> None:
    assert columns_in(sql) == names


def test_a_chain_that_turns_back_and_a_size_without_end_are_damage() -> None:
    content = bytearray(database({1: JPEGS[3]}))
    pages = range(0, len(content), 4096)
    links = [at for at in pages if 1 < struct.unpack_from(">I", content, at)[0] <= len(pages)]
    for at in links:
        struct.pack_into(">I", content, at, links[0] // 4096 + 1)
    found, _ = _members(bytes(content))
    assert {len(each) for each in found.values()} <= {len(JPEGS[3])}
    at = content.index(JPEGS[3][:40])
    content[at - 16 : at] = b"\xff" * 16
    _members(bytes(content))


def test_a_tree_that_turns_back_ends_and_is_damage() -> None:
    rows = {n: JPEGS[0] + bytes([n]) for n in range(200)}
    content = bytearray(database(rows, page_size=512))
    (branch, *_) = [at for at in range(512, len(content), 512) if content[at] == 5]
    content[branch + 8 : branch + 12] = (branch // 512 + 1).to_bytes(4, "big")
    found, whole = _members(bytes(content))
    assert not whole
    assert len(found) >= 190


def test_a_database_that_is_cut_off_gives_what_is_there() -> None:
    content = database(ROWS)
    found, whole = _members(content[: len(content) // 2])
    assert not whole
    assert set(found.values()) <= set(JPEGS)


@pytest.mark.parametrize("behind", [b"", b"\0", b"\xff" * 5000])
def test_what_is_none_is_damage(behind: bytes) -> None:
    assert _members(b"SQLite format 3\0" + behind) == ({}, False)


def test_pictures_in_a_property_list_are_named_by_their_place() -> None:
    content = property_list(*JPEGS, b"words " * 200, zipped({"a": b"a" * 300}))
    assert recognise(content, len(content), "a.plist") == ("plist", False)
    found, whole = _members(content, property_lists)
    assert whole
    assert len(found) == 5
    for name, held in found.items():
        first, last = name.removeprefix("bytes ").removesuffix(".jpg").split("-")
        assert content[int(first) : int(last) + 1] == held
    assert _members(content[:-1], property_lists) == ({}, False)


def test_data_in_a_property_list_that_claims_more_than_there_is_is_damage() -> None:
    content = property_list(*JPEGS)
    first = content.index(JPEGS[0])
    claimed = content[: first - 2] + b"\xff" + content[first - 1 :]
    found, whole = _members(claimed, property_lists)
    assert not whole
    assert set(found.values()) == set(JPEGS[1:])


def _way(member: str, kind: str, file: str) -> str:
    told = {"member": member, "part": f"{kind} member"}
    match = Match(detector="hash_set", kind=MatchKind.HASH_SET, reason="r", provenance=told)
    (command,) = by_hand(match, file, kind)
    return command


def test_the_report_says_how_to_take_data_out_of_a_property_list(tmp_path: Path) -> None:
    content = property_list(JPEGS[2])
    (tmp_path / "a b.plist").write_bytes(content)
    (name,) = _members(content, property_lists)[0]
    subprocess.run(["sh", "-c", _way(name, "plist", "x/a b.plist")], check=True, cwd=tmp_path)
    assert (tmp_path / name).read_bytes() == JPEGS[2]


@pytest.mark.skipif(not shutil.which("sqlite3"), reason="sqlite3 is not installed")
def test_the_report_says_how_to_take_a_blob_out_of_a_database(tmp_path: Path) -> None:
    path = _written(tmp_path, database(ROWS))
    for name, held in NAMES.items():
        subprocess.run(["sh", "-c", _way(name, "sqlite", path.name)], check=True, cwd=tmp_path)
        assert (tmp_path / name.rpartition("/")[2]).read_bytes() == held


def test_a_hostile_table_is_no_command(tmp_path: Path) -> None:
    name = "a\" ; '$(id)/row 1, b'\"c.jpg"
    told = _way(name, "sqlite", "x.db")
    done = subprocess.run(
        ["sh", "-c", told.replace("sqlite3 ./x.db", "printf %s")],
        check=True, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout == (
        """SELECT writefile('./row 1, b''"c.jpg', "b'""c") FROM "a"" ; '$(id)" WHERE rowid = 1"""
    )
    assert list(tmp_path.iterdir()) == []
