import random
import time
from pathlib import Path

import pytest

from triage.detectors.item import Item
from triage.detectors.names import NameDetector
from triage.errors import ProfileError
from triage.evidence import FileEntry
from triage.match_kinds import MatchKind
from triage.packs.patterns import _slow, hazard
from triage.packs.word_lists import fold, parse_word_list, read_word_list


def found(words: str, path: str) -> list[str]:
    detector = NameDetector([parse_word_list(words, "list")])
    return [match.provenance["entry"] for match in detector.matches(path)]


@pytest.mark.parametrize(
    ("entry", "path", "expected"),
    [
        ("holiday", "My_Holiday-2019.jpg", True),
        ("holiday", "HOLIDAY.JPG", True),
        ("holiday", "holidays.jpg", False),
        ("holiday", "myholiday.jpg", False),
        ("holiday", "Holiday2/x.jpg", True),
        ("holi*", "holidays.jpg", True),
        ("*day", "myholiday7.jpg", True),
        ("*ida*", "holidays.jpg", True),
        ("*ida*", "hold.jpg", False),
        ("two words", "two__WORDS.jpg", True),
        ("two words", "two.words.jpg", True),
        ("two words", "twowords.jpg", False),
        ("two-words", "two words.jpg", True),
        ("niño", "NIN\u0303O.jpg", True),
        ("niño", "NIÑO.jpg", True),
        ("straße", "STRASSE.txt", True),
        (
            "\uff46\uff55\uff4c\uff4c",
            "full.txt",
            True,
        ),
        (
            "full",
            "\uff46\uff55\u200b\uff4c\uff4c.txt",
            True,
        ),
        ("海辺", "私の海辺の写真.png", True),
        ("θαλασσα", "ΘΑΛΑΣΣΑ.png", True),
        ("re:img_\\d{4}", "a/IMG_1234.jpg", True),
        ("re:^a/.*\\.png$", "a/b/c.PNG", True),
        ("re:img_\\d{4}", "img_12.jpg", False),
    ],
)
def test_entries_and_names(entry: str, path: str, expected: bool) -> None:
    assert found(entry, path) == ([entry] if expected else [])


def test_the_match_says_where_and_from_which_list() -> None:
    detector = NameDetector([parse_word_list("red\nblue", "colours.txt")])
    entry = FileEntry(id=0, volume_id="d0v0", path="red/red blue.txt", stream="blue")
    ((first, second),) = detector.matches_of([Item(entry=entry, head=b"")])
    assert first.kind is MatchKind.NAME
    assert first.reason == "Its name holds 'red', which is on the list 'colours.txt'."
    assert second.provenance == {"list": "colours.txt", "entry": "blue"}
    ((only,),) = detector.matches_of(
        [Item(entry=FileEntry(id=1, volume_id="v", path="red/x.txt"), head=b"")]
    )
    assert only.reason.startswith("Its folder's name holds 'red'")


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
        ("re:(a+)+$", "line 1: .*repetition inside a repetition"),
        ("re:(?:foo|bar)*x", "line 1: .*repetition inside a repetition"),
        ("re:.*.*.*.*.*x", "line 1: .*takes too long"),
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


@pytest.mark.parametrize(
    "expression", [r"foo.*bar", r"img_\d{4}", r"^[\w ]+\.jpe?g$", r"(?:ab){2}"]
)
def test_ordinary_expressions_are_no_hazard(expression: str) -> None:
    assert hazard(expression) == ""


class Stalled:
    """A pattern that is searched for on a machine that is busy with other things."""

    def search(self, _: str) -> None:
        time.sleep(0.05)


def test_a_busy_machine_refuses_no_expression() -> None:
    assert not _slow(Stalled(), "a")  # type: ignore[arg-type]


def test_fold_is_stable() -> None:
    rng = random.Random(2)
    for _ in range(2000):
        text = "".join(chr(rng.randrange(1, 0xD000)) for _ in range(8))
        assert fold(fold(text)) == fold(text)


def test_hostile_names_come_to_an_end() -> None:
    detector = NameDetector([parse_word_list("re:a.*b.*c\nre:\\s+x\naaa*\nred car", "list")])
    for path in ("a" * 100_000, " " * 100_000, "a" * 255 + "/" + "red" * 20_000, "\ufdfa" * 5000):
        list(detector.matches(path))
