"""Kinds of match: none without its words, in any language, on any surface."""

from pathlib import Path

import pytest

from cli.guide.words import WORDS
from triage import match_kinds
from triage.match_kinds import LANGUAGES, MatchKind, any_notable

SOURCE = Path(match_kinds.__file__).read_text(encoding="utf-8")
SAID = [
    f'{where}"{word}"'
    for kind in MatchKind
    for where, word in (
        ("heading=", kind.words.heading),
        ("meaning=", kind.words.meaning),
        ("on_screen=", kind.words.on_screen),
        *((f'"{language}": ', word) for language, word in kind.words.in_guide.items()),
    )
]


@pytest.mark.parametrize("said", SAID)
def test_a_kind_that_lacks_a_word_cannot_be_imported(said: str) -> None:
    assert said in SOURCE
    without = SOURCE.replace(said, said.rpartition('"')[0].rpartition('"')[0] + '""', 1)
    with pytest.raises(TypeError, match="has not all its words"):
        exec(compile(without, "match_kinds", "exec"), {"__name__": "without"})  # noqa: S102


def test_a_kind_that_lacks_a_language_cannot_be_imported() -> None:
    without = SOURCE.replace(', "pt": "uma miniatura"', "")
    assert without != SOURCE
    with pytest.raises(TypeError, match="'thumbnail' has not all its words"):
        exec(compile(without, "match_kinds", "exec"), {"__name__": "without"})  # noqa: S102


def test_a_kind_is_said_in_every_language_of_the_guide() -> None:
    assert set(LANGUAGES) == set(WORDS)
    for language in set(LANGUAGES) - {"en"}:
        said = [kind.words.in_guide[language] for kind in MatchKind]
        assert not set(said) & {kind.words.in_guide["en"] for kind in MatchKind}
    for surface in ("heading", "meaning", "on_screen"):
        assert len({getattr(kind.words, surface) for kind in MatchKind}) == len(MatchKind)


def test_what_nobody_could_look_into_is_alone_nothing_that_was_found() -> None:
    silent = [kind for kind in MatchKind if not any_notable([kind])]
    assert silent == [MatchKind.ENCRYPTED]
    assert list(MatchKind)[-1] is MatchKind.ENCRYPTED, "it is told behind all that says something"
    assert not any_notable([])
    assert any_notable(["encrypted", "classifier"])
    assert any_notable(["a kind of another version"])
