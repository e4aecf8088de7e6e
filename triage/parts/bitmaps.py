"""Bare pixels as a bitmap file, which any decoder of pictures reads.

Format: [MS-WMF] 2.2.2.3 and 2.2.2.9: a height below 0 puts the topmost row first; rows are filled
up to four bytes.
"""

import struct

_GREYS = b"".join(bytes((grey, grey, grey, 0)) for grey in range(256))
_565 = struct.pack("<III", 0xF800, 0x07E0, 0x001F)


def bgr32(pixels: bytes, width: int, height: int) -> bytes:
    """Blue, green, red and a byte that says nothing, for each pixel."""
    return _bitmap(pixels, width, height, bits=32)


def rgb565(pixels: bytes, width: int, height: int) -> bytes:
    """Little-endian 16 bits a pixel: 5 of red, the highest, 6 of green, 5 of blue."""
    return _bitmap(_filled(pixels, 2 * width), width, height, bits=16, packing=3, tables=_565)


def rgb555(pixels: bytes, width: int, height: int) -> bytes:
    """Little-endian 16 bits a pixel: one unused, 5 of red, 5 of green, 5 of blue."""
    return _bitmap(_filled(pixels, 2 * width), width, height, bits=16)


def grey(pixels: bytes, width: int, height: int) -> bytes:
    """A byte of light for each pixel."""
    return _bitmap(_filled(pixels, width), width, height, bits=8, tables=_GREYS)


def _filled(pixels: bytes, row: int) -> bytes:
    """Rows of so many bytes, filled up."""
    if row % 4 == 0:
        return pixels
    filling = bytes(-row % 4)
    return b"".join(pixels[at : at + row] + filling for at in range(0, len(pixels), row))


def _bitmap(
    pixels: bytes, width: int, height: int, *, bits: int, packing: int = 0, tables: bytes = b""
) -> bytes:
    begin = 54 + len(tables)
    header = struct.pack("<2sIHHI", b"BM", begin + len(pixels), 0, 0, begin)
    about = struct.pack("<IiiHHIIiiII", 40, width, -height, 1, bits, packing, len(pixels),
                        2835, 2835, 0, 0)  # fmt: skip
    return header + about + tables + pixels
