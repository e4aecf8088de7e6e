"""VeraCrypt and TrueCrypt volumes, made after VeraCrypt's "Volume Format Specification".

Each sector, and of Camellia each block, is encrypted by itself: another way than the reader's.
"""

import hashlib
import random
import struct
import subprocess
from dataclasses import dataclass
from zlib import crc32

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.decrepit.ciphers.algorithms import Camellia
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KIB = 1 << 10
DATA = 128 * KIB
KEY, HIDDEN_KEY = bytes(range(64)), bytes(range(64, 128))
PASSWORD, HIDDEN_PASSWORD = b"a walk by the river", b"a walk in the woods"


@dataclass(frozen=True, kw_only=True)
class Made:
    """How a header is made."""

    program: str = "VERA"
    hash: str = "sha512"
    iterations: int = 16_000
    """PIM 1."""
    memory: int = 0
    """KiB, of argon2id."""
    cipher: str = "aes"
    version: int = 5
    flags: int = 0
    key: bytes = KEY
    password: bytes = PASSWORD


def volume(plain: bytes, how: Made, *, size: int = 0) -> bytearray:
    """One that holds `plain`, noise behind it, and its header twice."""
    size = size or len(plain) + 2 * DATA
    noise = random.Random(size)
    whole = bytearray(noise.randbytes(size))
    whole[DATA : DATA + len(plain)] = sectors(plain, how, DATA)
    for at in (0, size - DATA):
        whole[at : at + 512] = header(how, noise.randbytes(64), DATA, size - 2 * DATA)
    return whole


def hide(whole: bytearray, plain: bytes, how: Made) -> None:
    """A hidden volume, at the end of what the outer one holds."""
    start = len(whole) - DATA - len(plain)
    whole[start : start + len(plain)] = sectors(plain, how, start)
    for at in (64 * KIB, len(whole) - 64 * KIB):
        salt = random.Random(at).randbytes(64)
        whole[at : at + 512] = header(how, salt, start, len(plain), hidden=len(plain))


def header(how: Made, salt: bytes, start: int, length: int, *, hidden: int = 0) -> bytes:
    """512 bytes."""
    plain = bytearray(448)
    struct.pack_into(">4sHH", plain, 0, how.program.encode(), how.version, 0x010B)
    struct.pack_into(">QQQQII", plain, 28, hidden, length, start, length, how.flags, 512)
    plain[192:256] = how.key
    struct.pack_into(">I", plain, 8, crc32(plain[192:]))
    struct.pack_into(">I", plain, 188, crc32(plain[:188]))
    return salt + _xts(bytes(plain), derived(how, salt)[:64], 0, how.cipher)


def derived(how: Made, salt: bytes) -> bytes:
    """As many bytes as the cipher needs; of Whirlpool by openssl, which has it under its name."""
    if how.hash == "argon2id":
        return hash_secret_raw(how.password, salt, how.iterations, how.memory, 1, 192, Type.ID)
    if how.hash == "whirlpool":
        command = ["openssl", "kdf", "-provider", "legacy", "-provider", "default", "-binary",
                   "-keylen", "64", "-kdfopt", "digest:whirlpool",
                   "-kdfopt", f"hexpass:{how.password.hex()}", "-kdfopt", f"hexsalt:{salt.hex()}",
                   "-kdfopt", f"iter:{how.iterations}", "PBKDF2"]  # fmt: skip
        return subprocess.run(command, check=True, capture_output=True).stdout
    return hashlib.pbkdf2_hmac(how.hash, how.password, salt, how.iterations, 64)


def sectors(plain: bytes, how: Made, start: int) -> bytes:
    """Numbered from the volume's beginning."""
    return b"".join(
        _xts(plain[at : at + 512], how.key, (start + at) // 512, how.cipher)
        for at in range(0, len(plain), 512)
    )


def _xts(plain: bytes, key: bytes, number: int, cipher: str) -> bytes:
    tweak = number.to_bytes(16, "little")
    if cipher == "aes":
        return Cipher(algorithms.AES(key), modes.XTS(tweak)).encryptor().update(plain)
    data = Cipher(Camellia(key[:32]), modes.ECB()).encryptor()  # noqa: S305
    turn = Cipher(Camellia(key[32:]), modes.ECB()).encryptor()  # noqa: S305
    mask = int.from_bytes(turn.update(tweak), "little")
    told = b""
    for at in range(0, len(plain), 16):
        block = int.from_bytes(plain[at : at + 16], "little") ^ mask
        block = int.from_bytes(data.update(block.to_bytes(16, "little")), "little") ^ mask
        told += block.to_bytes(16, "little")
        mask = mask << 1 ^ (mask >> 127) * (1 << 128 | 0x87)
    return told
