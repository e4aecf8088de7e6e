"""How a password becomes a key in 7z and RAR: it is hashed over and over.

Sources: 7zFormat.txt and the AES coder of the LZMA SDK (public domain); RAR 5.0 archive format
(rarlab.com); of RAR 3 and 4 what is known of them from John the Ripper. The two old ways
hash the same few bytes behind a counter, so whole runs of them are made at once.
"""

import hashlib
import hmac
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from triage.members.patchwork import AesKey

MOST_CYCLES_7Z = 24
"""As power of two: 7-Zip makes 19, and opens no more than 24 either."""
NO_HASH_7Z = 0x3F
MOST_CYCLES_5 = 20
"""As power of two; every RAR makes 15. The 24 that it opens take seconds for each password."""
_RUN = 1 << 14
_CYCLES_4 = 1 << 18
_LONGEST_4 = 28
"""Characters: of longer ones old RARs hash what they themselves overwrote."""
_MAC_ROUNDS, _CHECK_ROUNDS = 16, 32


@cache
def _lower_halves() -> tuple[tuple[bytes, ...], ...]:
    """The lower two bytes of every counter, in runs."""
    every = tuple(number.to_bytes(2, "little") for number in range(1 << 16))
    return tuple(every[at : at + _RUN] for at in range(0, 1 << 16, _RUN))


def _runs(secret: bytes, cycles: int, width: int) -> Iterator[bytes]:
    """The secret and a counter of `width` bytes, `cycles` times, in runs of _RUN."""
    for first in range(0, cycles, _RUN):
        high = (first >> 16).to_bytes(width - 2, "little")
        low = _lower_halves()[first // _RUN % 4][:cycles]
        yield secret + (high + secret).join(low) + high


def key_7z(word: str, salt: bytes, cycles: int) -> bytes:
    """32 bytes; `cycles` as power of two, at most MOST_CYCLES_7Z, or NO_HASH_7Z."""
    secret = salt + word.encode("utf-16-le", "surrogatepass")
    if cycles == NO_HASH_7Z:
        return secret[:32].ljust(32, b"\0")
    hashed = hashlib.sha256()
    for run in _runs(secret, 1 << cycles, 8):
        hashed.update(run)
    return hashed.digest()


def key_4(word: str, salt: bytes) -> AesKey | None:
    """Key and vector of RAR 3 and 4; None of a password that is too long."""
    if len(word.encode("utf-16-le", "surrogatepass")) > 2 * _LONGEST_4:
        return None
    secret = word.encode("utf-16-le", "surrogatepass") + salt
    hashed, vector = hashlib.sha1(usedforsecurity=False), b""
    for run in _runs(secret, _CYCLES_4, 3):
        # Each sixteenth gives a byte of the vector, from behind its first round.
        first = hashed.copy()
        first.update(run[: len(secret) + 3])
        vector += first.digest()[-1:]
        hashed.update(run)
    words = hashed.digest()[:16]
    return AesKey(b"".join(words[at : at + 4][::-1] for at in range(0, 16, 4)), vector)


class Lock5(NamedTuple):
    """What RAR 5 says of how a key is made."""

    cycles: int
    """As power of two."""
    salt: bytes
    check: bytes
    """Eight bytes by which a password is told to be right; empty where there are none."""

    def fits(self, word: str) -> bool:
        """Whether it is the password, by the check."""
        return _folded(_made(word, self, _CHECK_ROUNDS)) == self.check

    def key(self, word: str) -> bytes:
        """32 bytes."""
        return _made(word, self, 0)

    def mac_key(self, word: str) -> bytes:
        """With which checksums are hidden."""
        return _made(word, self, _MAC_ROUNDS)


def _made(word: str, lock: Lock5, more: int) -> bytes:
    secret = word.encode("utf-8", "surrogatepass")
    return hashlib.pbkdf2_hmac("sha256", secret, lock.salt, (1 << lock.cycles) + more)


def _folded(made: bytes) -> bytes:
    folded = bytearray(8)
    for at, byte in enumerate(made):
        folded[at % 8] ^= byte
    return bytes(folded)


def hidden_crc(crc: int, mac_key: bytes) -> int:
    """A CRC-32 as RAR 5 stores it of what is encrypted."""
    made = hmac.digest(mac_key, crc.to_bytes(4, "little"), "sha256")
    hidden = 0
    for at in range(0, len(made), 4):
        hidden ^= int.from_bytes(made[at : at + 4], "little")
    return hidden
