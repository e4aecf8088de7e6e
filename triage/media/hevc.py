"""A sequence parameter set of HEVC (ITU-T H.265, 7.3.2.2 and E.2.1), as far as its colours.

FFmpeg's scaler converts between colour spaces where one is named, and makes a table of a third of
a second to seconds for it; nothing here wants that.
"""

from collections.abc import Iterator
from typing import Final

SPS: Final = 33
"""Type of its unit."""
_UNSPECIFIED = 2
_MOST_ZEROS = 32
_MOST_SETS = 64
_ESCAPE = 3


class UnknownSetError(Exception):
    """It has parts that are not followed here."""


def without_colours(unit: bytes) -> bytes | None:
    """The unit with its primaries and its transfer said to be unspecified; None if it cannot be
    followed so far. Its matrix and its range stay."""
    payload = bytearray(_unescaped(unit))
    bits = _Bits(payload)
    try:
        place = _colours_at(bits)
    except (UnknownSetError, IndexError):
        return None
    if place is None:
        return unit
    for at in (place, place + 8):
        bits.write(at, 8, _UNSPECIFIED)
    return bytes(_with_escapes(payload))


class _Bits:
    """Read one after the other; IndexError beyond the end."""

    def __init__(self, data: bytearray) -> None:
        self._data = data
        self.at = 0

    def bit(self) -> int:
        value = self._data[self.at >> 3] >> (7 - (self.at & 7)) & 1
        self.at += 1
        return value

    def number(self, width: int) -> int:
        value = 0
        for _ in range(width):
            value = value << 1 | self.bit()
        return value

    def golomb(self, times: int = 1) -> int:
        """`ue(v)` (9.2), so many; the last one's value."""
        value = 0
        for _ in range(times):
            zeros = 0
            while not self.bit():
                zeros += 1
                if zeros > _MOST_ZEROS:
                    raise UnknownSetError
            value = (1 << zeros) - 1 + self.number(zeros)
        return value

    def write(self, at: int, width: int, value: int) -> None:
        for place in range(width):
            bit, where = value >> (width - 1 - place) & 1, at + place
            mask = 0x80 >> (where & 7)
            self._data[where >> 3] = self._data[where >> 3] & ~mask | (mask if bit else 0)


def _colours_at(bits: _Bits) -> int | None:
    """The bit at which the primaries stand; None if it says nothing of colours."""
    bits.number(16 + 4)  # the unit's header, the video parameter set
    layers = bits.number(3)
    bits.number(1 + 88 + 8)  # nesting; profile, tier and level
    if layers:
        raise UnknownSetError
    bits.golomb()
    if bits.golomb() == 3:  # chroma at full sides
        bits.bit()
    bits.golomb(2)  # width, height
    if bits.bit():
        bits.golomb(4)  # the window that is shown
    bits.golomb(3)  # depths; picture order counts
    bits.bit()
    bits.golomb(3 + 6)  # of the one layer; sizes of blocks
    if bits.bit() and bits.bit():  # lists of scaling of its own
        raise UnknownSetError
    bits.number(2)
    if bits.bit():  # samples that are stored as they are
        bits.number(8)
        bits.golomb(2)
        bits.bit()
    for number in range(min(bits.golomb(), _MOST_SETS)):
        _pass_set(bits, number)
    if bits.bit():  # pictures to refer to for long
        raise UnknownSetError
    bits.number(2)
    if not bits.bit():
        return None
    return _colours_in_usability(bits)


def _pass_set(bits: _Bits, number: int) -> None:
    """7.3.7: which pictures may be referred to. A still picture refers to none."""
    if number and bits.bit():  # told by the set before
        raise UnknownSetError
    before, after = bits.golomb(), bits.golomb()
    for _ in range(min(before + after, _MOST_SETS)):
        bits.golomb()
        bits.bit()


def _colours_in_usability(bits: _Bits) -> int | None:
    if bits.bit() and bits.number(8) == 255:  # shape of a pixel
        bits.number(32)
    if bits.bit():  # overscan
        bits.bit()
    if not bits.bit():
        return None
    bits.number(4)  # format, range
    return bits.at if bits.bit() else None


def _unescaped(unit: bytes) -> bytes:
    """7.4.2: without the bytes that keep a start code from appearing."""
    return unit.replace(b"\0\0\3", b"\0\0")


def _with_escapes(payload: bytearray) -> Iterator[int]:
    zeros = 0
    for byte in payload:
        if zeros >= 2 and byte <= _ESCAPE:
            yield _ESCAPE
            zeros = 0
        zeros = zeros + 1 if byte == 0 else 0
        yield byte
