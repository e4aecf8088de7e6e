"""How long it will still take, from how long it took so far. Pure arithmetic."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Pace:
    """Learns what an entry and a byte cost, and says how long the rest will take.

    Two rates are measured, entries and bytes a second of wall time, over everything so far and
    over the recent past; the estimate is the slower of the two, so that a rest of many small
    entries and one of few large ones are both told honestly.
    """

    begun: float
    _samples: list[tuple[float, int, int]] = field(default_factory=list)

    SMALLEST_SECONDS = 2.0
    RECENT = 40

    def note(self, now: float, entries: int, size: int) -> None:
        """So many entries and bytes are done by now (both in sum)."""
        self._samples.append((now, entries, size))
        if len(self._samples) > 4 * self.RECENT:
            del self._samples[1::2]

    def seconds_left(self, entries: int, size: int) -> float | None:
        """For so many entries and bytes; None while there is too little to go by."""
        if len(self._samples) < 2:
            return None
        first, last = self._samples[0], self._samples[-1]
        seconds = last[0] - self.begun
        if seconds < self.SMALLEST_SECONDS or last[1] == 0:
            return None
        first = (self.begun, 0, 0)
        estimates = []
        for part, left in ((1, entries), (2, size)):
            done = last[part] - first[part]
            if done:
                estimates.append(left * seconds / done)
        return max(estimates, default=None)
