"""Pictures of coloured discs and slopes, as PNG, by the standard library alone."""

import struct
import zlib
from random import Random

_DISCS = 14


def picture(number: int, width: int, height: int) -> bytes:
    """A PNG. The same number is the same scene, at whatever size."""
    chance = Random(number)  # noqa: S311 - a scene, not a secret
    slopes = [(chance.random(), chance.random(), chance.random()) for _ in range(3)]
    discs = [
        (chance.random(), chance.random(), 0.05 + 0.2 * chance.random(), chance.randbytes(3))
        for _ in range(_DISCS)
    ]
    rows = bytearray()
    for row in range(height):
        rows.append(0)  # the row's filter: none
        y = (row + 0.5) / height
        for column in range(width):
            x = (column + 0.5) / width
            colour = bytes(int(255 * (a * x + b * y + c) / 3) for a, b, c in slopes)
            for across, down, radius, own in discs:
                if (x - across) ** 2 + (y - down) ** 2 < radius**2:
                    colour = own
            rows += colour
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
