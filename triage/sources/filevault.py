"""FileVault on APFS: from a password to a volume's key, and from that to its plain bytes.

After Apple's File System Reference, and the libyal project's notes on what its keybags hold. The
container's keybag, encrypted by the container's own UUID, has the volume's key, wrapped, and says
where the volume's keybag is, encrypted by the volume's UUID: it has for each password, and for the
recovery key, a key of its own, wrapped by what PBKDF2 derives. AES-XTS, 512 bytes each, numbered
from the container's beginning.
"""

import hashlib
import struct
import uuid
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from triage.evidence import Protector, ProtectorKind
from triage.sources.apfs_container import (
    FLAGS_AT,
    HALF,
    KEY_AT,
    KEY_BYTES,
    OPENED,
    superblock_in,
)
from triage.sources.apfs_nodes import MODULUS, is_whole
from triage.sources.apfs_records import Extent
from triage.sources.bytes import Bytes, PiecedBytes, all_of
from triage.sources.reader import ContentError
from triage.sources.runs import CHUNK
from triage.sources.sector_ciphers import Xts, decrypted

SECTOR = 512
MOST_BLOCKS = 64
"""Of a keybag; Apple's have one."""
MOST_ENTRIES = 512
MOST_ROUNDS = 100_000_000
VOLUME_KEY, UNLOCKING = 2, 3
WRAPPED = 40
OLD = 0x2
"""Of a volume that was converted from Core Storage: its keys are half as long."""
AT_ONCE = 256
"""Blocks that are deciphered in one call."""
RECOVERY = uuid.UUID("ebc6c064-0000-11aa-aa11-00306543ecac")
LARGEST_NUMBER = 1 << 62
NO_NUMBER = "it is numbered for its cipher by a place that there is not"
NO_KEYBAG = "its keybag is damaged"
NO_KEY = "its keybag has no key that a password opens: it may be bound to the machine's chip"


@dataclass(frozen=True, slots=True)
class _Wrapped:
    """A key that is wrapped by another."""

    wrapped: bytes
    flags: int
    uuid: bytes
    rounds: int = 0
    salt: bytes = b""


def filevault_protectors(held: Bytes) -> tuple[Protector, ...]:
    """The passwords that open the volume, by whose they are. Raises ContentError."""
    _, unlocking = _keys_of(held)
    if not unlocking:
        raise ContentError(NO_KEY)
    return tuple(dict.fromkeys(_protector(owner) for owner, _ in unlocking))


def filevault_key(held: Bytes, password: bytes) -> tuple[bytes, Protector] | None:
    """The volume's key, and what opened it; None if nothing takes the password. Raises
    ContentError."""
    wrapped, unlocking = _keys_of(held)
    for owner, between in unlocking:
        key = _opened(between, wrapped, password)
        if key is not None:
            return key, _protector(owner)
    return None


def _protector(owner: bytes) -> Protector:
    """The recovery key's owner is always the same."""
    named = uuid.UUID(bytes=owner)
    told = "recovery key" if named == RECOVERY else str(named)
    return Protector(kind=ProtectorKind.PASSWORD, id=told)


def _keys_of(held: Bytes) -> tuple[_Wrapped, list[tuple[bytes, _Wrapped]]]:
    """The volume's key, and those that it is wrapped by, with their owners. Raises ContentError."""
    first = all_of(held, 0, 2 * HALF)
    container = superblock_in(first[HALF:])
    if container is None:
        raise ContentError(NO_KEYBAG)
    own = first[240:256]
    place, count = struct.unpack_from("<QQ", container.raw, 1296)
    volume_key, unlocking = b"", (0, 0)
    for owner, kind, data in _entries(
        _keybag(held, container.block, (place, count), container.raw[72:88])
    ):
        if owner == own and kind == VOLUME_KEY:
            volume_key = data
        elif owner == own and kind == UNLOCKING and len(data) >= 16:
            unlocking = struct.unpack_from("<QQ", data)
    if not volume_key or not unlocking[0]:
        raise ContentError(NO_KEY)
    inner = _keybag(held, container.block, unlocking, own)
    return _key_in(volume_key), [
        (owner, _key_in(data)) for owner, kind, data in _entries(inner) if kind == UNLOCKING
    ]


def _keybag(held: Bytes, block: int, place: tuple[int, int], owner: bytes) -> bytes:
    """A keybag, deciphered. `place`: its first block, and how many."""
    at, count = place
    if not 0 < at < held.size // block or not 0 < count <= MOST_BLOCKS:
        raise ContentError(NO_KEY if not at else NO_KEYBAG)
    raw = all_of(held, at * block, block * count)
    plain = _KeybagCipher(owner).decrypted(raw, at * (block // SECTOR))
    if not is_whole(plain[:block]) and not is_whole(plain):
        raise ContentError(NO_KEYBAG)
    return plain


class _KeybagCipher:
    """AES-XTS by twice the same key, as only keybags have it: their key is a public UUID.

    OpenSSL refuses a key whose halves are the same, so each block goes through AES by itself.
    """

    def __init__(self, half: bytes) -> None:
        """`half`: 16 bytes."""
        self._cipher = Cipher(algorithms.AES(half), modes.ECB())  # noqa: S305

    def decrypted(self, raw: bytes, first: int) -> bytes:
        """Whole sectors, the first numbered `first`."""
        seal, unseal = self._cipher.encryptor(), self._cipher.decryptor()
        out = bytearray()
        for number, at in enumerate(range(0, len(raw), SECTOR), first):
            tweak = int.from_bytes(seal.update(number.to_bytes(16, "little")), "little")
            for begin in range(at, at + SECTOR, 16):
                mixed = int.from_bytes(raw[begin : begin + 16], "little") ^ tweak
                plain = unseal.update(mixed.to_bytes(16, "little"))
                out += (int.from_bytes(plain, "little") ^ tweak).to_bytes(16, "little")
                tweak <<= 1
                if tweak >> 128:
                    tweak ^= 1 << 128 | 0x87
        return bytes(out)


def _entries(bag: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    """Of each entry whose it is, its kind, and what it holds."""
    version, count = struct.unpack_from("<HH", bag, 32)
    if version != 2:
        raise ContentError(NO_KEYBAG)
    at = 48
    for _ in range(min(count, MOST_ENTRIES)):
        if at + 24 > len(bag):
            return
        kind, length = struct.unpack_from("<HH", bag, at + 16)
        yield bag[at : at + 16], kind, bag[at + 24 : at + 24 + length]
        at += (24 + length + 15) & ~15


def _key_in(data: bytes) -> _Wrapped:
    """A wrapped key in DER: a sequence whose field 3 is one with the key's own fields."""
    whole = dict(_fields(data))
    outer = dict(_fields(whole.get(0x30, b"")))
    own = dict(_fields(outer.get(0xA3, b"")))
    return _Wrapped(
        wrapped=own.get(0x83, b""),
        flags=int.from_bytes(own.get(0x82, b"")[:4], "little"),
        uuid=own.get(0x81, b""),
        rounds=int.from_bytes(own.get(0x84, b"")[:8], "big"),
        salt=own.get(0x85, b""),
    )


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each field of DER that is one behind the other."""
    at = 0
    while at + 2 <= len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            more = length & 0x7F
            if more > 4:
                return
            length = int.from_bytes(data[at : at + more], "big")
            at += more
        yield tag, data[at : at + length]
        at += length


def _opened(kek: _Wrapped, key: _Wrapped, password: bytes) -> bytes | None:
    """The volume's key by a password; None if that is another's."""
    if not 0 < kek.rounds <= MOST_ROUNDS or not kek.salt:
        return None
    derived = hashlib.pbkdf2_hmac("sha256", password, kek.salt, kek.rounds, KEY_BYTES)
    try:
        between = _unwrapped(derived, kek)
        plain = _unwrapped(between, key)
    except (InvalidUnwrap, ValueError):
        return None
    if key.flags & OLD:
        plain += hashlib.sha256(plain + key.uuid).digest()[:16]
    return plain if len(plain) == KEY_BYTES else None


def _unwrapped(by: bytes, key: _Wrapped) -> bytes:
    if key.flags & OLD:
        return aes_key_unwrap(by[:16], key.wrapped[:24])
    return aes_key_unwrap(by, key.wrapped[:WRAPPED])


class FileVaultBytes(PiecedBytes):
    """The container as an encrypted volume has it, for who has its key.

    What leads to the volume's tree is not encrypted, and tells that by its sum, which is right:
    in what is encrypted it never is. All else is deciphered.
    """

    def __init__(self, held: Bytes, key: bytes) -> None:
        """Raises ContentError, ValueError."""
        first = bytearray(all_of(held, 0, 2 * HALF))
        container = superblock_in(bytes(first[HALF:]))
        if container is None:
            raise ContentError(NO_KEYBAG)
        flags = int.from_bytes(first[FLAGS_AT : FLAGS_AT + 8], "little") | OPENED
        first[FLAGS_AT : FLAGS_AT + 8] = flags.to_bytes(8, "little")
        first[KEY_AT : KEY_AT + KEY_BYTES] = key
        self._held, self._block = held, container.block
        self._first = bytes(first).ljust(container.block, b"\0")
        self._cipher = Xts(key, SECTOR)
        self._weights = np.arange(self._block // 4 - 2, 0, -1, dtype=np.uint64)
        self.size = held.size // self._block * self._block
        self.sector_size = held.sector_size

    def piece(self, offset: int, most: int) -> bytes:
        """As `PiecedBytes` has it: of whole blocks."""
        if offset < self._block:
            return self._first[offset : offset + most]
        skipped = offset % self._block
        begin = offset - skipped
        count = min(AT_ONCE, -(-(skipped + most) // self._block))
        raw = all_of(self._held, begin, count * self._block)
        return self._plain(raw, begin // SECTOR)[skipped : skipped + most]

    def _plain(self, raw: bytes, first: int) -> bytes:
        plain = decrypted(self._cipher, raw, first=first, step=1, sector_size=SECTOR)
        whole = self._whole(raw)
        if not len(whole):
            return plain
        out = bytearray(plain)
        for number in whole:
            at = int(number) * self._block
            out[at : at + self._block] = raw[at : at + self._block]
        return bytes(out)

    def _whole(self, raw: bytes) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """Which blocks have the right sum."""
        words = np.frombuffer(raw, "<u4").reshape(-1, self._block // 4)
        rest = words[:, 2:].astype(np.uint64)
        one, two = rest.sum(axis=1) % MODULUS, (rest @ self._weights) % MODULUS
        low = MODULUS - (one + two) % MODULUS
        high = MODULUS - (one + low) % MODULUS
        return np.flatnonzero(
            (words[:, 0] == low) & (words[:, 1] == high) & words[:, :2].any(axis=1)
        )

    def below(self, offset: int, length: int) -> int | None:
        """As `Bytes` has it."""
        return None if offset < self._block else self._held.below(offset, length)


class RenumberedContent:
    """A file with pieces that are numbered for the cipher by other places than their own.

    They come deciphered by their own: that is undone, and they are deciphered again.
    """

    def __init__(
        self, held: Bytes, block: int, extents: Sequence[Extent], size: int, key: bytes
    ) -> None:
        """`held`: deciphered, as all else is."""
        self._held, self._block, self._extents, self._key = held, block, extents, key
        self._starts = [extent[0] for extent in extents]
        self._cipher = Xts(key, SECTOR)
        self.size = size

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end. Raises ContentError."""
        length = min(length, self.size - offset)
        if length <= 0 or offset < 0:
            return b""
        out = bytearray(length)
        end = offset + length
        place = max(0, bisect_right(self._starts, offset) - 1)
        for at, extent, first, number in islice(self._extents, place, None):
            if at >= end:
                break
            begin, until = max(offset, at), min(end, at + extent)
            if first and begin < until:
                out[begin - offset : until - offset] = self._piece(
                    (first * self._block, number * self._block), begin - at, until - begin
                )
        return bytes(out)

    def _piece(self, places: tuple[int, int], offset: int, length: int) -> bytes:
        own, other = places
        skipped = offset % SECTOR
        begin = offset - skipped
        whole = -(-(skipped + length) // SECTOR) * SECTOR
        data = all_of(self._held, own + begin, whole)
        if own != other:
            stored = self._undone(data, (own + begin) // SECTOR)
            numbered = (other + begin) // SECTOR
            if numbered >= LARGEST_NUMBER:
                raise ContentError(NO_NUMBER)
            data = decrypted(self._cipher, stored, first=numbered, step=1, sector_size=SECTOR)
        return data[skipped : skipped + length]

    def _undone(self, plain: bytes, first: int) -> bytes:
        return b"".join(
            Cipher(algorithms.AES(self._key), modes.XTS(number.to_bytes(16, "little")))
            .encryptor()
            .update(plain[at : at + SECTOR])
            for number, at in enumerate(range(0, len(plain), SECTOR), first)
        )

    def chunks(self, size: int = CHUNK) -> Iterator[bytes | memoryview]:
        """All of it, in chunks of at most `size` bytes. Raises ContentError."""
        for offset in range(0, self.size, size):
            yield self.read_at(offset, size)
