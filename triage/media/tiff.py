"""Directories of TIFF 6.0, section 2: of TIFF files, raw formats built on it, and Exif.

Offsets count from where the structure begins. Nothing here follows a directory to the next: whoever
does, bounds it.
"""

import struct
from typing import Literal

from triage.media.window import Window

SIGNATURES = (b"II*\x00", b"MM\x00*")

MOST_TAGS = 512
"""Of one directory."""
_SHORT, _LONG, _RATIONAL, _SIGNED_RATIONAL, _DIRECTORY = 3, 4, 5, 10, 13
_NUMBERS = {_SHORT: 2, _LONG: 4, _DIRECTORY: 4}
_BYTES = {1: 1, 2: 1, 6: 1, 7: 1, 8: 2, 9: 4, 11: 4, 12: 8, 129: 1, _RATIONAL: 8,
          _SIGNED_RATIONAL: 8, **_NUMBERS}  # fmt: skip
"""Of one value, by kind; 129 is Exif 3.0's UTF-8."""
_LITTLE, _BIG = struct.Struct("<HHI4x"), struct.Struct(">HHI4x")

Tag = tuple[int, int, int]
"""Kind, count, and where its four bytes of value (or where the value lies) stand."""


class Tiff:
    """A TIFF structure that begins at `start`. Its first four bytes are not held against it."""

    __slots__ = ("_entry", "_order", "start", "window")

    def __init__(self, window: Window, start: int = 0, *, order_at: int | None = None) -> None:
        """`start`: what offsets count from. `order_at`: where the order stands, if not there."""
        self.window = window
        self.start = start
        little = window.at(start if order_at is None else order_at, 2) == b"II"
        self._order: Literal["big", "little"] = "little" if little else "big"
        self._entry = _LITTLE if little else _BIG

    @property
    def first(self) -> int:
        """Offset of the first directory; 0 if there is none."""
        return self.window.number(self.start + 4, 4, self._order)

    def following(self, directory: int) -> int:
        """Offset of the directory that the one at an offset names as the next; 0 for none."""
        at = self.start + directory
        count = self.window.number(at, 2, self._order)
        return self.window.number(at + 2 + 12 * count, 4, self._order)

    def tags(self, directory: int) -> dict[int, Tag]:
        """All tags of the directory at an offset, as far as they are there; the first of a number.

        Where a count is broken, what stands behind the true tags does not replace them.
        """
        at = self.start + directory
        count = min(self.window.number(at, 2, self._order), MOST_TAGS)
        raw = self.window.at(at + 2, 12 * count)
        raw = raw[: len(raw) // 12 * 12]
        places = range(at + 10, at + 10 + len(raw), 12)
        entries = list(zip(self._entry.iter_unpack(raw), places, strict=True))
        entries.reverse()
        return {tag: (kind, count, place) for (tag, kind, count), place in entries}

    def number(self, tag: Tag | None) -> int | None:
        """The first number of 16 or 32 bits, if it stands in the tag; None if it is none."""
        if tag is None or tag[0] not in _NUMBERS:
            return None
        return self.window.number(tag[2], _NUMBERS[tag[0]], self._order)

    def numbers(self, tag: Tag | None, most: int) -> list[int]:
        """The numbers of 16 or 32 bits of a tag, at most so many; 0 for what is not there."""
        if tag is None or tag[0] not in _NUMBERS:
            return []
        each = _NUMBERS[tag[0]]
        at = self.place(tag)
        places = range(at, at + each * min(tag[1], most), each)
        return [self.window.number(place, each, self._order) for place in places]

    def raw(self, tag: Tag | None, most: int) -> bytes:
        """The bytes of a tag's value, at most so many."""
        if tag is None:
            return b""
        return self.window.at(self.place(tag), min(tag[1] * _BYTES.get(tag[0], 0), most))

    def rationals(self, tag: Tag | None, most: int) -> list[float]:
        """The fractions of a tag, up to the first whose denominator is zero."""
        if tag is None or tag[0] not in {_RATIONAL, _SIGNED_RATIONAL}:
            return []
        raw = self.raw(tag, 8 * most)
        order = "<" if self._order == "little" else ">"
        pairs = struct.iter_unpack(
            order + ("II" if tag[0] == _RATIONAL else "ii"), raw[: len(raw) // 8 * 8]
        )
        found: list[float] = []
        for above, below in pairs:
            if below == 0:
                break
            found.append(above / below)
        return found

    def place(self, tag: Tag) -> int:
        """Where a tag's value begins, in the window."""
        kind, count, place = tag
        if count * _BYTES.get(kind, 0) <= 4:
            return place
        return self.start + self.window.number(place, 4, self._order)
