"""Text on screens of a fixed width: words are wrapped and never cut; only foreign names give way.

Imports next to nothing: the guide, which must be there at once, uses it too.
"""

import re
from unicodedata import combining, east_asian_width

WIDTH = 79
"""Of 80 columns: a letter in the last one makes some consoles begin a new line by themselves."""
_GAP = "..."
_BREAKS = re.compile(r" (?!(?<=\d )\d{3}(?!\d))")
"""A line may end at any blank but those inside of numbers, `12 345`."""


def columns(text: str) -> int:
    """How many a terminal takes for it: letters of East Asia are twice as wide, accents have none.

    >>> columns("写真.jpg")
    8
    """
    if text.isascii():
        return len(text)
    return sum(map(_columns_of, text))


def _columns_of(letter: str) -> int:
    return 0 if combining(letter) else 1 + (east_asian_width(letter) in "WF")


def wrapped(
    text: str, width: int = WIDTH, indent: str = "", further: str | None = None
) -> list[str]:
    """The text in lines of at most `width` columns, broken between words.

    The first begins with `indent`, the others with `further` (None: `indent` too). A word that is
    longer than a line, as a path may be, is broken where the line ends.
    """
    further = indent if further is None else further
    lines, line, gap = list[str](), indent, ""
    for word in _BREAKS.split(text):
        left = word
        if gap and columns(line + gap + left) > width:
            lines.append(line)
            line, gap = further, ""
        while columns(line + gap + left) > width and len(line) < width:
            piece = _beginning(left, width - columns(line))
            lines.append(line + piece)
            line, left = further, left[len(piece) :]
        line += gap + left
        gap = " "
    return [*lines, line]


def shortened(name: str, room: int) -> str:
    """A name from elsewhere in at most `room` columns: the end of a path says more than its
    middle, which is left out."""
    if columns(name) <= room:
        return name
    if room <= 2 * len(_GAP):
        return _beginning(name, room)
    head = _beginning(name, (room - len(_GAP)) // 3)
    tail = _beginning(name[::-1], room - len(_GAP) - columns(head))[::-1]
    return f"{head}{_GAP}{tail}"


def _beginning(text: str, room: int) -> str:
    """As many letters as fit, at least one."""
    taken = 0
    for number, letter in enumerate(text):
        taken += _columns_of(letter)
        if taken > room:
            return text[: max(1, number)]
    return text


def shortened_words(text: str, room: int) -> str:
    """A text in at most `room` columns: as many whole words as fit, and that there are more."""
    words = text.split(" ")
    for count in range(len(words), 0, -1):
        said = " ".join(words[:count]) + (f" {_GAP}" if count < len(words) else "")
        if columns(said) <= room:
            return said
    return shortened(text, room)
