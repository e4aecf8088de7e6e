"""RAID 4, 5 and 6: the bytes of an array of which one member, or two, may be missing.

Where data and parity lie is after Linux's raid5.c; the second parity after H. Peter Anvin, "The
mathematics of RAID-6": sums are in GF(2^8) with the polynomial 0x11d, and the generator is 2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage.sources.bytes import Bytes, PiecedBytes, all_of
from triage.sources.reader import READ_FAILED, ContentError

LEFT_ASYMMETRIC, RIGHT_ASYMMETRIC, LEFT_SYMMETRIC, RIGHT_SYMMETRIC, FIRST, LAST = range(6)
DDF_ZERO, DDF_N, DDF_N_CONTINUES = 8, 9, 10
ONE_MORE = 16
"""From here on those above with the second parity all on the last member."""
LAYOUTS: Mapping[int, frozenset[int]] = {
    4: frozenset({0, LEFT_SYMMETRIC, FIRST, LAST}),
    5: frozenset(range(6)),
    6: frozenset({*range(6), DDF_ZERO, DDF_N, DDF_N_CONTINUES, *range(16, 21)}),
}
"""By level; of level 4 the layout says nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """On which members a row of chunks lies."""

    data: tuple[int, ...]
    """In the order of the array."""
    parity: int
    second: int
    """-1: there is none."""
    factors: tuple[int, ...]
    """Of each of `data`: to which power of 2 it is in the second parity."""


def row_of(level: int, layout: int, members: int, number: int) -> Row:
    """That row of an array."""
    base = layout - ONE_MORE if layout >= ONE_MORE else layout
    turning = members - 1 if layout >= ONE_MORE else members
    turn = (number + 1 if layout == DDF_N else number) % turning
    last = turning - 1
    if level == 4:
        parity = members - 1
    elif base in (LEFT_ASYMMETRIC, LEFT_SYMMETRIC, DDF_N, DDF_N_CONTINUES):
        parity = last - turn
    elif base == FIRST:
        parity = 0
    elif base == LAST:
        parity = last if level == 5 or layout >= ONE_MORE else members - 2
    else:
        parity = turn
    second = _second(level, layout, members, parity)
    follows = base in (LEFT_SYMMETRIC, RIGHT_SYMMETRIC, DDF_N_CONTINUES) and level != 4
    start = parity + 1 if follows else 0
    order = [(start + each) % turning for each in range(turning)]
    data = tuple(each for each in order if each not in (parity, second))
    return Row(data, parity, second, _factors(layout, members, data, second))


def _second(level: int, layout: int, members: int, parity: int) -> int:
    if level != 6:
        return -1
    if layout >= ONE_MORE:
        return members - 1
    if layout == DDF_N_CONTINUES:
        return (parity - 1) % members
    return (parity + 1) % members


def _factors(layout: int, members: int, data: tuple[int, ...], second: int) -> tuple[int, ...]:
    """Counted from behind the second parity on; in the layouts of DDF every member counts."""
    if layout in (DDF_ZERO, DDF_N, DDF_N_CONTINUES):
        return data
    from_there = sorted(data, key=lambda each: (each - second - 1) % members)
    return tuple(from_there.index(each) for each in data)


class ParityBytes(PiecedBytes):
    """Of what every member holds; what one does not give is made of the others."""

    def __init__(
        self, parts: Sequence[Bytes | None], chunk: int, size: int, *, level: int, layout: int
    ) -> None:
        """`parts`: by role, None for those that are missing; `size`: bytes of each. All checked by
        who makes this."""
        there = [part for part in parts if part is not None]
        self._parts, self._chunk = parts, chunk
        self._level, self._layout = level, layout
        self._rows: dict[int, Row] = {}
        self._data = len(parts) - (2 if level == 6 else 1)
        self.size = size // chunk * chunk * self._data
        self.sector_size = max(part.sector_size for part in there)

    def piece(self, offset: int, most: int) -> bytes:
        """As `PiecedBytes` has it."""
        number, within = divmod(offset, self._chunk)
        line, which = divmod(number, self._data)
        row = self._row(line)
        at, length = line * self._chunk + within, min(most, self._chunk - within)
        found = self._read(row.data[which], at, length)
        return self._made(row, which, at, length) if found is None else found

    def _row(self, number: int) -> Row:
        turns = len(self._parts) - (self._layout >= ONE_MORE)
        row = self._rows.get(number % turns)
        if row is None:
            row = row_of(self._level, self._layout, len(self._parts), number)
            self._rows[number % turns] = row
        return row

    def _read(self, member: int, at: int, length: int) -> bytes | None:
        part = self._parts[member]
        if part is None:
            return None
        try:
            return all_of(part, at, length)
        except ContentError:
            return None

    def _made(self, row: Row, which: int, at: int, length: int) -> bytes:
        """Of the others. Raises ContentError."""
        read = [None if n == which else self._read(m, at, length) for n, m in enumerate(row.data)]
        lost = [n for n, each in enumerate(read) if each is None and n != which]
        parity = self._read(row.parity, at, length)
        if not lost and parity is not None:
            return _sum_of([parity, *(each for each in read if each is not None)])
        second = self._read(row.second, at, length) if row.second >= 0 else None
        if second is None or len(lost) > (parity is not None):
            raise ContentError(READ_FAILED)
        rest = _number(second)
        for factor, each in zip(row.factors, read, strict=True):
            if each is not None:
                rest = rest ^ _times(_number(each), _power(factor))
        own = _power(row.factors[which])
        if not lost or parity is None:
            return _times(rest, _inverse(own)).tobytes()
        other = _power(row.factors[lost[0]])
        both = _number(_sum_of([parity, *(each for each in read if each is not None)]))
        return _times(rest ^ _times(both, other), _inverse(own ^ other)).tobytes()


def _sum_of(pieces: Sequence[bytes]) -> bytes:
    total = 0
    for each in pieces:
        total ^= int.from_bytes(each, "little")
    return total.to_bytes(len(pieces[0]), "little")


Numbers = NDArray[np.uint8]


def _number(piece: bytes) -> Numbers:
    return np.frombuffer(piece, np.uint8)


def _powers() -> list[int]:
    found, each = [], 1
    for _ in range(255):
        found.append(each)
        each = (each << 1) ^ (0x11D if each & 0x80 else 0)
    return found


_POWERS = _powers()
_LOGARITHMS = {each: exponent for exponent, each in enumerate(_POWERS)}


def _power(exponent: int) -> int:
    return _POWERS[exponent % 255]


def _inverse(number: int) -> int:
    return _power(255 - _LOGARITHMS[number])


def _times(numbers: Numbers, factor: int) -> Numbers:
    table = [0, *(_power(_LOGARITHMS[each] + _LOGARITHMS[factor]) for each in range(1, 256))]
    return np.array(table, np.uint8)[numbers]
