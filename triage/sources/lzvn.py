"""LZVN, by which macOS packs most files that it packs: literals and matches behind bytes that say
how many, and how far back. The layout is that of Apple's published lzfse sources."""

from triage.sources.reader import ContentError
from triage.sources.unpacking import BAD

END, IGNORED = 0x06, (0x0E, 0x16)


def unpacked(packed: bytes, most: int) -> bytes:  # noqa: C901 - a case a kind of code
    """At most so many bytes. Raises ContentError."""
    out = bytearray()
    at = back = 0
    try:
        while len(out) < most:
            code = packed[at]
            literals, length = code >> 6, (code >> 3 & 7) + 3
            if code >= 0xE0:
                long = not code & 0xF
                count = packed[at + 1] + 16 if long else code & 0xF
                at += 2 if long else 1
                literals, length = (0, count) if code >= 0xF0 else (count, 0)
            elif 0xA0 <= code < 0xC0:
                further = packed[at + 1] | packed[at + 2] << 8
                literals, back = code >> 3 & 3, further >> 2
                length = ((code & 7) << 2 | further & 3) + 3
                at += 3
            elif code & 0xF0 in (0x70, 0xD0):
                raise ContentError(BAD)
            elif code & 7 == 7:
                back = packed[at + 1] | packed[at + 2] << 8
                at += 3
            elif code & 7 != 6:
                back = (code & 7) << 8 | packed[at + 1]
                at += 2
            else:
                at += 1
                if code == END:
                    break
                if code in IGNORED:
                    continue
                if code < 0x40:
                    raise ContentError(BAD)
            if literals:
                if at + literals > len(packed):
                    raise ContentError(BAD)
                out += packed[at : at + literals]
                at += literals
            if length:
                copy_back(out, back, length)
    except IndexError as error:
        raise ContentError(BAD) from error
    return bytes(out[:most])


def copy_back(out: bytearray, back: int, length: int) -> None:
    """Append so many bytes of those that begin `back` before the end: they may run into what they
    append. Raises ContentError."""
    begin = len(out) - back
    if back <= 0 or begin < 0:
        raise ContentError(BAD)
    if back >= length:
        out += out[begin : begin + length]
        return
    piece = bytes(out[begin:])
    out += (piece * (length // back + 1))[:length]
