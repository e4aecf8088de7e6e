"""Texts and times as files write them, made fit for a report: cleaned, bounded, never guessed."""

import math
import re
from datetime import UTC, datetime, timedelta

from triage.captured import MOST_SECONDS, MOST_TEXT

Facts = dict[str, str | int | float]
"""Fields of a Capture that a file says."""

_BYTES_OF_TEXT = 4 * MOST_TEXT
_TIME = re.compile(
    r"(\d{4})(?:[-:/.](\d\d)(?:[-:/.](\d\d)"
    r"(?:[T ]+(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d*)?)?\s?(Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII,
)
_WORDED = re.compile(
    r"(?:[A-Z][a-z]{2},? )?(?:(?P<day>\d\d?) )?(?P<month>[A-Z][a-z]{2})"
    r"(?: +(?P<day2>\d\d?)(?P<clock2> \d\d:\d\d:\d\d))? (?P<year>\d{4})"
    r"(?P<clock> \d\d:\d\d:\d\d)?(?: (?P<offset>[+-]\d{4}|GMT|UTC))?",
    re.ASCII,
)
"""`Mon Mar 10 15:04:43 2003` (C's ctime) and `Mon, 10 Mar 2003 15:04:43 +0000` (RFC 5322)."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_OFFSET = re.compile(r"Z|[+-](?:0\d|1[0-4]):?[0-5]\d", re.ASCII)
_EARLIEST, _LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Of what a container's clock may say; outside it was not set, or counts from elsewhere."""


def text_of(raw: bytes, encoding: str = "utf-8") -> str:
    """The text up to the first NUL, without what cannot be printed, at most MOST_TEXT long."""
    start = raw[:_BYTES_OF_TEXT]
    if encoding == "utf-8":
        start = start.partition(b"\x00")[0]
    return cleaned(start.decode(encoding, "replace").partition("\x00")[0])


def cleaned(text: str) -> str:
    """Printable characters only: no controls, no marks that turn or hide text; no blanks around."""
    if not text.isprintable():
        text = "".join(filter(str.isprintable, " ".join(text.split())))
    return text.strip()[:MOST_TEXT].rstrip()


def time_of(text: str, fraction: str = "", offset: str = "") -> str:
    """A file's time in ISO 8601, as precise as it is; empty if no calendar has it.

    `fraction` and `offset` are what Exif says in tags of their own. No zone is invented.
    """
    text = text.strip()
    found = _TIME.fullmatch(text)
    if found is None:
        return _worded(text)
    year, month, day, hour, minute, second, more, zone = found.groups()
    if not _is_time(year, month or 1, day or 1, hour or 0, minute or 0, second or 0):
        return ""
    date = "-".join(filter(None, (year, month, day)))
    if hour is None:
        return date
    clock = ":".join(filter(None, (hour, minute, second)))
    more = more or (fraction.strip() if second else "")
    if more and more.isascii() and more.isdigit():
        clock += f".{more[:9]}"
    return f"{date}T{clock}{_zone(zone or offset)}"


def utc(base: datetime, seconds: float) -> str:
    """A container's own time, so long after the beginning of its clock; empty if it is unlikely."""
    if not math.isfinite(seconds) or not 0 < seconds < 1e11:
        return ""
    time = base + timedelta(seconds=int(seconds))
    return time.strftime("%Y-%m-%dT%H:%M:%SZ") if _EARLIEST <= time < _LATEST else ""


def length(seconds: float) -> float | None:
    """To the millisecond; None if no video has it."""
    if not math.isfinite(seconds) or not 0 < seconds <= MOST_SECONDS:
        return None
    return round(seconds, 3) or None


def said(**facts: str | float | None) -> Facts:
    """What is neither empty, zero nor unknown."""
    return {name: fact for name, fact in facts.items() if fact}


def _worded(text: str) -> str:
    found = _WORDED.fullmatch(" ".join(text.split()))
    if found is None or found["month"] not in _MONTHS:
        return ""
    day = (found["day"] or found["day2"] or "").zfill(2)
    clock = (found["clock2"] or found["clock"] or "").strip()
    zone = (found["offset"] or "").replace("GMT", "Z").replace("UTC", "Z")
    date = f"{found['year']}-{_MONTHS.index(found['month']) + 1:02}-{day}"
    return time_of(f"{date} {clock}{zone}" if clock else date)


def _zone(text: str) -> str:
    """`+02:00`, `Z`, or empty for what is no offset."""
    text = text.strip()
    if not _OFFSET.fullmatch(text):
        return ""
    return text if len(text) != 5 else f"{text[:3]}:{text[3:]}"


def _is_time(*parts: str | int) -> bool:
    try:
        datetime(*map(int, parts))  # type: ignore[arg-type]  # noqa: DTZ001 - is it in a calendar?
    except ValueError:
        return False
    return True
