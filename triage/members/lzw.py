"""LZW as PDF has it: ISO 32000-2, 7.4.4. Codes of 9 to 12 bits, the highest bit first."""

from collections.abc import Iterator

_CLEAR, _END = 256, 257
_AT_ONCE = 64 * 1024


def lzw(data: bytes, early: int) -> Iterator[bytes]:
    """What it was made of, in pieces; it ends where the codes do, or make no sense any more.

    `early`: 1 where a code grows one code before it has to, as PDF's default is; else 0.
    """
    single = [bytes([value]) for value in range(256)]
    table: list[bytes] = [*single, b"", b""]
    out = bytearray()
    width, bits, held, last = 9, 0, 0, b""
    for byte in data:
        held = (held << 8 | byte) & 0xFFFFFF
        bits += 8
        if bits < width:
            continue
        bits -= width
        code = held >> bits & (1 << width) - 1
        if code == _CLEAR:
            table, width, last = [*single, b"", b""], 9, b""
            continue
        if code < len(table) and code != _END:
            entry = table[code]
        elif code == len(table) and last:
            entry = last + last[:1]
        else:
            break
        out += entry
        if last and len(table) < 4096:
            table.append(last + entry[:1])
            if len(table) + early >= 1 << width and width < 12:
                width += 1
        last = entry
        if len(out) >= _AT_ONCE:
            yield bytes(out)
            out.clear()
    yield bytes(out)
