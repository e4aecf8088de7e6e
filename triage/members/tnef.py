"""What Outlook packs its attachments in for others who have none: TNEF, `winmail.dat`.

Format: [MS-OXTNEF] 2.1.3 (attributes), 2.1.3.4 (properties of what is attached). A message that is
attached lies in it as another TNEF, and is a member that is opened in its turn.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from triage.containers.probe import number
from triage.members.member import ContainerBytes, DamagedError, Member, Opening
from triage.members.pieces import chunks_of

KINDS = frozenset({"tnef"})
TELLS_LOCKED = True
BROKEN = "it does not hold together as Outlook's packing"
WRONG_SUM = "its checksum is wrong"
ODD_PROPERTIES = "what it says of an attachment does not hold together: there may be more in it"

SIGNATURE = b"\x78\x9f\x3e\x22"
_OF_ATTACHMENT = 2
_BEGINS, _TITLE, _DATA, _PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_NAME, _OBJECT = 0x3707, 0x3701
_LONGEST_NAME = 2048
_MOST_PROPERTIES = 1000
_WIDTHS = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8,
           0x40: 8, 0x48: 16}  # fmt: skip
_TEXT, _WIDE_TEXT, _EMBEDDED, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
_LONG = frozenset({_TEXT, _WIDE_TEXT, _EMBEDDED, _BINARY})
_SEVERAL, _NAMED = 0x1000, 0x8000


def make_ready() -> bool:
    """There is nothing to load."""
    return True


@dataclass(slots=True)
class _Attached:
    """One attachment, as far as it was read."""

    title: str = ""
    name: str = ""
    data: tuple[int, int] | None = None
    """Where its content begins, and how long it is."""
    inside: tuple[int, int] | None = None
    """Likewise of a message, or of another program's object."""
    within: tuple[int, int] | None = None
    """Likewise of content that is one of its properties."""


def members(content: ContainerBytes, opening: Opening) -> Iterator[Member]:
    """See `member.Opener`."""
    held, count, at, odd = _Attached(), 0, 6, False
    if content.read_at(0, 4) != SIGNATURE:
        raise DamagedError(BROKEN)
    while at < content.size and opening.goes_on():
        head = content.read_at(at, 9)
        level, which, length = number(head, 0, 1), number(head, 1, 4), number(head, 5, 4)
        start = at + 9
        at = start + length + 2
        if len(head) < 9 or level not in (1, _OF_ATTACHMENT) or at > content.size:
            yield from _members(content, held, count)
            raise DamagedError(BROKEN)
        if level != _OF_ATTACHMENT:
            continue
        if which == _BEGINS:
            yield from _members(content, held, count)
            held, count = _Attached(), count + 1
        elif which == _TITLE:
            raw = content.read_at(start, min(length, _LONGEST_NAME))
            held.title = raw.decode("cp1252", "replace").rstrip("\0")
        elif which == _DATA:
            if held.data:  # as if another one had begun
                yield from _members(content, held, count)
                held, count = _Attached(title=held.title), count + 1
            held.data = start, length
        elif which == _PROPERTIES:
            odd |= not _read_properties(content, start, start + length, held)
    yield from _members(content, held, count)
    if odd:
        raise DamagedError(ODD_PROPERTIES)


def _members(content: ContainerBytes, held: _Attached, count: int) -> Iterator[Member]:
    name = held.name or held.title or f"attachment {count}"
    if held.data and held.data[1]:
        start, length = held.data
        chunks: Callable[[], Iterator[bytes]] = partial(_summed, content, start, length)
        yield Member(name=name, size=length, chunks=chunks)
    for place in (held.inside, held.within if not held.data else None):
        if not place or not place[1]:
            continue
        start, length = place
        chunks = partial(chunks_of, content, start, start + length)
        yield Member(name=name, size=length, chunks=chunks)


def _summed(content: ContainerBytes, start: int, length: int) -> Iterator[bytes]:
    """Held against the sum of its bytes, which stands behind it."""
    total = 0
    for piece in chunks_of(content, start, start + length):
        total += sum(piece)
        yield piece
    if number(content.read_at(start + length, 2), 0, 2) != total & 0xFFFF:
        raise DamagedError(WRONG_SUM)


def _read_properties(content: ContainerBytes, at: int, end: int, held: _Attached) -> bool:
    """Only a name and where content lies are wanted of them. Whether all of them made sense: what
    makes none ends them."""
    count, at = number(content.read_at(at, 4), 0, 4), at + 4
    for _ in range(min(count, _MOST_PROPERTIES)):
        if at + 4 > end:
            return False
        kind, which = (number(content.read_at(at, 4), place, 2) for place in (0, 2))
        at += 4
        if which >= _NAMED:
            at = _behind_name(content, at)
        several, kind = bool(kind & _SEVERAL), kind & ~_SEVERAL
        if kind not in _LONG:
            times = number(content.read_at(at, 4), 0, 4) if several else 1
            at += 4 * several + times * _WIDTHS.get(kind, end)
        else:
            times, at = number(content.read_at(at, 4), 0, 4), at + 4
            if times > _MOST_PROPERTIES:
                return False
            for _ in range(times):
                length, at = number(content.read_at(at, 4), 0, 4), at + 4
                if at + length > end:
                    return False
                _take(content, which, kind, (at, length), held)
                at += -(-length // 4) * 4
    return count <= _MOST_PROPERTIES and at <= end + 3  # the last may lack what fills it up


def _take(
    content: ContainerBytes, which: int, kind: int, place: tuple[int, int], held: _Attached
) -> None:
    at, length = place
    if which == _NAME and kind in (_TEXT, _WIDE_TEXT):
        raw = content.read_at(at, min(length, _LONGEST_NAME))
        text = raw.decode("utf-16-le" if kind == _WIDE_TEXT else "cp1252", "replace")
        held.name = text.rstrip("\0")
    elif which == _OBJECT and kind == _EMBEDDED and length > 16:
        held.inside = at + 16, length - 16  # behind what kind of object it is
    elif which == _OBJECT and kind == _BINARY:
        held.within = at, length


def _behind_name(content: ContainerBytes, at: int) -> int:
    """Behind the name of a property that has none by number: its family, and a number or text."""
    head = content.read_at(at, 24)
    if number(head, 16, 4) == 0:
        return at + 24
    return at + 24 + -(-number(head, 20, 4) // 4) * 4
