"""How mail carries bytes as text: base64, quoted-printable, uuencode, yEnc; taken back in steps.

Formats: RFC 2045, 6.7 and 6.8; POSIX, `uuencode`; yEnc draft 1.3. What does not belong to an
encoding is passed over, as every mail program does.
"""

import re
from binascii import Error, a2b_base64, a2b_qp, a2b_uu
from collections.abc import Callable, Iterator

Pieces = Iterator[bytes]
"""Bytes one behind the other, each of at most STEP bytes before they are decoded."""

STEP = 256 * 1024
_NOT_BASE64 = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
)
_LONGEST_LINE = 64 * 1024
"""Of what is decoded line by line: a longer one is cut there."""
_YENC_LINE = re.compile(rb"^=y[a-z].*$", re.MULTILINE)
_YENC_ESCAPED = re.compile(rb"=(.)", re.DOTALL)
_LESS_42 = bytes((byte - 42) % 256 for byte in range(256))


def as_it_is(pieces: Pieces) -> Pieces:
    """7bit, 8bit, binary."""
    return pieces


def base64(pieces: Pieces) -> Pieces:
    """Several encoded texts one behind the other are all decoded."""
    left = b""
    for piece in pieces:
        *ended, left = (left + piece.translate(None, _NOT_BASE64)).split(b"=")
        whole = len(left) // 4 * 4
        yield b"".join([*map(_last_base64, ended), a2b_base64(left[:whole])])
        left = left[whole:]
    if left:  # without its padding, or cut off
        yield _last_base64(left)


def _last_base64(text: bytes) -> bytes:
    """What stands before the padding; a single letter there says nothing."""
    rest = len(text) % 4
    if rest == 1:
        text, rest = text[:-1], 0
    return a2b_base64(text + b"=" * (-rest % 4))


def quoted_printable(pieces: Pieces) -> Pieces:
    """Line ends stay as they are."""
    for lines in _by_lines(pieces):
        yield a2b_qp(lines)


def uuencoded(pieces: Pieces) -> Pieces:
    """From the line behind `begin` on; a line that claims more than it has gives what it has."""
    for lines in _by_lines(pieces):
        yield b"".join(map(_uu_line, lines.splitlines()))


def _uu_line(line: bytes) -> bytes:
    if not line or not 32 < line[0] < 96:
        return b""
    count = ((line[0] - 32) & 63) * 4 // 3 + 1
    try:
        return a2b_uu(line[: 1 + -(-count // 4) * 4])
    except Error:
        return b""


def yenc(pieces: Pieces) -> Pieces:
    """From the line behind `=ybegin` on."""
    for lines in _by_lines(pieces):
        bare = _YENC_LINE.sub(b"", lines).translate(None, b"\r\n")
        yield _YENC_ESCAPED.sub(lambda found: bytes([(found[1][0] - 64) % 256]), bare).translate(
            _LESS_42
        )


BY_NAME: dict[str, Callable[[Pieces], Pieces]] = {
    "base64": base64,
    "quoted-printable": quoted_printable,
    "x-uuencode": uuencoded, "x-uue": uuencoded, "uuencode": uuencoded, "uue": uuencoded,
}  # fmt: skip
"""Content-Transfer-Encoding; every other name leaves the bytes as they are."""


def _by_lines(pieces: Pieces) -> Pieces:
    """The same, cut behind line ends."""
    left = b""
    for piece in pieces:
        text = left + piece
        cut = text.rfind(b"\n") + 1
        if not cut and len(text) > _LONGEST_LINE:
            cut = len(text)
        if cut:
            yield text[:cut]
        left = text[cut:]
    if left:
        yield left
