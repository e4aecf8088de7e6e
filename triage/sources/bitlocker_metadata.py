"""BitLocker's metadata: what encrypts a volume, what protects its key, what lies elsewhere.

After the libyal project's "BitLocker Drive Encryption (BDE) format specification". Little endian,
offsets bytes from the volume's start. Each of three blocks has a 64-byte block header, a 48-byte
metadata header and entries of (size, type, value type, version), which may hold others.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from triage.evidence import Protector
from triage.sources.bitlocker import (
    BITLOCKER_AT,
    BITLOCKER_TO_GO_AT,
    MOST_METADATA,
    SIGNATURE,
    kind_of_protector,
)
from triage.sources.bytes import Bytes
from triage.sources.reader import ContentError

BLOCK_BYTES = 65536
"""That each metadata block takes; what is decrypted there reads as zeros."""
MOST_ENTRIES = 4096
DEEPEST = 4

VOLUME_MASTER_KEY, VOLUME_KEY, STARTUP_KEY, HEADER_BLOCK = 2, 3, 6, 15
"""Types of entries."""
KEY, STRETCHED, ENCRYPTED, MASTER_KEY_INFO, EXTERNAL_KEY, OFFSET_AND_SIZE = 1, 3, 5, 8, 9, 15
"""Types of their values."""

DECRYPTED, WHOLLY_ENCRYPTED = 1, 4
"""States. In all others a conversion is under way, and part of it is as it was."""

METHODS = {
    0x8000: ("cbc-elephant", 16),
    0x8001: ("cbc-elephant", 32),
    0x8002: ("cbc", 16),
    0x8003: ("cbc", 32),
    0x8004: ("xts", 32),
    0x8005: ("xts", 64),
}
"""Cipher and bytes of its key."""

DAMAGED = "its metadata is damaged"
VISTA = "of Windows Vista, which this version does not open"
UNKNOWN_METHOD = "encrypted in a way that this version does not know"
CONVERTING = "it is being encrypted or decrypted, in a way that this version does not read"
ENCRYPT_ON_WRITE = UUID("92a84d3b-dd80-4d0e-9e4e-b1e3284eaed8").bytes_le
ENCRYPT_ON_WRITE_AT = 160
"""Where a volume whose conversion goes on as it is written bears this mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry, with those inside it."""

    type: int
    value_type: int
    data: bytes
    inside: "tuple[Entry, ...]" = ()

    def first(self, value_type: int) -> "Entry | None":
        """The first inside it of that type of value."""
        return next((each for each in self.inside if each.value_type == value_type), None)


_NESTED_AT = {STRETCHED: 20, MASTER_KEY_INFO: 28, EXTERNAL_KEY: 24}
"""Where entries begin inside the values that have some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BitlockerMetadata:
    """One block of the three."""

    method: int
    state: int
    converted: int
    """Bytes from the beginning that are encrypted, where that is not all."""
    sector_size: int
    blocks: tuple[int, ...]
    """Where the three lie."""
    header_at: int
    """Where the volume's first bytes lie, encrypted."""
    header_size: int
    entries: tuple[Entry, ...] = field(default=())

    @property
    def master_keys(self) -> tuple[Entry, ...]:
        """The volume master key, once for each protector."""
        return tuple(
            each
            for each in self.entries
            if (each.type, each.value_type) == (VOLUME_MASTER_KEY, MASTER_KEY_INFO)
            and len(each.data) >= 28
        )

    @property
    def protectors(self) -> tuple[Protector, ...]:
        """In the order of the above."""
        return tuple(map(protector_of, self.master_keys))


def protector_of(master_key: Entry) -> Protector:
    """What protects it, with its GUID."""
    (code,) = struct.unpack_from("<H", master_key.data, 26)
    return Protector(kind=kind_of_protector(code), id=guid(master_key.data))


def guid(raw: bytes) -> str:
    """As Windows shows it."""
    return str(UUID(bytes_le=raw[:16])).upper()


def bitlocker_metadata(held: Bytes) -> BitlockerMetadata:
    """The first block that is whole. Raises ContentError."""
    head = held.read_at(0, 512).ljust(512, b"\0")
    places = BITLOCKER_AT if head[3:11] == SIGNATURE else BITLOCKER_TO_GO_AT
    (sector,) = struct.unpack_from("<H", head, 11)
    if sector not in (512, 1024, 2048, 4096):
        raise ContentError(DAMAGED)
    converting = head[ENCRYPT_ON_WRITE_AT:][:16] == ENCRYPT_ON_WRITE
    trouble = DAMAGED
    for place in places:
        (block,) = struct.unpack_from("<Q", head, place)
        if not 0 < block <= held.size - 112 or block % sector:
            continue
        try:
            metadata = _block(held, block, sector)
            if converting and metadata.state != DECRYPTED:
                raise ContentError(CONVERTING)
            return metadata
        except ContentError as error:
            trouble = error.reason
        except (struct.error, ValueError):
            continue
    if places is BITLOCKER_AT and head[:3] == b"\xebR\x90":
        trouble = VISTA
    raise ContentError(trouble)


def _block(held: Bytes, at: int, sector: int) -> BitlockerMetadata:
    """Raises ContentError, ValueError."""
    head = held.read_at(at, 112)
    signature, _, version, state, _, converted, _, header_sectors = struct.unpack_from(
        "<8sHHHHQII", head
    )
    *blocks, header_at = struct.unpack_from("<4Q", head, 32)
    size, _, header = struct.unpack_from("<III", head, 64)
    (method,) = struct.unpack_from("<H", head, 64 + 36)
    if signature != SIGNATURE or header != 48 or not 48 < size <= MOST_METADATA:
        raise ValueError("no metadata")
    if version == 1:
        raise ContentError(VISTA)
    raw = held.read_at(at + 64 + header, size - header)
    entries = tuple(entries_in(raw))
    header_size = header_sectors * sector
    for each in entries:
        if (each.type, each.value_type) == (HEADER_BLOCK, OFFSET_AND_SIZE) and len(each.data) >= 16:
            header_at, header_size = struct.unpack_from("<QQ", each.data)
    there = all(0 < block <= held.size for block in blocks) and 0 < header_at < held.size
    if not there or not 0 < header_size <= 1 << 24 or (header_size | header_at) % sector:
        raise ValueError("places")
    return BitlockerMetadata(
        method=method,
        state=state,
        converted=converted,
        sector_size=sector,
        blocks=tuple(blocks),
        header_at=header_at,
        header_size=header_size,
        entries=entries,
    )


def entries_in(raw: bytes, depth: int = 0) -> Iterator[Entry]:
    """As far as they follow each other."""
    at = 0
    for _ in range(MOST_ENTRIES):
        if at + 8 > len(raw):
            return
        size, kind, value_type, _ = struct.unpack_from("<4H", raw, at)
        if size < 8:
            return
        data = raw[at + 8 : at + size]
        nested = _NESTED_AT.get(value_type)
        inside: Sequence[Entry] = ()
        if nested is not None and depth < DEEPEST:
            inside = tuple(entries_in(data[nested:], depth + 1))
        yield Entry(type=kind, value_type=value_type, data=data, inside=tuple(inside))
        at += size
