"""What is a video by its beginning: all that our FFmpeg takes apart, and nothing else."""

import os
import random
import struct
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.detectors import films
from tests.detectors.test_videos import Bytes
from triage.detectors.types import type_of
from triage.detectors.video_types import sound_alone, video_type
from triage.evidence import HEAD_BYTES
from triage.families import family
from triage.profile import Family

TYPES = {
    "264": "video/h264", "3g2": "video/3gpp2", "3gp": "video/3gpp", "asf": "video/x-ms-asf",
    "avi": "video/x-msvideo", "dat": "", "drc": "video/x-dirac", "dv": "video/x-dv",
    "flv": "video/x-flv", "gxf": "video/x-gxf", "h264": "video/h264", "ismv": "video/mp4",
    "ivf": "video/x-ivf", "m1v": "video/mpeg", "m2ts": "video/mp2t", "m2v": "video/mpeg",
    "m4v": "video/x-m4v", "mkv": "video/x-matroska", "mov": "video/quicktime", "mp4": "",
    "mpg": "video/mpeg", "mts": "video/mp2t", "mxf": "application/mxf", "nut": "video/x-nut",
    "obu": "video/av1", "ogv": "video/ogg", "rm": "application/vnd.rn-realmedia",
    "swf": "video/x-shockwave-flash", "ts": "video/mp2t", "vob": "video/mpeg",
    "webm": "video/webm", "wmv": "video/x-ms-asf", "wtv": "video/x-ms-wtv",
    "y4m": "video/x-yuv4mpeg",
}  # fmt: skip
"""By the films' endings; empty: of several."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return films.all_films(tmp_path_factory.mktemp("films"))


def test_every_film_is_a_video_by_what_it_is_made_of(made: dict[str, bytes]) -> None:
    told = {name: type_of(content[:HEAD_BYTES]) for name, content in made.items()}
    assert len(told) >= 69
    assert [name for name, mime in told.items() if family(mime) is not Family.VIDEOS] == []
    for name, mime in told.items():
        assert mime == (TYPES[name.rpartition(".")[2]] or mime), name


@pytest.mark.parametrize("brand", ["heic", "mif1", "avif", "avis", "msf1", "crx ", "jp2 ", "jxl "])
def test_pictures_in_the_same_boxes_are_no_videos(brand: str) -> None:
    head = struct.pack(">I4s4sI4s4s", 24, b"ftyp", brand.encode(), 0, b"mif1", b"miaf")
    assert family(type_of(head + bytes(99))) is not Family.VIDEOS


def heard(movie: bytes) -> bytes:
    """The movie, with its track of pictures said to be of sound."""
    return movie.replace(b"\0\0\0\0vide", b"\0\0\0\0soun")


def test_sound_alone_in_a_movie_is_sound() -> None:
    assert type_of(heard(films.film())) == "audio/mp4"
    assert type_of(films.branded(heard(films.film()), b"M4A ")) == "audio/x-m4a"
    assert type_of(films.branded(films.film(), b"M4A ")) == "video/mp4"


def test_sound_alone_is_told_by_tracks_behind_everything_else_too() -> None:
    movie = films.moved(films.film(), b"ftyp", b"mdat", b"moov")
    for content, alone in ((movie, False), (heard(movie), True), (movie[:99_000], False)):
        head = content[:HEAD_BYTES]
        assert type_of(head) == "video/mp4"
        assert sound_alone(head, Bytes(content).read_at) is alone


def test_sound_alone_in_other_containers_is_sound(made: dict[str, bytes]) -> None:
    shown, sound = b"\xc0\xef\x19\xbc", b"\x40\x9e\x69\xf8"
    assert type_of(made["WMV2.wmv"].replace(shown, sound)[:HEAD_BYTES]) == "audio/x-ms-wma"
    matroska = made["VP90.mkv"].replace(b"\x83\x81\x01", b"\x83\x81\x02")
    assert type_of(matroska[:HEAD_BYTES]) == "audio/x-matroska"
    real = made["RV20.rm"].replace(b"video/x-pn-", b"audio/x-pn-")
    assert type_of(real[:HEAD_BYTES]) == "audio/x-pn-realaudio"
    vorbis = made["VP80.ogv"].replace(b"OVP80", b"\x01vorb")
    assert family(type_of(vorbis[:HEAD_BYTES])) is not Family.VIDEOS


def stream_of(packets: Iterator[bytes]) -> bytes:
    return b"".join(packet.ljust(188, b"\xff") for packet in packets)


@pytest.mark.parametrize(
    "content",
    [
        b"G" * 65536,
        b"GATTACA" * 9000,
        stream_of(b"G" + bytes(3) for _ in range(300)),
        stream_of(b"G\x40\x11\x10" + b"\x00\x00\x01\xe0" for _ in range(300)),
        stream_of(b"G\x40\x11" + bytes([0x10 | n & 15]) + b"no stream" for n in range(300)),
        b"\x00\x00\x00\x01\x67" + bytes(4000),
        b"\x00\x00\x00\x01\x67\x42\x00\x1e" * 500,
        b"\x00\x00\x01\xb3" + bytes(4000),
        b"\x00\x00\x01\xb0\x01\x00\x00\x01\xb5" + bytes(4000),
        b"\x00\x00\x01\xba" + bytes(4000),
        b"\x00\x00\x01\x0f" + bytes(4000),
        b"The mdat box is described in the chapter that follows. " * 40,
        b"\x00\x00\x00\x08mdat"[:8] + b"\x00" * 8,
        b"\x00\x00\x00\x20freedom of the press" + bytes(99),
        b"OggS\x00\x02" + bytes(99),
        b"FWS\x08" + bytes(4000),
        b"CWS\x08" + bytes(4000),
        b"DHAV" + bytes(99),
        b"IMKH" + bytes(999),
        b"BBCD" + bytes(99),
        b"\x12\x00\x0a\x0b" + b"\xff" * 99,
    ],
    ids=lambda content: repr(content[:12]),
)
def test_what_only_begins_like_a_video_is_none(content: bytes) -> None:
    assert family(type_of(content)) is not Family.VIDEOS


def test_noise_is_no_video() -> None:
    chance = random.Random(11)
    heads = (chance.randbytes(4096) for _ in range(3000))
    assert [head for head in heads if family(type_of(head)) is Family.VIDEOS] == []


def test_no_file_of_pythons_own_is_a_video() -> None:
    """All of /usr besides, once: docs/decisions/pdq-videos.md."""
    library = Path(sysconfig.get_paths()["stdlib"])
    seen = 0
    for folder, _, names in os.walk(library):
        for name in names:
            with (Path(folder) / name).open("rb") as file:
                head = file.read(HEAD_BYTES)
            seen += 1
            assert video_type(head) == "", name
    assert seen > 500


def test_cut_and_flipped_beginnings_never_raise(made: dict[str, bytes]) -> None:
    chance = random.Random(12)
    for content in made.values():
        head = bytearray(content[:6000])
        for cut in (0, 1, 4, 8, 12, 31, 32, 33, 188, 1000):
            video_type(bytes(head[:cut]))
        for _ in range(20):
            head[chance.randrange(len(head))] ^= 1 << chance.randrange(8)
            video_type(bytes(head))
