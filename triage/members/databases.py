"""SQLite databases and the logs beside them: values that are pictures, videos or containers.

Messengers, telephones and browsers keep thumbnails and attachments so. First come the tables, whose
names, rows and columns are known; then pages that no table has any more, as far as they still
hold whole records: what was deleted stays there until the page is written again.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

from triage.containers.recognising import recognise
from triage.evidence import HEAD_BYTES
from triage.media.ends import BEGINNING
from triage.media.window import InMemory
from triage.members.member import MOST_AT_ONCE, ContainerBytes, DamagedError, Member, Opening
from triage.members.paged import Paged
from triage.members.sqlite_pages import (
    BROKEN,
    LOGS,
    Cell,
    DatabasePages,
    LogPages,
    Pages,
    RecordValue,
    branches,
    cells,
    values,
)

KINDS = frozenset({"sqlite"})
TELLS_LOCKED = True

LEAST = 128
"""Bytes; less is no picture that anybody could recognise."""
_MOST_TABLES = 10_000
_ENDINGS = {b"\xff\xd8": ".jpg", b"\x89P": ".png", b"GI": ".gif", b"RI": ".webp", b"BM": ".bmp"}
_NAME = re.compile(r"""\s*(?:"((?:[^"]|"")*)"|\[([^\]]*)\]|`([^`]*)`|'([^']*)'|([^\s,()]+))""")
_LONGEST_SQL = 65536
_CONSTRAINTS = frozenset({"primary", "unique", "check", "foreign", "constraint"})
_STEPS = 256
"""Pages, between two looks at the clock."""
_FIRST_PAGE = 100


class _Table(NamedTuple):
    name: str
    root: int
    columns: tuple[str, ...]


def make_ready() -> bool:
    """There is nothing to load."""
    return True


def members(content: ContainerBytes, opening: Opening) -> Iterator[Member]:
    """See `member.Opener`."""
    held = Paged(content, opening.goes_on)
    if held.read_at(0, 4) in LOGS:
        yield from _Walk(LogPages(held), opening.goes_on).unlisted()
        return
    walk = _Walk(DatabasePages(held), opening.goes_on)
    yield from walk.listed()
    yield from walk.unlisted()
    if walk.broken:
        raise DamagedError(BROKEN)


class _Walk:
    """Through one database."""

    def __init__(self, pages: Pages, goes_on: Callable[[], bool]) -> None:
        self._pages, self._goes_on = pages, goes_on
        self._seen: set[int] = set()
        self._told: set[int] = set()
        self.broken = False

    def listed(self) -> Iterator[Member]:
        """Of tables, in the order of the schema."""
        for table in list(islice(self._tables(), _MOST_TABLES)):
            for leaf in self._leaves(table.root):
                for cell in cells(self._pages.page(leaf), self._pages.usable, least=LEAST):
                    for value in values(cell):
                        named = table.columns[value.column : value.column + 1]
                        column = named[0] if named else f"column {value.column + 1}"
                        row = f"row {cell.row}" if cell.row else f"page {leaf}"
                        yield from self._member(
                            leaf, cell, value, f"{table.name}/{row}, {column}", listed=True
                        )

    def unlisted(self) -> Iterator[Member]:
        """Of pages that no table has, in the order in which they lie."""
        for count, which in enumerate(self._pages.all()):
            if which in self._seen:
                continue
            if count % _STEPS == 0 and not self._goes_on():
                return
            page = self._pages.page(which)
            for number, cell in enumerate(cells(page, self._pages.usable, least=LEAST), 1):
                for value in values(cell):
                    name = f"page {which}, record {number}, column {value.column + 1}"
                    yield from self._member(which, cell, value, name, listed=False)

    def _member(
        self, leaf: int, cell: Cell, value: RecordValue, name: str, *, listed: bool
    ) -> Iterator[Member]:
        """It, if it is a blob that begins as something that anybody looks at."""
        if value.type < 12 or value.type & 1 or value.length < LEAST:
            return
        head = self._head(leaf, cell, value)
        if head is None:
            self.broken |= listed
            return
        found = BEGINNING.match(head) is not None or recognise(
            head, value.length, "", InMemory(head).read_at, end_was_read=False
        )
        if not found or self._is_known(head, value):
            return
        chunks = partial(self._content, leaf, cell, value)
        yield Member(name=name + _ENDINGS.get(head[:2], ""), size=value.length, chunks=chunks)

    def _is_known(self, head: bytes, value: RecordValue) -> bool:
        """Whether a page that was written again had it before."""
        known = hash((head, value.length))
        was = known in self._told
        self._told.add(known)
        return was

    def _head(self, leaf: int, cell: Cell, value: RecordValue) -> bytes | None:
        """Its first bytes; None where they are not all there."""
        wanted = min(HEAD_BYTES, value.length)
        if value.at + wanted <= len(cell.local):
            return cell.local[value.at : value.at + wanted]
        head = bytearray()
        if cell.size > self._pages.most or not self._goes_on():
            return None
        try:
            for piece in self._content(leaf, cell, value):
                head += piece
                if len(head) >= wanted:
                    break
        except DamagedError:
            return None
        return bytes(head[:wanted])

    def _content(self, leaf: int, cell: Cell, value: RecordValue) -> Iterator[bytes]:
        """The value, in pieces. Raises DamagedError."""
        skip, left = value.at, value.length
        waiting: list[bytes] = []
        size = 0
        for piece in self._record(leaf, cell):
            part = piece[skip : skip + left]
            skip = max(0, skip - len(piece))
            left -= len(part)
            size += len(part)
            waiting.append(part)
            if size >= MOST_AT_ONCE - self._pages.size or not left:
                yield b"".join(waiting)
                waiting, size = [], 0
            if not left:
                return
        raise DamagedError(BROKEN)

    def _record(self, leaf: int, cell: Cell) -> Iterator[bytes]:
        yield cell.local
        left, which, wanted = cell.size - len(cell.local), leaf, cell.goes_on
        while left > 0:
            which = self._pages.next(which, wanted)
            page = self._pages.page(which) if which else b""
            if not page:
                return
            yield page[4 : min(self._pages.usable, left + 4)]
            left -= self._pages.usable - 4
            wanted = int.from_bytes(page[:4], "big")

    def _tables(self) -> Iterator[_Table]:
        """As the schema has them: it is the table on the first page."""
        for leaf in self._leaves(1):
            base = _FIRST_PAGE if leaf == 1 else 0
            for cell in cells(self._pages.page(leaf), self._pages.usable, base):
                told = [self._small(leaf, cell, value) for value in values(cell)]
                if len(told) < 5 or not (root := int.from_bytes(told[3], "big")):
                    continue
                kind, name, sql = (each.decode(self._pages.text, "replace")
                                   for each in (told[0], told[1], told[4]))  # fmt: skip
                if kind == "table":
                    yield _Table(name, root, columns_in(sql))

    def _small(self, leaf: int, cell: Cell, value: RecordValue) -> bytes:
        try:
            if value.length > _LONGEST_SQL:
                return b""
            return b"".join(self._content(leaf, cell, value)) if value.length else b""
        except DamagedError:
            self.broken = True
            return b""

    def _leaves(self, root: int) -> Iterator[int]:
        """Of one tree, each page once."""
        waiting = [root]
        while waiting and self._goes_on():
            which = waiting.pop()
            page = b"" if which in self._seen else self._pages.page(which)
            if not page:
                self.broken = True
                continue
            self._seen.add(which)
            below = branches(page, _FIRST_PAGE if which == 1 else 0)
            if below:
                waiting += reversed(below)
            else:
                yield which


def columns_in(sql: str) -> tuple[str, ...]:
    """The names of a table's columns, by the statement that made it."""
    begin = sql.find("(") + 1
    found: list[str] = []
    depth, at, quoted = 0, begin, ""
    for place in range(begin, len(sql)):
        mark = sql[place]
        if quoted:
            quoted = "" if mark == quoted else quoted
        elif mark in "\"'`":
            quoted = mark
        elif mark == "[":
            quoted = "]"
        elif mark == "(":
            depth += 1
        elif depth == 0 and mark in ",)":
            found.append(_name_at(sql, at))
            at = place + 1
            if mark == ")":
                break
        elif mark == ")":
            depth -= 1
    return tuple(each for each in found if each.lower() not in _CONSTRAINTS)


def _name_at(sql: str, at: int) -> str:
    named = _NAME.match(sql, at)
    return next((each for each in named.groups() if each is not None), "") if named else ""
