"""Types that libmagic does not tell: by whole signatures and structures, never by two bytes."""

import random
import struct

import pytest

from tests.guises import making
from triage.detectors.picture_types import named_as_picture, picture_type
from triage.detectors.types import type_of
from triage.families import UNKNOWN

IMAGE = making.photograph().resize((90, 60))
TOLD_BY_STRUCTURE = {
    "image/x-tga", "image/x-pcx", "image/x-sgi", "image/vnd.microsoft.icon", "image/x-win-bitmap",
    "image/x-portable-floatmap",
}  # fmt: skip
TGA = making.saved(IMAGE, "TGA")


def test_noise_is_no_picture() -> None:
    """Whatever two bytes it begins with, and whatever it is called."""
    chance = random.Random(8)
    beginnings = [b"", b"\x00\x00\x01\x00", b"\x00\x00\x02\x00", b"\x01\xda", b"\n\x05\x01", b"P6 ",
                  b"PF", b"\x00\x01\x01", b"\x00\x00\x0a"]  # fmt: skip
    for _ in range(4000):
        head = chance.choice(beginnings) + chance.randbytes(600)
        told = type_of(head, "a.bin")
        assert told not in TOLD_BY_STRUCTURE, head[:24]


def test_a_tga_is_believed_where_name_and_structure_agree() -> None:
    assert type_of(TGA, "DCIM/a.TGA") == "image/x-tga"
    assert type_of(TGA, "a.icb") == "image/x-tga"
    assert type_of(TGA, "a.dat") == UNKNOWN
    assert type_of(TGA) == UNKNOWN
    for at, value in ((1, 3), (2, 77), (12, 0), (13, 0), (16, 7), (17, 0xC0)):
        changed = bytearray(TGA)
        changed[at] = value
        if at in {12, 13}:
            changed[12:14] = b"\0\0"
        assert type_of(bytes(changed), "a.tga") != "image/x-tga", at


def test_an_icon_is_told_by_its_directory() -> None:
    for side in (16, 48, 256):
        icon = making.saved(IMAGE.resize((side, side)), "ICO", sizes=[(side, side)])
        assert type_of(icon) == "image/vnd.microsoft.icon"
        assert type_of(icon[:2] + b"\x02" + icon[3:]) == "image/x-win-bitmap"
        assert picture_type(icon[:18] + struct.pack("<I", 5) + icon[22:]) == ""
        assert picture_type(icon[:4] + b"\xff\xff" + icon[6:]) == ""


@pytest.mark.parametrize(
    "begin",
    [
        b"<svg ", b"<?xml version='1.0'?>\n<svg>", b"\xef\xbb\xbf<svg\n",
        b"  <!-- a > b -->\n<svg ",
        b"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'a.dtd'>\n<svg ", b"<svg:svg ",
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg ",
    ],
)  # fmt: skip
def test_svg_is_told_whatever_stands_before_it(begin: bytes) -> None:
    assert type_of(begin + b" xmlns='http://www.w3.org/2000/svg'></svg>" + b" " * 60) == (
        "image/svg+xml"
    )


def test_many_remarks_before_what_is_no_svg_take_no_time() -> None:
    """Each of them doubled it: so many would take longer than anybody waits."""
    remarks = b"<?xml version='1.0'?>\n" + b"<!-- a -->\n" * 300
    assert picture_type(remarks + b"<web-app>") == ""
    assert picture_type(remarks + b"<svg >") == "image/svg+xml"


def test_what_only_speaks_of_svg_is_none() -> None:
    for text in (b"<html><body><svg></svg></body></html>", b"<!-- <svg> is an element -->\n<p>"):
        assert picture_type(text + b" " * 60) == ""


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("a.jpg", True), ("DCIM/A.JPEG", True), ("a.png", True), ("a.CR2", True), ("a.wbmp", True),
        ("a.jpg.dat", False), ("a.txt", False), ("a", False), ("a.raw", False), ("a.svg", False),
        ("a.ico", False), ("a.mp4", False), (".jpg", False),
    ],
)  # fmt: skip
def test_a_name_claims_a_picture_by_its_last_ending(name: str, *, claims: bool) -> None:
    assert named_as_picture(name, b"\x07" * 60) is claims


def test_what_windows_notes_of_a_deleted_picture_is_none() -> None:
    note = (2).to_bytes(8, "little") + b"\x07" * 500
    assert not named_as_picture("$RECYCLE.BIN/S-1-5-21/$I0AB12C.jpg", note)
    assert named_as_picture("$RECYCLE.BIN/S-1-5-21/$R0AB12C.jpg", note)
    assert named_as_picture("$RECYCLE.BIN/S-1-5-21/$I0AB12C.jpg", b"\x07" * 500)


def test_canon_s_newer_raw_files_have_a_type_of_their_own() -> None:
    head = b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom" + bytes(60)
    assert type_of(head) == "image/x-canon-cr3"
