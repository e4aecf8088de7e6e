"""dmg: Apple's image of a disk (UDIF), as dmg2img and 7-Zip describe it. Numbers are big-endian.

Its last 512 bytes say where a property list lies, which has tables of chunks: each is some sectors
of the disk, and lies in the file plainly, packed, or not at all.
"""

import base64
import binascii
import bz2
import lzma
import re
import struct
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from triage.sources.bytes import Bytes, PiecedBytes, all_of
from triage.sources.lzfse import unpacked as of_lzfse
from triage.sources.reader import ContentError
from triage.sources.signatures import Head, Recognised, not_yet
from triage.sources.unpacking import BAD, inflated

SECTOR = 512
TRAILER = 512
MAGIC, TABLE = b"koly", b"mish"
CHUNKS_AT, CHUNK = 204, struct.Struct(">IIQQQQ")
ZEROS, RAW, IGNORED, COMMENT, LAST = 0, 1, 2, 0x7FFFFFFE, 0xFFFFFFFF
ADC, ZLIB, BZIP2, LZFSE, LZMA = range(0x80000004, 0x80000009)
MOST_LIST = 16 << 20
MOST_CHUNKS = 1 << 19
LARGEST_CHUNK = 16 << 20
"""Bytes of a packed one; Apple's tools pack 256 KiB to 1 MiB."""
LARGEST_LZMA = 64 << 20
WORDS = "the image of a disk, as macOS makes it (dmg)"
NO_LIST = "the list of what lies where is not there"
BY_ADC = "it is packed by ADC, which this version cannot unpack"
_CHUNK_LIST = re.compile(rb"<key>\s*blkx\s*</key>\s*<array>(.*?)</array>", re.DOTALL)
_DATA = re.compile(rb"<key>\s*Data\s*</key>\s*<data>([^<]*)</data>")


@dataclass(frozen=True, slots=True)
class _Chunk:
    at: int
    length: int
    kind: int
    place: int
    stored: int


class DmgBytes(PiecedBytes):
    """The disk that it is of."""

    def __init__(self, held: Bytes) -> None:
        """Raises ContentError."""
        raw = all_of(held, held.size - TRAILER, TRAILER)
        data, listed, length, sectors = (
            struct.unpack_from(">Q", raw, at)[0] for at in (24, 216, 224, 492)
        )
        if struct.unpack_from(">I", raw, 60)[0] > 1:
            raise ContentError("it is one of several files that make one image")
        if not 0 < length <= MOST_LIST:
            raise ContentError(NO_LIST)
        self._held = held
        self._chunks = sorted(_chunks(all_of(held, listed, length), data), key=attrgetter("at"))
        if not self._chunks:
            raise ContentError(NO_LIST)
        self._starts = [chunk.at for chunk in self._chunks]
        self._last: tuple[int, bytes] = (-1, b"")
        self.size = sectors * SECTOR

    def _found(self, offset: int) -> tuple[int, int]:
        """Which chunk a byte is in, or -1; and where that, or the gap between two, ends."""
        number = bisect_right(self._starts, offset) - 1
        following = self._starts[number + 1] if number + 1 < len(self._starts) else self.size
        end = self._chunks[number].at + self._chunks[number].length if number >= 0 else 0
        return (number, min(end, following)) if offset < end else (-1, following)

    def piece(self, offset: int, most: int) -> bytes:
        """As `PiecedBytes` has it."""
        number, end = self._found(offset)
        length = min(most, end - offset)
        chunk = self._chunks[number] if number >= 0 else None
        if chunk is None or chunk.kind in (ZEROS, IGNORED):
            return bytes(min(length, LARGEST_CHUNK))
        within = offset - chunk.at
        if chunk.kind == RAW:
            if within + length > chunk.stored:
                raise ContentError(BAD)
            return all_of(self._held, chunk.place + within, length)
        if self._last[0] != number:
            self._last = (number, self._unpacked(chunk))
        return self._last[1][within : within + length]

    def _unpacked(self, chunk: _Chunk) -> bytes:
        if chunk.kind == ADC:
            raise ContentError(BY_ADC)
        if chunk.length > LARGEST_CHUNK or chunk.stored > LARGEST_CHUNK:
            raise ContentError(BAD)
        packed = all_of(self._held, chunk.place, chunk.stored)
        plain = _UNPACK[chunk.kind](packed, chunk.length)
        if len(plain) != chunk.length:
            raise ContentError(BAD)
        return plain

    def below(self, offset: int, length: int) -> int | None:
        """As `Bytes` has it."""
        number, end = self._found(offset)
        if number < 0 or offset + length > end or self._chunks[number].kind != RAW:
            return None
        chunk = self._chunks[number]
        return self._held.below(chunk.place + offset - chunk.at, length)


def _bzip2(packed: bytes, most: int) -> bytes:
    try:
        return bz2.BZ2Decompressor().decompress(packed, most)
    except (OSError, ValueError, EOFError) as error:
        raise ContentError(BAD) from error


def _lzma(packed: bytes, most: int) -> bytes:
    try:
        return lzma.LZMADecompressor(memlimit=LARGEST_LZMA).decompress(packed, most)
    except (lzma.LZMAError, EOFError) as error:
        raise ContentError(BAD) from error


_UNPACK = {ZLIB: inflated, BZIP2: _bzip2, LZFSE: of_lzfse, LZMA: _lzma}
_KNOWN = frozenset({ZEROS, RAW, IGNORED, ADC, *_UNPACK})


def _chunks(listed: bytes, data: int) -> Iterator[_Chunk]:
    """Of all tables of the property list. `data`: where what they place begins. Raises
    ContentError for what is not known: it is no zeros."""
    count = 0
    for chunks in _CHUNK_LIST.finditer(listed):
        for told in _DATA.finditer(chunks[1]):
            for chunk in _chunks_of(_decoded(told[1]), data):
                count += 1
                if count > MOST_CHUNKS:
                    raise ContentError(f"it has more than {MOST_CHUNKS:,} chunks")
                yield chunk


def _decoded(told: bytes) -> bytes:
    try:
        return base64.b64decode(told)
    except binascii.Error as error:
        raise ContentError(NO_LIST) from error


def _chunks_of(table: bytes, data: int) -> Iterator[_Chunk]:
    if len(table) < CHUNKS_AT or table[:4] != TABLE:
        raise ContentError(NO_LIST)
    first, _, begun = struct.unpack_from(">QQQ", table, 8)
    count = struct.unpack_from(">I", table, 200)[0]
    for number in range(min(count, (len(table) - CHUNKS_AT) // CHUNK.size)):
        kind, _, sector, sectors, place, stored = CHUNK.unpack_from(
            table, CHUNKS_AT + number * CHUNK.size
        )
        if kind == LAST:
            return
        if kind == COMMENT or not sectors:
            continue
        if kind not in _KNOWN:
            raise ContentError(f"a chunk of it is of a kind that is not known ({kind:#x})")
        at = (first + sector) * SECTOR
        yield _Chunk(at, sectors * SECTOR, kind, data + begun + place, stored)


def recognise(head: Head) -> Recognised | None:
    """By its last 512 bytes, unless it begins as a disk does: who writes them behind a disk's own
    content hides nothing."""
    trailer = head.bytes(head.size - TRAILER, 12)
    if struct.unpack(">4sII", trailer) != (MAGIC, 4, TRAILER) or _begins_as_a_disk(head):
        return None
    return not_yet("dmg", WORDS)


def _begins_as_a_disk(head: Head) -> bool:
    sector = head.bytes(0, SECTOR)
    is_boot = sector[510:] == b"\x55\xaa" and all(sector[at] in (0, 0x80) for at in (446, 462))
    return is_boot or head.bytes(SECTOR, 8) == b"EFI PART"


def open_(held: Bytes) -> Mapping[str, Bytes]:
    """As `Layer` has it."""
    return {"": DmgBytes(held)}
