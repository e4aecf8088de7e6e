"""Every language has every word, and every page finds its words."""

import re
from pathlib import Path
from string import Formatter

import pytest

from lab.accounts import LabRole
from lab.overlaps import Overlap
from lab.pages.showing import NAVIGATION
from lab.pages.tongue import LANGUAGES, kind_named, preferred, words_of
from lab.reveals import Purpose
from lab.trends import TrendBy
from lab.weighing import PriorityWeights, ReferralWeights

PAGES = Path(__file__).parents[3] / "lab/pages"
MADE = {
    "go_": [word for word, *_ in NAVIGATION],
    "role_": [*LabRole, *(f"{role}_may" for role in LabRole)],
    "purpose_": list(Purpose),
    "by_": list(TrendBy),
    "weighs_": [each for each in PriorityWeights.__struct_fields__ if each != "high_score"],
    "same_": [*(what for what, _ in Overlap(one="", other="").named), "contents", "looks"],
    "refers_": [
        each
        for each in ReferralWeights.__struct_fields__
        if each not in ("ip_hours", "most_reports")
    ],
    "said_": ["note", "assigned_to", "hold"],
}
"""Words whose keys are put together."""


def _used() -> set[str]:
    templates = "".join(file.read_text() for file in (PAGES / "templates").glob("*.html"))
    code = "".join(file.read_text() for file in PAGES.glob("*.py"))
    said = set(re.findall(r'\bt\("([a-z_]+)"[,)]', templates))
    told = set(re.findall(r'told\(\s*question, \d+, "([a-z_]+)"', code))
    made = {begin + end for begin, ends in MADE.items() for end in ends}
    return said | made | {f"told_{each}{end}" for each in told for end in ("", "_more")}


def _holes(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_each_word_that_is_used_is_there_and_none_besides() -> None:
    assert _used() == set(words_of("en"))


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_a_language_has_every_word_with_what_is_put_in(language: str) -> None:
    english, words = words_of("en"), words_of(language)
    assert list(words) == list(english)
    assert all(text.strip() for text in words.values())
    assert {key: _holes(text) for key, text in words.items()} == {
        key: _holes(text) for key, text in english.items()
    }
    long = {key for key, text in english.items() if len(text) > 25}
    assert {key for key in long if words[key] == english[key]} == set()


def test_a_kind_of_match_is_called_as_in_the_report() -> None:
    assert kind_named("es", "hash_set") == "Material conocido"
    assert kind_named("pt", "of a later version") == "of a later version"


def test_a_browser_s_language_is_taken_where_there_is_one() -> None:
    assert preferred("pt-BR,pt;q=0.9,en;q=0.8") == "pt"
    assert preferred("fr;q=1, es;q=0.5, en;q=0.1") == "es"
    assert preferred("fr") == preferred("") == preferred("q=;;;,;q=x,\x00") == "en"
