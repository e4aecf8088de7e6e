"""BitLocker volumes, written after the libyal project's description of the format.

cryptsetup and dislocker open what is made here (test_bitlocker.py). Every sector is encrypted by a
context of its own: another way than the reader's. Keys are numbers that anybody can guess.
"""

import hashlib
import struct
import uuid
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

PASSWORD = "a long walk by the river"  # noqa: S105
DIGITS = "111111-222222-333333-444444-555555-666666-000011-700007"
RECOVERY_GUID = uuid.UUID("5f3a2b1c-0d1e-4f20-8a30-b1c2d3e4f506")
PASSWORD_GUID = uuid.UUID("6a4b3c2d-1e0f-4a21-9b31-c1d2e3f40516")
STARTUP_GUID = uuid.UUID("7b5c4d3e-2f10-4b22-8c32-d1e2f3041526")
CLEAR_GUID = uuid.UUID("8c6d5e4f-3021-4c23-9d33-e1f203142536")
TPM_GUID = uuid.UUID("9d7e6f50-4132-4d24-8e34-f10213243546")
IDENTITY = uuid.UUID("0e8f7061-5243-4e25-9f35-012233445566")
SALT = bytes(range(16))
MASTER, STARTUP, CLEAR = (bytes([number]) * 32 for number in (0x11, 0x22, 0x33))
VOLUME = bytes(range(64))
XTS_128, XTS_256, CBC_128, CBC_256 = 0x8004, 0x8005, 0x8002, 0x8003
_SIZES = {XTS_128: 32, XTS_256: 64, CBC_128: 16, CBC_256: 32}
HEADER_BYTES, BLOCK_BYTES = 8192, 65536
LAID_FIRST = {"System Volume Information/FVE2.header": bytes(HEADER_BYTES)}
"""A file of Windows's own, in whose place the volume's first sectors are kept. In an NTFS of our
making, the first file comes to lie there, in the middle and 2 MiB on."""
ALL = ("tpm", "recovery", "password", "startup")


def entry(kind: int, value_type: int, data: bytes) -> bytes:
    """One, with its size."""
    return struct.pack("<4H", 8 + len(data), kind, value_type, 1) + data


def _key(data: bytes, method: int = 0x2000) -> bytes:
    return struct.pack("<I", method) + data


def _wrapped(by: bytes, key: bytes, method: int, number: int) -> bytes:
    nonce = struct.pack("<QI", 0x01D7BC0000000000, number)
    text = entry(0, 1, _key(key, method))
    sealed = AESCCM(by, tag_length=16).encrypt(nonce, text, None)
    return nonce + sealed[-16:] + sealed[:-16]


@cache
def stretched(hashed: bytes) -> bytes:
    """A million hashes."""
    last = bytes(32)
    for count in range(0x100000):
        last = hashlib.sha256(last + hashed + SALT + struct.pack("<Q", count)).digest()
    return last


def _of_password() -> bytes:
    return hashlib.sha256(hashlib.sha256(PASSWORD.encode("utf-16-le")).digest()).digest()


def _of_digits() -> bytes:
    numbers = (int(group) // 11 for group in DIGITS.split("-"))
    return hashlib.sha256(b"".join(struct.pack("<H", number) for number in numbers)).digest()


def _master_key(name: str, number: int) -> bytes:
    guid, code, parts = {
        "tpm": (TPM_GUID, 0x0100, (entry(0, 6, bytes(64)),)),
        "recovery": (RECOVERY_GUID, 0x0800, None),
        "password": (PASSWORD_GUID, 0x2000, None),
        "startup": (
            STARTUP_GUID,
            0x0200,
            (entry(0, 5, _wrapped(STARTUP, MASTER, 0x2003, number)),),
        ),
        "clear": (
            CLEAR_GUID,
            0x0000,
            (entry(0, 1, _key(CLEAR)), entry(0, 5, _wrapped(CLEAR, MASTER, 0x2003, number))),
        ),
    }[name]
    if parts is None:
        by = stretched(_of_digits() if name == "recovery" else _of_password())
        salted = entry(0, 3, struct.pack("<I", 0x1000) + SALT)
        parts = salted, entry(0, 5, _wrapped(by, MASTER, 0x2003, number))
    told = guid.bytes_le + struct.pack("<QHH", 0x01D7BC0000000000, 0, code)
    return entry(2, 8, told + b"".join(parts))


def startup_key() -> bytes:
    """A .BEK file."""
    held = STARTUP_GUID.bytes_le + bytes(8) + entry(0, 1, _key(STARTUP))
    entries = entry(6, 9, held)
    size = 48 + len(entries)
    return struct.pack("<IIII", size, 1, 48, size) + IDENTITY.bytes_le + bytes(16) + entries


def recovery_text(digits: str = DIGITS) -> bytes:
    """As Windows saves it."""
    lines = ("BitLocker Drive Encryption recovery key", "", "Identifier:", "",
             f"\t{RECOVERY_GUID}", "", "Recovery Key:", "", f"\t{digits}", "")  # fmt: skip
    return b"\xff\xfe" + "\r\n".join(lines).encode("utf-16-le")


def volume(
    path: Path,
    plain: bytes,
    protectors: Sequence[str] = ALL,
    *,
    method: int = XTS_128,
    sector: int = 512,
) -> None:
    """One that holds `plain`, which begins with a boot sector and has room for the metadata."""
    size = len(plain)
    blocks = [size // 2, size // 2 + (1 << 20), size - (1 << 20)]
    header_at = size // 2 + (2 << 20)
    key = VOLUME[: _SIZES[method]]
    encrypted = bytearray(_encrypted(plain, key, method, sector, 0))
    encrypted[:HEADER_BYTES] = bytes(HEADER_BYTES)
    encrypted[header_at : header_at + HEADER_BYTES] = _encrypted(
        plain[:HEADER_BYTES], key, method, sector, header_at
    )
    encrypted[:512] = _boot_sector(plain[:512], blocks, sector)
    told = _metadata(key, method, size, sector, blocks, header_at, protectors)
    for block in blocks:
        encrypted[block : block + BLOCK_BYTES] = told.ljust(BLOCK_BYTES, b"\0")
    path.write_bytes(encrypted)


def holes(size: int) -> list[tuple[int, int]]:
    """What of a volume of `size` bytes reads as zeros: where it begins, and its bytes."""
    blocks = [size // 2, size // 2 + (1 << 20), size - (1 << 20)]
    return [*((block, BLOCK_BYTES) for block in blocks), (size // 2 + (2 << 20), HEADER_BYTES)]


def _boot_sector(plain: bytes, blocks: Sequence[int], sector: int) -> bytes:
    boot = bytearray(plain)
    boot[:11] = b"\xebX\x90-FVE-FS-"
    struct.pack_into("<H", boot, 11, sector)
    boot[56:64] = bytes(8)  # where Windows Vista had its metadata
    boot[160:176] = uuid.UUID("4967d63b-2e29-4ad8-8399-f6a339e3d001").bytes_le
    struct.pack_into("<3Q", boot, 176, *blocks)
    return bytes(boot)


def _metadata(  # noqa: PLR0917
    key: bytes,
    method: int,
    size: int,
    sector: int,
    blocks: Sequence[int],
    header_at: int,
    protectors: Sequence[str],
) -> bytes:
    entries = b"".join(_master_key(name, number) for number, name in enumerate(protectors, 1))
    entries += entry(3, 5, _wrapped(MASTER, key, method, 99))
    entries += entry(7, 2, "made for a test\0".encode("utf-16-le"))
    entries += entry(15, 15, struct.pack("<QQ", header_at, HEADER_BYTES))
    length = 48 + len(entries)
    head = struct.pack("<IIII", length, 1, 48, length) + IDENTITY.bytes_le
    head += struct.pack("<IIQ", 100, method, 0x01D7BC0000000000)
    whole = -(-(64 + length) // 16)
    block = struct.pack(
        "<8sHHHHQII4Q",
        b"-FVE-FS-",
        whole,
        2,
        4,
        4,
        size,
        0,
        HEADER_BYTES // sector,
        *blocks,
        header_at,
    )
    told = (block + head + entries).ljust(whole * 16, b"\0")
    digest = entry(0, 5, _wrapped(MASTER, hashlib.sha256(told).digest(), 0x2005, 101))
    return told + struct.pack("<HHI", 8 + len(digest), 2, zlib.crc32(told)) + digest


def _encrypted(plain: bytes, key: bytes, method: int, sector: int, first: int) -> bytes:
    out = []
    for at in range(0, len(plain), sector):
        place = first + at
        if method in (XTS_128, XTS_256):
            mode: modes.XTS | modes.CBC = modes.XTS((place // sector).to_bytes(16, "little"))
        else:
            vector = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305
            mode = modes.CBC(vector.update(place.to_bytes(16, "little")))
        out.append(Cipher(algorithms.AES(key), mode).encryptor().update(plain[at : at + sector]))
    return b"".join(out)
