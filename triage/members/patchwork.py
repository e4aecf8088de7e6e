"""An archive as it would be without its encryption: pieces of our making, pieces as they lie, and
pieces that are decrypted as they are read. Nothing is held, however large it is."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from triage.members.member import ContainerBytes, DamagedError

BLOCK = 16
"""Of AES, bytes."""
_MOST_PATCHES = 400_000
_UNKNOWN = 1 << 60
TOO_MANY = "it is in more pieces than are followed"


class AesKey(NamedTuple):
    """What one run of encrypted bytes is decrypted with; the key has 16 or 32 bytes."""

    key: bytes
    vector: bytes


class Patch(NamedTuple):
    """Bytes of the container from `at`: as they are, or decrypted."""

    at: int
    length: int
    aes: AesKey | None = None


class Patchwork:
    """Bytes and patches one behind the other, each asked for when reading gets there; reading
    raises ContentError, and what making them raises."""

    def __init__(self, content: ContainerBytes, patches: Iterable[bytes | Patch]) -> None:
        """Raises DamagedError of too many."""
        self._content = content
        self._coming = iter(patches)
        self._patches: list[bytes | Patch] = []
        self._begin = [0]
        self._all = False

    @property
    def size(self) -> int:
        """Bytes; until all are there, more than there can be."""
        return self._begin[-1] if self._all else _UNKNOWN

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end, or where the container ends."""
        end = self._reaches(offset + length)
        pieces: list[bytes] = []
        while 0 <= offset < end:
            which = bisect_right(self._begin, offset) - 1
            wanted = min(end, self._begin[which + 1]) - offset
            piece = self._piece(self._patches[which], offset - self._begin[which], wanted)
            pieces.append(piece)
            if len(piece) < wanted:
                break
            offset += wanted
        return b"".join(pieces)

    def _reaches(self, end: int) -> int:
        """That place, or where all of it ends."""
        while self._begin[-1] < end and not self._all:
            patch = next(self._coming, None)
            if patch is None:
                self._all = True
            elif len(self._patches) >= _MOST_PATCHES:
                raise DamagedError(TOO_MANY)
            else:
                self._patches.append(patch)
                size = len(patch) if isinstance(patch, bytes) else patch.length
                self._begin.append(self._begin[-1] + size)
        return min(end, self._begin[-1])

    def _piece(self, patch: bytes | Patch, offset: int, length: int) -> bytes:
        if isinstance(patch, bytes):
            return patch[offset : offset + length]
        if patch.aes is None:
            return self._content.read_at(patch.at + offset, length)
        first = offset // BLOCK * BLOCK
        stored = -(-(offset + length - first) // BLOCK) * BLOCK
        if first:
            before = self._content.read_at(patch.at + first - BLOCK, BLOCK + stored)
            vector, data = before[:BLOCK], before[BLOCK:]
        else:
            vector, data = patch.aes.vector, self._content.read_at(patch.at, stored)
        plain = decrypted(data, patch.aes._replace(vector=vector))
        return plain[offset - first : offset - first + length]


def decrypted(data: bytes, aes: AesKey) -> bytes:
    """AES-CBC; of a last block that is not all there nothing comes."""
    whole = len(data) // BLOCK * BLOCK
    if not whole:
        return b""
    cipher = Cipher(algorithms.AES(aes.key), modes.CBC(aes.vector)).decryptor()
    return cipher.update(data[:whole]) + cipher.finalize()
