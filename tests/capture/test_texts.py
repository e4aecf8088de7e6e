"""Texts and times of a file come through clean, bounded, and with nothing added."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.capture.texts import cleaned, text_of, time_of


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"Canon PowerShot \x00rubbish", "Canon PowerShot"),
        (b"a\x1b[31mb\x07\r\nc", "a[31mb c"),
        ("gpj\u202eexe.\u200bx".encode(), "gpjexe.x"),
        (b"caf\xe9", "caf\ufffd"),
        (b"\xff" * 3, "\ufffd" * 3),
        (b" \t ", ""),
        ("ж".encode() * 500, "ж" * 128),
        (b"\x00\x00Canon", ""),
    ],
)
def test_a_text_is_what_can_be_printed(raw: bytes, text: str) -> None:
    assert text_of(raw) == text


@given(st.text(max_size=400))
def test_no_text_turns_hides_or_grows(text: str) -> None:
    clean = cleaned(text)
    assert clean.isprintable()
    assert len(clean) <= 128
    assert clean == clean.strip()


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2020:08:27 23:16:12", "2020-08-27T23:16:12"),
        ("2019-12-20T17:08:32-0300", "2019-12-20T17:08:32-03:00"),
        ("2019-12-20T17:08:32.5Z", "2019-12-20T17:08:32.5Z"),
        ("2019-12-20T17:08Z", "2019-12-20T17:08Z"),
        ("2019-12", "2019-12"),
        ("2019", "2019"),
        ("Mon Mar 10 15:04:43 2003\n", "2003-03-10T15:04:43"),
        ("MON MAR 10 15:04:43 2003", ""),
        ("10 Mar 2003", "2003-03-10"),
        ("Mar 2003", ""),
        ("0000:00:00 00:00:00", ""),
        ("0000", ""),
        ("2021:02:29 10:00:00", ""),
        ("2020:08:27 24:00:00", ""),
        ("2020:13:01 10:00:00", ""),
        ("    :  :     :  :  ", ""),
        ("٢٠٢٠:٠٨:٢٧ ٢٣:١٦:١٢", ""),
        ("2019-12-20T17:08:32+99:99", "2019-12-20T17:08:32"),
        ("yesterday", ""),
    ],
)
def test_a_time_is_as_precise_as_the_file_has_it(text: str, time: str) -> None:
    assert time_of(text) == time


def test_fraction_and_offset_are_said_only_if_they_are_ones() -> None:
    when = "2020:08:27 23:16:12"
    assert time_of(when, "007419", "+05:30") == "2020-08-27T23:16:12.007419+05:30"
    assert time_of(when, "  ", "   :  ") == "2020-08-27T23:16:12"
    assert time_of(when, "12x", "+0530") == "2020-08-27T23:16:12+05:30"
    assert time_of(when, "", "-15:00") == "2020-08-27T23:16:12"
    assert time_of("2020:08:27", "12", "+05:30") == "2020-08-27"
