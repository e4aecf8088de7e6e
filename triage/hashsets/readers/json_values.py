"""The values of a JSON text of any size, one after the other, as loosely as tools write it.

They stand in an array (bare, or somewhere inside: `{"value": [`, `{"d": {"results": [`), in the
arrays of several cases, or a line each. Control characters in strings, backslashes that escape
nothing, commas too many and a byte order mark are no reason to stop.
"""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from triage.hashsets.inputs import ImportFile, as_utf8, utf8_blocks

LARGEST = 16 << 20
"""Characters of one value."""
_OVERLAP = 64
_NEAR_THE_END = 16
_CASE = re.compile(r'"Media"\s*:\s*\[', re.IGNORECASE)
_NAMED = re.compile(
    r'"(?:value|results|records|items|hashes|hash_?sets?|entries|files|data|list)"\s*:\s*\[',
    re.IGNORECASE,
)
_BARE = re.compile(r"\[")
_ANY = re.compile(r'"[^"\\]{1,60}"\s*:\s*\[(?=\s*[{"])')
_CASES = re.compile(r'"@?odata\.(?:context|metadata)"\s*:\s*"[^"]{0,300}#Cases', re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,]*")
_ESCAPE = re.compile(r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})?')


def values(
    source: ImportFile, is_one: Callable[[object], bool], broken: Callable[[int, str, bool], None]
) -> Iterator[Any]:
    """Every value, wherever it stands. `is_one`: whether a value is one of those, not around them.

    `broken` is told after which value the text is broken, why, and whether all that follows is
    lost: of a line, only itself is.
    """
    stream = _Text(source)
    opening = opening_of(as_utf8(source.head()).decode(errors="replace"), is_one)
    if opening is None:
        yield from _a_line_each(stream, broken)
        return
    number = 0
    try:
        while stream.skip_past(opening):
            while stream.next_value():
                number += 1
                yield stream.value
    except (ValueError, RecursionError) as error:
        broken(number, _one_line(error), True)


def opening_of(head: str, is_one: Callable[[object], bool]) -> re.Pattern[str] | None:
    """What opens the arrays that hold the values; None: they stand a line each."""
    text = head.lstrip("\ufeff \t\r\n")
    if _CASES.search(text) or _CASE.search(text):
        return _CASE
    if text.startswith("["):
        return _BARE
    try:
        first, _ = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        first = None
    if is_one(first):
        return None
    return next((each for each in (_NAMED, _ANY) if each.search(text)), None)


def _a_line_each(stream: "_Text", broken: Callable[[int, str, bool], None]) -> Iterator[Any]:
    number = 0
    while True:
        try:
            if not stream.next_value(in_array=False):
                return
        except (ValueError, RecursionError) as error:
            goes_on = stream.skip_line()
            broken(number + 1, _one_line(error), not goes_on)
            if not goes_on:
                return
        else:
            yield stream.value
        number += 1


class _Text:
    """The input's text from where we are, and a little ahead; json's own scanner reads values."""

    def __init__(self, source: ImportFile) -> None:
        self.value: Any = None
        self._blocks = utf8_blocks(source)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._json = json.JSONDecoder(strict=False)
        self._text = ""
        self._at = 0
        self._ended = False

    def skip_past(self, opening: re.Pattern[str]) -> bool:
        """Go on to just after the next array that opens so; False at the end of the input."""
        while not (found := opening.search(self._text, self._at)):
            self._at = max(self._at, len(self._text) - _OVERLAP)
            if not self._more():
                return False
        self._at = found.end()
        return True

    def skip_line(self) -> bool:
        """Go on to the line after the next value; False at the end of the input."""
        if start := _BETWEEN.match(self._text, self._at):
            self._at = start.end()
        while (end := self._text.find("\n", self._at)) < 0:
            self._at = len(self._text)
            if not self._more():
                return False
        self._at = end + 1
        return True

    def next_value(self, *, in_array: bool = True) -> bool:
        """Read the next value into `value`; False: its array is closed, or a file of lines ends.

        Raises ValueError for what is no JSON, and for a value that does not end.
        """
        while True:
            start = _BETWEEN.match(self._text, self._at)
            at = start.end() if start else self._at
            if at == len(self._text):
                if self._more():
                    continue
                if in_array:
                    raise ValueError("it ends before its end")
                return False
            if in_array and self._text[at] == "]":
                self._at = at
                return False
            try:
                self.value, self._at = self._json.raw_decode(self._text, at)
            except json.JSONDecodeError as error:
                if not (self._mended(error) or self._more() or self._mended(error)):
                    raise
            else:
                return True

    def _mended(self, error: json.JSONDecodeError) -> bool:
        """Whether a backslash that escapes nothing was the matter; it escapes itself now."""
        near = len(self._text) - (0 if self._ended else _NEAR_THE_END)
        while near > 0 and self._text[near - 1] == "\\":
            near -= 1
        if "escape" not in error.msg or error.pos >= near:
            return False
        rest = self._text[self._at : near]
        mended = _ESCAPE.sub(_escaped, rest)
        self._text = mended + self._text[near:]
        self._at = 0
        return mended != rest

    def _more(self) -> bool:
        if len(self._text) - self._at > LARGEST:
            raise ValueError("one record is larger than 16 MiB")
        block = next(self._blocks, None)
        if block is None:
            self._ended = True
            return False
        self._text = self._text[self._at :] + self._decoder.decode(block)
        self._at = 0
        return True


def _escaped(found: re.Match[str]) -> str:
    return found[0] if found[1] else "\\\\"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
