r"""The lab's words and regular expressions, over file names and paths.

A list is a text file in UTF-8, one entry a line, `#` begins a comment:

    holiday             the word, not as a part of a longer one
    holi*               the beginning of a word; `*day` its end; `*ida*` anywhere
    two words           any run of spaces, `_`, `-`, `.`, `+`, `,` or `~` may stand between them
    re:img_\d{4}\.jpe?g a regular expression (Python's), searched for in the path

Names and entries are compared after Unicode NFKC and case folding, with what cannot be seen
(zero-width and other format characters) taken out. A word's neighbours may be digits and signs, but
not letters; in scripts that write no spaces, and beside an emoji, a word is found anywhere. Words
are found disguised too (word_finder.py); expressions see the name as it is.
"""

import re
import unicodedata
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from triage.errors import ProfileError, why
from triage.packs.automaton import refusal
from triage.packs.folding import bare, fold, spelt_out

SAMPLE = "sample"
"""What a profile says for the harmless list that is shipped."""

_MOST_ENTRIES = 100_000
_NO_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Han, Hiragana and Katakana: scripts without spaces between words."""
_EMOJI_ENDS = frozenset("\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
_LONGEST_WORD = 100
_LONGEST_SHOWN = 200
SEPARATORS = re.compile(r"[\s_\-.+,~]+")
"""What may stand between two words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordList:
    """A list, read and checked."""

    name: str
    words: tuple[str, ...]
    """As the lab wrote them."""
    expressions: tuple[str, ...]


def read_word_list(name_or_path: str) -> WordList:
    """The shipped sample, or the list in a file. Raises ProfileError with the file and the line."""
    return parse_word_list(*word_list_text(name_or_path))


def parse_word_list(text: str, where: str) -> WordList:
    """The list in `text`; `where` is what messages call it. Raises ProfileError with the line."""
    words: list[str] = []
    expressions: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        entry = line.partition("#")[0].strip() if not line.startswith("re:") else line.strip()
        if entry.startswith("re:"):
            expressions.append(_checked_expression(entry[3:], f"{where}, line {number}"))
        elif entry:
            words.append(_checked_word(entry, f"{where}, line {number}"))
    if len(words) + len(expressions) > _MOST_ENTRIES:
        raise ProfileError(f"{where} has more than {_MOST_ENTRIES:,} entries.", hint="Split it.")
    return WordList(name=where, words=tuple(words), expressions=tuple(expressions))


def word_list_text(name_or_path: str) -> tuple[str, str]:
    """A list's text, and what messages call it. Raises ProfileError if it cannot be read."""
    try:
        if name_or_path == SAMPLE:
            file = resources.files("profiles").joinpath("names-sample.txt")
            return file.read_text(encoding="utf-8"), SAMPLE
        return Path(name_or_path).read_text(encoding="utf-8-sig"), Path(name_or_path).name
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(
            f"No list of words '{name_or_path}': {why(error)}.",
            hint="Give the path of a text file in UTF-8, one entry a line, or `sample`.",
        ) from error


def _checked_word(entry: str, where: str) -> str:
    key = key_of(entry)
    if not key.strip() or len(key) > _LONGEST_WORD:
        raise ProfileError(
            f"{where}: '{entry[:40]}' is not a word of 1 to {_LONGEST_WORD} characters.",
            hint="Say `re:` before a regular expression.",
        )
    if "*" in key:
        raise ProfileError(
            f"{where}: '{entry}' has a * in its middle.",
            hint="A * may stand at the beginning or the end; else use `re:`.",
        )
    return entry


def _checked_expression(expression: str, where: str) -> str:
    try:
        refused = refusal(expression)
    except (re.error, OverflowError, RecursionError) as error:
        refused = f"it is not a regular expression: {why(error)}"
    if refused or not expression:
        raise ProfileError(
            f"{where}: 're:{expression[:_LONGEST_SHOWN]}' cannot be used: "
            f"{refused or 'it is empty'}.",
            hint="Write several expressions in its place, or words; put \\ before a sign that "
            "stands for itself. docs/formats/name-list.md says what an expression may have.",
        )
    return expression


def key_of(entry: str) -> str:
    """What `entry` is looked up by: folded, without its outer stars, each separator one space."""
    return SEPARATORS.sub(" ", fold(entry).removeprefix("*").removesuffix("*"))


def other_keys(entry: str) -> frozenset[str]:
    """What `entry` may be written as without its accents: `cafe`; `mull` and `muell` for `müll`.

    Of one or two letters each, nobody could say what is meant.
    """
    word = entry.removeprefix("*").removesuffix("*")
    keys = {plain_key(spelt_out(word)), plain_key(word)} - {key_of(entry)}
    return frozenset(key for key in keys if key.strip() and letters(key) not in {1, 2})


def plain_key(word: str) -> str:
    """What a word is looked up by once its accents are gone."""
    return SEPARATORS.sub(" ", bare(word).casefold())


def letters(text: str) -> int:
    """How many letters it has."""
    return sum(map(str.isalpha, text))


def open_sides(entry: str) -> tuple[bool, bool]:
    """Whether letters may stand before it and after it."""
    key = key_of(entry)
    anywhere = _NO_SPACES.search(key) is not None
    return (
        anywhere or entry.startswith("*") or _is_picture(key[0]),
        anywhere or entry.endswith("*") or _is_picture(key[-1]),
    )


def _is_picture(sign: str) -> bool:
    """An emoji, or what selects how it is drawn: no letter beside it makes another word of it."""
    return sign in _EMOJI_ENDS or (unicodedata.category(sign) == "So" and not sign.isascii())
