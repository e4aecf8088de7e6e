"""Every situation of docs/decisions/how-a-scan-ended.md, really scanned: all surfaces agree."""

from pathlib import Path

import pytest

from tests.endings.__main__ import DOCUMENT, table
from tests.endings.rows import ROWS
from tests.endings.situations import Situation
from tests.endings.told import Told, scan
from triage.bundle.checking.verify import verify
from triage.bundle.format.reckoning import reckon
from triage.ending import How, Reason
from triage.ending_words import ENDED, UNFINISHED, not_seen, nothing_found
from triage.languages import Language


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.make.__name__)
def test_every_surface_says_how_the_scan_ended(row: Situation, tmp_path: Path) -> None:
    told = scan(row, tmp_path)
    _the_books(row, told)
    _the_words(row, told)
    assert verify(Path(told.sealed.bundle)).failed is None


def _the_books(row: Situation, told: Told) -> None:
    ending = told.sealed.ending
    reasons = {unseen.reason for unseen in ending.unseen} - {Reason.OUTSIDE_FILES}
    if row.how in UNFINISHED:
        assert reasons
        assert reasons <= row.reasons
    else:
        assert reasons == row.reasons
    assert ending.how is row.how
    assert told.exit_code == row.how.exit_code
    assert told.sealed.findings == len(told.document.findings)
    assert row.findings in (None, told.sealed.findings)
    assert told.document.ending == reckon(told.document) == ending
    assert told.document.partial == (row.how in UNFINISHED)


def _the_words(row: Situation, told: Told) -> None:
    plain, careful = nothing_found("en", How.COMPLETE), nothing_found("en", How.NOT_ALL)
    nothing = not told.sealed.findings or not row.notable
    all_clear = nothing and row.how is How.COMPLETE
    for surface in (told.screen, told.guide["en"]):
        assert (careful in surface) == (nothing and not all_clear)
        assert (plain in surface) == nothing
    assert ("No findings, but" in told.page) == (nothing and not all_clear)
    for unseen in told.sealed.ending.unseen:
        said = not_seen("en", unseen.reason, unseen.count)
        assert said in told.page
        assert said in " ".join(told.screen.split())
        for language in Language:
            assert not_seen(language, unseen.reason, unseen.count) in told.guide[language]
    if row.how in UNFINISHED:
        assert ENDED["en"][row.how] in told.page
        assert ENDED["en"][row.how] in told.screen
        assert all(ENDED[each][row.how] in told.guide[each] for each in Language)


def test_the_document_has_every_row_and_no_other() -> None:
    """`python -m tests.endings` writes the table anew."""
    assert table() in DOCUMENT.read_text(encoding="utf-8")


def test_every_reason_is_the_matter_of_a_row() -> None:
    assert {reason for row in ROWS for reason in row.reasons} >= set(Reason) - {
        Reason.OUTSIDE_FILES,
        *NOT_ON_A_DISK,
    }


NOT_ON_A_DISK = frozenset(
    {
        Reason.DEVICE_NOT_LISTED,
        Reason.DEVICE_GONE,
        Reason.SET_ALTERED,
        Reason.DETECTOR_LEFT_OUT,
        Reason.SURVEY_UNFINISHED,
        Reason.TROUBLE,
    }
)
"""What an image file cannot do by itself: tests/scan and tests/workers have them."""
