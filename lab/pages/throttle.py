"""How often somebody may try a password: a few times, and then the longer the more often."""

from collections import OrderedDict

from lab.pages.sessions import Clock

FREE = {"name and address": 5, "address": 20, "name": 40}
"""Wrong tries before the first wait. A name alone has many, or anybody could lock anybody out."""
_LONGEST = 900.0
"""Seconds; so long a wrong try is remembered, too."""
_MOST = 10_000


class SignInThrottle:
    """Wrong tries, by whom they were meant to be and from where."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wrong: OrderedDict[tuple[str, str, str], tuple[int, float]] = OrderedDict()

    def wait(self, name: str, address: str) -> float:
        """Seconds until the next try counts; 0: now."""
        return max(self._wait(key) for key in _keys(name, address))

    def wrong(self, name: str, address: str) -> None:
        """A try that failed."""
        for key in _keys(name, address):
            tries, _ = self._of(key)
            self._wrong[key] = (tries + 1, self._clock())
            self._wrong.move_to_end(key)
        while len(self._wrong) > _MOST:
            self._wrong.popitem(last=False)

    def right(self, name: str, address: str) -> None:
        """One that did not."""
        self._wrong.pop(("name and address", name, address), None)

    def _of(self, key: tuple[str, str, str]) -> tuple[int, float]:
        tries, last = self._wrong.get(key, (0, 0.0))
        return (0, 0.0) if self._clock() - last > _LONGEST else (tries, last)

    def _wait(self, key: tuple[str, str, str]) -> float:
        tries, last = self._of(key)
        over = tries - FREE[key[0]]
        if over < 0:
            return 0.0
        return max(0.0, last + min(_LONGEST, 2.0 ** min(over + 3, 20)) - self._clock())


def _keys(name: str, address: str) -> list[tuple[str, str, str]]:
    return [("name and address", name, address), ("address", "", address), ("name", name, "")]
