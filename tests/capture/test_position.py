"""The place is asked for by itself, and nothing else gives it away."""

import struct
from pathlib import Path

import msgspec
import pytest

from tests.capture import making
from tests.capture.making import TOLD, box
from triage.capture import capture_of, position_of
from triage.captured import Capture, Position

BERLIN = Position(latitude=52.52, longitude=13.405)
TELEPHONE = Path("/usr/share/forensics-samples/original-files/movie1/VID_20191220_170832.mp4")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_a_picture_says_the_place_to_who_asks_for_it_alone(form: str) -> None:
    content = making.picture(form, exif=making.exif(place=True))
    assert position_of(content, "image/x") == BERLIN
    told = capture_of(content, "image/x")
    assert told is not None
    assert (told.make, told.taken) == (TOLD.make, TOLD.taken)
    assert position_of(making.picture(form, exif=making.exif()), "image/x") is None


def test_no_field_of_a_capture_holds_a_place() -> None:
    names = {field.name for field in msgspec.structs.fields(Capture)}
    assert not names & {"position", "latitude", "longitude", "place", "gps"}
    loci = struct.pack(">4xH", 0) + b"home\x00\x00" + struct.pack(">iii", 878510, 3441951, 0)
    for where in (making.user_text(b"xyz", "+52.5200+013.4050/"), box(b"loci", loci)):
        movie = box(b"ftyp") + box(b"moov", box(b"udta", where, making.user_text(b"mak", "Nokia")))
        assert capture_of(movie, "video/mp4") == Capture(make="Nokia")
        assert position_of(movie, "video/mp4") is not None


def _gps(**changed: object) -> Position | None:
    told = making.exif(place=True)
    names = {"north": 1, "latitude": 2, "east": 3, "longitude": 4, "datum": 18}
    told.get_ifd(making.GPS).update({names[name]: value for name, value in changed.items()})
    return position_of(making.picture("JPEG", exif=told), "image/jpeg")


def test_south_and_west_are_negative() -> None:
    assert _gps(north="S", east="W") == Position(latitude=-52.52, longitude=-13.405)


def test_a_place_of_another_datum_is_not_said_as_one_of_this() -> None:
    assert _gps(datum="WGS-84") == _gps(datum="WGS 84") == BERLIN
    assert _gps(datum="TOKYO") is None


def test_what_is_no_place_on_earth_is_none() -> None:
    assert _gps(latitude=(0.0, 0.0, 0.0), longitude=(0.0, 0.0, 0.0)) is None
    assert _gps(latitude=(91.0, 0.0, 0.0)) is None
    assert _gps(longitude=(181.0, 0.0, 0.0)) is None
    assert _gps(latitude=(52.0, 61.0, 0.0)) is None
    assert _gps(north="X") is None
    assert _gps(north="") is None


def test_a_fraction_over_zero_is_no_place() -> None:
    content = making.picture("JPEG", exif=making.exif(place=True))
    degrees = struct.pack("<II", 52, 1)
    assert content.count(degrees) == 1
    assert position_of(content.replace(degrees, struct.pack("<II", 52, 0)), "image/jpeg") is None
    seconds = struct.pack("<II", 12, 1)
    told = position_of(content.replace(seconds, bytes(8)), "image/jpeg")
    assert told == Position(latitude=52.516667, longitude=13.405)


def test_xmp_says_the_place_where_exif_does_not() -> None:
    packet = b'<x exif:GPSLatitude="52,31.2N" exif:GPSLongitude="13,24,18E"/>'
    assert position_of(making.picture("JPEG", xmp=packet), "image/jpeg") == BERLIN
    assert capture_of(making.picture("JPEG", xmp=packet), "image/jpeg") is None
    for broken in (b"52,31.2N", b"52,31.2X", b"99,0.0N", b"N", b""):
        other = packet.replace(b"52,31.2N", broken) if broken != b"52,31.2N" else packet[:30]
        assert position_of(making.picture("JPEG", xmp=other), "image/jpeg") is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("+52.5200+013.4050/", BERLIN),
        ("+52.5200+013.4050+034.000/", BERLIN),
        ("-15.8355-048.0153/", Position(latitude=-15.8355, longitude=-48.0153)),
        ("+5231.2+01324.3/", None),  # degrees with minutes: not what telephones write
        ("+00.0000+000.0000/", None),
        ("+99.0000+013.4050/", None),
        ("52.52 13.405", None),
        ("", None),
    ],
)
def test_a_movie_says_the_place_in_a_text(text: str, place: Position | None) -> None:
    for inside in (
        box(b"udta", making.user_text(b"xyz", text)),
        making.apple_metadata({"location.ISO6709": text}),
    ):
        assert position_of(box(b"ftyp") + box(b"moov", inside), "video/mp4") == place


@pytest.mark.parametrize("name", [b"home\x00", b"\xfe\xff\x00h\x00o\x00\x00", b"\x00"])
def test_a_telephone_of_3gpp_says_the_place_in_numbers(name: bytes) -> None:
    numbers = struct.pack(">iii", round(13.405 * 65536), round(52.52 * 65536), 0)
    loci = box(b"loci", bytes(6), name, b"\x00", numbers)
    movie = box(b"ftyp") + box(b"moov", box(b"udta", loci))
    told = position_of(movie, "video/3gpp")
    assert told is not None
    assert (round(told.latitude, 4), round(told.longitude, 4)) == (52.52, 13.405)


@pytest.mark.skipif(not TELEPHONE.is_file(), reason="no real video: setup.sh installs it")
def test_a_telephone_s_video_says_where_it_was_taken() -> None:
    told = position_of(TELEPHONE.read_bytes()[:65536], "video/mp4")
    assert told == Position(latitude=-15.8355, longitude=-48.0153)
