# ruff: noqa: RUF001 - letters that look like others are what this is about
import random

import pytest

from tests.packs.disguises import IN_THE_FIELD, MORE, NO_DISGUISES, Row
from tests.packs.false_hits import WORDS
from triage.detectors.names import NameDetector
from triage.packs.folding import fold
from triage.packs.patterns import words_pattern
from triage.packs.readings import readings
from triage.packs.word_finder import WordFinder
from triage.packs.word_lists import (
    SEPARATORS,
    key_of,
    open_sides,
    parse_word_list,
    read_word_list,
)

FEWEST_OF_THE_FIELD = 60
"""Of its 69 rows, with those that are no disguise."""
HOSTILE = "g\u0301%67&#97;r\\xe4Ã¼\u202eden.\u043eh0l1d4y С a_b_c_d MyX éàü "


def detector(words: str) -> NameDetector:
    return NameDetector([parse_word_list(words, "list")])


def written(row: Row) -> str | None:
    """How the word is written in the name; None if it is not found."""
    _, word, name, _ = row
    matches = detector(word).matches(name)
    assert [match.provenance["entry"] for match in matches] in ([], [word])
    return matches[0].provenance.get("written", "") if matches else None


@pytest.mark.parametrize("row", [*IN_THE_FIELD, *MORE], ids=lambda row: row[0])
def test_a_word_is_found_in_disguise_and_the_reason_says_how_it_is_written(row: Row) -> None:
    assert written(row) == row[-1]


@pytest.mark.parametrize("row", NO_DISGUISES, ids=lambda row: row[0])
def test_a_name_that_only_resembles_a_word_is_left_alone(row: Row) -> None:
    assert written(row) == row[-1]


def test_most_of_the_disguises_of_the_field_are_found() -> None:
    rows = (*IN_THE_FIELD, *NO_DISGUISES[:4])
    assert len(rows) == 69
    missed = [row for row in IN_THE_FIELD if written(row) is None]
    assert len(rows) - len(missed) >= FEWEST_OF_THE_FIELD


def test_the_reason_is_a_sentence_with_nothing_in_it_that_turns_it_round() -> None:
    (match,) = detector("garden").matches("x/gár\u202ed\u0435n.jpg")
    assert match.reason == (
        "Its name holds 'garden' (written gár\\u202ed\u0435n), which is on the list 'list'."
    )
    assert match.provenance == {
        "list": "list",
        "entry": "garden",
        "written": "gár\\u202ed\u0435n",
    }


def test_a_word_that_stands_there_as_it_is_listed_is_said_to_so_be_written() -> None:
    (match,) = detector("garden").matches("garden g4rden.jpg")
    assert match.reason == "Its name holds 'garden', which is on the list 'list'."


def test_a_folder_s_disguise_is_said_of_the_folder_once() -> None:
    (match,) = detector("garden").matches("g4rden/g.a.r.d.e.n/x.jpg")
    assert match.reason.startswith("Its folder's name holds 'garden' (written g")


def test_a_folder_s_words_are_told_of_what_is_in_it_alone() -> None:
    names = detector("garden")
    paths = ("garden/x.jpg", "y.jpg", "garden/z.jpg", "tree/garden.jpg", "tree/x.jpg", "garden/x")
    assert [len(names.matches(path)) for path in paths] == [1, 0, 1, 1, 0, 1]


def test_two_words_that_look_alike_are_both_found_where_both_can_be_meant() -> None:
    both = detector("village\nviilage").matches("vi11age.jpg")
    assert {match.provenance["entry"] for match in both} == {"village", "viilage"}


def test_the_first_of_several_lists_is_named() -> None:
    lists = [parse_word_list("garden", "first"), parse_word_list("Garden", "second")]
    (match,) = NameDetector(lists).matches("g4rden.jpg")
    assert match.provenance["list"] == "first"


def test_expressions_see_the_name_as_it_is() -> None:
    assert not detector(r"re:garden").matches("g4rden \u202enedrag.jpg")
    assert detector(r"re:g\d?rden").matches("G4RDEN.jpg")
    assert detector(r"re:garden").matches("ＧＡＲＤＥＮ.jpg")


@pytest.mark.parametrize(
    "name",
    [
        HOSTILE * 6,
        HOSTILE * 400,
        "k" + "\u0301\u0323" * 2000 + "itten garden.jpg",
        "%67" * 5000,
        "&#97;" * 5000,
        "\\xe4" * 5000,
        "Ã¼" * 5000,
        "\u202e" * 5000,
        "a." * 5000,
        "h0" * 5000,
        "aB" * 5000,
        "h\u043e" * 5000,
        "\ufdfa" * 2000,
        "&#1114112;&#0;&#xd800;%00%ff\\x80\\xff",
        "\ud800\udfff\x00\x7f\x85",
        "".join(map(chr, range(0x20, 0x2000))),
    ],
    ids=range(16),
)
def test_hostile_names_have_few_readings_of_bounded_length(name: str) -> None:
    found = list(readings(name, frozenset({"cp1251", "koi8_r", "cp1253", "cp1255", "cp1256"})))
    assert len(found) <= 60
    assert max(len(reading.text) for reading in found) <= 20 * 1024
    detector("garden\nkitten\nотпуск\nشمس\nשמש\nήλιος").matches(f"{name[:255]}/{name}")


def test_where_a_word_is_written_lies_in_the_name() -> None:
    """Of every row: what is said to be written there is there, up to composition."""
    for row in (*IN_THE_FIELD, *MORE):
        if row[-1] and row[-1].isprintable() and "\\x81" not in row[-1]:
            assert row[-1] in row[2]


def test_the_list_for_counting_false_hits_is_of_several_hundred_words() -> None:
    words = read_word_list(str(WORDS)).words
    assert len(words) > 300
    assert sum(len(word) <= 4 for word in words) > 80


def test_the_quick_look_passes_over_nothing_that_stands_there_as_it_is_listed() -> None:
    """Names put together at random from words, their pieces, capitals, digits and signs."""
    more = ("two words", "*ida*", "b2b", "9lives", "c++", "a1*")
    words = (*read_word_list(str(WORDS)).words, *more)
    finder = WordFinder([parse_word_list("\n".join(words), "list")])
    as_listed = words_pattern((key_of(word), *open_sides(word)) for word in words)
    assert as_listed
    chance, pieces, held = random.Random(5), [*words, *"-_. 12ab%", "IMG", "Xx", "ho", "den"], 0
    for _ in range(20_000):
        chosen = "".join(chance.choices(pieces, k=chance.randint(1, 4))).replace("*", "")
        name = chance.choice((chosen, chosen.upper(), chosen.title(), chosen.swapcase()))
        expected = {SEPARATORS.sub(" ", each) for each in as_listed.findall(fold(name))}
        found = {key_of(each.word.entry) for each in finder.find(name)}
        assert expected <= found, name
        held += bool(expected)
    assert held > 5_000


def test_ordinary_names_are_no_disguises() -> None:
    """Kinds of names that programs give, which hold letters and digits at random."""
    counted = NameDetector([read_word_list(str(WORDS))])
    names = [f"{number * 2654435761 % 2**64:016x}.dat" for number in range(1, 3000)]
    names += [f"IMG_{number:04}.JPG" for number in range(500)]
    names += [f"lib{name}.so.{number}.1.3" for name in ("c", "m", "z") for number in range(9)]
    found = [match for name in names for match in counted.matches(name)]
    assert not [match for match in found if "written" in match.provenance]
