"""What only looks like a container, and containers in which nothing can be."""

import os
import random

import pytest

from tests.bundle import samples
from tests.containers import making
from tests.parts.making import shrunk, thumbs_db
from triage.containers.recognising import recognise

LETTER = b"""\
Return-Path: <a@example.org>
From: a@example.org
Date: Mon, 20 Nov 2023 10:00:00 +0000
Subject: nothing

A text, and no more.
"""
PATCH = b"From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n" + LETTER

NONE = {
    "a text that begins with PK": b"PK stands for Phil Katz, who wrote the first one.\n" * 40,
    "a source file": b"From here on all names are in English.\nimport sys\n" * 40,
    "a list": b"From: see above\nto be continued\n" * 40,
    "a letter without anything in it": LETTER,
    "a patch": PATCH,
    "a log": b"2023-11-20 10:00:00 started\n" * 400,
    "a number in a line": b"12345\nsecond line: yes\nthird: no\n" * 40,
    "an RTF of words": rb"{\rtf1\ansi Nothing but words, \b bold\b0  ones too.}",
    "a picture": samples.preview(1),
    "a grey dot": making.PNG,
    "an empty zip file": b"PK\x05\x06" + bytes(18),
    "a text about ustar": b"The word ustar stands at byte 257 of a tar file.\n" * 6,
    "thumbnails, which detectors look into": thumbs_db({"a.jpg": shrunk(samples.preview(1))}),
    "thumbnails of a later Windows": making.compound("256_83aeed9be4fb5a2d", "256_11"),
    "a list of what was opened": making.compound("DestList", "1", "a3"),
    "a database": b"SQLite format 3\0\x10\0" + bytes(4096),
    "a list of a backup whose files are plain": making.binary_plist(IsEncrypted=False),
    "another property list": making.binary_plist(Other=True),
    "a program": making.program_with(b""),
    "a signed program": making.program_with(b"\x48\x1a\0\0\0\2\2\0\x30\x82" + bytes(6000)),
    "words of Latin": b"MSCF and Rar! and 7z are names.\n" * 9,
    "the list of a virtual disk's parts": b"# Disk DescriptorFile\nversion=1\n",
    "a boot sector alone": bytes(510) + b"\x55\xaa",
    "a kernel": bytes(510) + b"\x55\xaaHdrS" + bytes(500_000),
    "zeros": bytes(1 << 20),
    "nothing": b"",
    "a public key": b"\x99\x01\x0d\x04" + bytes(300),
    "words in uuencode": b"begin with the first chapter\n",
}


@pytest.mark.parametrize("what", NONE)
def test_it_is_none(what: str) -> None:
    content = NONE[what]
    assert recognise(content, len(content), "Manifest.plist") is None


def test_noise_is_hardly_ever_taken_for_one() -> None:
    chance = random.Random(1)
    taken = [recognise(chance.randbytes(2000), 2000, "a") for _ in range(20_000)]
    assert [each for each in taken if each] == []


def test_the_programs_of_this_computer_are_none() -> None:
    """Shared libraries of the interpreter that runs this: real binaries, a few megabytes."""
    import _ctypes
    import _ssl

    for module in (_ctypes, _ssl, os):
        with open(module.__file__ or "", "rb") as file:  # noqa: PTH123
            content = file.read()
        assert recognise(content, len(content), "a") is None


def test_a_zip_behind_a_picture_is_counted_where_the_end_is_at_hand() -> None:
    """The picture is looked at, what is behind it is not. Without the end nobody can tell."""
    picture = samples.preview(1)
    content = picture + making.zipped({"a.png": making.PNG})
    assert recognise(content, len(content), "a.jpg") == ("appended zip", False)
    longer = content[:-22] + b"more" * 20_000
    assert recognise(longer, len(longer), "a.jpg") is None


def test_a_mark_that_leads_nowhere_hides_no_zip_behind_it() -> None:
    archive = making.zipped({"a.png": making.PNG})
    for at, byte in ((2, b"-"), (7, b"*"), (60, b"B"), (155, b" "), (257, b"u"), (511, b"\xaa"),
                     (1024, b"H"), (1080, b"\x53")):  # fmt: skip
        front = making.headed((0, b"\xff\xd8\xff\xe0"), (at, byte), size=40_000)
        content = front + archive
        assert recognise(content, len(content), "a.jpg") == ("appended zip", False), at
    for beginning in (b"MZ", b"PK", b"12", b"From ", b"\n", b"{\\rt1 words}"):
        content = beginning + bytes(2000) + archive
        assert recognise(content, len(content), "a") == ("appended zip", False), beginning
