"""From a secret, or from none, to the keys of a BitLocker volume, and from those to its bytes.

A secret gives the key of a protector, that the volume master key, that the volume's own key: each
is encrypted with the one before by AES-CCM, which tells at once whether it was the right one.
"""

import hashlib
import struct
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from triage.evidence import Protector, ProtectorKind
from triage.secret import Secret, SecretKind, recovery_key
from triage.sources.bitlocker_metadata import (
    BLOCK_BYTES,
    CONVERTING,
    DAMAGED,
    DECRYPTED,
    ENCRYPTED,
    EXTERNAL_KEY,
    KEY,
    METHODS,
    STARTUP_KEY,
    STRETCHED,
    UNKNOWN_METHOD,
    VOLUME_KEY,
    WHOLLY_ENCRYPTED,
    BitlockerMetadata,
    Entry,
    bitlocker_metadata,
    entries_in,
    guid,
    protector_of,
)
from triage.sources.bytes import Bytes
from triage.sources.decrypted import CipherExtent, DecryptedBytes
from triage.sources.elephant import Elephant
from triage.sources.reader import ContentError
from triage.sources.sector_ciphers import Cbc, Plain, SectorCipher, Xts, encrypted_vectors

_ROUNDS = 0x100000
_KEY_AT = 12
"""In what a key was encrypted as: its own entry's header, and its method, come before it."""


def bitlocker_key(held: Bytes, secret: Secret) -> tuple[bytes, Protector] | None:
    """The volume's key, and what gave it; None if no protector takes it. Raises ContentError."""
    metadata = bitlocker_metadata(held)
    for master, protector_key in _protector_keys(metadata, secret):
        key = _volume_key(metadata, master, protector_key)
        if key is not None:
            return key, protector_of(master)
    return None


def clear_key(metadata: BitlockerMetadata) -> bytes | None:
    """The volume's key, where nothing protects it; None where something does."""
    if metadata.state == DECRYPTED:
        return b""
    for master in metadata.master_keys:
        if protector_of(master).kind is ProtectorKind.CLEAR_KEY:
            lies_there = master.first(KEY)
            key = _volume_key(metadata, master, lies_there.data[4:]) if lies_there else None
            if key is not None:
                return key
    return None


def bitlocker_bytes(held: Bytes, metadata: BitlockerMetadata, key: bytes) -> DecryptedBytes:
    """What the volume is to who has its key. Raises ContentError, ValueError."""
    sector = metadata.sector_size
    by_bytes = metadata.method < 0x8004
    return DecryptedBytes(
        held,
        _cipher(metadata, key),
        _extents(metadata, held.size, sector, 1 if by_bytes else sector),
        size=held.size // sector * sector,
        sector_size=sector,
        step=sector if by_bytes else 1,
    )


def _protector_keys(metadata: BitlockerMetadata, secret: Secret) -> Iterator[tuple[Entry, bytes]]:
    """Which master keys the secret may be for, and what it says that they are encrypted with."""
    external = _external_key(secret.value) if secret.kind is SecretKind.FILE else None
    text = secret.value.decode("utf-8", "replace") if secret.kind is SecretKind.TYPED else ""
    digits = recovery_key(text)
    for master in metadata.master_keys:
        kind = protector_of(master).kind
        if kind is ProtectorKind.STARTUP_KEY and external is not None:
            if external[0] == guid(master.data):
                yield master, external[1]
        elif kind is ProtectorKind.RECOVERY_PASSWORD and digits is not None:
            yield from _stretched(master, hashlib.sha256(digits).digest())
        elif kind is ProtectorKind.PASSWORD and text:
            hashed = hashlib.sha256(text.encode("utf-16-le", "replace")).digest()
            yield from _stretched(master, hashlib.sha256(hashed).digest())


def _stretched(master: Entry, hashed: bytes) -> Iterator[tuple[Entry, bytes]]:
    """A million hashes, so that a guess takes about a second."""
    entry = master.first(STRETCHED)
    if entry is None or len(entry.data) < 20:
        return
    behind = hashed + entry.data[4:20]
    last, sha256 = bytes(32), hashlib.sha256
    for number in range(_ROUNDS):
        last = sha256(b"%b%b%b" % (last, behind, number.to_bytes(8, "little"))).digest()
    yield master, last


def _external_key(file: bytes) -> tuple[str, bytes] | None:
    """A startup key file's GUID and key: a metadata header, and an entry that holds the key."""
    if len(file) < 48 or struct.unpack_from("<I", file, 8)[0] != 48:
        return None
    for entry in entries_in(file[48:]):
        if (entry.type, entry.value_type) == (STARTUP_KEY, EXTERNAL_KEY):
            key = entry.first(KEY)
            if key is not None and len(entry.data) >= 16:
                return guid(entry.data), key.data[4:]
    return None


def _volume_key(metadata: BitlockerMetadata, master: Entry, protector_key: bytes) -> bytes | None:
    """None if that was not the key of the protector. Raises ContentError."""
    encrypted = master.first(ENCRYPTED)
    master_key = _unwrapped(protector_key, encrypted.data) if encrypted else None
    if master_key is None:
        return None
    for each in metadata.entries:
        if (each.type, each.value_type) == (VOLUME_KEY, ENCRYPTED):
            key = _unwrapped(master_key, each.data)
            if key is not None:
                return key
    raise ContentError(DAMAGED)


def _unwrapped(key: bytes, encrypted: bytes) -> bytes | None:
    """What is behind a nonce of 12 bytes and a tag of 16; None if the key is not right."""
    if len(key) not in (16, 32) or len(encrypted) < 28 + _KEY_AT:
        return None
    nonce, tag, text = encrypted[:12], encrypted[12:28], encrypted[28:]
    try:
        return AESCCM(key, tag_length=16).decrypt(nonce, text + tag, None)[_KEY_AT:]
    except InvalidTag:
        return None


def _cipher(metadata: BitlockerMetadata, key: bytes) -> SectorCipher:
    if metadata.state == DECRYPTED:
        return Plain()
    name, size = METHODS.get(metadata.method, ("", 0))
    if name == "xts" and len(key) >= size:
        return Xts(key[:size], metadata.sector_size)
    if name == "cbc" and len(key) >= size:
        return Cbc(key[:size], metadata.sector_size, encrypted_vectors(key[:size]))
    if name == "cbc-elephant" and len(key) >= 32 + size:
        return Elephant(key[:size], key[32 : 32 + size], metadata.sector_size)
    raise ContentError(UNKNOWN_METHOD)


def _extents(
    metadata: BitlockerMetadata, volume_size: int, sector: int, unit: int
) -> list[CipherExtent]:
    """The volume's beginning lies elsewhere; what the metadata takes is zeros.

    Where a conversion stopped, all from there on is plain.
    """
    ends_at = volume_size
    if metadata.state == DECRYPTED:
        ends_at = 0
    elif metadata.state != WHOLLY_ENCRYPTED or 0 < metadata.converted < volume_size:
        ends_at = metadata.converted // sector * sector
        if not 0 < ends_at <= volume_size:
            raise ContentError(CONVERTING)
    holes = [(at, at + BLOCK_BYTES) for at in metadata.blocks]
    holes.append((metadata.header_at, metadata.header_at + metadata.header_size))
    marks = {metadata.header_size, ends_at, *(edge for hole in holes for edge in hole)}
    starts = sorted(mark for mark in marks if metadata.header_size <= mark < volume_size)
    extents = [
        CipherExtent(
            start=0,
            place=metadata.header_at,
            number=metadata.header_at // unit,
            encrypted=metadata.header_at < ends_at,
        )
    ]
    for start in starts:
        hole = any(first <= start < last for first, last in holes)
        extents.append(
            CipherExtent(
                start=start,
                place=-1 if hole else start,
                number=start // unit,
                encrypted=start < ends_at,
            )
        )
    return extents
