"""Names in folders held against the files that they name, in the same memory for any volume.

A sum of all names and one of all files would be even where one file has a name too many and another
one none. So each file has a place of its own among many, by a sum of its number.
"""

from array import array
from zlib import crc32

PLACES = 1 << 16
"""Two files share one so seldom that no more than one in so many is missed."""


class NamesMet:
    """Names without a file, of one tree."""

    def __init__(self) -> None:
        self._left = array("q", bytes(8 * PLACES))

    def named(self, number: int) -> None:
        """A folder names the file of that number."""
        self._left[_place(number)] += 1

    def met(self, number: int, names: int) -> None:
        """That file is there, and has so many names."""
        self._left[_place(number)] -= names

    def missing(self) -> int:
        """How many names have no file."""
        return sum(left for left in self._left if left > 0)


def _place(number: int) -> int:
    return crc32((number & (1 << 64) - 1).to_bytes(8, "little")) % PLACES
