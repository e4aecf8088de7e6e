"""Kinds of match: none without its words, in any language, on any surface."""

import re
from pathlib import Path

import pytest

from triage import match_kinds
from triage.languages import Language
from triage.match_kinds import MatchKind, any_notable

SOURCE = Path(match_kinds.__file__).read_text(encoding="utf-8")
SURFACES = ("heading", "meaning", "on_screen")
SAID = [
    f'{language}="{word}"'
    for kind in MatchKind
    for surface in SURFACES
    for language, word in getattr(kind.words, surface)._asdict().items()
    if f'{language}="{word}"' in SOURCE  # longer ones go on in the next line
]


@pytest.mark.parametrize("said", SAID)
def test_a_kind_that_lacks_a_word_cannot_be_imported(said: str) -> None:
    assert said in SOURCE
    without = SOURCE.replace(said, said.rpartition('"')[0].rpartition('"')[0] + '""', 1)
    with pytest.raises(TypeError, match="has not all its words"):
        exec(compile(without, "match_kinds", "exec"), {"__name__": "without"})  # noqa: S102


def test_a_kind_that_lacks_a_language_cannot_be_imported() -> None:
    without = re.sub(r'\n *pt="uma miniatura",', "", SOURCE)
    assert without != SOURCE
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'pt'"):
        exec(compile(without, "match_kinds", "exec"), {"__name__": "without"})  # noqa: S102


@pytest.mark.parametrize("surface", SURFACES)
def test_no_two_kinds_are_said_alike_in_any_language(surface: str) -> None:
    for language in Language:
        said = {getattr(kind.words, surface).told(language) for kind in MatchKind}
        assert len(said) == len(MatchKind), language


def test_what_nobody_could_look_into_is_alone_nothing_that_was_found() -> None:
    silent = [kind for kind in MatchKind if not any_notable([kind])]
    assert silent == [MatchKind.ENCRYPTED]
    assert list(MatchKind)[-1] is MatchKind.ENCRYPTED, "it is told behind all that says something"
    assert not any_notable([])
    assert any_notable(["encrypted", "classifier"])
    assert any_notable(["a kind of another version"])
