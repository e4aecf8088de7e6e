"""E01: EnCase's image of a disk, after libewf's documentation of the format. Little-endian.

A file is a chain of sections. Where its chunks lie is in tables; a chunk is packed by zlib, or has
an Adler-32 behind it, and either is checked. The parts of a split one (.E01, .E02 …) are read as
one run of bytes; what a section says of places is counted from the beginning of its part.
"""

import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from triage.sources.blocked import PACKED, BlockedBytes, Table
from triage.sources.bytes import SECTORS, Bytes, all_of
from triage.sources.reader import ContentError
from triage.sources.signatures import Head, Recognised, not_yet
from triage.sources.unpacking import inflated

MAGIC = b"EVF\x09\x0d\x0a\xff\x00"
HEADER, SECTION, TABLE_HEADER = 13, 76, 24
MOST_SECTIONS = 1_000_000
MOST_IN_TABLE = 1 << 24
IS_PACKED = 1 << 31
LONGER = 4096
"""Bytes by which a packed chunk may be longer than a chunk."""
DIFFERS = "its own sum differs there: the image is damaged"
MISSING = "it lies in a part of the image that is missing"
NOT_ALL = "of its {count:,} pieces {missing:,} are missing: parts of the image are not here"
WORDS = "the image of a disk, as EnCase makes it (E01)"


@dataclass(frozen=True, slots=True)
class _Section:
    kind: bytes
    at: int
    """Of what it says, behind its own header."""
    length: int
    part: int
    """Where its part begins."""


@dataclass(frozen=True, slots=True)
class _Chunks:
    """What one table lists."""

    first: int
    count: int
    places: Table
    base: int
    end: int
    """Where the last of them ends."""


class EwfBytes(BlockedBytes):
    """The disk that it is of."""

    def __init__(self, held: Bytes) -> None:
        """Raises ContentError."""
        volume, self._tables = _read(held)
        sectors, sector, count = volume
        if sector not in SECTORS or not 1 <= sectors <= 1 << 16:
            raise ContentError("what it says of its size cannot be")
        super().__init__(held, count * sector, sectors * sector, sector)
        self._starts = [table.first for table in self._tables]
        self.count = -(-self.size // self.block)
        """Chunks that it has."""
        self.missing = max(0, self.count - sum(table.count for table in self._tables))
        """How many of them are in no table."""

    def place(self, number: int) -> int:
        """As `BlockedBytes` has it: all have to be checked."""
        return PACKED

    def _where(self, number: int) -> tuple[int, int, bool]:
        which = bisect_right(self._starts, number) - 1
        table = self._tables[which] if which >= 0 else None
        if table is None or number >= table.first + table.count:
            raise ContentError(MISSING)
        within = number - table.first
        entry = table.places[within]
        at = table.base + (entry & ~IS_PACKED)
        end = table.end
        if within + 1 < table.count:
            end = table.base + (table.places[within + 1] & ~IS_PACKED)
        return at, end - at, bool(entry & IS_PACKED)

    def unpacked(self, number: int) -> bytes:
        """As `BlockedBytes` has it."""
        at, length, packed = self._where(number)
        wanted = min(self.block, self.size - number * self.block)
        if packed:
            if not 0 < length <= self.block + LONGER:
                raise ContentError(DIFFERS)
            plain = inflated(self.held.read_at(at, length), self.block)
        else:
            raw = all_of(self.held, at, wanted + 4)
            plain = raw[:wanted]
            if zlib.adler32(plain) != struct.unpack_from("<I", raw, wanted)[0]:
                raise ContentError(DIFFERS)
        if len(plain) < wanted:
            raise ContentError(DIFFERS)
        return plain

    def below(self, offset: int, length: int) -> int | None:
        """As `Bytes` has it: packed or not, chunks lie in their order."""
        return None


def _sections(held: Bytes) -> Iterator[_Section]:
    """All sections of all parts."""
    part, at = 0, HEADER
    for _ in range(MOST_SECTIONS):
        raw = held.read_at(at, SECTION)
        if len(raw) < SECTION:
            return
        kind = raw[:16].split(b"\0")[0]
        following, size = struct.unpack_from("<QQ", raw, 16)
        yield _Section(kind, at + SECTION, max(0, size - SECTION), part)
        if kind in (b"next", b"done"):
            part = at + SECTION
            if held.read_at(part, 8) != MAGIC:
                return
            at = part + HEADER
            continue
        if part + following <= at:
            return
        at = part + following


def _read(held: Bytes) -> tuple[tuple[int, int, int], list[_Chunks]]:
    """Sectors in a chunk, bytes in a sector, sectors; and the tables."""
    volume: tuple[int, int, int] | None = None
    tables: list[_Chunks] = []
    number = end = 0
    for section in _sections(held):
        if section.kind in (b"volume", b"disk") and volume is None:
            raw = all_of(held, section.at, 24)
            volume = struct.unpack_from("<IIQ", raw, 8)
            if section.length < 1000:  # of SMART, whose number is half as wide
                volume = (*volume[:2], volume[2] & 0xFFFFFFFF)
        elif section.kind == b"sectors":
            end = section.at + section.length
        elif section.kind == b"table":
            raw = all_of(held, section.at, TABLE_HEADER)
            count, base = struct.unpack_from("<I4xQ", raw)
            count = min(count, MOST_IN_TABLE, section.length // 4)
            places = Table(held, section.at + TABLE_HEADER, count, "<I")
            tables.append(
                _Chunks(number, count, places, section.part + base, end or section.at - SECTION)
            )
            number += count
    if volume is None:
        raise ContentError("what it says of its size is not there")
    return volume, tables


def recognise(head: Head) -> Recognised | None:
    """By the magic at its beginning."""
    if head.bytes(0, 8) != MAGIC:
        return None
    found = not_yet("e01", WORDS)
    try:
        image = EwfBytes(head.held)
    except (ContentError, struct.error):
        return found
    if not image.missing:
        return found
    return replace(found, unread=(NOT_ALL.format(count=image.count, missing=image.missing),))


def open_(held: Bytes) -> Mapping[str, Bytes]:
    """As `Layer` has it."""
    return {"": EwfBytes(held)}
