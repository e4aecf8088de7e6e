"""LZO1X, unpacked: what btrfs packs files with where `compress=lzo` was asked for.

Written from the description of the stream in Linux's Documentation/staging/lzo.rst. It knows no
length of its own and is never trusted: it may not give more than was said beforehand.
"""

from triage.sources.reader import ContentError

BAD = "its content is packed with LZO, and damaged"
FURTHEST_NEAR = 0x800
FAR = 0x4000


def unpacked(data: bytes, most: int) -> bytes:
    """What `data` holds, at most `most` bytes. Raises ContentError."""
    try:
        out = _Unpacking(data, most).run()
    except IndexError as error:
        raise ContentError(BAD) from error
    return bytes(out)


class _Unpacking:
    """One stream."""

    def __init__(self, data: bytes, most: int) -> None:
        self._in, self._most = data, most
        self._at = 0
        self._out = bytearray()

    def run(self) -> bytearray:
        """All of it. Raises ContentError, IndexError."""
        state = 0
        if self._in[0] > 17:
            first = self._in[0] - 17
            self._at = 1
            self._literals(first)
            state = min(first, 4)
        while True:
            code = self._in[self._at]
            self._at += 1
            if code >= 16:
                distance, length = self._far_match(code)
                if not distance:
                    return self._out
                state = code & 3 if code >= 64 else self._in[self._at - 2] & 3
                self._copy(distance, length)
            elif state == 0:
                self._literals(self._length(code, 15) + 3)
                state = 4
                continue
            else:
                high = self._in[self._at]
                self._at += 1
                if state == 4:
                    self._copy((high << 2) + (code >> 2) + 1 + FURTHEST_NEAR, 3)
                else:
                    self._copy((high << 2) + (code >> 2) + 1, 2)
                state = code & 3
            self._literals(state)

    def _far_match(self, code: int) -> tuple[int, int]:
        """Distance and length of what is copied; a distance of 0 ends the stream."""
        if code >= 64:
            high = self._in[self._at]
            self._at += 1
            return (high << 3) + (code >> 2 & 7) + 1, (code >> 5) + 1
        if code >= 32:
            length = self._length(code & 31, 31) + 2
            return (self._word() >> 2) + 1, length
        length = self._length(code & 7, 7) + 2
        near = self._word() >> 2
        distance = (code & 8) << 11 | near
        return (distance + FAR if distance else 0), length

    def _length(self, short: int, most: int) -> int:
        """A length that goes on in further bytes where its bits are all zero."""
        if short:
            return short
        length = most
        while self._in[self._at] == 0:
            length += 255
            self._at += 1
        length += self._in[self._at]
        self._at += 1
        return length

    def _word(self) -> int:
        word = self._in[self._at] | self._in[self._at + 1] << 8
        self._at += 2
        return word

    def _literals(self, length: int) -> None:
        piece = self._in[self._at : self._at + length]
        if len(piece) != length:
            raise ContentError(BAD)
        self._at += length
        self._add(piece)

    def _copy(self, distance: int, length: int) -> None:
        start = len(self._out) - distance
        if start < 0 or length > self._most:
            raise ContentError(BAD)
        piece = self._out[start : start + length]
        if len(piece) < length:
            piece = (piece * (length // distance + 1))[:length]
        self._add(piece)

    def _add(self, piece: bytes | bytearray) -> None:
        if len(self._out) + len(piece) > self._most:
            raise ContentError(BAD)
        self._out += piece
