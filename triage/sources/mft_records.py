"""MFT records and the attributes in them, as bytes; nothing is read here.

Layout after the linux-ntfs documentation and "[MS-FSA]". Nothing is trusted: a record must carry
its fix-ups, an attribute must lie within it, and runs must be as many clusters as they claim.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from triage.evidence import Run

DATA, ATTRIBUTE_LIST, FILE_NAME, END = 0x80, 0x20, 0x30, 0xFFFFFFFF
NAME_AT, FOR_DOS = 66, 2
"""In a name's value: the name, its length and kind before it."""
_ADDRESS = (1 << 48) - 1
_SPARSE_RUN = 2
_NON_RESIDENT, _ENCRYPTED, _COMPRESSED = 2, 16, 32
"""Flags as tsk_fs.h has them, so that a stream from here is stored as one from there."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Consecutive clusters, as pytsk3.TSK_FS_ATTR_RUN: address, length, offset in the stream."""

    addr: int
    len: int
    offset: int
    flags: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DataStream:
    """One data stream; iterates over its extents."""

    id: int
    name: bytes
    """UTF-8; lone surrogates as they would be."""
    size: int
    valid: int
    """Bytes from the start that were ever written; zeros follow."""
    flags: int
    resident: bytes = b""
    extents: tuple[Extent, ...] = ()

    def __iter__(self) -> Iterator[Extent]:
        """As a pytsk3.Attribute does."""
        return iter(self.extents)

    @property
    def shown(self) -> str:
        """The name as an entry has it."""
        return self.name.decode(errors="backslashreplace")

    @property
    def compressed(self) -> bool:
        """Its clusters hold LZNT1."""
        return bool(self.flags & _COMPRESSED)

    def runs_in(self, end: int, cluster: int) -> tuple[Run, ...] | None:
        """What is valid as runs of its volume, of `end` bytes, zeros behind it; None if they cannot
        be right."""
        runs: list[Run] = []
        position = 0
        for extent in self.extents:
            length = min(extent.len * cluster, self.valid - position)
            if length <= 0:
                break
            offset = -1 if extent.flags else extent.addr * cluster
            if extent.offset * cluster != position or offset > end - length:
                return None
            runs.append(Run(offset, length))
            position += length
        if position != self.valid:
            return None
        return (*runs, Run(-1, self.size - position)) if position < self.size else tuple(runs)


@dataclass(slots=True)
class AttributePiece:
    """An attribute of type $DATA as one record has it."""

    stream: DataStream
    first_cluster: int
    """Of the stream, that this piece begins with."""


def record_size(boot: bytes) -> int:
    """Bytes of an MFT record. Byte 64 of the boot sector: clusters, or minus an exponent of 2."""
    if len(boot) < 512:
        return 0
    exponent = struct.unpack_from("<b", boot, 64)[0]
    return int(1 << -exponent if -12 <= exponent < 0 else exponent * cluster_size(boot))


def cluster_size(boot: bytes) -> int:
    """Bytes of a cluster; byte 13 of the boot sector: sectors, or minus an exponent of 2."""
    sector, count = struct.unpack_from("<HB", boot, 11)
    return int(sector << (256 - count) if count > 0x80 else sector * count)


def fixed_up(raw: bytes) -> bytes:
    """Each sector's last two bytes put back; empty if a sector is of another write."""
    if raw[:4] != b"FILE":
        return b""
    record = bytearray(raw)
    at, count = struct.unpack_from("<HH", raw, 4)
    sectors = len(raw) // 512
    if count != sectors + 1 or at + 2 * count > 510:
        return b""
    number = raw[at : at + 2]
    for sector in range(sectors):
        last = 512 * sector + 510
        if raw[last : last + 2] != number:
            return b""
        record[last : last + 2] = raw[at + 2 + 2 * sector : at + 4 + 2 * sector]
    return bytes(record)


def base_of(record: bytes) -> int:
    """The address of the file that a further record belongs to; 0 in a file's first."""
    return int(struct.unpack_from("<Q", record, 32)[0]) & _ADDRESS


def attributes_in(record: bytes) -> Iterator[tuple[int, int]]:
    """Where each attribute begins, and its length, both in bytes."""
    at = int(struct.unpack_from("<H", record, 20)[0])
    while at + 24 <= len(record):
        kind, length = struct.unpack_from("<II", record, at)
        if kind == END or length < 24 or at + length > len(record):
            return
        yield at, length
        at += length


def pieces_in(record: bytes) -> Iterator[AttributePiece]:
    """The $DATA attributes of a record that are whole."""
    for start, length in attributes_in(record):
        if kind_of(record, start) != DATA:
            continue
        if record[start + 8]:
            piece = non_resident(record, start, length)
            if piece is not None:
                yield piece
        else:
            value = resident_value(record, start, length)
            size = int(struct.unpack_from("<I", record, start + 16)[0])
            if len(value) == size:
                yield AttributePiece(
                    _stream(record, start, length, size=size, valid=size, resident=value), 0
                )


def names_in(record: bytes) -> Iterator[tuple[int, bytes]]:
    """The folder's address and the name, UTF-8, of each name of a record; not those for DOS."""
    for start, length in attributes_in(record):
        if kind_of(record, start) != FILE_NAME or record[start + 8]:
            continue
        value = resident_value(record, start, length)
        if len(value) < NAME_AT or value[NAME_AT - 1] == FOR_DOS:
            continue
        raw = value[NAME_AT : NAME_AT + 2 * value[NAME_AT - 2]]
        name = raw[: len(raw) // 2 * 2].decode("utf-16-le", "surrogatepass")
        above = int(struct.unpack_from("<Q", value)[0]) & _ADDRESS
        yield above, name.encode("utf-8", "surrogatepass")


def _stream(
    record: bytes,
    start: int,
    length: int,
    *,
    size: int,
    valid: int,
    resident: bytes = b"",
    extents: tuple[Extent, ...] = (),
) -> DataStream:
    characters, at = struct.unpack_from("<BH", record, start + 9)
    flags, number = struct.unpack_from("<HH", record, start + 12)
    raw = record[start + at : start + min(length, at + 2 * characters)]
    name = raw[: len(raw) // 2 * 2].decode("utf-16-le", "surrogatepass")
    tsk = _NON_RESIDENT if record[start + 8] else 0
    tsk |= (_COMPRESSED if flags & 0xFF else 0) | (_ENCRYPTED if flags & 0x4000 else 0)
    return DataStream(
        id=number,
        name=name.encode("utf-8", "surrogatepass"),
        size=size,
        valid=min(valid, size),
        flags=tsk,
        resident=resident,
        extents=extents,
    )


def resident_value(record: bytes, start: int, length: int) -> bytes:
    """The bytes of a resident attribute; fewer than it claims where it claims too many."""
    size, at = struct.unpack_from("<IH", record, start + 16)
    return record[start + at : start + min(length, at + size)]


def non_resident(record: bytes, start: int, length: int) -> AttributePiece | None:
    """What a record has of a non-resident attribute; None if its runs are damaged."""
    if length < 64:
        return None
    first, last, at = struct.unpack_from("<QQH", record, start + 16)
    size, valid = struct.unpack_from("<QQ", record, start + 48)
    extents = _extents(record[start + at : start + length], first)
    if extents is None or sum(each.len for each in extents) != (last + 1 - first) & (1 << 64) - 1:
        return None
    stream = _stream(record, start, length, size=size, valid=valid, extents=extents)
    return AttributePiece(stream, first)


def _extents(packed: bytes, offset: int) -> tuple[Extent, ...] | None:
    """Mapping pairs: the half-bytes of a head say how long length and step are. None: damaged."""
    found: list[Extent] = []
    at, address = 0, 0
    while at < len(packed) and packed[at]:
        of_length, of_step = packed[at] & 15, packed[at] >> 4
        end = at + 1 + of_length + of_step
        if not 1 <= of_length <= 8 or of_step > 8 or end > len(packed):
            return None
        middle = at + 1 + of_length
        length = int.from_bytes(packed[at + 1 : middle], "little", signed=True)
        address += int.from_bytes(packed[middle:end], "little", signed=True)
        if length <= 0 or address < 0:
            return None
        found.append(
            Extent(address, length, offset) if of_step else Extent(0, length, offset, _SPARSE_RUN)
        )
        offset += length
        at = end
    return tuple(found)


def joined(pieces: list[AttributePiece]) -> list[DataStream]:
    """Streams of their pieces: those of one name whose clusters follow on each other."""
    begun: list[tuple[DataStream, list[Extent]]] = []
    by_name: dict[bytes, list[Extent]] = {}
    for piece in sorted(pieces, key=lambda each: each.first_cluster):
        stream = piece.stream
        if piece.first_cluster == 0:
            by_name[stream.name] = list(stream.extents)
            begun.append((stream, by_name[stream.name]))
            continue
        so_far = by_name.get(stream.name)
        if so_far and so_far[-1].offset + so_far[-1].len == piece.first_cluster:
            so_far.extend(stream.extents)
    return [
        DataStream(
            id=stream.id,
            name=stream.name,
            size=stream.size,
            valid=stream.valid,
            flags=stream.flags,
            resident=stream.resident,
            extents=tuple(extents),
        )
        for stream, extents in begun
    ]


def listed_in(value: bytes) -> Iterator[int]:
    """The addresses that an $ATTRIBUTE_LIST names, for whatever attribute."""
    at = 0
    while at + 26 <= len(value):
        length = int.from_bytes(value[at + 4 : at + 6], "little")
        if length < 26:
            return
        yield int.from_bytes(value[at + 16 : at + 24], "little") & _ADDRESS
        at += length


def kind_of(record: bytes, start: int) -> int:
    """The type of the attribute that begins there."""
    return int.from_bytes(record[start : start + 4], "little")
