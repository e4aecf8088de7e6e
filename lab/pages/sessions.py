"""Who is signed in: kept here alone, the browser has a number that means nothing.

They end when nobody asked for anything for a while, at the end of a day's work whatever was asked,
and with the server.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

Clock = Callable[[], float]
"""time.monotonic, or what a test has in its place; seconds."""
_MOST = 10_000


@dataclass(slots=True, kw_only=True)
class PageSession:
    """One browser in which somebody signed in."""

    name: str
    """Of the account."""
    secret: str
    """What the account's password was kept as: another password ends the session."""
    token: str
    """That every form has to bring back, so that no other site's form is taken for ours."""
    begun: float
    last: float
    language: str = ""
    shown: int = 0
    """Number of the reveal whose picture may be seen now; one at a time."""


class PageSessions:
    """All of them."""

    def __init__(self, clock: Clock, *, idle: float, longest: float) -> None:
        """`idle`, `longest`: seconds without a question, and in all."""
        self._clock, self._idle, self._longest = clock, idle, longest
        self._held: dict[bytes, PageSession] = {}

    def begin(self, name: str, secret: str, language: str) -> str:
        """A new one; the number that its browser is given."""
        self._sweep()
        number, now = secrets.token_urlsafe(32), self._clock()
        self._held[_key(number)] = PageSession(
            name=name, secret=secret, token=secrets.token_urlsafe(32), begun=now, last=now,
            language=language,
        )  # fmt: skip
        return number

    def of(self, number: str) -> PageSession | None:
        """The one of that number, if it has not ended; it was asked for something now."""
        held, now = self._held.get(_key(number)), self._clock()
        if held is None or self._is_over(held, now):
            self.end(number)
            return None
        held.last = now
        return held

    def end(self, number: str) -> None:
        """Signed out."""
        self._held.pop(_key(number), None)

    def end_all_of(self, name: str) -> None:
        """In whatever browsers that account is signed in."""
        for key in [key for key, held in self._held.items() if held.name == name]:
            del self._held[key]

    def _is_over(self, held: PageSession, now: float) -> bool:
        return now - held.last >= self._idle or now - held.begun >= self._longest

    def _sweep(self) -> None:
        now = self._clock()
        for key in [key for key, held in self._held.items() if self._is_over(held, now)]:
            del self._held[key]
        while len(self._held) >= _MOST:
            del self._held[min(self._held, key=lambda key: self._held[key].last)]


def _key(number: str) -> bytes:
    """Not the number itself: what is compared byte by byte says nothing about it."""
    return sha256(number.encode("utf-8", "surrogatepass")).digest()
