"""FileVault on APFS: a container of ours, its tree and its files encrypted as a Mac does it.

Each sector gets a context of its own, and keybags a cipher written out: other ways than the
reader's.
"""

import hashlib
import hmac
import struct
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from tests.making.apfs import (
    BLOCK,
    CONTAINER_UUID,
    VOLUME_UUID,
    Container,
    Files,
    MadeVolume,
    apfs_container,
    summed,
)

KEY = bytes(range(100, 132))
BETWEEN = bytes(range(32))
PASSWORD = "correct horse"  # noqa: S105
RECOVERY = "ABCD-EFGH-JKLM-NPQR-STUV-WXYZ"
OWNERS = {PASSWORD: bytes(range(16)), RECOVERY: bytes.fromhex("ebc6c064000011aaaa1100306543ecac")}
SECTOR, SALT, ROUNDS = 512, bytes(range(16)), 1000
OWN = VOLUME_UUID[:15] + b"\0"


def _field(tag: int, content: bytes) -> bytes:
    length = len(content)
    return bytes([tag, length] if length < 128 else [tag, 0x81, length]) + content


def _wrapped(own: bytes, more: bytes, wrapped: bytes, flags: int = 0) -> bytes:
    info = struct.pack("<II", flags, 0)
    fields = ((0x80, b"\0"), (0x81, own), (0x82, info), (0x83, wrapped))
    blob = _field(0xA3, b"".join(_field(*each) for each in fields) + more)
    salt = bytes(8)
    by = hashlib.sha256(b"\x01\x16\x20\x17\x15\x05" + salt).digest()
    told = hmac.digest(by, blob, "sha256")
    return _field(0x30, _field(0x80, b"\0") + _field(0x81, told) + _field(0x82, salt) + blob)


def _keybag(entries: list[tuple[bytes, int, bytes]], kind: bytes, at: int, owner: bytes) -> bytes:
    body = b""
    for own, tag, data in entries:
        entry = own + struct.pack("<HHI", tag, len(data), 0) + data
        body += entry.ljust(-(-len(entry) // 16) * 16, b"\0")
    head = struct.pack("<8xQQ4sI", at, 20, kind, 0) + struct.pack(
        "<HHIQ", 2, len(entries), len(body), 0
    )
    plain = summed((head + body).ljust(BLOCK, b"\0"))
    return b"".join(
        _by_hand(owner, plain[n : n + SECTOR], at * (BLOCK // SECTOR) + n // SECTOR)
        for n in range(0, BLOCK, SECTOR)
    )


def _by_hand(key: bytes, plain: bytes, number: int) -> bytes:
    """AES-XTS whose two keys are the same, which no library makes."""
    seal = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305
    tweak = int.from_bytes(seal.update(number.to_bytes(16, "little")), "little")
    out = b""
    for at in range(0, len(plain), 16):
        mask = tweak.to_bytes(16, "little")
        mixed = bytes(a ^ b for a, b in zip(plain[at : at + 16], mask, strict=True))
        out += bytes(a ^ b for a, b in zip(seal.update(mixed), mask, strict=True))
        tweak = (tweak << 1) ^ (((1 << 128) | 0x87) if tweak >> 127 else 0)
    return out


def volume(
    path: Path,
    files: Files,
    *,
    moved: int = 0,
    earlier: Mapping[str, Files] | None = None,
    passwords: tuple[str, ...] = (PASSWORD, RECOVERY),
) -> None:
    """A container with one volume that these open. `moved`: by how many blocks its files were moved
    since they were encrypted."""
    made = Container(16 << 20)
    outer, inner = made.take(), made.take()
    own = MadeVolume(files, flags=0x8, moved=moved, earlier=tuple((earlier or {}).items()))
    apfs_container(path, [own], container=made, keybag=(outer, 1))
    unlocking = []
    for password in passwords:
        derived = hashlib.pbkdf2_hmac("sha256", password.encode(), SALT, ROUNDS, 32)
        more = _field(0x84, ROUNDS.to_bytes(2, "big")) + _field(0x85, SALT)
        data = _wrapped(OWNERS[password], more, aes_key_wrap(derived, BETWEEN))
        unlocking.append((OWNERS[password], 3, data))
    key = _wrapped(OWN, b"", aes_key_wrap(BETWEEN, KEY))
    entries = [(OWN, 2, key), (OWN, 3, struct.pack("<QQ", inner, 1))]
    made.put(outer, _keybag(entries, b"syek", outer, CONTAINER_UUID))
    made.put(inner, _keybag(unlocking, b"scer", inner, OWN))
    content = {at for data, first in made.kept.items()
               for at in range(first, first + -(-len(data) // BLOCK))}  # fmt: skip
    for block in made.secret:
        number = (block + (moved if block in content else 0)) * (BLOCK // SECTOR)
        for n in range(BLOCK // SECTOR):
            at = block * BLOCK + n * SECTOR
            tweak = modes.XTS((number + n).to_bytes(16, "little"))
            cipher = Cipher(algorithms.AES(KEY), tweak).encryptor()
            made.raw[at : at + SECTOR] = cipher.update(bytes(made.raw[at : at + SECTOR]))
    path.write_bytes(bytes(made.raw))
