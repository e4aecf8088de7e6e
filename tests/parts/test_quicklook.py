"""macOS' thumbnail cache: bitmaps of every layout, a hostile index, and a picture that is gone."""

import io
import json
import sqlite3
import struct
import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from tests.conftest import Seek
from tests.demo import photographs
from tests.disks import ext_volume
from tests.parts import making
from tests.workers import scanning
from triage.choices import PerceptualUse
from triage.detectors.pdq import pdq
from triage.findings import Outcome
from triage.media.window import InMemory
from triage.parts.part import Part
from triage.parts.quicklook import NOT_THERE, TOO_MANY, UNEXPLAINED, open_quicklook
from triage.parts.quicklook_index import MOST_ROWS, bitmaps_in
from triage.parts.write_ahead import with_log
from triage.profile import Profile

BGRA, RGBA, ARGB, ABGR = 0x2002, 0x0001, 0x4002, 0x2001
CACHE = "private/var/folders/n9/x/C/com.apple.QuickLook.thumbnailcache"


def _thumbnails(index: bytes, data: bytes) -> list[Part]:
    cache = open_quicklook(InMemory(data), index)
    return [] if cache is None else list(cache.parts())


@pytest.fixture(scope="module")
def shrunk() -> list[bytes]:
    return [making.shrunk(picture, 96, "PNG") for picture in photographs()[:4]]


@pytest.mark.parametrize("info", [BGRA, RGBA, ARGB, ABGR])
def test_the_bytes_of_a_pixel_are_put_into_order(info: int, shrunk: list[bytes]) -> None:
    index, data = making.quicklook([("/Users/sam/Pictures", "a.jpg", shrunk[0], info)])
    (thumbnail,) = _thumbnails(index, data)
    image = Image.open(io.BytesIO(thumbnail.content)).convert("RGB")
    assert ImageChops.difference(image, Image.open(io.BytesIO(shrunk[0]))).getbbox() is None
    assert thumbnail.of == "/Users/sam/Pictures/a.jpg"
    assert thumbnail.offset == 64


def test_bitmaps_beyond_the_file_are_left_out_and_said(shrunk: list[bytes]) -> None:
    index, data = making.quicklook(
        [("/a", f"{n}.jpg", each, BGRA) for n, each in enumerate(shrunk)]
    )
    cache = open_quicklook(InMemory(data[:-1]), index)
    assert cache is not None
    assert len(list(cache.parts())) == 3
    assert cache.damaged
    assert cache.trouble == NOT_THERE


def _database(*statements: str) -> bytes:
    with sqlite3.connect(":memory:") as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
        return database.serialize()


COLUMNS = "width, height, bitsperpixel, bytesperrow, bitmapdata_location, bitmapdata_length"
ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "SELECT i AS width, 1 AS height, 31 AS bitsperpixel, 1 AS bytesperrow, "
    "1 AS bitmapdata_location, 1 AS bitmapdata_length FROM n"
)


@pytest.mark.parametrize(
    "statement",
    [
        f"CREATE VIEW thumbnails AS {ENDLESS}",
        f"CREATE TABLE thumbnails (a, {COLUMNS}, b AS (zeroblob(900000000)))",
        f"CREATE VIRTUAL TABLE thumbnails USING fts5({COLUMNS})",
        "CREATE TABLE thumbnails (width INTEGER)",
    ],
)
def test_an_index_that_is_not_a_plain_table_is_refused(statement: str) -> None:
    assert bitmaps_in(_database(statement)) is None


def test_absurd_numbers_are_left_out() -> None:
    index = _database(
        f"CREATE TABLE thumbnails ({COLUMNS})",
        "INSERT INTO thumbnails VALUES (9e99, 1, 32, 4, 0, 4), ('a', 1, 32, 4, 0, 4), "
        "(1, 1, 32, 4, -5, 4), (4611686018427387904, 2, 32, 4, 0, 4), (1, -1, 32, 4, 0, 4)",
    )
    cache = open_quicklook(InMemory(bytes(64)), index)
    assert cache is not None
    assert len(list(cache.parts())) == 1, "only the one that fits is read"
    assert cache.damaged


def test_one_row_that_is_none_is_said() -> None:
    index = _database(
        f"CREATE TABLE thumbnails ({COLUMNS})",
        "INSERT INTO thumbnails VALUES (1, 1, 32, 4, 0, 4), ('a', 1, 32, 4, 0, 4)",
    )
    cache = open_quicklook(InMemory(bytes(64)), index)
    assert cache is not None
    assert len(list(cache.parts())) == 1
    assert cache.damaged


def test_a_row_of_pixels_that_are_not_read_is_said() -> None:
    index = _database(
        f"CREATE TABLE thumbnails ({COLUMNS})",
        "INSERT INTO thumbnails VALUES (1, 1, 32, 4, 0, 4), (4, 4, 8, 4, 4, 16)",
    )
    cache = open_quicklook(InMemory(bytes(64)), index)
    assert cache is not None
    assert len(list(cache.parts())) == 1
    assert cache.trouble == NOT_THERE


def test_rows_beyond_the_most_are_said() -> None:
    for rows, said in ((MOST_ROWS, ""), (MOST_ROWS + 1, TOO_MANY)):
        index = _database(
            f"CREATE TABLE thumbnails ({COLUMNS})",
            "CREATE TABLE n (i INTEGER)",
            "INSERT INTO n VALUES " + ", ".join(f"({row})" for row in range(rows)),  # noqa: S608
            "INSERT INTO thumbnails SELECT 1, 1, 32, 4, i, 4 FROM n",
        )
        cache = open_quicklook(InMemory(bytes(64)), index)
        assert cache is not None
        assert cache.trouble == said


def test_rows_that_share_their_bytes_are_not_read_for_ever() -> None:
    side = 1024
    size = side * side * 4
    row = f"({side}, {side}, 32, {4 * side}, 0, {size})"
    index = _database(
        f"CREATE TABLE thumbnails ({COLUMNS})",
        *[f"INSERT INTO thumbnails VALUES {row}"] * 500,  # noqa: S608
    )
    assert len(_thumbnails(index, bytes(size))) < 20


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=40), st.data())
def test_changed_bytes_never_raise(changes: list[tuple[int, int]], data: st.DataObject) -> None:
    picture = making.shrunk(photographs()[0], 32, "PNG")
    index, bitmaps = making.quicklook([("/a", f"{n}.jpg", picture, BGRA) for n in range(3)])
    damaged = bytearray(index)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    end = data.draw(st.integers(0, len(damaged)))
    _thumbnails(bytes(damaged), bitmaps)
    _thumbnails(bytes(damaged[:end]), bitmaps)


def test_a_picture_that_is_gone_is_found_in_the_cache(
    seek: Seek, tmp_path: Path, shrunk: list[bytes]
) -> None:
    index, data = making.quicklook([
        ("/Users/sam/Pictures", "kept.jpg", shrunk[0], BGRA),
        ("/Users/sam/Pictures", "gone.jpg", shrunk[1], BGRA),
        ("/Volumes/STICK", "away.jpg", shrunk[2], BGRA),
    ])  # fmt: skip
    files = {
        f"{CACHE}/index.sqlite": index,
        f"{CACHE}/thumbnails.data": data,
        "Users/sam/Pictures/kept.jpg": photographs()[0],
    }
    ext_volume(tmp_path / "disk.img", 24 * (1 << 20), files)
    done = seek("scan", tmp_path / "disk.img", "--out", tmp_path / "out")
    assert done.returncode == 3, "no hash set was given"
    (bundle,) = (tmp_path / "out").iterdir()
    (finding,) = json.loads((bundle / "findings.json").read_text())["findings"]
    assert finding["entry"]["path"] == f"{CACHE}/thumbnails.data"
    (match,) = finding["result"]["matches"]
    assert match["reason"].startswith("1 of its 3 thumbnails show pictures that are gone")
    assert match["provenance"]["thumbnail_of"] == "/Users/sam/Pictures/gone.jpg"
    assert finding["found"]["looked_at_as"].startswith("thumbnail caches")


def _with_log(before: list[bytes], after: list[bytes], *, page: int = 4096) -> tuple[bytes, ...]:
    """Index, log and bitmaps: rows of `before` are in the index, those of `after` in its log."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "index.sqlite")
        index, data = making.quicklook(
            [("/a", f"{n}.jpg", each, BGRA) for n, each in enumerate(before + after)]
        )
        whole = sqlite3.connect(":memory:")
        whole.deserialize(index[:18] + b"\x01\x01" + index[20:])
        with closing(sqlite3.connect(file)) as database:
            database.execute(f"PRAGMA page_size = {page}")
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA wal_autocheckpoint = 0")
            schema = [row[0] for row in whole.execute("SELECT sql FROM sqlite_master")]
            if before:
                _fill(database, whole, schema, slice(0, len(before)))
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                schema = []
            _fill(database, whole, schema, slice(len(before), None))
            log = Path(f"{file}-wal").read_bytes()
            return file.read_bytes(), log, data


def _fill(
    database: sqlite3.Connection, whole: sqlite3.Connection, schema: list[str], rows: slice
) -> None:
    for statement in schema:
        database.execute(statement)
    for table, width in (("files", 3), ("thumbnails", 10)):
        marks = ", ".join("?" * width)
        copied = whole.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()[rows]  # noqa: S608
        database.executemany(f"INSERT INTO {table} VALUES ({marks})", copied)  # noqa: S608
    database.commit()


def _logged(index: bytes, log: bytes, data: bytes) -> list[str]:
    cache = open_quicklook(InMemory(data), index, log)
    return [] if cache is None else [each.of for each in cache.parts()]


@pytest.mark.parametrize("page", [512, 4096, 65536])
@pytest.mark.parametrize("stored", [0, 2])
def test_rows_that_are_still_in_the_log_are_read(
    stored: int, page: int, shrunk: list[bytes]
) -> None:
    index, log, data = _with_log(shrunk[:stored], shrunk[stored:], page=page)
    assert len(_logged(index, b"", data)) == stored
    assert _logged(index, log, data) == ["/a/0.jpg", "/a/1.jpg", "/a/2.jpg", "/a/3.jpg"]


def test_rows_that_the_log_deletes_are_listed_still(shrunk: list[bytes]) -> None:
    index, log, data = _with_log(shrunk[:2], shrunk[2:])
    whole = with_log(index, log, 1 << 26)
    assert whole != index
    assert _logged(whole, b"", data) == ["/a/0.jpg", "/a/1.jpg", "/a/2.jpg", "/a/3.jpg"]
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(whole[:18] + b"\x01\x01" + whole[20:])
        database.execute("DELETE FROM thumbnails WHERE rowid = 1")
        database.commit()
        later = database.serialize()
    frames = _frames(later, salts=b"saltsalt")
    assert _logged(whole, frames, data) == ["/a/0.jpg", "/a/1.jpg", "/a/2.jpg", "/a/3.jpg"]
    assert _logged(later, b"", data) == ["/a/1.jpg", "/a/2.jpg", "/a/3.jpg"]


def _frames(database: bytes, *, salts: bytes, page: int = 4096, commit: bool = True) -> bytes:
    """A log that holds every page of a database."""
    count = len(database) // page
    log = struct.pack(">IIII", 0x377F0682, 3007000, page, 0) + salts + bytes(8)
    for number in range(count):
        ends = count if commit and number + 1 == count else 0
        log += struct.pack(">II", number + 1, ends) + salts + bytes(8)
        log += database[number * page : (number + 1) * page]
    return log


def test_only_what_the_log_has_committed_in_this_round_counts(shrunk: list[bytes]) -> None:
    index, _ = making.quicklook([("/a", "0.jpg", shrunk[0], BGRA)])
    empty = b"\x00" * 4096
    assert with_log(empty, _frames(index, salts=b"saltsalt"), 1 << 26) == index
    assert with_log(empty, _frames(index, salts=b"saltsalt", commit=False), 1 << 26) == empty
    stale = bytearray(_frames(index, salts=b"saltsalt"))
    stale[32 + 8] ^= 1
    assert with_log(empty, bytes(stale), 1 << 26) == empty
    half = (
        _frames(index, salts=b"saltsalt") + _frames(b"\xff" * len(index), salts=b"saltsalt")[32:-9]
    )
    assert with_log(empty, half, 1 << 26) == index


@pytest.mark.parametrize("place", [8, 32, 36])
@pytest.mark.parametrize("value", [0, 1, 513, 4096, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_log_that_lies_is_left_out(place: int, value: int, shrunk: list[bytes]) -> None:
    index, _ = making.quicklook([("/a", "0.jpg", shrunk[0], BGRA)])
    log = bytearray(_frames(index, salts=b"saltsalt"))
    struct.pack_into(">I", log, place, value)
    assert len(with_log(index, bytes(log), 1 << 26)) <= 1 << 26
    bitmaps_in(with_log(index, bytes(log), 1 << 26))


def test_a_cache_whose_rows_are_in_the_log_alone_is_found_and_one_without_an_index_said(
    tmp_path: Path, shrunk: list[bytes]
) -> None:
    """By a scan through confined workers."""
    index, log, data = _with_log([], shrunk)
    files = {
        f"{CACHE}/index.sqlite": index,
        f"{CACHE}/index.sqlite-wal": log,
        f"{CACHE}/thumbnails.data": data,
        f"lost/{CACHE}/thumbnails.data": data,
    }
    image, known = tmp_path / "disk.img", tmp_path / "known.txt"
    ext_volume(image, 24 << 20, files)
    pixels = np.asarray(Image.open(io.BytesIO(shrunk[2])).convert("RGB"))[..., ::-1]
    known.write_text(f"{pdq(pixels).value.hex()},100\n")
    profile = Profile(name="mac", description="", detectors=(PerceptualUse(),))
    scanned = scanning.run(image, out=tmp_path / "out", profile=profile, hash_sets=(known,))
    result = scanned.line(f"{CACHE}/thumbnails.data").result
    assert [match.kind for match in result.matches if "matched_by" in match.provenance]
    lost = scanned.line(f"lost/{CACHE}/thumbnails.data").result
    assert (lost.outcome, lost.reason) == (Outcome.UNREADABLE, UNEXPLAINED)
