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
    _begun: float | None = None
    _opened: list[int] = field(default_factory=list)

    def each(self, words: Sequence[str], goes_on: Callable[[], bool]) -> Iterator[tuple[int, str]]:
        """Each with its number, those first that opened something before; an empty line is none."""
        if not (goes_on() and self.has_time()):
            self.leave(sum(map(bool, words)))
            return
        order = dict.fromkeys((*self._opened, *range(len(words))))
        left = [number for number in order if words[number]]
        for place, number in enumerate(left):
            if not (goes_on() and self.has_time()):
                # It may have ended within the one before.
                self.leave(len(left) - max(0, place - 1))
                return
            self._begun = time.monotonic()
            try:
                yield number, words[number]
            finally:
                self._spent += time.monotonic() - self._begun
                self._begun = None
        if left and not (goes_on() and self.has_time()):
            self.leave(1)

    def has_time(self) -> bool:
        """Whether some is left, of what is being tried as well."""
        now = 0.0 if self._begun is None else time.monotonic() - self._begun
        return self._spent + now < self.seconds

    def leave(self, count: int) -> None:
        """So many are not tried on one thing."""
        self.untried = max(self.untried, count)

    def opened(self, number: int) -> None:
        """It opened something, and so it may open more."""
        if number not in self._opened:
            self._opened.insert(0, number)
