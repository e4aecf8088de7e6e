"""How VeraCrypt and TrueCrypt mix key files into a password. Values only.

After VeraCrypt's "Keyfiles in VeraCrypt": each file is summed by CRC-32, byte by byte, and each of
the sums is added to four bytes of a pool, which is then added to the password.
"""

from collections.abc import Iterable
from zlib import crc32

POOL, LONG_POOL = 64, 128
"""Bytes: of a password that is no longer than the first, and of all others."""
MOST_OF_FILE = 1 << 20
"""Bytes; what is behind them counts for nothing."""


def pool_of(files: Iterable[bytes], password: bytes) -> bytes:
    """What the files are mixed into, in whatever order, for a password of that length."""
    pool = bytearray(POOL if len(password) <= POOL else LONG_POOL)
    for file in files:
        state, at = 0, 0
        for byte in file[:MOST_OF_FILE]:
            state = crc32(bytes((byte,)), state)
            for each in (state ^ 0xFFFFFFFF).to_bytes(4, "big"):
                pool[at] = (pool[at] + each) & 0xFF
                at = (at + 1) % len(pool)
    return bytes(pool)


def with_pool(password: bytes, pool: bytes) -> bytes:
    """The password as it is used; without key files it stays as it is."""
    whole = password.ljust(len(pool), b"\0")
    return bytes((a + b) & 0xFF for a, b in zip(whole, pool, strict=True)) if pool else password
