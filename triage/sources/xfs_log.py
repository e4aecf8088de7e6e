"""XFS: its log, a ring of records that bear the number of the round in which they were written.

After Linux's fs/xfs/libxfs/xfs_log_format.h and xfs_log_recover.c. Each sector of a record begins
with the round's number; what was there instead is in the record's header. Headers are big-endian,
what transactions say is as the processor that wrote it has it: little-endian ones are read.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from triage.sources.bytes import Bytes, all_of
from triage.sources.reader import ContentError
from triage.sources.xfs_shape import XfsShape

SECTOR = 512
MAGIC = 0xFEEDBABE
HEADER_COVERS = 32768
"""Bytes of a record whose sectors' beginnings one header keeps."""
LARGEST_RECORD = 512 << 10
MOST_BACK = 16384
"""Sectors before the end of what was written last in which its header is looked for."""
MOST_SECTORS = 1 << 22
OPERATION = struct.Struct(">IIBBH")
START, COMMIT, CONTINUED, WAS_CONTINUED, UNMOUNT = 0x01, 0x02, 0x04, 0x08, 0x20
TRANSACTION = 0x5452414E
MOST_PENDING = 64 << 20
"""Bytes of transactions that have not ended."""
LITTLE_ENDIAN = 1

ODD = "its log is not understood"


class LogState(Enum):
    """How a log was left."""

    CLEAN = "clean"
    """By unmounting."""
    DIRTY = "dirty"
    """Something may be in it alone."""


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One. `at` and `end` are sectors of the log, `end` may be beyond its last."""

    at: int
    end: int
    round: int
    number: int
    """Of its place and round, rising."""
    tail: int
    """The number of the record from which on something may be in the log alone."""
    operations: int
    format: int
    data: bytes


@dataclass(slots=True)
class LogItem:
    """What a transaction says of one thing: what it is, and then what belongs to it."""

    parts: list[bytes]
    wanted: int

    @property
    def type(self) -> int:
        """As Linux numbers them."""
        return int(struct.unpack_from("<H", self.parts[0])[0])


@dataclass(slots=True)
class LogTransaction:
    """One that has begun. `number`: of the record in which it did."""

    number: int
    head: bytes
    items: list[LogItem]


class XfsLog:
    """The log of one volume."""

    def __init__(self, held: Bytes, shape: XfsShape) -> None:
        """Raises ContentError if there is none."""
        self._held, self._start = held, shape.log
        self._uuid = held.read_at(32, 16)
        self.sectors = shape.log_size // SECTOR
        if not 0 < self.sectors <= MOST_SECTORS or shape.log + shape.log_size > held.size:
            raise ContentError(ODD)

    def _read(self, at: int, count: int) -> bytes:
        """Sectors from that one on, round the end."""
        at %= self.sectors
        first = min(count, self.sectors - at)
        raw = all_of(self._held, self._start + at * SECTOR, first * SECTOR)
        if first < count:
            raw += all_of(self._held, self._start, (count - first) * SECTOR)
        return raw

    def _round(self, at: int) -> int:
        first, second = struct.unpack_from(">II", self._read(at, 1))
        return int(second if first == MAGIC else first)

    def _head(self) -> int:
        """The sector behind what was written last."""
        last = self._round(self.sectors - 1)
        if self._round(0) == last:
            return self.sectors
        low, high = 0, self.sectors - 1
        while high - low > 1:
            middle = (low + high) // 2
            if self._round(middle) == last:
                high = middle
            else:
                low = middle
        return high

    def last(self) -> LogRecord:
        """What was written last and is whole. Raises ContentError."""
        head = self._head()
        for back in range(1, min(MOST_BACK, self.sectors) + 1):
            at = head - back
            if struct.unpack_from(">I", self._read(at, 1))[0] != MAGIC:
                continue
            try:
                return self.record(at % self.sectors)
            except ContentError:
                continue
        raise ContentError(ODD)

    def record(self, at: int) -> LogRecord:
        """The one that begins there. Raises ContentError if it is not whole."""
        header = self._read(at, 1)
        magic, cycle, version, length, number, tail = struct.unpack_from(">IIIIQQ", header)
        operations, form = (struct.unpack_from(">I", header, place)[0] for place in (40, 300))
        size = struct.unpack_from(">I", header, 320)[0] if version & 2 else 0
        headers = max(1, -(-size // HEADER_COVERS)) if size <= LARGEST_RECORD else 0
        sectors = -(-length // SECTOR)
        if (
            magic != MAGIC
            or number != cycle << 32 | at
            or header[304:320] != self._uuid
            or not headers
            or not 0 <= length <= LARGEST_RECORD
            or sectors > headers * (HEADER_COVERS // SECTOR)
            or headers + sectors > self.sectors
        ):
            raise ContentError(ODD)
        raw = self._read(at, headers + sectors)
        data = bytearray(raw[headers * SECTOR :])
        for sector in range(sectors):
            cover, place = divmod(sector, HEADER_COVERS // SECTOR)
            kept = 44 + 4 * place if not cover else cover * SECTOR + 4 + 4 * place
            wanted = cycle + (at + headers + sector >= self.sectors)
            if struct.unpack_from(">I", data, sector * SECTOR)[0] != wanted:
                raise ContentError(ODD)
            data[sector * SECTOR : sector * SECTOR + 4] = raw[kept : kept + 4]
        end = at + headers + sectors
        return LogRecord(at, end, cycle, number, tail, operations, form, bytes(data[:length]))

    def state(self) -> LogState:
        """How it was left. Raises ContentError."""
        last, head = self.last(), self._head()
        ends_there = last.end % self.sectors == head % self.sectors
        is_end = last.operations == 1 and any(
            flags & UNMOUNT for _, flags, _ in operations_in(last)
        )
        return LogState.CLEAN if ends_there and is_end else LogState.DIRTY

    def records(self) -> Iterator[LogRecord]:
        """Those in which something may be that is nowhere else, in their order."""
        last = self.last()
        if last.format != LITTLE_ENDIAN:
            raise ContentError(ODD)
        at, before = last.tail & 0xFFFFFFFF, last.tail - 1
        if at >= self.sectors:
            raise ContentError(ODD)
        while before < last.number:
            record = self.record(at)
            if record.number <= before or record.number > last.number:
                raise ContentError(ODD)
            yield record
            before, at = record.number, record.end % self.sectors


def log_state(held: Bytes, shape: XfsShape) -> LogState:
    """How the volume's log was left; dirty where that cannot be told."""
    if not shape.log_size:
        return LogState.CLEAN
    try:
        return XfsLog(held, shape).state()
    except (ContentError, struct.error):
        return LogState.DIRTY


def operations_in(record: LogRecord) -> Iterator[tuple[int, int, bytes]]:
    """The transaction's number, flags and what is said, of each. Raises ContentError."""
    at, data = 0, record.data
    for _ in range(record.operations):
        if at + OPERATION.size > len(data):
            raise ContentError(ODD)
        number, length, _, flags, _ = OPERATION.unpack_from(data, at)
        at += OPERATION.size
        if at + length > len(data):
            raise ContentError(ODD)
        yield number, flags, data[at : at + length]
        at += length


def transactions_in(records: Iterator[LogRecord]) -> Iterator[LogTransaction]:
    """Those that ended, in that order. Raises ContentError."""
    begun: dict[int, LogTransaction] = {}
    pending = 0
    for record in records:
        for number, flags, said in operations_in(record):
            if flags & START:
                begun[number] = LogTransaction(record.number, b"", [])
            transaction = begun.get(number)
            if transaction is None:
                continue
            if flags & COMMIT:
                pending -= sum(len(p) for item in transaction.items for p in item.parts)
                yield begun.pop(number)
                continue
            pending += len(said)
            if pending > MOST_PENDING:
                raise ContentError(ODD)
            _add(transaction, said, more=bool(flags & WAS_CONTINUED))


def _add(transaction: LogTransaction, said: bytes, *, more: bool) -> None:
    if not said:
        return
    items = transaction.items
    if len(transaction.head) < 16:
        transaction.head += said
        if struct.unpack_from("<I", transaction.head.ljust(4, b"\0"))[0] != TRANSACTION:
            raise ContentError(ODD)
        return
    if more and items:
        items[-1].parts[-1] += said
    elif items and len(items[-1].parts) < items[-1].wanted:
        items[-1].parts.append(said)
    else:
        if len(said) < 4:
            raise ContentError(ODD)
        items.append(LogItem([said], struct.unpack_from("<H", said, 2)[0]))
