"""Bodies in browsers' caches: by their own length, under their own address; and hostile entries."""

import hashlib
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
from tests.disks import MIB, ext_volume
from tests.parts import making_caches as making
from tests.parts.test_unused_space import Counting
from tests.workers import scanning
from triage.choices import HashSetUse, PerceptualUse
from triage.match_kinds import MatchKind
from triage.media.window import InMemory
from triage.parts.cache import Cache, open_cache
from triage.parts.carving import TOO_LONG
from triage.parts.chromium_blocks import NOT_COMPLETE, open_blocks
from triage.parts.chromium_entry import INCOMPLETE, NOT_ENDED
from triage.parts.firefox_entry import ENCRYPTED, open_firefox_entry
from triage.parts.part import Part, ReadAt
from triage.parts.web import LONGEST_ADDRESS, TOO_LARGE
from triage.profile import Profile

ADDRESS = "https://cdn.example.org/a.jpg?w=9"
NAME = "cache2/entries/" + "0123456789ABCDEF" * 2 + "01234567"
PROFILE = Profile(name="web", description="", detectors=(HashSetUse(), PerceptualUse()))


def _jpeg(number: int, side: int = 120) -> bytes:
    noise = Image.frombytes("RGB", (24, 18), random.Random(number).randbytes(24 * 18 * 3))
    out = io.BytesIO()
    noise.resize((side, side)).save(out, "JPEG")
    return out.getvalue()


PICTURE = _jpeg(1)


def _opened(data: bytes, path: str = "x/0123456789abcdef_0") -> Cache:
    cache = open_cache(InMemory(data), data[:65536], path)
    assert cache is not None
    return cache


def _only(data: bytes, path: str = "x/0123456789abcdef_0") -> Part:
    (part,) = _opened(data, path).parts()
    return part


@pytest.mark.parametrize("digest", [True, False])
def test_the_body_of_a_chromium_entry_is_its_body_and_no_more(digest: bool) -> None:
    data = making.chromium_entry(ADDRESS, PICTURE, digest=digest)
    part = _only(data)
    assert part.content == PICTURE
    assert data[part.offset :].startswith(PICTURE)
    assert part.of == ADDRESS
    assert part.elsewhere, "an address is no path: nobody can say that it is gone"


def test_chromiums_other_files_of_an_entry_give_their_stream() -> None:
    assert _only(making.chromium_side(ADDRESS, PICTURE)).content == PICTURE


def test_pieces_of_a_film_are_put_together_in_their_order() -> None:
    film = random.Random(3).randbytes(3_000_000)
    pieces = [(at, film[at : at + 1_000_000]) for at in (2_000_000, 0, 1_000_000)]
    whole = _opened(making.chromium_pieces(ADDRESS, pieces))
    assert [each.content for each in whole.parts()] == [film]
    assert not whole.trouble
    partly = _opened(making.chromium_pieces(ADDRESS, pieces[:2]))
    assert [each.content for each in partly.parts()] == [film[:1_000_000]]
    assert partly.trouble == INCOMPLETE


def test_an_entry_that_was_not_written_to_its_end_gives_what_there_is() -> None:
    data = making.chromium_entry(ADDRESS, PICTURE)
    assert _only(data[:-30]).content == PICTURE
    begin = data.find(PICTURE)
    assert _only(data[: begin + 999]).content == PICTURE[:999]


@pytest.mark.parametrize("version", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("size", [999, making.CHUNK, making.CHUNK + 1])
def test_the_body_of_a_firefox_entry_is_as_long_as_its_end_says(version: int, size: int) -> None:
    body = PICTURE + bytes(size)
    part = _only(making.firefox_entry(ADDRESS, body, version=version), NAME)
    assert (part.content, part.offset, part.of) == (body, 0, ADDRESS)


def test_what_a_script_keeps_behind_a_body_is_not_the_bodys() -> None:
    data = making.firefox_entry(ADDRESS, PICTURE, other=b"\x00compiled" * 99)
    assert _only(data, NAME).content == PICTURE


def test_a_firefox_entry_under_another_name_is_told_by_its_end() -> None:
    assert _only(making.firefox_entry(ADDRESS, PICTURE), "exhibit/17.bin").content == PICTURE
    for other in (PICTURE, PICTURE + struct.pack(">I", len(PICTURE)), bytes(99)):
        assert open_firefox_entry(InMemory(other)) is None


def test_an_encrypted_firefox_entry_is_said() -> None:
    data = random.Random(1).randbytes(5000) + struct.pack(">II", 4, 0x80000000 | 4000)
    cache = _opened(data, NAME)
    assert list(cache.parts()) == []
    assert cache.trouble == ENCRYPTED


@pytest.mark.parametrize("encoding", ["br", "gzip", "zstd"])
def test_a_picture_that_is_kept_compressed_is_said_a_page_or_drawing_is_not(encoding: str) -> None:
    packed = random.Random(1).randbytes(999)
    head = f"HTTP/2 200\r\nContent-Encoding: {encoding}\r\nContent-Type: %s\r\n"
    for kind, said in (("image/jpeg", True), ("image/svg+xml", False), ("text/html", False)):
        chromium = making.chromium_entry(ADDRESS, packed, making.headers(kind, encoding))
        firefox = making.firefox_entry(ADDRESS, packed, said=head % kind)
        for data, path in ((chromium, "x/a_0"), (firefox, NAME)):
            cache = _opened(data, path)
            assert [each.content for each in cache.parts()] == [packed]
            assert (encoding in cache.trouble) == said


def _in_folder(files: dict[str, bytes]) -> Callable[[str, int], bytes]:
    return lambda name, most: files.get(name, b"")[: most + 1]


def test_more_than_may_be_looked_at_in_a_file_of_blocks_is_said() -> None:
    """Unused space that takes too long, and entries in more files than are read."""
    files = making.Blocks({"https://a/1": PICTURE}).files()
    endless = b"\xff\xd8\xff\xfe\xff\xff" * 250_000
    name = next(name for name, data in files.items() if PICTURE in data)
    assert _of_blocks(files, name)[1] == ""
    assert _of_blocks({**files, name: files[name] + endless}, name)[1] == TOO_LONG
    made = making.Blocks({"https://a/1": PICTURE})
    indexes = {f"data_{n}": made.header(1, 256, n + 1 + 3 * (n == 1)) for n in (1, *range(5, 30))}
    data_1 = indexes["data_1"] + files["data_1"][len(indexes["data_1"]) :]
    assert _of_blocks({**files, **indexes, "data_1": data_1}, name)[1] == NOT_COMPLETE


def _of_blocks(files: dict[str, bytes], name: str) -> tuple[list[Part], str]:
    content = InMemory(files[name])
    cache = open_blocks(content, files[name][:64], _in_folder(files))
    if cache is None:
        return [], ""
    return list(cache.parts()), cache.trouble


def test_bodies_in_block_files_have_their_own_length_and_address() -> None:
    bodies = {f"https://example.org/{n}.jpg": _jpeg(n, 20 + 40 * n) for n in range(14)}
    bodies["https://example.org/long/" + "x" * 500] = _jpeg(77, 50)
    made = making.Blocks(bodies)
    files = made.files()
    found: dict[str, bytes] = {}
    for name in ("data_0", "data_1", "data_2", "data_3"):
        parts, trouble = _of_blocks(files, name)
        assert not trouble
        for part in parts:
            assert files[name][part.offset :].startswith(part.content)
            found[part.of] = part.content
    large = {address for address, body in bodies.items() if body in made.external.values()}
    assert large, "some are files of their own, and looked at as such"
    assert found == {name: body for name, body in bodies.items() if name not in large}


def test_a_body_whose_entry_is_gone_is_found_by_its_beginning() -> None:
    bodies = {"https://a/1": _jpeg(1, 40), "https://a/2": _jpeg(2, 40), "https://a/3": _jpeg(3, 40)}
    files = making.Blocks(bodies, gone=["https://a/2"]).files()
    parts = [part for name in ("data_2", "data_3") for part in _of_blocks(files, name)[0]]
    assert sorted(part.content for part in parts) == sorted(bodies.values())
    (gone,) = [part for part in parts if not part.of]
    assert gone.content == bodies["https://a/2"]
    assert gone.kind.endswith("unused space")


def test_block_files_without_the_entries_beside_them_are_searched_and_that_is_said() -> None:
    bodies = {"https://a/1": _jpeg(1, 40), "https://a/2": _jpeg(2, 40)}
    files = making.Blocks(bodies).files()
    del files["data_1"]
    parts, trouble = _of_blocks(files, "data_2")
    assert {part.content for part in parts} <= set(bodies.values())
    assert trouble


def test_block_files_that_name_each_other_in_a_circle_are_read_once() -> None:
    made = making.Blocks({"https://a/1": _jpeg(1, 40)})
    files = made.files()
    files["data_1"] = made.header(1, following=4) + files["data_1"][8192:]
    files["data_4"] = made.header(4, 256, following=5)
    files["data_5"] = made.header(5, 256, following=4)
    asked: list[str] = []

    def beside(name: str, most: int) -> bytes:
        asked.append(name)
        return files.get(name, b"")

    for name in ("data_2", "data_3"):
        cache = open_blocks(InMemory(files[name]), files[name][:64], beside)
        assert cache is not None
        list(cache.parts())
    assert asked == ["data_1", "data_4", "data_5"] * 2


def _lying_entries() -> bytes:
    """Sixty thousand entries that name one body, each with another length."""
    made = making.Blocks({})
    entry = bytearray(256)
    struct.pack_into("<i", entry, 32, 9)
    entries = b""
    pieces = []
    for number in range(60_000):
        struct.pack_into("<2i", entry, 40, 0, 1 + number % 1024)
        struct.pack_into("<2I", entry, 56, 0, 0xA3010000 | number % 7)
        pieces.append(bytes(entry))
    return made.header(1) + entries.join(pieces)


@pytest.mark.parametrize(
    "data",
    [
        _lying_entries(),
        making.Blocks({}).header(1) + bytes(256 * 65536),
        making.Blocks({}).header(1) + b"\xff" * 256 * 9000,
    ],
    ids=["lying", "empty", "full"],
)
def test_hostile_entries_of_block_files_are_read_a_bounded_number_of_times(data: bytes) -> None:
    content: ReadAt = Counting(data)
    cache = open_blocks(content, data[:64], _in_folder({"data_1": data}))
    assert cache is not None
    given = sum(len(part.content) for part in cache.parts())
    assert content.read < 4 * len(data) + (64 << 20)  # type: ignore[attr-defined]
    assert given < 2 * len(data)


@pytest.mark.parametrize(
    "length", [0, 1, 0xFFFFFFFF, 5000, 24], ids=["none", "one", "all", "some", "end"]
)
def test_lengths_that_lie_cost_no_more_than_the_file(length: int) -> None:
    data = bytearray(making.chromium_entry(ADDRESS, PICTURE))
    for at in (12, len(data) - 8):
        changed = bytearray(data)
        struct.pack_into("<I", changed, at, length)
        cache = open_cache(InMemory(bytes(changed)), bytes(changed[:65536]), "x/a_0")
        for part in cache.parts() if cache else ():
            assert len(part.content) <= len(data)
    entry = bytearray(making.firefox_entry(ADDRESS, PICTURE))
    struct.pack_into(">I", entry, len(entry) - 4, length)
    open_firefox_entry(InMemory(bytes(entry)))


def test_a_million_pieces_are_not_all_remembered() -> None:
    data = making.chromium_pieces(ADDRESS, [(n, b"x") for n in range(200_000)])
    content = Counting(data)
    cache = open_cache(content, data[:65536], "x/a_s")
    assert cache is not None
    (part,) = cache.parts()
    assert cache.trouble
    assert len(part.content) < 200_000
    assert content.read < 40 * len(data)


def test_a_body_that_was_not_written_to_its_end_is_taken_and_said() -> None:
    content = making.chromium_entry(ADDRESS, PICTURE)
    at = content.index(PICTURE) + len(PICTURE) - 9
    cache = open_cache(InMemory(content[:at]), content[:at], "x/a_0")
    assert cache is not None
    assert [part.content for part in cache.parts()] == [PICTURE[:-9]]
    assert cache.trouble == NOT_ENDED


def test_a_body_of_gigabytes_is_said_and_not_read() -> None:
    head = making.chromium_entry(ADDRESS, PICTURE)[:300]
    content = Counting(head, 1 << 33)
    cache = open_cache(content, head, "x/a_0")
    assert cache is not None
    assert list(cache.parts()) == []
    assert cache.trouble == TOO_LARGE
    assert content.read < 1 << 27


def test_an_address_is_bounded() -> None:
    part = _only(making.chromium_entry("https://x/" + "y" * 99_999, PICTURE))
    assert len(part.of) == LONGEST_ADDRESS


SAMPLES = [
    (making.chromium_entry(ADDRESS, PICTURE[:900]), "x/a_0"),
    (making.chromium_pieces(ADDRESS, [(0, PICTURE[:300]), (300, PICTURE[300:600])]), "x/a_s"),
    (making.firefox_entry(ADDRESS, PICTURE[:900]), NAME),
    (making.Blocks({ADDRESS: PICTURE[:900]}).files()["data_1"], "x/data_1"),
]


@settings(max_examples=300, deadline=None)
@given(
    which=st.integers(0, len(SAMPLES) - 1),
    changes=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=30),
    end=st.integers(0, 1 << 20),
)
def test_changed_bytes_never_raise(which: int, changes: list[tuple[int, int]], end: int) -> None:
    sample, path = SAMPLES[which]
    data = bytearray(sample)
    for at, value in changes:
        data[at % len(data)] = value
    content = bytes(data[: max(1, end % (2 * len(data)))])
    cache = open_cache(InMemory(content), content[:65536], path, lambda _name, _most: content)
    if cache is not None:
        list(cache.parts())


def test_a_scan_finds_known_pictures_in_every_browsers_cache_by_their_own_digest(
    tmp_path: Path,
) -> None:
    """With MD5 alone, through confined workers: each is a body of a file of another length."""
    small = _jpeg(5, 60)
    one, two = photographs()[:2]
    blocks = making.Blocks({"https://a/1": small, "https://a/2": two})
    chromium = "Users/Sam/AppData/Local/Google/Chrome/User Data/Default/Cache/Cache_Data"
    electron = "Users/Sam/AppData/Roaming/chat/Cache/Cache_Data"
    files = {
        f"home/sam/.cache/chromium/Default/Cache/Cache_Data/{'0a1b2c3d4e5f6071'}_0": (
            making.chromium_entry(ADDRESS, one)
        ),
        f"{electron}/00112233aabbccdd_s": making.chromium_pieces(
            ADDRESS, [(0, one[:20_000]), (20_000, one[20_000:])]
        ),
        f"home/sam/.cache/mozilla/firefox/x.default/{NAME}": making.firefox_entry(ADDRESS, one),
        "exhibits/other.txt": b"a letter " * 99,
    }
    files |= {f"{chromium}/{name}": data for name, data in blocks.files().items()}
    image, known = tmp_path / "disk.img", tmp_path / "known.md5"
    ext_volume(image, 48 * MIB, files)
    digests = [hashlib.md5(each, usedforsecurity=False).hexdigest() for each in (one, two, small)]
    known.write_text("".join(f"{digest}\n" for digest in digests))
    scanned = scanning.run(image, out=tmp_path / "out", profile=PROFILE, hash_sets=(known,))
    lines = {line.entry.path: line.result for line in scanned.lines}
    found = {path.rpartition("/")[2] for path, result in lines.items() if result.matches}
    size = next(n for n in ("data_1", "data_2", "data_3") if small in files[f"{chromium}/{n}"])
    assert found == {
        "0a1b2c3d4e5f6071_0", "00112233aabbccdd_s", NAME.rpartition("/")[2], size, "f_000001",
    }  # fmt: skip
    matches = [match for result in lines.values() for match in result.matches]
    assert {match.kind for match in matches} == {MatchKind.HASH_SET}
    told = [match.provenance for match in matches if match.of_part]
    assert {each["part_name"] for each in told} == {ADDRESS, "https://a/1"}
    assert {each["part_md5"] for each in told} == {digests[0], digests[2]}
