"""The pages' words, in the languages that there are: words/LANGUAGE.yaml, each with every word."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

from triage import plain_yaml
from triage.languages import Language
from triage.match_kinds import MatchKind

LANGUAGES = {
    str(each): each.own_name for each in (Language.ENGLISH, Language.SPANISH, Language.PORTUGUESE)
}
_FOLDER = Path(__file__).with_name("words")


@cache
def words_of(language: str) -> dict[str, str]:
    """Key to words; `{name}` stands for what is put in."""
    text = (_FOLDER / f"{language}.yaml").read_text(encoding="utf-8")
    return msgspec.convert(plain_yaml.read(text), dict[str, str])


def say(language: str, key: str, **values: object) -> str:
    """The words of a key."""
    return words_of(language)[key].format(**values)


def kind_named(language: str, kind: str) -> str:
    """What findings of that kind are called in a report; of one that nobody knows, its own word."""
    known = (each.words.heading.told(language) for each in MatchKind if each == kind)
    return next(known, kind)


def preferred(accepted: str) -> str:
    """Of what a browser says that its reader reads (Accept-Language), the first that there is."""
    for language in _ordered(accepted[:500]):
        if language in LANGUAGES:
            return language
    return "en"


def _ordered(accepted: str) -> Iterator[str]:
    weighed = []
    for part in accepted.split(","):
        name, _, more = part.partition(";")
        weight = more.strip().removeprefix("q=")
        try:
            weighed.append((float(weight) if weight else 1.0, name.strip()[:2].lower()))
        except ValueError:
            continue
    return (name for _, name in sorted(weighed, key=lambda each: -each[0]))
