"""LZFSE: matches and literals by finite state entropy. The layout is that of Apple's published
lzfse sources.

Blocks follow each other, each with a magic. Bits are read from the end of each payload backwards.
"""

import struct
from collections.abc import Iterator, Sequence

from triage.sources.lzvn import copy_back
from triage.sources.lzvn import unpacked as of_lzvn
from triage.sources.reader import ContentError
from triage.sources.unpacking import BAD

END, RAW, PACKED, IN_LZVN = b"bvx$", b"bvx-", b"bvx2", b"bvxn"
HEAD = 32
LITERAL_STATES, LENGTH_STATES, DISTANCE_STATES = 1024, 64, 256
LARGEST_BLOCK = 1 << 20

_LITERAL_BITS = (*[0] * 16, 2, 3, 5, 8)
_MATCH_BITS = (*[0] * 16, 3, 5, 8, 11)
_DISTANCE_BITS = tuple(number // 4 for number in range(64))
_COUNT_BITS = (2, 3, 2, 5, 2, 3, 2, 8, 2, 3, 2, 5, 2, 3, 2, 14) * 2
_COUNTS = (
    0, 2, 1, 4, 0, 3, 1, -1, 0, 2, 1, 5, 0, 3, 1, -1,
    0, 2, 1, 6, 0, 3, 1, -1, 0, 2, 1, 7, 0, 3, 1, -1,
)  # fmt: skip

Cell = tuple[int, int, int, int]
"""Of one state: bits that are read, how many of them are of the value, what is added for the next
state, the value's base."""


class _Bits:
    """Bits of a payload, from its end on."""

    __slots__ = ("_at", "_data", "_held", "_left")

    def __init__(self, data: bytes, spare: int) -> None:
        """`spare`: bits of the last byte that are none, 0 to 7."""
        self._data, self._at = data, len(data)
        self._held = self._left = 0
        self._fill()
        self._left -= spare
        if self._left < 0 or self._held >> self._left:
            raise ContentError(BAD)

    def _fill(self) -> None:
        begin = max(0, self._at - 32)
        piece = self._data[begin : self._at]
        self._held = self._held << 8 * len(piece) | int.from_bytes(piece, "little")
        self._left += 8 * len(piece)
        self._at = begin

    def take(self, count: int) -> int:
        """The next bits as a number. Raises ContentError."""
        if self._left < count:
            self._fill()
            if self._left < count:
                raise ContentError(BAD)
        self._left -= count
        value = self._held >> self._left
        self._held &= (1 << self._left) - 1
        return int(value)


def unpacked(packed: bytes, most: int) -> bytes:
    """At most so many bytes. Raises ContentError."""
    out = bytearray()
    at = 0
    try:
        while len(out) < most:
            magic = packed[at : at + 4]
            if magic == END:
                break
            size = min(struct.unpack_from("<I", packed, at + 4)[0], most - len(out))
            if magic == RAW:
                out += packed[at + 8 : at + 8 + size]
                at += 8 + size
            elif magic == IN_LZVN:
                length = struct.unpack_from("<I", packed, at + 8)[0]
                out += of_lzvn(packed[at + 12 : at + 12 + length], size)
                at += 12 + length
            elif magic == PACKED:
                at = _block(packed, at, out, len(out) + size)
            else:
                raise ContentError(BAD)
    except (struct.error, IndexError) as error:
        raise ContentError(BAD) from error
    return bytes(out[:most])


def _block(packed: bytes, at: int, out: bytearray, end: int) -> int:
    """One block, appended up to `end`; where the next one begins."""
    first, second, third = struct.unpack_from("<QQQ", packed, at + 8)
    literals, matches = first & 0xFFFFF, first >> 40 & 0xFFFFF
    literal_bytes, match_bytes = first >> 20 & 0xFFFFF, second >> 40 & 0xFFFFF
    head = third & 0xFFFFFFFF
    payload = at + head
    between = payload + literal_bytes
    behind: int = between + match_bytes
    if head < HEAD or literals > LARGEST_BLOCK or behind > len(packed):
        raise ContentError(BAD)
    counts = _counts(packed[at + HEAD : payload])
    lengths, match_lengths = counts[:20], counts[20:40]
    distances, literal_counts = counts[40:104], counts[104:]
    states = [second >> 10 * number & 0x3FF for number in range(4)]
    text = _literals(
        _Bits(packed[payload:between], 7 - (first >> 60 & 7)), literal_counts, states, literals
    )
    bits = _Bits(packed[between:behind], 7 - (second >> 60 & 7))
    tables = (
        (_table(LENGTH_STATES, lengths, _LITERAL_BITS), third >> 32 & 0x3FF),
        (_table(LENGTH_STATES, match_lengths, _MATCH_BITS), third >> 42 & 0x3FF),
        (_table(DISTANCE_STATES, distances, _DISTANCE_BITS), third >> 52 & 0x3FF),
    )
    done = 0
    for literal, length, back in _matches(bits, tables, matches):
        if done + literal > len(text) or len(out) >= end:
            break
        out += text[done : done + literal]
        done += literal
        if length:
            copy_back(out, back, length)
    del out[end:]
    return behind


def _counts(packed: bytes) -> list[int]:
    """How often each symbol is: 20 and 20 of lengths, 64 of distances, 256 of literals."""
    if not packed:
        return [0] * 360
    counts: list[int] = []
    held = int.from_bytes(packed, "little")
    left = 8 * len(packed)
    for _ in range(360):
        code = held & 0x1F
        bits = _COUNT_BITS[code]
        if bits == 8:
            count = 8 + (held >> 4 & 0xF)
        elif bits == 14:
            count = 24 + (held >> 4 & 0x3FF)
        else:
            count = _COUNTS[code]
        counts.append(count)
        held >>= bits
        left -= bits
        if left < 0:
            raise ContentError(BAD)
    return counts


def _table(states: int, counts: Sequence[int], extra: Sequence[int]) -> list[Cell]:
    """What each state means. `extra`: bits that follow a symbol and are part of its value."""
    table: list[Cell] = []
    base = 0
    for symbol, count in enumerate(counts):
        more = extra[symbol] if extra else 0
        value = base if extra else symbol
        base += 1 << more
        if not count:
            continue
        if count > states or len(table) + count > states:
            raise ContentError(BAD)
        bits = states.bit_length() - count.bit_length()
        whole = (2 * states >> bits) - count
        for number in range(count):
            if number < whole:
                step = bits, (count + number << bits) - states
            else:
                step = bits - 1, number - whole << bits - 1
            table.append((step[0] + more, more, step[1], value))
    return table


def _literals(bits: _Bits, counts: Sequence[int], states: list[int], count: int) -> bytes:
    table = _table(LITERAL_STATES, counts, ())
    take, out = bits.take, bytearray()
    one, two, three, four = states
    for _ in range(0, count, 4):
        need, _, add, symbol = table[one]
        out.append(symbol)
        one = add + take(need)
        need, _, add, symbol = table[two]
        out.append(symbol)
        two = add + take(need)
        need, _, add, symbol = table[three]
        out.append(symbol)
        three = add + take(need)
        need, _, add, symbol = table[four]
        out.append(symbol)
        four = add + take(need)
    return bytes(out)


def _matches(
    bits: _Bits, tables: tuple[tuple[list[Cell], int], ...], count: int
) -> Iterator[tuple[int, int, int]]:
    """How many literals, how many bytes are repeated, and from how far back. `tables`: of each of
    the three, with the state to begin in."""
    take = bits.take
    (lengths, one), (match_lengths, two), (distances, three) = tables
    back = 0
    for _ in range(count):
        need, more, add, base = lengths[one]
        got = take(need)
        one, literals = add + (got >> more), base + (got & (1 << more) - 1)
        need, more, add, base = match_lengths[two]
        got = take(need)
        two, length = add + (got >> more), base + (got & (1 << more) - 1)
        need, more, add, base = distances[three]
        got = take(need)
        three, distance = add + (got >> more), base + (got & (1 << more) - 1)
        back = distance or back
        yield literals, length, back
