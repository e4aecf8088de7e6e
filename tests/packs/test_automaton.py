"""Expressions find what Python's own engine finds, and none of them can hold up a survey."""

import random
import re
import subprocess
import sys
import warnings

import pytest

from triage.detectors.names import NameDetector
from triage.packs import automaton
from triage.packs.automaton import Expressions, refusal
from triage.packs.word_lists import parse_word_list

PIECES = (
    *(
        "a",
        "b",
        "K",
        "ß",
        "é",
        "İ",
        "\u017f",
        "µ",
        "-",
        "_",
        r"\n",
        r"\d",
        r"\w",
        r"\W",
        r"\s",
        ".",
    ),
    *("[a-c]", "[^ab]", "[A-Z0-9]", r"[\w-]", r"\b", r"\B", "^", "$", r"\A", r"\Z"),
)
REPEATED = ("*", "+", "?", "{2}", "{0,2}", "{1,3}", "*?", "+?", "{2,}")
SIGNS = "abkKxß éİ\u017f\u212a_-1Z\nµ\u039c\u0663"
AS_SLOW_AS_CAN_BE = {
    "numbers in a row": (r"k\d*\d*\d*\d*\d*Q", "k" + "1" * 511),
    "anything in a row": (".*.*.*.*.*.*.*x", "a" * 512),
    "a repetition in a repetition": ("(a+)+$", "a" * 511 + "!"),
    "alternatives that are the same": ("(?:a|a|aa)*b", "a" * 512),
    "nothing, again and again": ("(?:a*)*(?:b*)*c", "ab" * 256),
    "as many sets as there are": (
        "(?:a|b)*a(?:a|b){200}c",
        "".join(random.Random(1).choices("ab", k=512)),
    ),
    "counted repetitions": (r"(?:\w{1,9} ?){30}Q", "a b" * 170),
}
"""By what is slow about it: an expression, and a name on which a search that goes back is slow."""
REFUSED_AT_ONCE = {
    "counts of counts": "(?:(?:(?:a{1000}){1000}){1000}){1000}",
    "a count that no machine has room for": "a{4000000000}",
    "brackets in brackets": "(" * 5000 + "a" + ")" * 5000,
    "brackets in some brackets": "(?:" * 60 + "a" + ")*" * 60,
    "alternatives without end": "|".join("ab" for _ in range(100_000)),
}


def made(chance: random.Random, depth: int = 0) -> str:
    """An expression at random."""
    parts = []
    for _ in range(chance.randint(1, 4)):
        kind = chance.random()
        if kind < 0.55 or depth > 2:
            part = chance.choice(PIECES)
        elif kind < 0.75:
            part = f"(?:{made(chance, depth + 1)})"
        elif kind < 0.85:
            part = f"({made(chance, depth + 1)}|{made(chance, depth + 1)})"
        elif kind < 0.95:
            flags = chance.choice(("s", "m", "a", "-i", "m-i"))
            part = f"(?{flags}:{made(chance, depth + 1)})"
        else:
            part = f"(?:{made(chance, depth + 1)}|)"
        parts.append(f"(?:{part}){chance.choice(REPEATED)}" if chance.random() < 0.35 else part)
    return "".join(parts)


@pytest.mark.parametrize("seed", range(4))
def test_what_python_finds_is_found_and_nothing_else(seed: int) -> None:
    chance, found = random.Random(seed), 0
    for _ in range(300):
        expression = made(chance)
        if refusal(expression):
            continue
        alone, among = Expressions([expression]), Expressions(["q", expression, r"\d"])
        pattern = re.compile(expression, re.IGNORECASE)
        for _ in range(8):
            text = "".join(chance.choices(SIGNS, k=chance.randint(0, 9)))
            expected = pattern.search(text) is not None
            assert [*alone.found_in(text)] == [0] * expected, (expression, text)
            assert (1 in among.found_in(text)) is expected, (expression, text)
            found += expected
    assert found > 200


@pytest.mark.parametrize("text", ["", "\n", "a\n", "\na", "a\n\n", "é", "a b"])
@pytest.mark.parametrize(
    "expression",
    [
        r"\b",
        r"\B",
        r"\b ",
        r" \b",
        r"\b$",
        r"\B$",
        "^$",
        "$",
        r"\Z",
        "(?m:^a)",
        "(?m:a$)",
        r"^a?$",
        r"(?a:\b)",
        "(?s:a.$)",
    ],
)
def test_places_are_python_s(expression: str, text: str) -> None:
    expected = re.search(expression, text, re.IGNORECASE) is not None
    assert [*Expressions([expression]).found_in(text)] == [0] * expected


def test_many_expressions_are_found_each_by_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many that they are not followed together; and with hardly any room to remember."""
    expressions = [rf"\bimg{n}\D" for n in range(700)]
    for sets in (1000, 3):
        monkeypatch.setattr(automaton, "_MOST_SETS", sets)
        many = Expressions(expressions)
        assert [*many.found_in("x/img7.jpg img699_ img12 img40x")] == [7, 12, 40, 699]
        assert [*many.found_in("x/holiday.jpg")] == []


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
from triage.detectors.names import NameDetector
from triage.errors import ProfileError
from triage.packs.word_lists import parse_word_list
expression, name = sys.stdin.read().split("\\0")
try:
    words = parse_word_list(f"re:{expression}", "list")
except ProfileError as error:
    print("refused", len(error.message))
else:
    detector = NameDetector([words])
    print(sum(len(detector.matches(f"{n}/{name}")) for n in range(50)))
"""


def limited(expression: str, name: str) -> str:
    """What comes of it in a process that is ended after 20 seconds of the processor's time."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED],
        input=f"{expression}\0{name}",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-300:]
    return done.stdout.strip()


@pytest.mark.parametrize("kind", AS_SLOW_AS_CAN_BE)
def test_an_expression_that_backtracking_tries_for_ever_does_not_hold_the_survey(kind: str) -> None:
    expression, name = AS_SLOW_AS_CAN_BE[kind]
    assert limited(expression, name) in {"0", "50"}


@pytest.mark.parametrize("kind", REFUSED_AT_ONCE)
def test_an_expression_that_is_made_to_be_large_does_not_hold_the_check(kind: str) -> None:
    assert limited(REFUSED_AT_ONCE[kind], "x").startswith("refused")


def test_every_kind_of_sign_beyond_ascii_makes_no_more_to_remember() -> None:
    words = parse_word_list(r"re:\w\W\d" + "\nre:[\u0000-\uffff]x", "list")
    detector = NameDetector([words])
    for start in range(0, 0x11000, 97):
        detector.matches("".join(map(chr, range(start, start + 97))))
    ((_, one), *_) = detector._expressions._together
    assert len(one._signs) <= automaton._MOST_SIGNS + 1
    assert one._steps <= automaton._MOST_STEPS + 1


@pytest.mark.parametrize("expression", ["[[a]b]", "x[a&&b]", "[a||b]"])
def test_an_expression_whose_meaning_is_not_settled_is_refused(expression: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        re.compile(expression)
    assert "something else one day" in refusal(expression)


@pytest.mark.parametrize(
    "expression",
    [
        r"foo.*bar",
        r"img_\d{4}",
        r"^[\w ]+\.jpe?g$",
        "(?:ab){2}",
        "(?:foo|bar)*x",
        "(a+)+$",
        "(?x: a b )",
    ],
)
def test_ordinary_expressions_are_taken(expression: str) -> None:
    assert refusal(expression) == ""


@pytest.mark.parametrize("expression", [r"img\d+\.jpg", "im(?:a|g)12?.jpg", "i.?mg[0-9]*[.]jpg"])
def test_the_quick_look_passes_over_no_text_that_has_what_is_looked_for(expression: str) -> None:
    assert [*Expressions([expression]).found_in("x/img12.jpg")] == [0]
