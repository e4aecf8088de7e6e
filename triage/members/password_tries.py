"""What may be spent on passwords in one tree of containers: half of its time, the rest is for what
opens. Whoever chose a key that takes long, or packs many archives, makes nobody wait longer."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

SHARE = 0.5
"""Of a tree's seconds."""


@dataclass(slots=True)
class PasswordTries:
    """Counts, and the clock; it goes only while one is tried."""

    seconds: float = float("inf")
    untried: int = 0
    """Passwords that were not tried on something that is encrypted: the most that were left."""
    _spent: float = 0
    _opened: list[int] = field(default_factory=list)

    def each(self, words: Sequence[str], goes_on: Callable[[], bool]) -> Iterator[tuple[int, str]]:
        """Each with its number, those first that opened something before; an empty line is none."""
        order = dict.fromkeys((*self._opened, *range(len(words))))
        left = [number for number in order if words[number]]
        while left:
            if self._spent >= self.seconds or not goes_on():
                self.leave(len(left))
                return
            begun = time.monotonic()
            try:
                number = left.pop(0)
                yield number, words[number]
            finally:
                self._spent += time.monotonic() - begun

    def leave(self, count: int) -> None:
        """So many are not tried on one thing."""
        self.untried = max(self.untried, count)

    def opened(self, number: int) -> None:
        """It opened something, and so it may open more."""
        if number not in self._opened:
            self._opened.insert(0, number)
