"""Every format of videos says what FFmpeg, a telephone and a camera wrote into it."""

import struct
from pathlib import Path

import pytest

from tests.capture import making
from tests.capture.making import box, chunk, element
from triage.capture import capture_of, position_of
from triage.captured import Capture
from triage.detectors.types import type_of

TELEPHONE = Path("/usr/share/forensics-samples/original-files/movie1/VID_20191220_170832.mp4")
SINCE_1904 = 3659717314
"""2019-12-20 20:08:34, in seconds since 1904."""


def _told(content: bytes) -> Capture:
    """With all of it to read; what is unlikely to be a video's type is none of this test's."""
    told = capture_of(content[:65536], "video/x", making.reading(content))
    assert told is not None
    return told


@pytest.mark.parametrize(
    ("ending", "codec", "said"),
    [
        ("mp4", "mp4v", "mp4v"),
        ("mov", "mp4v", "mp4v"),
        ("3gp", "mp4v", "mp4v"),
        ("avi", "MJPG", "MJPG"),
        ("avi", "XVID", "XVID"),
        ("mkv", "MJPG", "V_MJPEG"),
        ("webm", "VP80", "V_VP8"),
        ("webm", "VP90", "V_VP9"),
    ],
)
def test_a_video_says_length_codec_and_program(
    tmp_path: Path, ending: str, codec: str, said: str
) -> None:
    told = _told(making.video(tmp_path, ending, codec))
    assert (told.length_seconds, told.codec, told.created) == (2.0, said, "")
    assert told.software.startswith("Lavf") or ending == "3gp"


def test_a_header_at_the_end_is_said_only_if_it_may_be_read(tmp_path: Path) -> None:
    content = making.video(tmp_path, "mp4", "mp4v")
    assert content.index(b"moov") > 65536
    assert capture_of(content[:65536], "video/mp4") is None
    assert _told(content).length_seconds == 2.0


def test_what_stands_behind_large_tracks_is_read_in_few_reads() -> None:
    def track(handler: bytes) -> bytes:
        entries = box(b"stsd", bytes(7), b"\x01", box(b"hvc1", bytes(70)))
        tables = box(b"minf", box(b"stbl", entries, box(b"stsz", bytes(30_000))))
        return box(b"trak", box(b"mdia", box(b"hdlr", bytes(8), handler, bytes(12)), tables))

    tracks = [track(each) for each in (b"vide", b"soun", b"meta", b"meta", b"meta", b"meta")]
    texts = making.apple_metadata({"make": "Apple", "location.ISO6709": "+52.5200+013.4050/"})
    header = making.movie_header(duration=9000)
    movie = box(b"moov", header, *tracks, texts)
    content = box(b"ftyp", b"qt  ") + box(b"mdat", bytes(99_000)) + movie
    asked: list[int] = []

    def read_at(offset: int, length: int) -> bytes:
        asked.append(offset)
        return content[offset : offset + length]

    told = capture_of(content[:65536], "video/quicktime", read_at)
    assert told == Capture(make="Apple", codec="hvc1", length_seconds=9.0)
    assert len(asked) <= 12
    assert position_of(content[:65536], "video/quicktime", read_at) is not None


@pytest.mark.skipif(not TELEPHONE.is_file(), reason="no real video: setup.sh installs it")
def test_a_telephone_s_video_says_when_the_telephone_made_it() -> None:
    expected = Capture(length_seconds=1.6, codec="avc1", created="2019-12-20T20:08:34Z")
    assert capture_of(TELEPHONE.read_bytes()[:65536], "video/mp4") == expected


def test_a_video_of_apple_says_device_and_local_time(tmp_path: Path) -> None:
    texts = {
        "make": "Apple",
        "model": "iPhone 12 mini",
        "software": "15.1",
        "creationdate": "2021-11-27T14:03:21+0100",
        "location.ISO6709": "+52.5200+013.4050+034.000/",
    }
    movie = making.with_boxes(making.video(tmp_path, "mov", "mp4v"), making.apple_metadata(texts))
    told = _told(movie)
    assert (told.make, told.model, told.software) == ("Apple", "iPhone 12 mini", "15.1")
    assert told.taken == "2021-11-27T14:03:21+01:00"


def test_user_data_says_device_and_day() -> None:
    texts = (("mak", "Panasonic"), ("mod", "DMC-FZ200"), ("swr", "Ver.1.0"), ("day", "2013"))
    data = box(b"udta", *(making.user_text(kind.encode(), text) for kind, text in texts))
    movie = box(b"ftyp", b"qt  ") + box(b"moov", data)
    expected = Capture(make="Panasonic", model="DMC-FZ200", software="Ver.1.0", taken="2013")
    assert _told(movie) == expected


@pytest.mark.parametrize("wide", [False, True])
def test_a_movie_s_header_says_length_and_time(wide: bool) -> None:
    header = making.movie_header(created=SINCE_1904, scale=600, duration=4321, wide=wide)
    expected = Capture(created="2019-12-20T20:08:34Z", length_seconds=7.202)
    assert _told(box(b"ftyp") + box(b"moov", header)) == expected


@pytest.mark.parametrize("wide", [False, True])
def test_a_clock_that_was_not_set_and_a_length_that_is_not_known_are_not_said(wide: bool) -> None:
    ones = 2**64 - 1 if wide else 2**32 - 1
    more = box(b"free")
    for created, scale, duration in ((0, 600, 0), (1, 600, ones), (ones, 0, 5), (2082844800, 0, 0)):
        header = making.movie_header(created=created, scale=scale, duration=duration, wide=wide)
        assert capture_of(box(b"ftyp") + box(b"moov", header, more), "video/mp4") is None


def test_a_fragmented_movie_says_its_length_elsewhere() -> None:
    whole = box(b"mvex", box(b"mehd", bytes(4), struct.pack(">I", 9000)))
    movie = box(b"ftyp") + box(b"moov", making.movie_header(), whole)
    assert _told(movie) == Capture(length_seconds=9.0)


def test_a_movie_of_a_brand_that_nobody_knows_is_a_movie() -> None:
    movie = box(b"ftyp", b"XAVC") + box(b"moov", making.movie_header(duration=9000))
    assert type_of(movie) == "application/octet-stream"
    assert capture_of(movie, type_of(movie)) == Capture(length_seconds=9.0)


def test_sound_before_the_pictures_is_not_their_codec() -> None:
    def track(handler: bytes, codec: bytes) -> bytes:
        entries = box(b"stsd", bytes(7), b"\x01", box(codec, bytes(70)))
        media = box(b"mdia", box(b"hdlr", bytes(8), handler, bytes(12)),
                    box(b"minf", box(b"stbl", entries)))  # fmt: skip
        return box(b"trak", media)

    movie = box(b"ftyp") + box(b"moov", track(b"soun", b"mp4a"), track(b"vide", b"hvc1"))
    assert _told(movie) == Capture(codec="hvc1")


def test_matroska_says_when_it_was_made() -> None:
    # 2021-01-01 00:00:07.5 in nanoseconds since 2001
    date = element(0x4461, struct.pack(">q", 631152007_500000000))
    info = date + element(0x4489, struct.pack(">f", 1500)) + element(0x5741, b"mkvmerge v9\x00")
    tracks = element(0xAE, element(0x83, b"\x02") + element(0x86, b"A_OPUS"))
    tracks += element(0xAE, element(0x83, b"\x01") + element(0x86, b"V_AV1"))
    inside = element(0xEC, bytes(50)) + element(0x1549A966, info) + element(0x1654AE6B, tracks)
    expected = Capture(
        length_seconds=1.5, codec="V_AV1", created="2021-01-01T00:00:07Z", software="mkvmerge v9"
    )
    for unknown in (False, True):
        content = element(0x1A45DFA3, b"") + element(0x18538067, inside, unknown=unknown)
        assert _told(content) == expected


def test_an_avi_of_a_camera_says_when_it_was_taken() -> None:
    stream = struct.pack("<4s4s12xII4xI", b"vids", b"mjpg", 1, 30, 300) + bytes(20)
    inside = b"hdrl" + chunk(b"avih", struct.pack("<I12xI", 33333, 60) + bytes(36))
    inside += chunk(b"LIST", b"strl" + chunk(b"strh", stream))
    inside += chunk(b"IDIT", b"Mon Mar 10 15:04:43 2003\n\x00")
    info = b"INFO" + chunk(b"ISFT", b"CanonMVI01") + chunk(b"ICRD", b"2005-05-05")
    content = chunk(b"RIFF", b"AVI " + chunk(b"LIST", inside) + chunk(b"LIST", info))
    expected = Capture(
        taken="2003-03-10T15:04:43", software="CanonMVI01", codec="mjpg", length_seconds=10.0
    )
    assert _told(content) == expected


def test_plain_pixels_have_no_codec() -> None:
    stream = struct.pack("<4s4s12xII4xI", b"vids", bytes(4), 1, 0, 300) + bytes(20)
    format_ = struct.pack("<16x4s", bytes(4)) + bytes(20)
    inside = b"hdrl" + chunk(b"avih", struct.pack("<I12xI", 40000, 50) + bytes(36))
    inside += chunk(b"LIST", b"strl" + chunk(b"strh", stream) + chunk(b"strf", format_))
    content = chunk(b"RIFF", b"AVI " + chunk(b"LIST", inside))
    assert _told(content) == Capture(length_seconds=2.0)
