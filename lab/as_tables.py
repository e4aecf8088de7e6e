"""A list as a table of text: CSV for whoever asks, and the columns of INTERPOL's ICSE.

What people wrote is never a formula to a spreadsheet, nor ends a line.
"""

import csv
import io
from collections.abc import Iterable, Iterator

from lab.grading import Scheme
from lab.listed import ListedContent
from triage.bundle.format.shown import visible

COLUMNS = ("md5", "sha1", "sha256", "blake3", "pdq", "size", "mime", "category", "by", "series")
ICSE_COLUMNS = (
    "MD5", "SHA1", "PhotoDNA", "Image ID", "Is distributed", "Victim identified",
    "Offender identified", "Series name", "Number of submissions", "File Available", "Media Type",
    "Baseline",
)  # fmt: skip
"""As ICSE's own lists have them. What only INTERPOL knows is left empty, PhotoDNA too: no open
program computes it."""
_FORMULA = ("=", "+", "-", "@", "|", "%")
_BASELINE = frozenset({"1", "yes", "true", "baseline"})


def render_csv(listed: Iterable[ListedContent], scheme: Scheme) -> Iterator[bytes]:
    """UTF-8, commas, CRLF, a content a line; `by`: the scheme of the lab's grade, or `set`."""
    yield _line(COLUMNS, ",")
    for each in listed:
        by = "" if not each.category else scheme if each.graded else "set"
        cells = (each.md5, each.sha1, each.sha256, each.content, each.pdq, str(each.size),
                 each.type, each.category, by, each.series)  # fmt: skip
        yield _line(cells, ",")


def fits_icse(each: ListedContent) -> bool:
    """A picture or video by one of the two digests that ICSE has."""
    return bool(each.md5 or each.sha1) and each.type.startswith(("image/", "video/"))


def render_icse(listed: Iterable[ListedContent]) -> Iterator[bytes]:
    """The same with semicolons. `Baseline` is yes or no of what the lab graded by it: yes for 1 and
    `baseline`; and yes of what a set calls `baseline`, as ICSE's own lists are read."""
    yield _line(ICSE_COLUMNS, ";")
    for each in listed:
        kind = "Video" if each.is_video else "Image"
        cells = (each.md5, each.sha1, *("",) * 5, each.series, "", "", kind, _baseline(each))
        yield _line(cells, ";")


def _baseline(each: ListedContent) -> str:
    if each.graded:
        return "yes" if each.category.casefold() in _BASELINE else "no"
    return "yes" if each.category == "baseline" else ""


def _line(cells: Iterable[str], delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow(map(_cell, cells))
    return text.getvalue().encode()


def _cell(value: str) -> str:
    text = visible(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
