"""The table of types: as libmagic has it wherever that matters, which is asked of little."""

import random
import struct
from pathlib import Path

import magic
import pytest

from tests import fetched
from tests.guises import making
from tests.types_agreement import compare, difference, made
from triage.detectors.signatures import ASK, AT_ONCE, BY_BEGINNING, told_by, told_further_in
from triage.detectors.types import name_of, type_of
from triage.evidence import HEAD_BYTES
from triage.families import UNKNOWN
from triage.media.marks import holds
from triage.parts.behind import begins_as_none

NOISE = random.Random(6).randbytes(4096)
ROWS = sorted({row.beginning for rows in (AT_ONCE, BY_BEGINNING) for each in rows.values()
               for row in each})  # fmt: skip
LABEL = bytes.fromhex("060e2b34020501010d0102010102")
MATERIAL = LABEL + b"\x04\0\x83\0\0\x78\0\x01\0\x03" + bytes(110)
JPEG = making.jpeg_of(making.photograph().resize((64, 48)))
PROGRAM = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(400)


def test_pictures_in_every_form_are_told_as_libmagic_tells_them() -> None:
    said = compare(made(288))
    assert said.files == 288
    assert said.matters == []


@pytest.mark.skipif(
    not fetched.package("pillow").exists(), reason="tests/fetch.sh has not fetched the packages"
)
def test_pillows_own_pictures_are_told_as_libmagic_tells_them() -> None:
    pictures = fetched.pictures_of("pillow").items()
    said = compare((path, content[:HEAD_BYTES]) for path, content in pictures if content)
    assert said.media > 600
    assert said.matters == []


def test_the_guises_are_told_as_libmagic_tells_them() -> None:
    said = compare((path, content[:HEAD_BYTES]) for path, content in making.guises().items())
    assert said.matters == []


@pytest.mark.parametrize("beginning", ROWS, ids=repr)
def test_what_only_begins_like_a_type_is_told_as_libmagic_tells_it(beginning: bytes) -> None:
    """Followed by noise, by zeros, and broken off anywhere."""
    libmagic = magic.Magic(mime=True)
    for head in (beginning + NOISE, beginning + bytes(600), beginning + b" of a text. " * 30):
        ours, theirs = type_of(head), libmagic.from_buffer(head)
        assert difference(ours, theirs, head) != "missed"
    for length in range(1, len(beginning) + 40):
        assert "/" in type_of((beginning + NOISE)[:length])


def test_libmagic_is_not_asked_of_what_most_files_are() -> None:
    common = (NOISE, NOISE[:5], bytes(5000), b"Bread and milk.\n" * 99, "Größe\n".encode() * 99,
              "Grüße".encode("utf-16"), PROGRAM, JPEG, making.saved(making.photograph(), "PNG"),
              b"#!/bin/sh\n", b"<html><p>Bread</p></html>", b"%!PS-Adobe-3.0\n")  # fmt: skip
    for head in common:
        told = told_by(AT_ONCE, head) or told_by(BY_BEGINNING, head) or told_further_in(head)
        assert told != ASK, head[:20]


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"Bread and milk.\n" * 99, "text/plain"),
        ("Größe, Stück\n".encode() * 99, "text/plain"),
        ("Größe, Stück\n".encode("latin-1") * 99, "text/plain"),
        ("Größe, Stück\n".encode("utf-16"), "text/plain"),
        (b"\xff\xfe" + NOISE, UNKNOWN),
        (b"Bread" + bytes(300), "text/plain"),
        (b"Bread and milk.\n" * 99 + JPEG, UNKNOWN),
        (PROGRAM, "application/x-dosexec"),
        (b"MZ" + NOISE, UNKNOWN),
        (b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\0\x3e\0" + bytes(90), "application/x-elf"),
        (b"\x7fELF" + NOISE, UNKNOWN),
        (b"P6\n# made by hand\n4 4\n255\n" + bytes(48), "image/x-portable-pixmap"),
        (b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjpx " + bytes(40), "image/jpx"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(60), "video/webm"),
        (b"<?xml version='1.0'?><page><svg width='4'/></page>" + b" " * 60, "image/svg+xml"),
    ],
    ids=lambda value: repr(value[:16]),
)  # fmt: skip
def test_what_content_is(head: bytes, mime: str) -> None:
    assert type_of(head) == mime


def test_a_picture_is_looked_for_in_what_nobody_knows_and_not_in_programs() -> None:
    for begin, looked_for in (
        (NOISE[:600], True),
        (b"ID3\4\0\0" + bytes(90), True),
        (PROGRAM, False),
    ):
        head = begin + JPEG
        assert begins_as_none(head, type_of(head), "a.dat") is looked_for


def test_a_script_with_a_zero_in_it_is_a_text_all_the_same() -> None:
    script = b"#!/bin/sh\necho bread and milk \0\n" * 9
    assert type_of(script) == "text/x-shellscript"


def test_what_was_found_is_named_by_libmagic() -> None:
    page = b"<html><head><title>Bread</title></head></html>" * 9
    assert (type_of(page), name_of(page, type_of(page))) == ("text/plain", "text/html")
    elf = Path("/proc/self/exe").read_bytes()[:4096]
    assert type_of(elf) == "application/x-elf"
    assert name_of(elf, type_of(elf)) != "application/x-elf"
    assert name_of(JPEG, "image/jpeg") == "image/jpeg"
    assert name_of(b"", "") == ""


@pytest.mark.parametrize("before", [0, 1, 28_999, 29_000 - 7, 29_000, 58_000 - 13, 65_000])
def test_a_mark_is_found_wherever_it_stands(before: int) -> None:
    content = b"\x06" * before + MATERIAL
    assert holds(content, LABEL)
    assert type_of(content) == "application/mxf"
    assert not holds(content.replace(LABEL, LABEL[:-1]), LABEL)


def test_digital_video_that_is_broken_off_anywhere_is_no_error() -> None:
    blocks = b"".join(
        bytes([kind, 0x07, number]) + bytes(77)
        for kind, number in ((0x1F, 0), (0x3F, 0), (0x3F, 1), (0x5F, 0), (0x5F, 1), (0x5F, 2),
                             (0x7F, 0), (0x9F, 0))
    )  # fmt: skip
    assert type_of(blocks) == "video/x-dv"
    for length in range(32, 563):
        assert type_of(blocks[:length]) != "video/x-dv"
