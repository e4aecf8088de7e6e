"""LZX as WIM and WOF have it: 32 KiB at most, each packed by itself.

After "[MS-PATCH]", section 2, and the notes of wimlib, which differ from it in how long blocks
are told. Units that libfwnt does not unpack, or not rightly, are unpacked by this, in Python.
"""

from collections.abc import Sequence

from triage.sources.lzvn import copy_back
from triage.sources.reader import ContentError
from triage.sources.unpacking import BAD

UNIT = 32768
VERBATIM, ALIGNED, STORED = 1, 2, 3
LITERALS, SLOTS, LENGTHS = 256, 30, 249
MAIN = LITERALS + 8 * SLOTS
MOST_BLOCKS = 64
"""Of a unit: each has codes of its own, which cost more than what lies in it."""
SHORTEST_MATCH, LONG = 2, 7
CALL, TAIL, CALLS_WITHIN = 0xE8, 10, 12_000_000
"""Calls of x86, of which all but those in the last bytes were made absolute, as if in a file of so
many bytes."""
_EXTRA = [0, 0, *(max(0, slot // 2 - 1) for slot in range(2, SLOTS))]
_BASES = [sum(1 << each for each in _EXTRA[:slot]) for slot in range(SLOTS)]
Codes = tuple[list[int], int]
"""Of the next so many bits: symbol times 32 and the code's length; a code that is none is 0."""


class _Bits:
    """The bits of 16-bit words, the highest first; zeros behind their end."""

    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        self._at = self._left = self._held = 0

    def peek(self, count: int) -> int:
        """The next bits, at most 16, which stay."""
        while self._left < count:
            word = int.from_bytes(self._packed[self._at : self._at + 2], "little")
            if self._at > len(self._packed) + 8:
                raise ContentError(BAD)
            self._held = (self._held & (1 << self._left) - 1) << 16 | word
            self._at, self._left = self._at + 2, self._left + 16
        return self._held >> self._left - count & (1 << count) - 1

    def take(self, count: int) -> int:
        """The next bits."""
        value = self.peek(count) if count else 0
        self._left -= count
        return value

    def long(self, count: int) -> int:
        """The next bits, if they may be more than 16."""
        return self.take(count) if count <= 16 else self.take(count - 16) << 16 | self.take(16)

    def symbol(self, codes: Codes) -> int:
        """The next symbol."""
        table, width = codes
        found = table[self.peek(width)]
        if not found:
            raise ContentError(BAD)
        self._left -= found & 31
        return found >> 5

    def stored(self, count: int) -> bytes:
        """Bytes behind the word in which the bits end; further words behind them."""
        data = self._packed[self._at : self._at + count]
        self._at += count + (count & 1)
        if len(data) != count:
            raise ContentError(BAD)
        return data

    def to_a_word(self) -> None:
        """Past what is left of a word, or past a whole one."""
        self.take(1)
        while self._left >= 16:  # peeked at, not taken
            self._left, self._at = self._left - 16, self._at - 2
        self._left = 0


def _codes(lengths: Sequence[int]) -> Codes:
    """Canonical Huffman codes. Raises ContentError where they are more than fit."""
    width = max(lengths, default=0)
    if not width:
        return [0], 0
    if sum(1 << width - length for length in lengths if length) > 1 << width:
        raise ContentError(BAD)
    table: list[int] = []
    for symbol in sorted(range(len(lengths)), key=lengths.__getitem__):
        if lengths[symbol]:
            table += [symbol << 5 | lengths[symbol]] * (1 << width - lengths[symbol])
    return table + [0] * ((1 << width) - len(table)), width


def _read_lengths(bits: _Bits, lengths: list[int], first: int, behind: int) -> None:
    """New lengths of codes, as what they differ by from those before."""
    pre = _codes([bits.take(4) for _ in range(20)])
    at = first
    while at < behind:
        symbol = bits.symbol(pre)
        if symbol < 17:
            count, length = 1, (lengths[at] - symbol) % 17
        elif symbol == 17:
            count, length = 4 + bits.take(4), 0
        elif symbol == 18:
            count, length = 20 + bits.take(5), 0
        else:
            count = 4 + bits.take(1)
            symbol = bits.symbol(pre)
            if symbol > 16:
                raise ContentError(BAD)
            length = (lengths[at] - symbol) % 17
        if at + count > behind:
            raise ContentError(BAD)
        lengths[at : at + count] = [length] * count
        at += count


def unpacked(packed: bytes, size: int) -> bytes:
    """`size` bytes. Raises ContentError."""
    if not 0 < size <= UNIT:
        raise ContentError(BAD)
    bits, out = _Bits(packed), bytearray()
    main, lengths, recent = [0] * MAIN, [0] * LENGTHS, [1, 1, 1]
    for _ in range(MOST_BLOCKS):
        if len(out) == size:
            break
        kind = bits.take(3)
        length = UNIT if bits.take(1) else bits.take(16)
        end = len(out) + length
        if not length or end > size:
            raise ContentError(BAD)
        if kind == STORED:
            bits.to_a_word()
            recent = [int.from_bytes(bits.stored(4), "little") for _ in range(3)]
            out += bits.stored(length)
        elif kind in (VERBATIM, ALIGNED):
            aligned = _codes([bits.take(3) for _ in range(8)]) if kind == ALIGNED else None
            _read_lengths(bits, main, 0, LITERALS)
            _read_lengths(bits, main, LITERALS, MAIN)
            _read_lengths(bits, lengths, 0, LENGTHS)
            _block(bits, out, end, (_codes(main), _codes(lengths), aligned), recent)
        else:
            raise ContentError(BAD)
    if len(out) != size:
        raise ContentError(BAD)
    return _with_calls(out)


def _block(
    bits: _Bits,
    out: bytearray,
    end: int,
    codes: tuple[Codes, Codes, Codes | None],
    recent: list[int],
) -> None:
    """Literals and matches up to `end`; `recent`: how far back the last ones were."""
    main, lengths, aligned = codes
    while len(out) < end:
        symbol = bits.symbol(main)
        if symbol < LITERALS:
            out.append(symbol)
            continue
        slot, length = symbol - LITERALS >> 3, symbol & 7
        if length == LONG:
            length += bits.symbol(lengths)
        length += SHORTEST_MATCH
        if slot < 3:
            recent[0], recent[slot] = recent[slot], recent[0]
        else:
            recent[:] = _distance(bits, slot, aligned), *recent[:2]
        back = recent[0]
        if len(out) + length > end:
            raise ContentError(BAD)
        copy_back(out, back, length)


def _distance(bits: _Bits, slot: int, aligned: Codes | None) -> int:
    extra = _EXTRA[slot]
    if aligned is None or extra < 3:
        return _BASES[slot] + bits.long(extra) - 2
    return _BASES[slot] + (bits.long(extra - 3) << 3) + bits.symbol(aligned) - 2


def _with_calls(out: bytearray) -> bytes:
    """Calls made relative again."""
    at, end = out.find(CALL), len(out) - TAIL
    while 0 <= at < end:
        there = int.from_bytes(out[at + 1 : at + 5], "little", signed=True)
        if -at <= there < CALLS_WITHIN:
            relative = there - at if there >= 0 else there + CALLS_WITHIN
            out[at + 1 : at + 5] = relative.to_bytes(4, "little", signed=True)
        at = out.find(CALL, at + 5)
    return bytes(out)
