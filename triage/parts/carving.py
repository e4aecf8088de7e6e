"""Pictures in space that no entry of a cache describes, found by their own first bytes.

Whatever the space holds, the work is linear in it: an allowance of bytes that may be looked at is
spent on reading, on searching and on following a picture's structure, and whoever has spent it
stops.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from triage.media.ends import BEGINNING, LONGEST_BEGINNING, End, end_of
from triage.parts.part import Part, ReadAt

WINDOW = 8 * 1024 * 1024
"""Of content that is not in memory, bytes."""
TOO_LONG = "not all of it was looked at: it is made to take too long"
LEAST = 128
"""Bytes; less is no picture that anybody could recognise."""
_TIMES = 8


@dataclass(slots=True)
class SearchAllowance:
    """How many bytes may still be looked at."""

    left: int

    @classmethod
    def of(cls, size: int) -> "SearchAllowance":
        """For space of so many bytes."""
        return cls(_TIMES * size + 2 * WINDOW)

    def spend(self, count: int) -> None:
        """So many were."""
        self.left -= count

    @property
    def spent(self) -> bool:
        """Whether it is used up: what follows is not looked at."""
        return self.left <= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Carved:
    """A picture, and where it lies."""

    at: int
    content: bytes = field(repr=False)
    whole: bool
    """It ends as its kind ends; if not, it is broken off, and decoders may still show its top."""


def carve(
    content: ReadAt, start: int, end: int, allowance: SearchAllowance, window: int = WINDOW
) -> Iterator[Carved]:
    """Pictures from one place to another, in order; none lies in another. Raises ContentError.

    `window`: bytes that are read at once; no picture that is found so is longer.
    """
    at, end = start, min(end, content.size)
    while at < end - LEAST and not allowance.spent:
        wanted = min(window, end - at)
        data = content.read_at(at, wanted)
        if not data:
            return
        allowance.spend(len(data))
        last = at + wanted >= end or len(data) < wanted  # behind that nothing can be read
        position = 0
        while not allowance.spent:
            found = BEGINNING.search(data, position)
            if found is None:
                position = len(data) if last else max(position, len(data) - LONGEST_BEGINNING + 1)
                break
            begin = found.start()
            ends = end_of(data, begin)
            if ends is None:
                allowance.spend(1)
                position = begin + 1
                continue
            allowance.spend(1 + ends.steps)
            if ends.at <= begin:
                position = begin + 1
                continue
            if not ends.whole and ends.at >= len(data) and begin and not last:
                position = begin  # the next window begins with it, and may hold all of it
                break
            position = ends.at if ends.whole else _broken_off(data, begin, ends)
            if position - begin >= LEAST:
                yield Carved(at=at + begin, content=data[begin:position], whole=ends.whole)
        at += position


def bare_thumbnails(
    content: ReadAt, start: int, end: int, allowance: SearchAllowance, kind: str
) -> Iterator[Part]:
    """Pictures between two places of a cache of that kind that none of its entries describes."""
    for found in carve(content, start, end, allowance):
        yield Part(
            content=found.content,
            kind=f"{kind}, unused space",
            offset=found.at,
            thumbnail=True,
        )


def _broken_off(data: bytes, begin: int, ends: End) -> int:
    """Where what is left of a picture ends: at the next one's beginning, if not before."""
    after = min(max(ends.body, begin + 1), ends.at)
    following = BEGINNING.search(data, after, ends.at)
    return max(following.start() if following else ends.at, begin + 1)
