"""Every format as it is written, and as hostile hands would write it."""

import io
import random
import struct
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.parts import making
from triage.media.window import InMemory
from triage.parts.cache import open_cache
from triage.parts.compound import CompoundFile
from triage.parts.embedded import embedded
from triage.parts.freedesktop import picture_path, told_by
from triage.parts.part import MOST_BYTES, Part
from triage.parts.thumbcache import Thumbcache, open_thumbcache
from triage.parts.thumbs_db import CUT_OFF, TOO_LARGE, open_thumbs_db

REAL = Path("build/thumbcaches")
FETCHED = pytest.mark.skipif(
    not REAL.is_dir(), reason="no real caches: tests/fetch.sh fetches them"
)


@pytest.fixture(scope="module")
def jpegs() -> list[bytes]:
    chance = random.Random(5)
    pictures = []
    for _ in range(30):
        noise = Image.frombytes("RGB", (40, 30), chance.randbytes(3600))
        out = io.BytesIO()
        noise.resize((400, 300)).save(out, "JPEG")
        pictures.append(making.shrunk(out.getvalue(), chance.choice([48, 96, 160])))
    return pictures


def _thumbnails(data: bytes) -> list[Part]:
    cache = open_cache(InMemory(data), data[:65536])
    return [] if cache is None else list(cache.parts())


@FETCHED
@pytest.mark.parametrize(
    ("file", "entries"),
    [  # the counts that the publisher's own tests state
        ("windows_vista/thumbcache_32.db", 18),
        ("windows_7/thumbcache_256.db", 3),
        ("windows_81/thumbcache_32.db", 49),
        ("windows_10/thumbcache_32.db", 6),
        ("windows_11/thumbcache_32.db", 9),
    ],
)
def test_real_caches_hold_what_their_publisher_states(file: str, entries: int) -> None:
    data = (REAL / file).read_bytes()
    cache = open_thumbcache(InMemory(data), data[:64])
    assert cache is not None
    assert len(list(cache.entries())) == entries
    assert not cache.damaged


@FETCHED
def test_every_thumbnail_of_real_caches_decodes() -> None:
    from triage.detectors.pictures import decode
    from triage.detectors.types import type_of

    count = 0
    for file in REAL.glob("*/thumbcache_*.db"):
        for each in _thumbnails(file.read_bytes()):
            count += 1
            assert min(decode(each.content, type_of(each.content)).pixels.shape[:2]) > 0
    assert count > 200


@pytest.mark.parametrize("version", [20, 21, 26, 28, 30, 31, 32])
def test_every_version_of_thumbcache_gives_its_thumbnails(version: int, jpegs: list[bytes]) -> None:
    pictures = {0x1234_5678_9ABC_0000 + n: jpeg for n, jpeg in enumerate(jpegs)}
    data = making.thumbcache(pictures, version=version)
    found = _thumbnails(data)
    assert {int(each.identity, 16): each.content for each in found} == pictures
    assert all(data[each.offset :].startswith(each.content) for each in found)


def test_a_stream_of_thumbs_db_that_is_too_large_is_said(jpegs: list[bytes]) -> None:
    """It claims to be."""
    streams = {"Catalog": bytes(16), "1": (bytes(12) + jpegs[0]).ljust(9000, b"\0")}
    data = making.compound_file(streams | {"2": bytes(12) + jpegs[1]})
    entry = _directory_entry(data, "1")
    data = data.replace(entry, entry[:120] + struct.pack("<Q", MOST_BYTES + 1))
    data += bytes(MOST_BYTES)
    cache = open_cache(InMemory(data), data[:65536])
    assert cache is not None
    assert [part.identity for part in cache.parts()] == ["2"]
    assert cache.trouble == TOO_LARGE


def test_a_damaged_entry_costs_only_its_name(jpegs: list[bytes]) -> None:
    data = bytearray(making.thumbcache(dict(enumerate(jpegs[:5], 1))))
    second = data.find(b"CMMM", 30)
    struct.pack_into("<I", data, second + 4, 0xFFFFFFF0)
    cache = Thumbcache(InMemory(bytes(data)), 32)
    found = list(cache.parts())
    assert [each.identity[-1:] for each in found] == ["1", "", "3", "4", "5"]
    assert [each.content for each in found] == jpegs[:5]
    assert cache.damaged


def test_thumbs_db_tells_thumbnails_and_names(jpegs: list[bytes]) -> None:
    pictures = {f"Holiday {n}.jpg": jpeg for n, jpeg in enumerate(jpegs)}
    found = _thumbnails(making.thumbs_db(pictures))
    assert {each.of: each.content for each in found} == pictures
    assert found[11].identity == "21"


def test_thumbs_db_with_a_fat_beyond_the_header(jpegs: list[bytes]) -> None:
    big = random.Random(1).randbytes(9_000_000)
    streams = {"Catalog": bytes(16), "1": bytes(12) + jpegs[0], "junk": big}
    file = CompoundFile(InMemory(_with_difat(making.compound_file(streams))))
    assert {each.name: file.read(each, 1 << 24) for each in file.streams()} == streams


def _with_difat(data: bytes) -> bytes:
    """The maker writes its FAT behind everything: what the header cannot list goes to a DIFAT."""
    (count,) = struct.unpack_from("<I", data, 44)
    first = len(data) // 512 - 1 - count
    header = bytearray(data[:512])
    listed = list(range(first, first + count))
    struct.pack_into("<109I", header, 76, *(listed[:109] + [making.FREE] * 109)[:109])
    rest = listed[109:]
    assert 0 < len(rest) <= 127
    struct.pack_into("<II", header, 68, first + count, 1)
    difat = struct.pack("<128I", *rest, *[making.FREE] * (127 - len(rest)), making.END)
    return bytes(header) + data[512:] + difat


def test_a_document_is_no_thumbs_db(jpegs: list[bytes]) -> None:
    data = making.compound_file({"WordDocument": jpegs[0], "1Table": jpegs[1]})
    assert open_thumbs_db(InMemory(data), data) is None


@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_thumbnail(order: str, jpegs: list[bytes]) -> None:
    data = making.with_exif_thumbnail(jpegs[0], jpegs[1], order=order)
    (found,) = embedded(data[:65536])
    assert found.content == jpegs[1]
    assert data[found.offset :].startswith(jpegs[1])


def test_photoshop_thumbnail() -> None:
    from importlib import resources

    flower = (resources.files("sklearn.datasets") / "images" / "flower.jpg").read_bytes()
    (found,) = embedded(flower[:65536])
    assert found.kind == "Photoshop thumbnail"
    assert Image.open(io.BytesIO(found.content)).size == (256, 171)


def test_linux_thumbnail_tells_whose_it_is(jpegs: list[bytes]) -> None:
    png = making.linux_thumbnail(jpegs[0], "file:///home/sam/Bilder/K%C3%BCste%201.jpg")
    told = told_by(png)
    assert told is not None
    assert (told.path, told.modified) == ("home/sam/Bilder/Küste 1.jpg", 1_700_000_000)
    assert told_by(jpegs[0]) is None


@pytest.mark.parametrize(
    ("uri", "thumbnail", "picture"),
    [
        ("file:///home/sam/a.jpg", "home/sam/.cache/thumbnails/normal/x.png", "home/sam/a.jpg"),
        ("file:///home/sam/b/a.jpg", "sam/.cache/thumbnails/large/x.png", "sam/b/a.jpg"),
        ("file:///home/sam/a.jpg", "home/sam/.thumbnails/normal/x.png", "home/sam/a.jpg"),
        ("file:///media/usb/a.jpg", "home/sam/.cache/thumbnails/normal/x.png", ""),
        ("http://host/a.jpg", "home/sam/.cache/thumbnails/normal/x.png", ""),
        ("file://[broken", "home/sam/.cache/thumbnails/normal/x.png", ""),
        ("file:///home/sam/a.jpg", "home/sam/Pictures/x.png", ""),
    ],
)
def test_where_the_picture_would_be(uri: str, thumbnail: str, picture: str) -> None:
    png = making.linux_thumbnail(making.shrunk(_plain_jpeg()), uri)
    told = told_by(png)
    assert told is not None
    assert picture_path(told, thumbnail) == picture


def _plain_jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (90, 120, 150)).save(out, "JPEG")
    return out.getvalue()


class Counting:
    """Content that counts what is read of it."""

    def __init__(self, content: bytes) -> None:
        self._content = InMemory(content)
        self.size = len(content)
        self.read = 0

    def read_at(self, offset: int, length: int) -> bytes:
        data = self._content.read_at(offset, length)
        self.read += len(data) + 64
        return data


def test_streams_that_share_a_chain_are_not_read_for_ever() -> None:
    data = making.compound_file({"Catalog": bytes(16), "0": bytes(1_000_000)})
    catalog, stream = (_directory_entry(data, name) for name in ("Catalog", "0"))
    counting = Counting(_with_directory(data, catalog + stream * 4799))
    cache = open_cache(counting, counting.read_at(0, 65536))
    assert cache is not None
    assert list(cache.parts()) == []
    assert cache.damaged
    assert counting.read < 6 * counting.size + (32 << 20)


@pytest.mark.parametrize("of_the_directory", [True, False])
def test_a_chain_that_breaks_off_in_a_thumbs_db_is_said(
    jpegs: list[bytes], of_the_directory: bool
) -> None:
    data = making.compound_file({"Catalog": bytes(16), **{f"{n}": jpegs[0] * 9 for n in range(9)}})
    assert _trouble(data) == ""
    first = struct.unpack_from("<I", data, 48)[0] if of_the_directory else 0
    (table,) = struct.unpack_from("<I", data, 76)
    at = 512 * (table + 1) + 4 * first
    assert struct.unpack_from("<I", data, at)[0] == first + 1
    assert _trouble(data[:at] + b"\xff" * 4 + data[at + 4 :]) == CUT_OFF


def _trouble(data: bytes) -> str:
    cache = open_cache(InMemory(data), data[:65536])
    assert cache is not None
    list(cache.parts())
    return cache.trouble


def _directory_entry(data: bytes, name: str) -> bytes:
    at = data.find(f"{name}\0".encode("utf-16-le").ljust(64, b"\0"))
    return data[at : at + 128]


def _with_directory(data: bytes, directory: bytes) -> bytes:
    (count,) = struct.unpack_from("<I", data, 44)
    body = data[512:]
    base = len(body) // 512
    per = len(directory) // 512
    fat = list(struct.unpack(f"<{count * 128}I", body[-count * 512 :]))
    fat = fat[:base] + [base + n + 1 for n in range(per - 1)] + [making.END]
    while len(fat) % 128:
        fat.append(making.FREE)
    table = struct.pack(f"<{len(fat)}I", *fat)
    header = bytearray(data[:512])
    struct.pack_into("<I", header, 48, base)
    places = [base + per + n for n in range(len(fat) // 128)]
    struct.pack_into("<109I", header, 76, *(places + [making.FREE] * 109)[:109])
    return bytes(header) + body + directory + table


def test_loops_in_chains_end() -> None:
    data = bytearray(making.compound_file({"Catalog": bytes(16), "1": bytes(20_000)}))
    (count,) = struct.unpack_from("<I", data, 44)
    at = len(data) - 512 * count
    for sector in range(count * 128):
        struct.pack_into("<I", data, at + 4 * sector, 0)
    assert _thumbnails(bytes(data)) == []


def _samples() -> list[bytes]:
    small = making.shrunk(_plain_jpeg(), 32)
    return [
        making.thumbs_db({f"p{n}.jpg": small for n in range(12)}),
        making.thumbcache(dict(enumerate([small] * 4, 1))),
        making.thumbcache(dict(enumerate([small] * 4, 1)), version=20),
        making.with_exif_thumbnail(small, small),
        making.linux_thumbnail(_plain_jpeg(), "file:///home/sam/a.jpg"),
    ]


SAMPLES = _samples()


@settings(max_examples=400, deadline=None)
@given(
    which=st.integers(0, len(SAMPLES) - 1),
    changes=st.lists(
        st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=40
    ),
    end=st.integers(0, 1 << 20),
)
@example(which=0, changes=[(8, 0)], end=12_876)
def test_changed_bytes_never_raise(which: int, changes: list[tuple[int, int]], end: int) -> None:
    data = bytearray(SAMPLES[which])
    for at, value in changes:
        data[at % len(data)] = value
    data = data[: max(1, end % (2 * len(data)))]
    content = bytes(data)
    _thumbnails(content)
    list(embedded(content))
    told = told_by(content)
    if told is not None:
        picture_path(told, "home/sam/.cache/thumbnails/normal/x.png")


@settings(max_examples=200, deadline=None)
@given(
    head=st.binary(max_size=600),
    start=st.sampled_from(
        [
            b"\xff\xd8\xff\xe1",
            b"II*\x00",
            b"MM\x00*",
            b"CMMM\x20\x00\x00\x00",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        ]
    ),
)
def test_noise_never_raises(head: bytes, start: bytes) -> None:
    _thumbnails(start + head)
    list(embedded(start + head))
