"""What LZVN and LZFSE pack, made the plain way: the inverse of Apple's published decoder.

Any packer's output is as good for reading; macOS makes smaller ones.
"""

import struct
from collections.abc import Iterator, Sequence

from triage.sources import lzfse

Step = tuple[int, int, int]
"""How many literals, how many bytes are repeated, and from how far back."""
LONGEST_TEXT, LONGEST_MATCH = 250, 250
SHORT = (10, 8, 6, 4)
"""How many bytes a short code repeats at most, behind so many literals."""


def steps(content: bytes) -> Iterator[Step]:
    """What is repeated is found by its first four bytes."""
    seen: dict[bytes, int] = {}
    at = begin = 0
    while at < len(content):
        four = content[at : at + 4]
        before = seen.get(four, -1) if len(four) == 4 else -1
        seen[four] = at
        length = 0
        while before >= 0 and length < LONGEST_MATCH and at + length < len(content):
            if content[before + length] != content[at + length]:
                break
            length += 1
        if length >= 4:
            yield at - begin, length, at - before
            at = begin = at + length
            continue
        at += 1
        if at - begin == LONGEST_TEXT:
            yield LONGEST_TEXT, 0, 1
            begin = at
    yield at - begin, 0, 1


def by_lzvn(content: bytes) -> bytes:
    """Each kind of code where it fits."""
    out, at, last = bytearray(), 0, 0
    for literals, repeated, back in steps(content):
        text, length = content[at : at + literals], repeated
        at += literals + length
        while len(text) > 3:
            piece = text[:271] if len(text) >= 16 else text[:15]
            out += bytes([0xE0, len(piece) - 16] if len(piece) >= 16 else [0xE0 | len(piece)])
            out += piece
            text = text[len(piece) :]
        while length or text:
            few = len(text)
            if length < 3:
                out += bytes([0xE0 | few]) + text if few else b""
                out += bytes([0xF0 | length]) if length else b""
                break
            if few == 0 and back == last:
                taken = min(length, 271)
                out += bytes([0xF0, taken - 16] if taken >= 16 else [0xF0 | taken])
            elif back == last:
                taken = min(length, SHORT[few])
                out += bytes([few << 6 | taken - 3 << 3 | 6]) if few else b""
            elif back < 1536:
                taken = min(length, SHORT[few])
                out += bytes([few << 6 | taken - 3 << 3 | back >> 8, back & 0xFF])
            elif back < 16384:
                taken = min(length, 34)
                out += bytes([0xA0 | few << 3 | taken - 3 >> 2])
                out += struct.pack("<H", back << 2 | taken - 3 & 3)
            else:
                taken = min(length, SHORT[few])
                out += bytes([few << 6 | taken - 3 << 3 | 7]) + struct.pack("<H", back)
            out += text
            text, length, last = b"", length - taken, back
    return bytes(out) + b"\x06" + bytes(7)


class _Bits:
    def __init__(self) -> None:
        self.held = self.count = 0

    def push(self, value: int, count: int) -> None:
        self.held |= (value & (1 << count) - 1) << self.count
        self.count += count

    def done(self) -> tuple[bytes, int]:
        """The bytes, and how many bits of the last are none."""
        length = -(-self.count // 8)
        return self.held.to_bytes(length, "little"), 8 * length - self.count


def _scaled(counts: Sequence[int], states: int) -> list[int]:
    """So that they sum to the number of states, and none that is there is 0."""
    total = sum(counts)
    if not total:
        return list(counts)
    scaled = [max(1, count * states // total) if count else 0 for count in counts]
    while sum(scaled) != states:
        most = max(range(len(scaled)), key=scaled.__getitem__)
        scaled[most] += 1 if sum(scaled) < states else -1
    return scaled


class _Coder:
    """The inverse of a decoder's table."""

    def __init__(self, states: int, counts: Sequence[int]) -> None:
        self.states, self.state = states, 0
        self.rows: list[tuple[int, int, int, int]] = []
        offset = 0
        for count in counts:
            bits = states.bit_length() - count.bit_length() if count else 0
            more = offset - count + (states >> bits - 1) if bits else offset - count + 2 * states
            self.rows.append(
                ((count << bits) - states, bits, offset - count + (states >> bits), more)
            )
            offset += count

    def push(self, symbol: int, bits: _Bits) -> None:
        first, count, low, high = self.rows[symbol]
        many = self.state >= first
        taken = count if many else count - 1
        bits.push(self.state, taken)
        self.state = (low if many else high) + (self.state >> taken)


def _symbol(value: int, extra: Sequence[int]) -> tuple[int, int, int]:
    """Symbol, bits behind it, and their value."""
    base = 0
    for symbol, more in enumerate(extra):
        if value < base + (1 << more):
            return symbol, more, value - base
        base += 1 << more
    raise ValueError(value)


def _count_bits(counts: Sequence[int]) -> bytes:
    bits = _Bits()
    for count in counts:
        if count >= 24:
            bits.push(15 | count - 24 << 4, 14)
        elif count >= 8:
            bits.push(7 | count - 8 << 4, 8)
        else:
            code = lzfse._COUNTS.index(count)
            bits.push(code, lzfse._COUNT_BITS[code])
    return bits.done()[0]


def _tally(symbols: Sequence[int], size: int, states: int) -> list[int]:
    counts = [0] * size
    for symbol in symbols:
        counts[symbol] += 1
    return _scaled(counts, states)


def by_lzfse(content: bytes) -> bytes:
    """One block, and the end."""
    taken: list[Step] = []
    text, at, last = b"", 0, 0
    for literals, length, back in steps(content):
        text += content[at : at + literals]
        at += literals + length
        taken.append((literals, length, 0 if back == last or not length else back))
        last = back if length else last
    text += b"\0" * (-len(text) % 4)
    kinds = (lzfse._LITERAL_BITS, lzfse._MATCH_BITS, lzfse._DISTANCE_BITS)
    symbols = [[_symbol(step[n], extra)[0] for step in taken] for n, extra in enumerate(kinds)]
    sizes = (64, 64, 256)
    counts = [_tally(each, len(extra), states)
              for each, extra, states in zip(symbols, kinds, sizes, strict=True)]  # fmt: skip
    literal_counts = _tally(text, 256, 1024)
    literal_bits, coders = _Bits(), [_Coder(1024, literal_counts) for _ in range(4)]
    for n in range(len(text) - 1, -1, -1):
        coders[n % 4].push(text[n], literal_bits)
    bits = _Bits()
    three = [_Coder(states, each) for states, each in zip(sizes, counts, strict=True)]
    for step in reversed(taken):
        for n in (2, 1, 0):
            symbol, more, value = _symbol(step[n], kinds[n])
            bits.push(value, more)
            three[n].push(symbol, bits)
    literal_part, spare = literal_bits.done()
    match_part, other = bits.done()
    table = _count_bits([*counts[0], *counts[1], *counts[2], *literal_counts])
    first = len(text) | len(literal_part) << 20 | len(taken) << 40 | 7 - spare << 60
    second = sum(each.state << 10 * n for n, each in enumerate(coders))
    second |= len(match_part) << 40 | 7 - other << 60
    third = 32 + len(table)
    third |= three[0].state << 32 | three[1].state << 42 | three[2].state << 52
    head = b"bvx2" + struct.pack("<IQQQ", len(content), first, second, third)
    return head + table + literal_part + match_part + b"bvx$"
