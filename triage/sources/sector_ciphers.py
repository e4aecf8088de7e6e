"""Ciphers of whole sectors, as disk encryption uses them: many sectors in one call.

A context for each sector costs more than the sector. Here all sectors of a stretch go through AES
in one call, and what differs from block to block is made with numpy for all of them at once:
XTS's tweaks (IEEE 1619: AES of the sector's number, doubled in GF(2^128) from block to block), and
CBC's chain, which for decryption is known beforehand: the ciphertext itself.
"""

import hashlib
from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import (
    BlockCipherAlgorithm,
    Cipher,
    CipherContext,
    algorithms,
    modes,
)

Words = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.uint64]
"""Of sectors."""

BlockCipher = Callable[[bytes], BlockCipherAlgorithm]
"""By its key."""

BLOCK = 16
_FEW = 4
"""Sectors up to which a context for each is the faster."""
_ONE, _TWO, _SEVEN, _ALL = (np.uint64(number) for number in (1, 2, 7, 64))
AT_ONCE = 128 * 1024
"""Bytes in one call; more does not stay in the processor's cache."""


class SectorCipher(Protocol):
    """Decrypts whole sectors that follow each other."""

    at_once: int
    """Bytes that it is given in one call, at most."""

    def decrypt(self, data: bytes, numbers: Numbers) -> bytes:
        """`data`: those sectors, one after the other; `numbers`: what each is numbered by."""
        ...


class Plain:
    """No cipher at all (`cipher_null`, or what was never encrypted)."""

    at_once = AT_ONCE

    def decrypt(self, data: bytes, numbers: Numbers) -> bytes:
        """As it is."""
        return data


class Xts:
    """XTS of a cipher with blocks of 16 bytes, the tweak being the sector's number as 16 bytes,
    little endian."""

    at_once = AT_ONCE

    def __init__(
        self, key: bytes, sector_size: int, algorithm: BlockCipher = algorithms.AES
    ) -> None:
        """`key`: 32 or 64 bytes, that of the data and then that of the tweaks."""
        if len(key) not in (32, 64) or key[: len(key) // 2] == key[len(key) // 2 :]:
            raise ValueError("no key of XTS")
        self._key = key
        self._sector_size = sector_size
        self._data = _ecb(key[: len(key) // 2], algorithm).decryptor()
        self._tweak = _ecb(key[len(key) // 2 :], algorithm).encryptor()
        self._few = _FEW if algorithm is algorithms.AES else 0

    def decrypt(self, data: bytes, numbers: Numbers) -> bytes:
        """As `SectorCipher` has it."""
        if len(numbers) <= self._few:
            return b"".join(
                self._one(data[at : at + self._sector_size], int(number))
                for at, number in zip(range(0, len(data), self._sector_size), numbers, strict=True)
            )
        tweaks = self._tweaks(numbers)
        mixed = np.frombuffer(data, "<u8") ^ tweaks
        plain = bytearray(len(data) + BLOCK - 1)
        self._data.update_into(mixed.view(np.uint8).data, plain)
        np.bitwise_xor(view := np.frombuffer(plain, "<u8", len(data) // 8), tweaks, out=view)
        return bytes(memoryview(plain)[: len(data)])

    def _one(self, sector: bytes, number: int) -> bytes:
        tweak = modes.XTS(number.to_bytes(BLOCK, "little"))
        return Cipher(algorithms.AES(self._key), tweak).decryptor().update(sector)

    def _tweaks(self, numbers: Numbers) -> Words:
        """Of all blocks of these sectors, in their order."""
        count, blocks = len(numbers), self._sector_size // BLOCK
        first = np.zeros((count, 2), "<u8")
        first[:, 0] = numbers
        first = np.frombuffer(self._tweak.update(first.tobytes()), "<u8").reshape(count, 2)
        low, high = np.empty((2, blocks, count), np.uint64)
        low[0], high[0] = first[:, 0], first[:, 1]
        have = 1
        while have < blocks:
            known, more = slice(min(have, blocks - have)), slice(have, 2 * have)
            low[more], high[more] = _shifted(low[known], high[known], have)
            have *= 2
        tweaks = np.empty((count, blocks, 2), "<u8")
        tweaks[:, :, 0], tweaks[:, :, 1] = low.T, high.T
        return tweaks.reshape(-1)


def _shifted(low: Words, high: Words, by: int) -> tuple[Words, Words]:
    """Times x to the power of `by`, a power of two up to 128, modulo x^128 + x^7 + x^2 + x + 1."""
    if by == 128:
        for step in (64, 64):
            low, high = _shifted(low, high, step)
        return low, high
    if by == 64:
        carried = high
        return _folded(carried), low ^ _overflow(carried)
    up, down = np.uint64(by), np.uint64(64 - by)
    carried = high >> down
    return (low << up) ^ _folded(carried), (high << up) | (low >> down)


def _folded(carried: Words) -> Words:
    """What is carried out of the highest bit, times x^7 + x^2 + x + 1: the lower 64 bits."""
    folded: Words = carried ^ (carried << _ONE) ^ (carried << _TWO) ^ (carried << _SEVEN)
    return folded


def _overflow(carried: Words) -> Words:
    """Likewise: the bits above."""
    one, two, seven = _ALL - _ONE, _ALL - _TWO, _ALL - _SEVEN
    above: Words = (carried >> one) ^ (carried >> two) ^ (carried >> seven)
    return above


class Cbc:
    """AES-CBC, each sector by itself."""

    at_once = AT_ONCE

    def __init__(self, key: bytes, sector_size: int, vectors: Callable[[Numbers], bytes]) -> None:
        """`vectors`: the initialisation vectors of sectors, one after the other."""
        self._sector_size = sector_size
        self._vectors = vectors
        self._data = _ecb(key).decryptor()

    def decrypt(self, data: bytes, numbers: Numbers) -> bytes:
        """As `SectorCipher` has it."""
        count, blocks = len(numbers), self._sector_size // BLOCK
        shape = count, blocks, 2
        cipher = np.frombuffer(data, "<u8").reshape(shape)
        plain = np.frombuffer(self._data.update(data), "<u8").reshape(shape).copy()
        plain[:, 1:] ^= cipher[:, :-1]
        plain[:, 0] ^= np.frombuffer(self._vectors(numbers), "<u8").reshape(count, 2)
        return plain.tobytes()


class Ecb:
    """AES-ECB: nothing but the block."""

    at_once = AT_ONCE

    def __init__(self, key: bytes) -> None:
        self._data = _ecb(key).decryptor()

    def decrypt(self, data: bytes, numbers: Numbers) -> bytes:
        """As `SectorCipher` has it."""
        return self._data.update(data)


def plain_vectors(bits: int) -> Callable[[Numbers], bytes]:
    """dm-crypt's `plain` (32 bits) and `plain64`: the number itself."""

    def vectors(numbers: Numbers) -> bytes:
        told = np.zeros((len(numbers), 2), "<u8")
        told[:, 0] = numbers & np.uint64((1 << bits) - 1)
        return told.tobytes()

    return vectors


def encrypted_vectors(key: bytes) -> Callable[[Numbers], bytes]:
    """The number encrypted by AES: dm-crypt's `essiv` with the hashed key, BitLocker's with its
    own."""
    context: CipherContext = _ecb(key).encryptor()
    plain = plain_vectors(64)
    return lambda numbers: context.update(plain(numbers))


def cipher_called(spec: str, key: bytes, sector_size: int) -> SectorCipher:
    """The cipher of a specification of dm-crypt's, `aes-xts-plain64`. Raises ValueError for what
    is not known here."""
    name, _, mode = spec.partition("-")
    chain, _, vector = mode.partition("-")
    if name == "cipher_null":
        return Plain()
    if name != "aes":
        raise ValueError(f"its cipher {spec} is not one that this version knows")
    if (chain, vector) in (("xts", "plain64"), ("xts", "plain")):
        return Xts(key, sector_size)
    if chain == "ecb":
        return Ecb(key)
    if chain == "cbc" and vector in ("plain", "plain64"):
        return Cbc(key, sector_size, plain_vectors(64 if vector == "plain64" else 32))
    if chain == "cbc" and vector.startswith("essiv:"):
        hashed = hashlib.new(vector.removeprefix("essiv:"), key).digest()
        return Cbc(key, sector_size, encrypted_vectors(hashed))
    raise ValueError(f"its cipher {spec} is not one that this version knows")


def decrypted(
    cipher: SectorCipher, data: bytes, *, first: int, step: int, sector_size: int
) -> bytes:
    """Whole sectors, the first numbered `first`, each next one by `step` more."""
    at_once = cipher.at_once
    if len(data) <= at_once:
        return cipher.decrypt(data, _numbers(first, len(data) // sector_size, step))
    parts = []
    for at in range(0, len(data), at_once):
        part = data[at : at + at_once]
        numbers = _numbers(first + at // sector_size * step, len(part) // sector_size, step)
        parts.append(cipher.decrypt(part, numbers))
    return b"".join(parts)


def _numbers(first: int, count: int, step: int) -> Numbers:
    return np.arange(first, first + count * step, step, dtype=np.uint64)


def _ecb(key: bytes, algorithm: BlockCipher = algorithms.AES) -> Cipher[modes.ECB]:
    return Cipher(algorithm(key), modes.ECB())  # noqa: S305 - the modes are built on it here
