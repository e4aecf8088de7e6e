"""The pages of an SQLite database, or of the log beside one, and the records in them.

Format: SQLite's "Database File Format", 1.3 (header), 1.6 (pages and cells), 2.1 (records), 4.1
(the log). Nothing in it is believed: every number is held to what is there.
"""

from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, Protocol

from triage.containers.probe import big_number
from triage.members.member import ContainerBytes, DamagedError

BROKEN = "it does not hold together as an SQLite database"
SIGNATURE = b"SQLite format 3\0"
LOGS = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
TABLE_LEAF, TABLE_BRANCH, INDEX_LEAF, INDEX_BRANCH = 13, 5, 10, 2
_ENCODINGS = {2: "utf-16-le", 3: "utf-16-be"}
_LEAVES = frozenset({TABLE_LEAF, INDEX_LEAF})
_LOG_HEADER, _FRAME = 32, 24
_MOST_COLUMNS = 2000
_WIDTHS = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)
"""Of values by their type, below 12."""


class Pages(Protocol):
    """Pages by a number; those of a log by the place of their frame."""

    size: int
    usable: int
    most: int
    """Bytes; no record is longer."""
    text: str
    """How text is encoded."""

    def page(self, which: int) -> bytes:
        """Empty if there is none."""
        ...

    def next(self, which: int, wanted: int) -> int:
        """Where the page of that number is, as `which` sees it; 0: nowhere."""
        ...

    def all(self) -> Iterator[int]:
        """Every page that there is."""
        ...


class DatabasePages:
    """Of the database itself, from 1."""

    def __init__(self, content: ContainerBytes) -> None:
        """Raises DamagedError."""
        self._content = content
        head = content.read_at(0, 100)
        self.size = _page_size(big_number(head, 16, 2))
        self.usable = self.size - head[20] if len(head) == 100 else 0
        if not head.startswith(SIGNATURE) or self.usable < 480:
            raise DamagedError(BROKEN)
        self.text = _ENCODINGS.get(big_number(head, 56, 4), "utf-8")
        self.count = content.size // self.size
        self.most = content.size
        self.page = lru_cache(maxsize=64)(self._page)

    def _page(self, which: int) -> bytes:
        if not 1 <= which <= self.count:
            return b""
        return self._content.read_at((which - 1) * self.size, self.size)

    def next(self, which: int, wanted: int) -> int:
        """See `Pages`."""
        return wanted if 1 <= wanted <= self.count else 0

    def all(self) -> Iterator[int]:
        """See `Pages`."""
        return iter(range(1, self.count + 1))


class LogPages:
    """Of the log: a frame for each page that was written, again for each time; from 1."""

    def __init__(self, content: ContainerBytes) -> None:
        """Raises DamagedError."""
        self._content = content
        head = content.read_at(0, _LOG_HEADER)
        self.size = self.usable = _page_size(big_number(head, 8, 4))
        if head[:4] not in LOGS or self.size < 512:
            raise DamagedError(BROKEN)
        self.text, self.most = "utf-8", content.size
        self._count = (content.size - _LOG_HEADER) // (self.size + _FRAME)
        self._frames: dict[int, list[int]] = {}
        for frame in range(1, self._count + 1):
            which = big_number(content.read_at(self._at(frame), 4), 0, 4)
            self._frames.setdefault(which, []).append(frame)

    def _at(self, frame: int) -> int:
        return _LOG_HEADER + (frame - 1) * (self.size + _FRAME)

    def page(self, which: int) -> bytes:
        """See `Pages`."""
        if not 1 <= which <= self._count:
            return b""
        return self._content.read_at(self._at(which) + _FRAME, self.size)

    def next(self, which: int, wanted: int) -> int:
        """The nearest frame behind: pages of one blob are written in one go. Else the last."""
        frames = self._frames.get(wanted, [])
        place = bisect_left(frames, which)
        return frames[min(place, len(frames) - 1)] if frames else 0

    def all(self) -> Iterator[int]:
        """See `Pages`."""
        return iter(range(1, self._count + 1))


class Cell(NamedTuple):
    """A record as its leaf has it."""

    row: int
    size: int
    """Of the record, bytes."""
    local: bytes
    """As much of it as lies in the leaf."""
    goes_on: int
    """The page on which it does; 0: it is all there."""


class RecordValue(NamedTuple):
    """A value of a record: where in it."""

    column: int
    type: int
    at: int
    length: int


def cells(page: bytes, usable: int, base: int = 0, least: int = 0) -> Iterator[Cell]:
    """Of a leaf, those of records of at least so many bytes; `base`: of the first page 100."""
    kind = page[base] if len(page) > base + 8 else 0
    if kind not in _LEAVES:
        return
    count = min(big_number(page, base + 3, 2), (usable - base - 8) // 4)
    most = usable - 35 if kind == TABLE_LEAF else (usable - 12) * 64 // 255 - 23
    fewest = (usable - 12) * 32 // 255 - 23
    for place in range(base + 8, base + 8 + 2 * count, 2):
        at = page[place] << 8 | page[place + 1]
        size, at = varint(page, at)
        if size < least:
            continue
        row, at = varint(page, at) if kind == TABLE_LEAF else (0, at)
        row -= row >> 63 << 64  # it may be below zero
        if size <= most:
            yield Cell(row, size, page[at : at + size], 0)
            continue
        local = fewest + (size - fewest) % (usable - 4)
        local = local if local <= most else fewest
        yield Cell(row, size, page[at : at + local], big_number(page, at + local, 4))


def branches(page: bytes, base: int) -> list[int]:
    """The pages below a branch of a table."""
    if len(page) <= base + 12 or page[base] not in (TABLE_BRANCH, INDEX_BRANCH):
        return []
    count = min(big_number(page, base + 3, 2), len(page) // 4)
    places = (big_number(page, base + 12 + 2 * each, 2) for each in range(count))
    return [*(big_number(page, at, 4) for at in places), big_number(page, base + 8, 4)]


def values(cell: Cell) -> Iterator[RecordValue]:
    """Of a record, as far as its header lies in the leaf."""
    at, place = varint(cell.local, 0)
    end = min(at, len(cell.local))
    for column in range(_MOST_COLUMNS):
        if place >= end:
            return
        kind, place = varint(cell.local, place)
        length = (kind - 12) // 2 if kind >= 12 else _WIDTHS[kind]
        if at + length > cell.size:
            return
        yield RecordValue(column, kind, at, length)
        at += length


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where the next thing begins."""
    found = 0
    for step in range(8):
        byte = data[at + step] if at + step < len(data) else 0
        found = found << 7 | byte & 0x7F
        if byte < 0x80:
            return found, at + step + 1
    return found << 8 | big_number(data, at + 8, 1), at + 9


def _page_size(told: int) -> int:
    size = 65536 if told == 1 else told
    return size if 512 <= size <= 65536 and not size & (size - 1) else 0
