"""Pictures in space of a cache that no entry describes: older entries, and bare ones."""

import io
import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.demo import photographs
from tests.parts import making
from triage.media.ends import end_of
from triage.media.window import InMemory
from triage.parts.cache import open_cache
from triage.parts.carving import SearchAllowance, carve
from triage.parts.part import Part
from triage.parts.thumbcache import Thumbcache

REAL = Path("build/thumbcaches")
FETCHED = pytest.mark.skipif(
    not REAL.is_dir(), reason="no real caches: tests/fetch.sh fetches them"
)


def _picture(number: int, kind: str) -> bytes:
    chance = random.Random(number)
    noise = Image.frombytes("RGB", (24, 18), chance.randbytes(24 * 18 * 3)).resize((120, 90))
    out = io.BytesIO()
    noise.save(out, kind)
    return out.getvalue()


JPEGS = [_picture(number, "JPEG") for number in range(6)]
KINDS = [_picture(9, kind) for kind in ("JPEG", "PNG", "BMP", "GIF", "WEBP")]


def _parts(data: bytes) -> list[Part]:
    cache = open_cache(InMemory(data), data[:65536])
    return [] if cache is None else list(cache.parts())


def _cache(*pieces: bytes, version: int = 32) -> bytes:
    """A thumbcache of one entry, and one without data that holds these bytes."""
    inside = b"".join(pieces)
    blank = making.cache_entry(0, b"", version, size=4096 + len(inside))
    head = making.thumbcache({7: JPEGS[0]}, version=version)[:-4096]
    return head + blank[:256] + inside + blank[256 + len(inside) :]


@pytest.mark.parametrize("version", [20, 21, 32])
def test_an_older_entry_inside_the_free_one_is_found(version: int) -> None:
    older = making.cache_entry(0xBEEF, JPEGS[1], version)
    new, old = _parts(_cache(older, version=version))
    assert (new.identity, old.identity) == (f"{7:016x}", f"{0xBEEF:016x}")
    assert old.content == JPEGS[1]
    assert old.kind.endswith("unused space")


@pytest.mark.parametrize("picture", KINDS, ids=["jpeg", "png", "bmp", "gif", "webp"])
def test_a_picture_without_any_header_is_found(picture: bytes) -> None:
    data = _cache(bytes(300), picture, b"\xff\xd8\xff\xe0 nothing", picture)
    _, one, two = _parts(data)
    assert one.content == two.content == picture
    assert data[one.offset :].startswith(picture)


def test_what_an_entry_does_not_use_of_its_own_space_is_looked_at() -> None:
    """Data longer than its picture, and data that does not begin as one."""
    longer = making.cache_entry(1, JPEGS[1] + bytes(200) + JPEGS[2], 32)
    other = making.cache_entry(2, bytes(200) + JPEGS[3], 32)
    data = making.thumbcache({}, version=32)[:24] + longer + other
    one, two, three = _parts(data)
    assert one.content.startswith(JPEGS[1])
    assert [two.content, three.content] == [JPEGS[2], JPEGS[3]]


def test_a_picture_that_is_broken_off_ends_where_the_next_begins() -> None:
    data = _cache(JPEGS[1][: len(JPEGS[1]) // 2], KINDS[2], KINDS[1][:-30], JPEGS[2])
    found = [each.content for each in _parts(data)[1:]]
    assert found == [JPEGS[1][: len(JPEGS[1]) // 2], KINDS[2], KINDS[1][:-30], JPEGS[2]]


def test_a_thumbnail_inside_a_picture_is_not_found_a_second_time() -> None:
    picture = making.with_exif_thumbnail(JPEGS[1], JPEGS[2])
    assert [each.content for each in _parts(_cache(picture))[1:]] == [picture]


def test_a_version_that_nobody_knows_is_said_and_looked_at() -> None:
    data = bytearray(making.thumbcache({1: JPEGS[1]}, version=32))
    struct.pack_into("<I", data, 4, 40)
    cache = open_cache(InMemory(bytes(data)), bytes(data[:64]))
    assert cache is not None
    assert [each.content for each in cache.parts()] == [JPEGS[1]]
    assert "version 40" in cache.trouble


def test_a_version_with_another_layout_still_gives_its_pictures() -> None:
    entry = bytes(900) + JPEGS[1] + bytes(99) + JPEGS[2]
    data = b"CMMM" + struct.pack("<I16x4sI", 41, b"CMMM", len(entry) + 8) + entry
    assert [each.content for each in _parts(data)] == [JPEGS[1], JPEGS[2]]


def test_what_a_stream_that_is_gone_left_in_a_thumbs_db_is_found() -> None:
    """In sectors of the file, and in those of short streams."""
    large = _picture(8, "BMP")
    streams = {
        "Catalog": bytes(16), "0": bytes(12) + JPEGS[0], "1": bytes(12) + JPEGS[1],
        "2": bytes(12) + large, "3": bytes(12) + JPEGS[2],
    }  # fmt: skip
    assert max(len(each) for each in JPEGS) < making.CUTOFF < len(large)
    data = making.compound_file(streams, gone=["1", "2"])
    found = _parts(data)
    assert [each.content for each in found] == [JPEGS[0], JPEGS[2], large, JPEGS[1]]
    assert ["unused" in each.kind for each in found] == [False, False, True, True]
    assert data[found[2].offset :].startswith(large)


def test_a_thumbs_db_whose_every_other_sector_is_free_is_read_a_few_times() -> None:
    whole = making.compound_file({"Catalog": bytes(16), "0": bytes(2_000_000)})
    (count,) = struct.unpack_from("<I", whole, 44)
    data = bytearray(whole)
    for at in range(len(data) - 512 * count, len(data) - 1024, 8):
        struct.pack_into("<I", data, at, making.FREE)
    content = Counting(bytes(data))
    cache = open_cache(content, bytes(data[:65536]))
    if cache is not None:
        list(cache.parts())
    assert content.read < 12 * content.size + (64 << 20)


@FETCHED
@pytest.mark.parametrize(
    ("file", "count"), [("windows_7/thumbcache_256.db", 15), ("windows_11/thumbcache_256.db", 3)]
)
def test_real_caches_give_what_lies_in_their_unused_space(file: str, count: int) -> None:
    """Windows 7: 14 whole bitmaps, and one that the file's end cuts. Windows 11: the last too."""
    from triage.detectors.pictures import decode
    from triage.detectors.types import type_of

    found = [each for each in _parts((REAL / file).read_bytes()) if "unused" in each.kind]
    assert len(found) == count
    for each in found:
        assert min(decode(each.content, type_of(each.content)).pixels.shape[:2]) > 60


class Counting:
    """Content that counts what is read of it; what is not given is zeros."""

    def __init__(self, content: bytes, size: int = 0) -> None:
        self._content = content
        self.size = size or len(content)
        self.read = 0

    def read_at(self, offset: int, length: int) -> bytes:
        length = max(0, min(length, self.size - offset))
        self.read += length
        return self._content[offset : offset + length].ljust(length, b"\x00")


def _endless_jpegs() -> bytes:
    return JPEGS[0][:-2].replace(b"\xff\xd9", b"\xff\x00") * 3000


def _nested_pngs() -> bytes:
    """Beginnings inside one another's chunks, all of which lead into the same chain."""
    start = KINDS[1][:33]
    link = struct.pack(">I", len(start) + 12) + b"IDAT" + start
    return start + (link + b"\x00\x00\x00\x00tEXt" + bytes(4)) * 40_000


HOSTILE: dict[str, Callable[[], bytes]] = {
    "signatures": lambda: b"CMMM" * 1_000_000,
    "empty entries": lambda: making.cache_entry(0, b"", 32) * 200_000,
    "beginnings": lambda: b"\xff\xd8\xff\xe0" * 1_000_000,
    "frames": lambda: JPEGS[0][:400] * 8000,
    "endless": _endless_jpegs,
    "chains": _nested_pngs,
    "bitmaps": lambda: KINDS[2][:54] * 60_000,
    "animations": lambda: (
        (b"GIF89a\x01\0\x01\0\0\0\0" + b"\x2c" + bytes(9) + b"\x02\x01\0") * 99_999
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_space_is_read_a_bounded_number_of_times(what: str) -> None:
    data = making.thumbcache({}, version=32)[:24] + HOSTILE[what]()
    content = Counting(data)
    cache = Thumbcache(content, 32)
    given = sum(len(each.content) for each in cache.parts())
    assert content.read < 12 * content.size + (64 << 20)
    assert given < 9 * content.size


def test_a_free_entry_of_four_gigabytes_in_a_small_file_hides_nothing() -> None:
    head = making.thumbcache({}, version=32)[:24] + making.cache_entry(0, b"", 32)[:8]
    lying = bytearray(head.ljust(512, b"\x00"))
    struct.pack_into("<I", lying, 28, (1 << 32) - 1)
    cache = Thumbcache(Counting(bytes(lying) + JPEGS[1]), 32)
    assert [each.content for each in cache.parts()] == [JPEGS[1]]
    assert cache.damaged, "the entry is larger than its file"


def test_an_allowance_that_is_spent_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SearchAllowance, "of", lambda size: SearchAllowance(size // 2))
    cache = Thumbcache(InMemory(_cache(*[JPEGS[1]] * 9)), 32)
    assert len(list(cache.parts())) < 10
    assert "not all" in cache.trouble


@settings(max_examples=300, deadline=None)
@given(
    pieces=st.lists(st.sampled_from([*KINDS, *JPEGS, b"\xff\xd8\xff\xe0", bytes(99)]), max_size=6),
    changes=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=30),
)
def test_whatever_is_carved_lies_there_and_nothing_twice(
    pieces: list[bytes], changes: list[tuple[int, int]]
) -> None:
    data = bytearray(b"".join(pieces))
    for at, value in changes:
        if data:
            data[at % len(data)] = value
    reached = 0
    for found in carve(InMemory(bytes(data)), 0, len(data), SearchAllowance.of(len(data))):
        assert found.at >= reached
        assert data[found.at :].startswith(found.content)
        reached = found.at + len(found.content)


@pytest.mark.parametrize("picture", [*KINDS, *photographs()[:6]])
def test_a_picture_ends_where_it_ends(picture: bytes) -> None:
    end = end_of(picture + bytes(40) + picture, 0)
    assert end is not None
    assert end.whole
    assert end.at == len(picture)


@pytest.mark.parametrize("there", [17, 40_000])
def test_content_that_ends_before_its_size_is_not_asked_for_byte_by_byte(there: int) -> None:
    content = making.CutOff((JPEGS[0] + bytes(there))[-there:])
    list(carve(content, 0, content.size, SearchAllowance.of(content.size)))
