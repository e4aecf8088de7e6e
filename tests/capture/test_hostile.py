"""What hostile hands would write: nothing is said of it, little is read, and nothing raises."""

import itertools
import random
import struct
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture import making
from tests.capture.making import TOLD, box, chunk, element, tiff
from triage.capture import capture_of, position_of
from triage.captured import Capture, Position
from triage.media.boxes import MOST_BOXES
from triage.media.window import MOST_BYTES, MOST_READS, Window

MOST = 2**32 - 1
MIMES = ("image/x", "video/x")


def _told(content: bytes) -> list[Capture]:
    """Whatever type it is taken for; what is said is what a worker may say."""
    told = []
    for mime in MIMES:
        capture = capture_of(content[:65536], mime)
        position = position_of(content[:65536], mime)
        if capture is not None:
            told.append(msgspec.json.decode(msgspec.json.encode(capture), type=Capture))
            assert told[-1] == capture
        if position is not None:
            assert msgspec.json.decode(msgspec.json.encode(position), type=Position) == position
    return told


def _value(number: int) -> bytes:
    return struct.pack("<I", number)


STRUCTURES = {
    "all directories are one": tiff([(34665, 4, 1, _value(8)), (34853, 4, 1, _value(8))]),
    "offset beyond the segment": tiff([(271, 2, 40, _value(MOST))]),
    "the first directory beyond it": tiff([], at=MOST),
    "the first directory in the header": tiff([(271, 2, 9, _value(4))], at=0),
    "four thousand million letters": tiff([(271, 2, MOST, _value(MOST - 8))]),
    "four thousand million fractions": tiff([(34853, 4, 1, _value(8)), (2, 5, MOST, _value(0))]),
    "65535 tags": b"II*\x00" + _value(8) + b"\xff\xff" + bytes(60000),
    "orientation 9": tiff([(274, 3, 1, _value(9))]),
    "orientation 0": tiff([(274, 3, 1, _value(0))]),
    "a kind that there is not": tiff([(271, 99, 4, b"abc\x00")]),
    "no text but numbers": tiff([(271, 3, 0, _value(0))]),
    "no directory": b"II*\x00",
    "nothing": b"",
}  # fmt: skip


@pytest.mark.parametrize("structure", STRUCTURES.values(), ids=STRUCTURES)
def test_a_broken_structure_says_nothing(structure: bytes) -> None:
    behind = b"\xff\xda" + b"Secret\x00" * 40
    assert not _told(making.with_exif(structure, behind))
    assert not _told(structure)
    assert not _told(chunk(b"RIFF", b"WEBP" + chunk(b"EXIF", structure)))


def test_exif_says_nothing_that_stands_outside_its_segment() -> None:
    inside = tiff([(271, 2, 7, _value(8 + 2 + 12 + 4))])
    assert _told(making.with_exif(inside + b"Nokia\x00\x00")) == [Capture(make="Nokia")]
    assert not _told(making.with_exif(inside, b"Nokia\x00\x00"))


def test_a_directory_that_is_its_own_maker_note_is_read_once() -> None:
    tags = [(12, 4, 1, _value(7)), (271, 2, 6, _value(62)), (34665, 4, 1, _value(8)),
            (37500, 7, 50, _value(8))]  # fmt: skip
    content = making.with_exif(tiff(tags) + b"Canon\x00")
    assert _told(content) == [Capture(make="Canon", serial="0000000007")]


def test_what_stands_behind_the_true_tags_does_not_replace_them() -> None:
    true = tiff([(271, 2, 4, b"abc\x00")])
    broken = bytearray(true[:-4] + struct.pack("<HHI4s", 271, 2, 4, b"xyz\x00") * 9)
    broken[8] = 200
    assert _told(making.with_exif(bytes(broken))) == [Capture(make="abc")]


def _movies() -> Iterator[tuple[str, bytes]]:
    head = box(b"ftyp", b"isom")
    good = box(b"moov", box(b"udta", making.user_text(b"mak", "Nokia")))
    yield "a box of size 1 without its 64 bits", head + struct.pack(">I4s", 1, b"moov")
    yield "a box of 2^64 bytes", head + struct.pack(">I4sQ", 1, b"free", 2**64 - 1) + good
    yield "a box smaller than its header", head + struct.pack(">I4s", 7, b"free") + good
    yield "64 bits, and smaller than the header", head + struct.pack(">I4sQ", 1, b"free", 3) + good
    yield "deep in itself", head + struct.pack(">I4s", 0, b"moov") * 8000
    yield "many beside one another", head + box(b"free") * MOST_BOXES + good
    yield "a text longer than its box", head + box(b"moov", box(b"udta", box(b"\xa9mak", b"\xff")))
    yield "keys without end", head + box(b"moov", making.apple_metadata({}) * 900)
    yield "a scale of zero", head + box(b"moov", making.movie_header(scale=0, duration=9))
    yield "longer than a year", head + box(b"moov", making.movie_header(scale=1, duration=MOST - 1))
    yield "no codec", head + box(b"moov", box(b"trak", box(b"mdia")) * 3000)
    yield "no meta", head + box(b"meta")
    places = box(b"iloc", b"\x01\x00\x00\x00\xff\xff\xff\xff", b"\xff" * 4000)
    entry = box(b"infe", b"\x02\x00\x00\x00\xff\xff\x00\x00Exif\x00")
    items = box(b"iinf", bytes(6), entry * 2000)
    yield "items of 15 bytes a number", head + box(b"meta", bytes(4), items, places)


MOVIES = dict(_movies())


@pytest.mark.parametrize("content", MOVIES.values(), ids=MOVIES)
def test_broken_boxes_say_nothing(content: bytes) -> None:
    assert not _told(content)


def test_a_box_of_size_zero_reaches_to_the_end() -> None:
    inside = box(b"udta", making.user_text(b"mak", "Nokia"))
    content = box(b"ftyp") + struct.pack(">I4s", 0, b"moov") + inside
    assert _told(content) == [Capture(make="Nokia")]


def _elements() -> Iterator[tuple[str, bytes]]:
    head = element(0x1A45DFA3, b"")
    info = 0x1549A966
    yield "no length is known", head + b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + b"\x00" * 900
    yield "deep in itself", head + element(0x18538067, b"", unknown=True) * 2000
    yield "an identity of zeros", head + bytes(900)
    for number in (b"\x7f\xf0" + bytes(6), b"\x7f\xf8" + bytes(6), b"\xff" * 8, b"", b"\x00" * 5,
                   struct.pack(">d", 1e300), struct.pack(">d", -5.0)):  # fmt: skip
        inside = element(0x2AD7B1, b"\xff" * 8) + element(0x4489, number)
        yield f"a length of {number.hex()}", head + element(0x18538067, element(info, inside))
    for date in (b"\xff" * 8, b"\x80" + bytes(7), bytes(8), b"\x7f" + b"\xff" * 7, b"\x01"):
        inside = element(0x4461, date)
        yield f"a date of {date.hex()}", head + element(0x18538067, element(info, inside))


ELEMENTS = dict(_elements())


@pytest.mark.parametrize("content", ELEMENTS.values(), ids=ELEMENTS)
def test_broken_elements_say_nothing(content: bytes) -> None:
    assert not _told(content)


def test_broken_lists_of_an_avi_say_nothing() -> None:
    nested = b""
    for _ in range(3000):
        nested = chunk(b"LIST", b"hdrl" + nested)
    zeros = struct.pack("<4s4s12xII4xI", b"vids", b"\x01\x02\x03\x04", 1, 0, MOST) + bytes(20)
    longest = struct.pack("<I12xI", MOST, MOST)
    lists = [chunk(b"LIST", b"hdrl" + chunk(b"strh", zeros)), b"LIST\xff\xff\xff\xff"]
    for inside in (nested, *lists, chunk(b"LIST", b"hdrl" + chunk(b"avih", longest))):
        for end in (len(inside), 0, MOST):
            assert not _told(b"RIFF" + struct.pack("<I", end) + b"AVI " + inside)


def test_chunks_of_a_png_beyond_its_end_say_nothing() -> None:
    for kind in (b"eXIf", b"tEXt", b"iTXt"):
        for size in (0, 1, MOST):
            assert not _told(b"\x89PNG\r\n\x1a\n" + struct.pack(">I", size) + kind)


def test_little_is_read_however_much_is_promised() -> None:
    endless = b"\x00\x01\x00\x08free"
    asked: list[tuple[int, int]] = []

    def read_at(offset: int, length: int) -> bytes:
        asked.append((offset, length))
        return (endless * (length // len(endless) + 1))[:length]

    heads = [
        box(b"ftyp") + endless,
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\xff\xff\xff\xffWEBP",
        b"RIFF\xff\xff\xff\xffAVI ",
        b"II*\x00" + _value(MOST),
        b"FUJIFILMCCD-RAW".ljust(90, b"\xff"),
        element(0x1A45DFA3, b""),
    ]
    for head, mime in itertools.product(heads, MIMES):
        asked.clear()
        capture_of(head, mime, read_at)
        assert len(asked) <= MOST_READS
        assert all(length <= MOST_BYTES for _, length in asked)
    window = Window(b"", read_at)
    asked.clear()
    assert window.at(1 << 63, 8) == window.at(-1, 8) == b""
    assert not asked
    assert [bool(window.at(n << 20, 1 << 30)) for n in range(40)] == [True] * 32 + [False] * 8


SAMPLES = making.samples()


def test_every_sample_says_something() -> None:
    assert all(_told(sample) for sample in SAMPLES)
    assert _told(SAMPLES[0]) == [TOLD]


@settings(max_examples=600)
@given(
    which=st.integers(0, len(SAMPLES) - 1),
    changes=st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 255)), max_size=40),
    end=st.integers(1, 1 << 14),
)
def test_changed_bytes_never_raise(which: int, changes: list[tuple[int, int]], end: int) -> None:
    data = bytearray(SAMPLES[which])
    for at, value in changes:
        data[at % len(data)] = value
    _told(bytes(data[:end]))


@pytest.mark.parametrize("seed", range(8))
def test_noise_behind_every_beginning_never_raises(seed: int) -> None:
    chance = random.Random(seed)
    for sample in SAMPLES:
        for keep in (4, 12, 60):
            _told(sample[:keep] + chance.randbytes(3000))
