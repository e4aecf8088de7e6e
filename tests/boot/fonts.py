"""Which letters a console font has, read in its table: PC Screen Font 1 and 2, as setfont loads them.

https://www.win.tue.nl/~aeb/linux/kbd/font-formats-1.html
"""

from __future__ import annotations

import struct

PSF1, PSF2 = b"\x36\x04", b"\x72\xb5\x4a\x86"
TWICE_AS_MANY = 0x01
SEQUENCE_1, END_1 = 0xFFFE, 0xFFFF
SEQUENCE_2, END_2 = b"\xfe", b"\xff"


def letters(font: bytes) -> set[str]:
    """All letters that it has a picture of; those that are put together of several signs are left out. Raises ValueError."""
    if font.startswith(PSF1):
        return letters_of_1(font)
    if font.startswith(PSF2):
        return letters_of_2(font)
    raise ValueError("this is no PC Screen Font")


def letters_of_1(font: bytes) -> set[str]:
    """A list of 16-bit numbers after each picture, in the order of the pictures."""
    pictures = 512 if font[2] & TWICE_AS_MANY else 256
    table = font[4 + pictures * font[3] :]
    found, in_sequence = set(), False
    for (number,) in struct.iter_unpack("<H", table):
        if number in (SEQUENCE_1, END_1):
            in_sequence = number == SEQUENCE_1
        elif not in_sequence:
            found.add(chr(number))
    return found


def letters_of_2(font: bytes) -> set[str]:
    """The same in UTF-8."""
    header, pictures, size = struct.unpack_from("<8xI4xII", font)
    table = font[header + pictures * size :]
    return {letter for entry in table.split(END_2) for letter in entry.partition(SEQUENCE_2)[0].decode()}
