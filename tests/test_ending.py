"""How a scan ended: every reason has its words in every language, and colours or does not."""

import pytest

from triage.ending import Ending, How, Reason, Unseen
from triage.ending_words import (
    ENDED,
    NOT_SEEN,
    SAID_ONLY,
    UNCOUNTED,
    UNFINISHED,
    not_seen,
    nothing_found,
)
from triage.errors import ExitCode

LANGUAGES = tuple(NOT_SEEN)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_and_every_way_to_end_has_words_in_every_language(language: str) -> None:
    assert set(NOT_SEEN[language]) == set(Reason)
    assert set(ENDED[language]) == set(How)
    plain, careful = (nothing_found(language, how) for how in (How.COMPLETE, How.NOT_ALL))
    assert careful.startswith(plain)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_fit_a_line_of_a_text_console(language: str) -> None:
    """Four columns in front of it, and a number of eight digits behind it."""
    for reason in Reason:
        assert len(not_seen(language, reason, 12_345_678)) <= 74, reason
    assert max(map(len, (*ENDED[language].values(), nothing_found(language, How.NOT_ALL)))) <= 74


def test_the_sets_of_reasons_name_reasons() -> None:
    assert set(Reason) >= SAID_ONLY | UNCOUNTED
    assert set(How) >= UNFINISHED


def test_only_a_complete_scan_ends_with_zero_and_only_one_stopped_by_hand_with_130() -> None:
    codes = {how: how.exit_code for how in How}
    assert codes.pop(How.COMPLETE) is ExitCode.FINISHED
    assert codes.pop(How.INTERRUPTED) is ExitCode.INTERRUPTED
    assert set(codes.values()) == {ExitCode.NOT_ALL}


def test_nothing_found_is_said_alone_only_of_a_complete_scan() -> None:
    said = {how: nothing_found("en", how) for how in How}
    assert said.pop(How.COMPLETE) == "NO FINDINGS"
    assert set(said.values()) == {"NO FINDINGS, BUT NOT ALL WAS LOOKED AT"}


def test_what_every_scan_leaves_out_does_not_colour() -> None:
    unseen = tuple(Unseen(reason=reason, count=1) for reason in Reason)
    ending = Ending(how=How.NOT_ALL, unseen=unseen)
    said_only = {each.reason for each in ending.unseen} - {each.reason for each in ending.mattering}
    assert said_only == {
        Reason.LEFT_OUT,
        Reason.KNOWN,
        Reason.OUTSIDE_FILES,
        Reason.NO_FILES,
    }
    assert len(ending.mattering) + len(said_only) == len(Reason)
