"""A lab's word lists: read as they are meant, and what is wrong in one is named."""

import random
from pathlib import Path

import pytest

from triage.errors import ProfileError
from triage.packs.folding import fold
from triage.packs.word_lists import parse_word_list, read_word_list


def test_the_shipped_sample_is_read_and_harmless() -> None:
    sample = read_word_list("sample")
    assert sample.words == ("seek-sample", "on-scene triage*")
    assert len(sample.expressions) == 1


def test_comments_blank_lines_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("\ufeff# head\n\nred # a colour\r\n  blue  \nre:a#b\n", encoding="utf-8")
    words = read_word_list(str(path))
    assert words.words == ("red", "blue")
    assert words.expressions == ("a#b",)
    assert words.name == "words.txt"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("red\nre:(unclosed", "list, line 2: .*not a regular expression"),
        ("re:", "line 1: .*empty"),
        ("*", "line 1: .*not a word"),
        ("x" * 101, "line 1: .*not a word"),
        ("a*b", r"line 1: .*\* in its middle"),
        (r"re:(a)\1", "line 1: .*refers to what a group of it has found"),
        ("re:a(?=b)", "line 1: .*looks ahead or behind"),
        ("re:(?<!a)b", "line 1: .*looks ahead or behind"),
        ("re:(?>a+)b", "line 1: .*does not give back what it took"),
        ("re:a++b", "line 1: .*does not give back what it took"),
        ("re:(a)?(?(1)b|c)", "line 1: .*depends on whether a group"),
        ("re:(?:a{100}){100}", "line 1: .*more than 1,000 parts"),
        (f"re:{'a' * 1001}", "line 1: .*more than 1,000 characters"),
        ("re:[[a]b]", "line 1: .*nested set at position 1"),
        ("re:x[a&&b]", "line 1: .*set intersection at position 3"),
    ],
)
def test_a_wrong_line_is_named(text: str, complaint: str) -> None:
    with pytest.raises(ProfileError, match=complaint) as caught:
        parse_word_list(text, "list")
    assert caught.value.hint


def test_a_missing_list_is_named() -> None:
    with pytest.raises(ProfileError, match="No list of words 'nowhere"):
        read_word_list("nowhere.txt")


def test_fold_is_stable() -> None:
    rng = random.Random(2)
    for _ in range(2000):
        text = "".join(chr(rng.randrange(1, 0xD000)) for _ in range(8))
        assert fold(fold(text)) == fold(text)
