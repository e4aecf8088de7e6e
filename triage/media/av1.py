"""AV1 without its container: units, and what a sequence says of itself.

AV1 Bitstream & Decoding Process Specification 1.0.0 with errata 1: units (OBU) 5.3, temporal units
7.5, the sequence's header 5.5.
"""

from collections.abc import Iterator
from typing import NamedTuple

_BEGINNING = b"\x12\x00"
"""A temporal unit begins with this unit, a delimiter, which is empty."""
SEQUENCE, DELIMITER, _FRAME_HEADER, _FRAME = 1, 2, 3, 6
_WITHIN = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 15})
"""Kinds of units: the others are reserved."""
_MOST_UNITS = 64
_MOST_POINTS = 32
_SRGB = (1, 13, 0)
_UNSPECIFIED = (2, 2, 2)


class Sequence(NamedTuple):
    """What a sequence's header says."""

    width: int
    height: int
    """The most that a frame of it has, pixels."""
    profile: int
    level: int
    tier: int
    bits: int
    """8, 10 or 12."""
    grey: bool
    halved_across: bool
    halved_down: bool
    """Its colours are half as wide, half as high."""
    unit: bytes
    """The header itself, as a unit."""


class _Bits:
    """A unit's bits, the highest first. Beyond its end are zeros, and it is noted."""

    __slots__ = ("_left", "_number")

    def __init__(self, content: bytes) -> None:
        self._number = int.from_bytes(content)
        self._left = 8 * len(content)

    @property
    def sound(self) -> bool:
        """Whether all that was read was there."""
        return self._left >= 0

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            return 0
        return self._number >> self._left & ((1 << count) - 1)

    def pass_over_universal(self) -> None:
        """uvlc(): as many zeros as bits follow the one behind them (4.10.3)."""
        zeros = 0
        while self._left > 0 and zeros < 32 and not self.take(1):
            zeros += 1
        if zeros < 32:
            self.take(zeros)


def units(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Kind, content and whole of each unit, up to the first that is not sound.

    The last need not say its size.
    """
    at = 0
    for _ in range(_MOST_UNITS):
        if at >= len(content):
            return
        header = content[at]
        kind, extended, sized = header >> 3 & 0x0F, header >> 2 & 1, header >> 1 & 1
        if header & 0x81 or kind not in _WITHIN:
            return
        end = at + 1 + extended
        size, end = _size(content, end) if sized else (len(content) - end, end)
        if size < 0:
            return
        yield kind, content[end : end + size], content[at : end + size]
        at = end + size


def is_stream(head: bytes) -> bool:
    """Whether content begins as temporal units do (7.5): delimiter, sequence, frame."""
    if not head.startswith(_BEGINNING):
        return False
    kinds = [kind for kind, _, _ in units(head)]
    return (
        kinds[1:2] == [SEQUENCE]
        and bool({_FRAME_HEADER, _FRAME} & set(kinds))
        and (sequence_in(head) is not None)
    )


def sequence_in(content: bytes) -> Sequence | None:
    """The header of the first sequence among these units; None if there is none that is sound."""
    found = (_sequence(raw, whole) for kind, raw, whole in units(content) if kind == SEQUENCE)
    return next(found, None)


def _sequence(raw: bytes, whole: bytes) -> Sequence | None:
    """5.5.1, in its order; None if it ends early or is of a profile that there is not."""
    bits = _Bits(raw)
    profile, _, reduced = bits.take(3), bits.take(1), bits.take(1)
    level, tier = (bits.take(5), 0) if reduced else _points(bits)
    across, down = bits.take(4) + 1, bits.take(4) + 1
    width, height = bits.take(across) + 1, bits.take(down) + 1
    _pass_over_tools(bits, reduced=bool(reduced))
    depth, grey, halved_across, halved_down = _colours(bits, profile)
    if not bits.sound or profile > 2:
        return None
    return Sequence(
        width, height, profile, level, tier, depth, grey, halved_across, halved_down, whole
    )


def _points(bits: _Bits) -> tuple[int, int]:
    """Times and operating points: level and tier of the first."""
    delay = 0
    if bits.take(1):
        bits.take(64)
        if bits.take(1):
            bits.pass_over_universal()
        if bits.take(1):
            delay = bits.take(5) + 1
            bits.take(32 + 5 + 5)
    displayed = bits.take(1)
    points = []
    for _ in range(min(bits.take(5) + 1, _MOST_POINTS)):
        bits.take(12)
        level = bits.take(5)
        points.append((level, bits.take(1) if level > 7 else 0))
        if delay and bits.take(1):
            bits.take(2 * delay + 1)
        if displayed and bits.take(1):
            bits.take(4)
    return points[0]


def _pass_over_tools(bits: _Bits, *, reduced: bool) -> None:
    """From the numbers of frames to the filters: nothing of it matters here but its length."""
    if not reduced and bits.take(1):
        bits.take(4 + 3)
    bits.take(3)
    if not reduced:
        bits.take(4)
        ordered = bits.take(1)
        if ordered:
            bits.take(2)
        screen = 1 if bits.take(1) else bits.take(1)
        if screen and not bits.take(1):
            bits.take(1)
        if ordered:
            bits.take(3)
    bits.take(3)


def _colours(bits: _Bits, profile: int) -> tuple[int, bool, bool, bool]:
    """5.5.2: bits of a sample, whether it is grey, and whether colours are halved."""
    high = bits.take(1)
    depth = 10 if high else 8
    if profile == 2 and high and bits.take(1):
        depth = 12
    grey = profile != 1 and bool(bits.take(1))
    described = bits.take(1)
    colours = (bits.take(8), bits.take(8), bits.take(8)) if described else _UNSPECIFIED
    if grey:
        return depth, True, True, True
    if colours == _SRGB:
        return depth, False, False, False
    bits.take(1)
    if profile == 2 and depth == 12:
        across = bool(bits.take(1))
        return depth, False, across, across and bool(bits.take(1))
    return depth, False, profile != 1, profile == 0


def _size(content: bytes, at: int) -> tuple[int, int]:
    """leb128() (4.10.5) and where it ends; -1 if it does not."""
    size = 0
    for number, byte in enumerate(content[at : at + 8]):
        size |= (byte & 0x7F) << 7 * number
        if not byte & 0x80:
            return size, at + number + 1
    return -1, at
