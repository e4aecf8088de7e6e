"""Nothing is wider than it may be, and no word is cut that would fit on a line of its own."""

from hypothesis import given
from hypothesis import strategies as some

from cli.fitting import columns, shortened, wrapped

WORDS = some.text(some.sampled_from("abcdé写真̈"), min_size=1, max_size=14)


@given(some.lists(WORDS, max_size=30), some.integers(20, 79), some.sampled_from(["", "  ", "    "]))
def test_words_are_wrapped_and_none_is_cut(words: list[str], width: int, indent: str) -> None:
    lines = wrapped(" ".join(words), width, indent, "  ")
    assert all(columns(line) <= width for line in lines)
    short = [word for word in words if columns(word) <= width - 4]
    if short == words:
        assert " ".join(lines).split() == words


@given(some.text(some.sampled_from("ab/写 "), max_size=300), some.integers(1, 79))
def test_a_name_gives_way_in_its_middle(name: str, room: int) -> None:
    assert columns(shortened(name, room)) <= max(room, 2)
    if columns(name) <= room:
        assert shortened(name, room) == name
    elif room > 10:
        assert "..." in shortened(name, room)


def test_a_word_longer_than_a_line_is_broken_and_whole() -> None:
    lines = wrapped("see " + "/a" * 100 + " now", 40, "  ")
    assert "".join("".join(lines).split()) == "see" + "/a" * 100 + "now"


def test_the_end_of_a_path_stays() -> None:
    assert shortened("a/" * 50 + "name.jpg", 30) == "a/a/a/a/a...a/a/a/a/a/name.jpg"
