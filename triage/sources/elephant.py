"""AES-CBC with the Elephant diffuser: BitLocker up to Windows 7.

After N. Ferguson, "AES-CBC + Elephant diffuser" (Microsoft, 2006). To decrypt: CBC, diffuser B,
diffuser A, and the sector's own 32 bytes over all of it. A diffuser goes from word to word of a
sector; here it goes from word to word of many sectors at once.
"""

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from triage.sources.sector_ciphers import BLOCK, Cbc, Numbers, encrypted_vectors, plain_vectors

Half = npt.NDArray[np.uint32]

A_CYCLES, B_CYCLES = 5, 3
A_TURNS, B_TURNS = (9, 0, 13, 0), (0, 10, 0, 25)
"""Bits by which a word is turned, by its place."""


class Elephant:
    """Decrypts sectors, whose numbers are where they begin, bytes."""

    at_once = 1 << 20

    def __init__(self, key: bytes, tweak_key: bytes, sector_size: int) -> None:
        """`key`, `tweak_key`: 16 or 32 bytes each."""
        self._sector_size = sector_size
        self._cbc = Cbc(key, sector_size, encrypted_vectors(key))
        self._sector_key = Cipher(algorithms.AES(tweak_key), modes.ECB()).encryptor()  # noqa: S305

    def decrypt(self, data: bytes, numbers: Numbers) -> bytes:
        """As `SectorCipher` has it."""
        words = self._sector_size // 4
        mixed = np.frombuffer(self._cbc.decrypt(data, numbers), "<u4").reshape(-1, words)
        columns = np.array(mixed.T, order="C")
        _undiffuse(columns, B_CYCLES, B_TURNS, 1)
        _undiffuse(columns, A_CYCLES, A_TURNS, -1)
        columns ^= np.tile(self._sector_keys(numbers).T, (words // 8, 1))
        return columns.T.tobytes()

    def _sector_keys(self, numbers: Numbers) -> Half:
        """Eight words a sector."""
        first = plain_vectors(64)(numbers)
        second = np.frombuffer(first, np.uint8).reshape(-1, BLOCK).copy()
        second[:, -1] = 128
        both = (
            np.frombuffer(self._sector_key.update(told), "<u4").reshape(-1, 4)
            for told in (first, second.tobytes())
        )
        return np.concatenate(tuple(both), axis=1)


def _undiffuse(columns: Half, cycles: int, turns: tuple[int, ...], way: int) -> None:
    """Each word is added those two and five words away from it, the latter turned."""
    words = len(columns)
    for _ in range(cycles):
        for at in range(words):
            near = columns[(at + 2 * way) % words]
            far = columns[(at + 5 * way) % words]
            turn = turns[at % 4]
            if turn:
                far = (far << np.uint32(turn)) | (far >> np.uint32(32 - turn))
            columns[at] += near ^ far
