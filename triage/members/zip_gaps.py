"""Stretches of a zip that its directory does not tell of, and in which a member begins.

Whoever drops a member from the directory hides it from every program that reads by the directory,
and keeps it for one that does not. Format: PKWARE APPNOTE.TXT 6.3.10, 4.3.7 to 4.3.16.
"""

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from triage.members.member import ContainerBytes, DamagedError

DIRECTORY_MISSING = "its directory is missing"
_END = struct.Struct("<4s4H2LH")
_END64_PLACE = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_MOST_COMMENT = 65535
_MOST_ROWS = 100_000
_MOST_DIRECTORY = 32 * 1024 * 1024
_AT_ONCE = 4 * 1024 * 1024
"""Bytes in which the beginning of a member is looked for."""
_UNSAID = 0xFFFFFFFF
_UNCOUNTED = 0xFFFF
"""Rows: so many or more. Programs then write the end twice, with lengths that would fit, too."""
_BEGINS = b"PK\x03\x04"
_NEWEST, _METHODS = 63, frozenset({0, 1, 6, 8, 9, 12, 14, 93, 95, 98, 99})
"""The newest version that a member may need, and how one may be packed."""
SMALLEST = _LOCAL.size + 1
UNSEARCHED = "its directory is too long to search what it does not tell of"


class ZipStretch(NamedTuple):
    """Bytes of the zip, from `offset`."""

    offset: int
    length: int


class Slice:
    """A stretch of content as content of its own."""

    def __init__(self, content: ContainerBytes, stretch: ZipStretch) -> None:
        """`stretch` lies in the content."""
        self._content = content
        self._offset = stretch.offset
        self.size = stretch.length

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end."""
        length = min(length, self.size - offset)
        return self._content.read_at(self._offset + offset, length) if length > 0 else b""


def gaps(content: ContainerBytes, goes_on: Callable[[], bool]) -> Iterator[ZipStretch]:
    """From the first member that the directory leaves out in each stretch to its end. Raises
    DamagedError if no directory was found, or if it is longer than is read."""
    place = directory_of(content)
    if place is None:
        raise DamagedError(DIRECTORY_MISSING)
    begin, length, moved = place
    if length > _MOST_DIRECTORY:
        raise DamagedError(UNSEARCHED)
    taken = sorted(_taken(content, content.read_at(begin, length), moved))
    if len(taken) >= _MOST_ROWS:
        raise DamagedError(UNSEARCHED)
    yield from _between(content, taken, begin, goes_on)


def begins_plausibly(stretch: ContainerBytes) -> bool:
    """Whether what lies there is a member by more than its first four bytes: those stand in
    programs that unpack themselves, too."""
    head = stretch.read_at(0, _LOCAL.size)
    if len(head) < _LOCAL.size:
        return False
    _, needed, _, method, *_, stored, _, name, _ = _LOCAL.unpack(head)
    known = needed & 0xFF <= _NEWEST and method in _METHODS
    return known and 0 < name < stretch.size - _LOCAL.size and stored > 0


def directory_of(content: ContainerBytes) -> tuple[int, int, int] | None:
    """Where it begins, how long it is, and how much lies in front of the zip."""
    tail_at = max(0, content.size - _MOST_COMMENT - _END.size)
    tail = content.read_at(tail_at, content.size - tail_at)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        return None
    _, _, _, here, rows, length, begin, _ = _END.unpack_from(tail, at)
    end = tail_at + at
    if _UNSAID in {length, begin} or _UNCOUNTED in {here, rows}:
        end64 = _end64(content, end)
        if end64 is not None:
            end, length, begin = end64
    moved = end - length - begin
    if moved < 0 or length < 0:
        return None
    return begin + moved, length, moved


def _end64(content: ContainerBytes, end: int) -> tuple[int, int, int] | None:
    raw = content.read_at(max(0, end - _END64_PLACE.size), _END64_PLACE.size)
    if len(raw) < _END64_PLACE.size or raw[:4] != b"PK\x06\x07":
        return None
    (_, _, said, _) = _END64_PLACE.unpack(raw)
    for at in (said, end - _END64_PLACE.size - _END64.size):  # of what something stands in front of
        raw = content.read_at(at, _END64.size) if 0 <= at < content.size else b""
        if len(raw) == _END64.size and raw[:4] == b"PK\x06\x06":
            *_, length, begin = _END64.unpack(raw)
            return at, length, begin
    return None


def _taken(content: ContainerBytes, directory: bytes, moved: int) -> Iterator[ZipStretch]:
    """What each row of the directory says is a member's: from its local header to its data's end,
    without what is between (the local header's own lengths are read where the next begins)."""
    at = 0
    for _ in range(_MOST_ROWS):
        if len(directory) - at < CENTRAL.size or directory[at : at + 4] != b"PK\x01\x02":
            return
        row = CENTRAL.unpack_from(directory, at)
        stored, plain, name, extra, comment, offset = (
            row[8], row[9], row[10], row[11], row[12], row[16],
        )  # fmt: skip
        more = directory[at + CENTRAL.size + name :][:extra]
        if _UNSAID in {stored, offset}:
            stored, offset = _from_extra(more, plain, stored, offset)
        yield ZipStretch(offset + moved, _LOCAL.size + name + stored)
        at += CENTRAL.size + name + extra + comment


def _from_extra(extra: bytes, plain: int, stored: int, offset: int) -> tuple[int, int]:
    """Zip64: those of the numbers that did not fit, in this order."""
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<HH", extra, at)
        if tag == 1:
            numbers = [
                int.from_bytes(extra[each : each + 8], "little")
                for each in range(at + 4, min(at + 4 + length, len(extra)) - 7, 8)
            ]
            found = iter(numbers)
            if plain == _UNSAID:
                next(found, 0)
            stored = next(found, stored) if stored == _UNSAID else stored
            offset = next(found, offset) if offset == _UNSAID else offset
            return stored, offset
        at += 4 + length
    return stored, offset


def _between(
    content: ContainerBytes,
    taken: list[ZipStretch],
    directory_at: int,
    goes_on: Callable[[], bool],
) -> Iterator[ZipStretch]:
    at = 0
    for each in (*taken, ZipStretch(directory_at, 0)):
        end = min(each.offset, directory_at)
        found = _first(content, at, end, goes_on) if end - at >= SMALLEST else -1
        if 0 <= found <= end - SMALLEST:
            yield ZipStretch(found, end - found)
        at = max(at, each.offset + each.length)


def _first(content: ContainerBytes, at: int, end: int, goes_on: Callable[[], bool]) -> int:
    """Where a member begins first between two places; -1: none does."""
    step = _AT_ONCE - len(_BEGINS) + 1
    for place in range(at, end, step):
        found = content.read_at(place, min(_AT_ONCE, end - place)).find(_BEGINS)
        if found >= 0:
            return place + found
        if not goes_on():
            break
    return -1
