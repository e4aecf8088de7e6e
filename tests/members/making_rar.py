"""Encrypted RARs whose files are stored, made of the format's description: no program that writes
any is free."""

import hashlib
import hmac
from dataclasses import dataclass
from zlib import crc32

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

MARK5 = b"Rar!\x1a\x07\x01\x00"
SALT, VECTOR = bytes(range(16)), bytes(range(16, 32))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rared:
    """A file of a RAR 5; without a password it is not encrypted."""

    name: str
    content: bytes
    password: str = ""
    check: bool = True
    hides_sum: bool = True
    has_sum: bool = True
    cycles: int = 4
    claims_cycles: int = -1
    version: int = 0
    block_flags: int = 0
    kind: int = 2
    """3: what belongs to a file, as its alternate streams do."""


def encrypted(content: bytes, key: bytes, vector: bytes = VECTOR) -> bytes:
    """AES-CBC, filled up with zeros."""
    cipher = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return cipher.update(content + bytes(-len(content) % 16)) + cipher.finalize()


def rar5(*files: Rared, names: str = "", cut_check: bool = False, ends: bool = True) -> bytes:
    """`names`: a password by which all headers are encrypted; `ends`: with its last block."""
    made = MARK5
    key = b""
    if names:
        check = bytes(12) if cut_check else _check(names, 4)
        made += _block(4, 0, _vint(0) + _vint(1) + bytes([4]) + SALT + check)
        key = _key(names, 4)
    made += _hidden(_block(1, 0, _vint(0)), key)
    for file in files:
        header, data = _file(file)
        made += _hidden(header, key) + data
    return made + (_hidden(_block(5, 0, _vint(0)), key) if ends else b"")


def _file(file: Rared) -> tuple[bytes, bytes]:
    crc, extra, data = crc32(file.content), b"", file.content
    if file.password:
        flags = file.check | 2 * file.hides_sum
        claimed = file.claims_cycles if file.claims_cycles >= 0 else file.cycles
        record = _vint(1) + _vint(file.version) + _vint(flags) + bytes([claimed]) + SALT + VECTOR
        record += _check(file.password, file.cycles) if file.check else b""
        extra = _vint(len(record)) + record
        data = encrypted(file.content, _key(file.password, file.cycles))
        crc = _hidden_crc(crc, file) if file.hides_sum else crc
    body = _vint(4 * file.has_sum) + _vint(len(file.content)) + _vint(0o644)
    body += crc.to_bytes(4, "little") if file.has_sum else b""
    body += _vint(0) + _vint(1) + _vint(len(file.name.encode())) + file.name.encode()
    return _block(file.kind, 2 | file.block_flags, body, extra, len(data)), data


def _block(kind: int, flags: int, body: bytes, extra: bytes = b"", data: int = 0) -> bytes:
    header = _vint(kind) + _vint(flags | bool(extra))
    header += _vint(len(extra)) if extra else b""
    header += _vint(data) if flags & 2 else b""
    header += body + extra
    sized = _vint(len(header)) + header
    return crc32(sized).to_bytes(4, "little") + sized


def _hidden(header: bytes, key: bytes) -> bytes:
    return VECTOR + encrypted(header, key) if key else header


def _key(password: str, cycles: int, more: int = 0) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), SALT, (1 << cycles) + more)


def _check(password: str, cycles: int) -> bytes:
    made = _key(password, cycles, 32)
    check = bytes(made[at] ^ made[at + 8] ^ made[at + 16] ^ made[at + 24] for at in range(8))
    return check + hashlib.sha256(check).digest()[:4]


def _hidden_crc(crc: int, file: Rared) -> int:
    key = _key(file.password, file.cycles, 16)
    made = hmac.new(key, crc.to_bytes(4, "little"), "sha256").digest()
    hidden = 0
    for at, byte in enumerate(made):
        hidden ^= byte << (8 * (at & 3))
    return hidden


def _vint(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + _vint(value >> 7)
