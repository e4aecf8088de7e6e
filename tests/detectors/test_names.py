import pytest

from triage.detectors.item import Item
from triage.detectors.names import NameDetector
from triage.evidence import FileEntry
from triage.match_kinds import MatchKind
from triage.packs.word_lists import parse_word_list


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


def test_hostile_names_come_to_an_end() -> None:
    detector = NameDetector([parse_word_list("re:a.*b.*c\nre:\\s+x\naaa*\nred car", "list")])
    for path in ("a" * 100_000, " " * 100_000, "a" * 255 + "/" + "red" * 20_000, "\ufdfa" * 5000):
        list(detector.matches(path))
