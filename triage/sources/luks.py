"""LUKS1 and LUKS2: the headers, and the bytes behind them for who has the volume's key.

After the "LUKS1 On-Disk Format Specification" 1.2.3 and the "LUKS2 On-Disk Format Specification"
1.1.1. Numbers in binary headers are big endian, offsets bytes from the volume's start. Of LUKS2 the
first of the two headers counts whose checksum is right.
"""

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from triage.evidence import Protector, ProtectorKind
from triage.sources.reader import ContentError

ReadAt = Callable[[int, int], bytes]

MAGIC, SECOND_MAGIC = b"LUKS\xba\xbe", b"SKUL\xba\xbe"
SECTOR = 512
SECTORS = (512, 1024, 2048, 4096)
BINARY = 4096
"""Bytes of LUKS2's binary header."""
SIZES = tuple(1 << shift for shift in range(14, 23))
"""Bytes that a header of LUKS2 may be, and where the second one may lie."""
SLOTS_1, ENABLED = 8, 0x00AC71F3
MOST_SLOTS = 32
MOST_STRIPES = 1 << 16
LONGEST_KEY = 128
"""Bytes."""

DETACHED = "a detached header: what it encrypts lies elsewhere"
REENCRYPTED = "it is being encrypted anew, which this version does not read"
INTEGRITY = "with integrity tags, which this version does not read"
DAMAGED = "its header is damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kdf:
    """How a passphrase becomes the key of a keyslot."""

    name: str
    """pbkdf2, argon2i, argon2id."""
    salt: bytes
    iterations: int
    """Of argon2: its time cost."""
    hash: str = ""
    memory: int = 0
    """KiB."""
    lanes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyslot:
    """One place where the volume's key lies, encrypted and split."""

    name: str
    kdf: Kdf
    offset: int
    """Of the split key, bytes."""
    stripes: int
    stripe_hash: str
    encryption: str
    """As dm-crypt writes it."""
    key_size: int
    """Of what encrypts the split key, bytes."""
    volume_key_size: int
    digest: Kdf
    """How the volume's key is told to be right."""
    digest_value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LuksHeader:
    """What a header says, checked for what there can be."""

    offset: int
    """Where the encrypted bytes begin."""
    length: int
    """Bytes; 0: to the end."""
    encryption: str
    sector_size: int
    first_sector: int
    """Number of the first sector, in units of 512 bytes."""
    keyslots: tuple[Keyslot, ...]
    trouble: str = ""
    """Why it cannot be opened even with the key."""

    @property
    def protectors(self) -> tuple[Protector, ...]:
        """One a keyslot."""
        return tuple(
            Protector(kind=ProtectorKind.PASSPHRASE, id=f"keyslot {slot.name}")
            for slot in self.keyslots
        )


def luks_header(read: ReadAt) -> LuksHeader:
    """`read(offset, length)`: the volume. Raises ContentError for what says what cannot be."""
    head = read(0, BINARY).ljust(BINARY, b"\0")
    try:
        return _header_1(head) if head[6:8] == b"\0\1" else _header_2(read)
    except (struct.error, ValueError, KeyError, msgspec.MsgspecError, RecursionError) as error:
        raise ContentError(DAMAGED) from error


def _text(raw: bytes) -> str:
    return raw.split(b"\0")[0].decode("ascii")


def _header_1(head: bytes) -> LuksHeader:
    cipher, mode, hash_name = _text(head[8:40]), _text(head[40:72]), _text(head[72:104])
    payload, key_size = struct.unpack(">II", head[104:112])
    (iterations,) = struct.unpack(">I", head[164:168])
    hashlib.new(hash_name)
    digest = Kdf(name="pbkdf2", salt=head[132:164], iterations=iterations, hash=hash_name)
    slots = []
    for number in range(SLOTS_1):
        active, rounds, salt, offset, stripes = struct.unpack_from(
            ">II32sII", head, 208 + 48 * number
        )
        if active == ENABLED:
            slots.append(
                Keyslot(
                    name=str(number),
                    kdf=Kdf(name="pbkdf2", salt=salt, iterations=rounds, hash=hash_name),
                    offset=offset * SECTOR,
                    stripes=_within(stripes, 1, MOST_STRIPES),
                    stripe_hash=hash_name,
                    encryption=f"{cipher}-{mode}",
                    key_size=_within(key_size, 1, LONGEST_KEY),
                    volume_key_size=key_size,
                    digest=digest,
                    digest_value=head[112:132],
                )
            )
    return LuksHeader(
        offset=payload * SECTOR,
        length=0,
        encryption=f"{cipher}-{mode}",
        sector_size=SECTOR,
        first_sector=0,
        keyslots=tuple(slots),
        trouble="" if payload else DETACHED,
    )


class _Kdf(msgspec.Struct):
    type: str
    salt: bytes
    hash: str = ""
    iterations: int = 0
    time: int = 0
    memory: int = 0
    cpus: int = 0


class _Af(msgspec.Struct):
    stripes: int
    hash: str


class _Area(msgspec.Struct):
    offset: str
    encryption: str = ""
    key_size: int = 0


class _Slot(msgspec.Struct):
    type: str
    key_size: int
    area: _Area
    kdf: _Kdf | None = None
    af: _Af | None = None
    priority: int = 1


class _Segment(msgspec.Struct):
    type: str
    offset: str
    size: str
    encryption: str = ""
    iv_tweak: str = "0"
    sector_size: int = SECTOR
    integrity: dict[str, object] | None = None
    flags: tuple[str, ...] = ()


class _Digest(msgspec.Struct):
    type: str
    keyslots: tuple[str, ...]
    segments: tuple[str, ...]
    salt: bytes
    digest: bytes
    hash: str = ""
    iterations: int = 0


class _Metadata(msgspec.Struct):
    keyslots: dict[str, _Slot]
    segments: dict[str, _Segment]
    digests: dict[str, _Digest]


_metadata = msgspec.json.Decoder(_Metadata)


def _header_2(read: ReadAt) -> LuksHeader:
    said = _metadata.decode(_json(read))
    segments = {name: each for name, each in said.segments.items() if not each.flags}
    (name, segment), *more = segments.items()
    trouble = REENCRYPTED if more or segment.type != "crypt" else ""
    offset = int(segment.offset)
    if segment.integrity is not None:
        trouble = INTEGRITY
    elif 0 <= offset < SIZES[0]:
        trouble = DETACHED
    slots = []
    for digest in said.digests.values():
        if digest.type == "pbkdf2" and name in digest.segments:
            slots += [
                (said.keyslots[each].priority, _slot(each, said.keyslots[each], digest))
                for each in digest.keyslots[:MOST_SLOTS]
                if said.keyslots[each].type == "luks2"
            ]
    slots.sort(key=lambda each: -each[0])
    if segment.sector_size not in SECTORS or offset < 0:
        raise ValueError("sector")
    return LuksHeader(
        offset=offset,
        length=0 if segment.size == "dynamic" else int(segment.size),
        encryption=segment.encryption,
        sector_size=segment.sector_size,
        first_sector=int(segment.iv_tweak),
        keyslots=tuple(slot for _, slot in slots),
        trouble=trouble,
    )


def _slot(name: str, slot: _Slot, digest: _Digest) -> Keyslot:
    if slot.kdf is None or slot.af is None:
        raise ValueError("keyslot")
    kdf = slot.kdf
    return Keyslot(
        name=name,
        kdf=Kdf(
            name=kdf.type,
            salt=kdf.salt,
            iterations=kdf.iterations if kdf.type == "pbkdf2" else kdf.time,
            hash=kdf.hash,
            memory=kdf.memory,
            lanes=kdf.cpus,
        ),
        offset=int(slot.area.offset),
        stripes=_within(slot.af.stripes, 1, MOST_STRIPES),
        stripe_hash=slot.af.hash,
        encryption=slot.area.encryption,
        key_size=_within(slot.area.key_size, 1, LONGEST_KEY),
        volume_key_size=_within(slot.key_size, 1, LONGEST_KEY),
        digest=Kdf(name="pbkdf2", salt=digest.salt, iterations=digest.iterations, hash=digest.hash),
        digest_value=digest.digest,
    )


def _json(read: ReadAt) -> bytes:
    """The text of the first header that is whole. Raises ContentError."""
    for place, magic in ((0, MAGIC), *((size, SECOND_MAGIC) for size in SIZES)):
        head = read(place, BINARY).ljust(BINARY, b"\0")
        size = int.from_bytes(head[8:16], "big")
        if head[:8] != magic + b"\0\2" or size not in SIZES or (place and place != size):
            continue
        whole = bytearray(read(place, size))
        name, told = _text(bytes(whole[72:104])), bytes(whole[448:512])
        whole[448:512] = bytes(64)
        if name == "sha256" and hashlib.sha256(whole).digest() == told[:32]:
            return bytes(whole[BINARY:]).split(b"\0")[0]
    raise ContentError(DAMAGED)


def _within(number: int, least: int, most: int) -> int:
    if not least <= number <= most:
        raise ValueError("out of bounds")
    return number
