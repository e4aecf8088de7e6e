"""How long it will still take, from how long batches took so far. Pure arithmetic.

Pictures cost by the pixel, HEICs several times as much, videos by the piece, other content by the
byte, and everything a little by the entry. So classes are learned, each as `seconds = a * entries +
b * bytes` by least squares, held near what is usual until enough has been seen; the seconds of a
batch of several are shared out as they are thought to cost. What workers spent and what the clock
showed gives how many of them ran at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Kind(IntEnum):
    """Classes of work that cost differently."""

    PICTURES = 0
    OTHERS = 1
    GLANCES = 2
    LOOK_UPS = 3
    HEIFS = 4
    """HEIC, AVIF and their kin."""
    VIDEOS = 5


@dataclass(frozen=True, slots=True)
class Amount:
    """Entries, and their bytes together."""

    entries: int
    bytes: int


_USUAL = {Kind.PICTURES: (0.020, 2.0e-8), Kind.OTHERS: (0.0002, 2.5e-9),
          Kind.GLANCES: (0.018, 0.0), Kind.LOOK_UPS: (0.00005, 2.5e-9),
          Kind.HEIFS: (0.030, 2.0e-7), Kind.VIDEOS: (0.400, 2.5e-9)}  # fmt: skip
"""Seconds an entry and a byte: what a laptop of five years takes. Soon outweighed."""
_BELIEF = 0.02
"""Seconds of work that what is usual counts for."""


@dataclass(slots=True)
class Rate:
    """Seconds an entry and a byte of one class, learned from batches."""

    entry: float
    byte: float
    _sums: list[float] = field(default_factory=lambda: [0.0] * 5)
    """Of entries squared, entries x bytes, bytes squared, entries x seconds, bytes x seconds."""
    took: float = 0.0
    """Seconds, of all batches."""
    would_usually: float = 0.0
    """Take: seconds, of the same batches."""

    def learn(self, amount: Amount, seconds: float) -> None:
        """One batch, weighted by what it usually takes. Not by what it took: the slow ones, as
        costly as they are, would count least."""
        usual = self.entry * amount.entries + self.byte * amount.bytes
        self.took += seconds
        self.would_usually += usual
        weight = 1.0 / max(usual, 1e-6)
        n, size = float(amount.entries), float(amount.bytes)
        for place, value in enumerate((n * n, n * size, size * size, n * seconds, size * seconds)):
            self._sums[place] += weight * value

    def seconds(self, amount: Amount, slowness: float) -> float:
        """What a worker will spend on that amount. `slowness`: of this machine beside what is
        usual, where this class has not shown it."""
        if self.would_usually:
            slowness = self.took / self.would_usually
        entry, byte = self._solved(self.entry * slowness, self.byte * slowness)
        return entry * amount.entries + byte * amount.bytes

    def _solved(self, an_entry: float, a_byte: float) -> tuple[float, float]:
        """Least squares in units of what is usual on this machine, neither cost below nothing.

        The variance is taken to grow with the amount, as that of a sum of pictures does."""
        nn, ns, ss, nt, st = self._sums
        a, b, c = nn * an_entry**2, ns * an_entry * a_byte, ss * a_byte**2
        x, y = nt * an_entry + _BELIEF, st * a_byte + _BELIEF
        a, c = a + _BELIEF, c + _BELIEF
        determinant = a * c - b * b
        entry, byte = (x * c - y * b) / determinant, (y * a - x * b) / determinant
        if entry < 0:
            entry, byte = 0.0, y / c
        elif byte < 0:
            entry, byte = x / a, 0.0
        return entry * an_entry, byte * a_byte


class Pace:
    """Learns from every batch; tells the seconds that the rest will take."""

    SMALLEST_SECONDS = 1.0

    def __init__(self, workers: int = 1) -> None:
        """`workers`: how many examine at once, at most."""
        self._rates = {kind: Rate(*usual) for kind, usual in _USUAL.items()}
        self._workers = max(1, workers)
        self._first: float | None = None
        self._last = 0.0
        self._spent = 0.0
        self._squares = 0.0

    def note(self, now: float, batch: Mapping[Kind, Amount], seconds: float) -> None:
        """A batch has ended, which took its worker so many seconds."""
        if self._first is None:
            self._first = now - seconds
        self._last = now
        self._spent += seconds
        self._squares += seconds * seconds
        for kind, amount, share in self._shared_out(batch, seconds):
            self._rates[kind].learn(amount, share)

    def seconds_left(self, left: dict[Kind, Amount]) -> float | None:
        """For what waits; None while there is too little to go by."""
        if self._first is None or not self._spent:
            return None
        elapsed = self._last - self._first
        if elapsed < self.SMALLEST_SECONDS:
            return None
        slowness = self._slowness()
        work = sum(self._rates[kind].seconds(amount, slowness) for kind, amount in left.items())
        in_hand = self._workers * self._squares / self._spent / 2  # it is likelier a long one
        at_once = min(float(self._workers), max(0.2, (self._spent + in_hand) / elapsed))
        return work / at_once

    def _shared_out(
        self, batch: Mapping[Kind, Amount], seconds: float
    ) -> list[tuple[Kind, Amount, float]]:
        """What of its seconds each class took."""
        there = [(kind, amount) for kind, amount in batch.items() if amount.entries]
        slowness = self._slowness()
        thought = [self._rates[kind].seconds(amount, slowness) for kind, amount in there]
        whole = sum(thought)
        if not whole:
            return [(kind, amount, seconds / len(there)) for kind, amount in there]
        shares = (each * seconds / whole for each in thought)
        return [(*each, share) for each, share in zip(there, shares, strict=True)]

    def _slowness(self) -> float:
        """Of this machine beside what is usual, by all that was done."""
        usually = sum(rate.would_usually for rate in self._rates.values())
        return sum(rate.took for rate in self._rates.values()) / usually if usually else 1.0
