"""From a passphrase to a LUKS volume's key, and from that key to its bytes.

The key of a keyslot is derived from the passphrase, which takes time and memory on purpose; with it
the split key is decrypted, merged, and held against the header's digest.
"""

import hashlib
import hmac

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.kdf.argon2 import Argon2i, Argon2id

from triage.evidence import Protector
from triage.sources.bytes import Bytes
from triage.sources.decrypted import CipherExtent, DecryptedBytes
from triage.sources.luks import SECTOR, Kdf, Keyslot, LuksHeader, luks_header
from triage.sources.reader import ContentError
from triage.sources.sector_ciphers import cipher_called, decrypted

_ARGON2: dict[str, type[Argon2id] | type[Argon2i]] = {"argon2id": Argon2id, "argon2i": Argon2i}
TOO_MUCH_MEMORY = "its key needs more memory than there is for it"
UNKNOWN_KDF = "its key is derived in a way that this version does not know"


def luks_key(held: Bytes, passphrase: bytes) -> tuple[bytes, Protector] | None:
    """The volume's key, and the keyslot that gave it; None if none does. Raises ContentError."""
    header = luks_header(held.read_at)
    if header.trouble:
        raise ContentError(header.trouble)
    trouble = ""
    for slot, protector in zip(header.keyslots, header.protectors, strict=True):
        try:
            key = _key_in(held, slot, passphrase)
        except MemoryError:
            trouble = TOO_MUCH_MEMORY
            continue
        except (ValueError, UnsupportedAlgorithm):
            trouble = UNKNOWN_KDF
            continue
        if key is not None:
            return key, protector
    if trouble:
        raise ContentError(trouble)
    return None


def luks_bytes(held: Bytes, key: bytes) -> DecryptedBytes:
    """What the volume is to who has its key. Raises ContentError, ValueError."""
    header = luks_header(held.read_at)
    if header.trouble:
        raise ContentError(header.trouble)
    return plain_bytes_of(held, header, key)


def plain_bytes_of(held: Bytes, header: LuksHeader, key: bytes) -> DecryptedBytes:
    """The same, with the header read. Raises ValueError."""
    room = held.size - header.offset
    unit = header.sector_size
    return DecryptedBytes(
        held,
        cipher_called(header.encryption, key, unit),
        [CipherExtent(start=0, place=header.offset, number=header.first_sector)],
        size=(min(room, header.length) if header.length else room) // unit * unit,
        sector_size=unit,
        step=unit // SECTOR,
    )


def _key_in(held: Bytes, slot: Keyslot, passphrase: bytes) -> bytes | None:
    """Raises ContentError, MemoryError, ValueError, UnsupportedAlgorithm."""
    key = _derived(passphrase, slot.kdf, slot.key_size)
    length = slot.volume_key_size * slot.stripes
    whole = -(-length // SECTOR) * SECTOR
    split = held.read_at(slot.offset, whole)
    if len(split) != whole:
        raise ContentError("a keyslot lies beyond its end")
    cipher = cipher_called(slot.encryption, key, SECTOR)
    plain = decrypted(cipher, split, first=0, step=1, sector_size=SECTOR)
    merged = _merged(plain[:length], slot.volume_key_size, slot.stripe_hash)
    told = _derived(merged, slot.digest, len(slot.digest_value))
    return merged if hmac.compare_digest(told, slot.digest_value) else None


def _derived(secret: bytes, kdf: Kdf, length: int) -> bytes:
    if kdf.name == "pbkdf2":
        return hashlib.pbkdf2_hmac(kdf.hash, secret, kdf.salt, kdf.iterations, length)
    argon2 = _ARGON2.get(kdf.name)
    if argon2 is None:
        raise ValueError(UNKNOWN_KDF)
    derivation = argon2(
        salt=kdf.salt,
        length=length,
        iterations=kdf.iterations,
        lanes=kdf.lanes,
        memory_cost=kdf.memory,
    )
    return derivation.derive(secret)


def _merged(split: bytes, size: int, hash_name: str) -> bytes:
    """What was split so that all of it must be destroyed to destroy the key (the specification's
    anti-forensic split)."""
    value = 0
    last = len(split) - size
    for at in range(0, last, size):
        value ^= int.from_bytes(split[at : at + size], "big")
        value = int.from_bytes(_diffused(value.to_bytes(size, "big"), hash_name), "big")
    return (value ^ int.from_bytes(split[last:], "big")).to_bytes(size, "big")


def _diffused(block: bytes, hash_name: str) -> bytes:
    width = hashlib.new(hash_name).digest_size
    return b"".join(
        hashlib.new(hash_name, (at // width).to_bytes(4, "big") + block[at : at + width]).digest()[
            : len(block) - at
        ]
        for at in range(0, len(block), width)
    )
