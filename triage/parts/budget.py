"""What the parts of one entry may cost together: so many, so many bytes, so long.

A suspect's file may claim millions of pictures. Whatever is not looked at for it is said, as the
reason why the entry was not looked at in full.
"""

import time
from collections.abc import Iterable, Iterator

from triage.parts.part import Part

TOO_MANY = "it holds more pictures and videos than are looked at in one entry"
TOO_MUCH = "the pictures and videos in it are larger together than what is looked at in one entry"
TIME_RAN_OUT = "time ran out before all pictures and videos in it were looked at"
_FOREVER = float("inf")


class Budget:
    """Of one entry. The clock runs from `begin` on."""

    def __init__(
        self, *, at_most: int = 2**63, most_bytes: int = 2**63, seconds: float = _FOREVER
    ) -> None:
        """`at_most`: parts. `most_bytes`: of their content together."""
        self._left = at_most
        self._bytes = most_bytes
        self._seconds = seconds
        self._until = _FOREVER
        self.spent = ""
        """Why not all was looked at; empty as long as there is something left."""

    def begin(self) -> None:
        """From now on the seconds count."""
        self._until = time.monotonic() + self._seconds

    @property
    def seconds(self) -> float:
        """That are left."""
        return max(0.0, self._until - time.monotonic())

    def rest(self, seconds: float) -> "Budget":
        """Another, of what is left of this one, that ends after so many seconds."""
        return Budget(at_most=self._left, most_bytes=self._bytes, seconds=seconds)

    def end(self, why: str) -> None:
        """Nothing more is looked at; the first reason is kept."""
        self.spent = self.spent or why

    def within(self, parts: Iterable[Part]) -> Iterator[Part]:
        """As many of them as it allows."""
        for part in parts:
            if self._left <= 0:
                self.end(TOO_MANY)
            elif len(part.content) > self._bytes:
                self.end(TOO_MUCH)
            elif self.seconds <= 0:
                self.end(TIME_RAN_OUT)
            if self.spent:
                return
            self._left -= 1
            self._bytes -= len(part.content)
            yield part
