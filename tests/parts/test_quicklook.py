"""macOS' thumbnail cache: bitmaps of every layout, a hostile index, and a picture that is gone."""

import io
import json
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from tests.conftest import Seek
from tests.demo import photographs
from tests.disks import ext_volume
from tests.parts import making
from triage.parts.part import InMemory, Part
from triage.parts.quicklook import open_quicklook
from triage.parts.quicklook_index import bitmaps_in

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
    assert len(bitmaps_in(index) or ()) == 2
    assert len(_thumbnails(index, bytes(64))) == 1, "only the one that fits is read"


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
