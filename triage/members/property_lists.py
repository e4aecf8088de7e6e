"""Apple's binary property lists: data in them that is a picture, a video or a container.

Format: CFBinaryPList.c of Apple's CoreFoundation. A table at the end names the places of all
objects; they are taken as it has them, whatever leads to them.
"""

from collections.abc import Iterator
from functools import partial

from triage.containers.probe import big_number
from triage.containers.recognising import recognise
from triage.evidence import HEAD_BYTES
from triage.media.ends import BEGINNING
from triage.media.window import InMemory
from triage.members.member import ContainerBytes, DamagedError, Member, Opening
from triage.members.pieces import chunks_of

KINDS = frozenset({"plist"})
TELLS_LOCKED = True
BROKEN = "it does not hold together as a property list"

_LEAST = 128
_DATA = 0x4
_STEP = 4096
"""Objects, between two looks at the clock."""
_ENDINGS = {b"\xff\xd8": ".jpg", b"\x89P": ".png", b"GI": ".gif", b"RI": ".webp", b"BM": ".bmp"}


def make_ready() -> bool:
    """There is nothing to load."""
    return True


def members(content: ContainerBytes, opening: Opening) -> Iterator[Member]:
    """See `member.Opener`."""
    trailer = content.read_at(max(0, content.size - 32), 32)
    wide, count, table = trailer[6:7], big_number(trailer, 8, 8), big_number(trailer, 24, 8)
    width = big_number(wide, 0, 1)
    if not 1 <= width <= 8 or not 0 < count * width <= content.size - table:
        raise DamagedError(BROKEN)
    broken = False
    for first in range(0, count, _STEP):
        places = content.read_at(table + first * width, _STEP * width)
        if not opening.goes_on():
            return
        for at in range(0, min(_STEP, count - first) * width, width):
            place = big_number(places, at, width)
            broken |= len(places) < at + width or _claims_too_much(content, place)
            yield from _data(content, place)
    if broken:
        raise DamagedError(BROKEN)


def _claims_too_much(content: ContainerBytes, at: int) -> bool:
    """Whether there is no object, or one of data that goes on behind the end."""
    kind, begin, length = _told(content, at)
    return not 0 < at < content.size or (kind == _DATA and length > content.size - begin)


def _told(content: ContainerBytes, at: int) -> tuple[int, int, int]:
    """Of an object its kind, where its content begins, and how long that is."""
    head = content.read_at(at, 10)
    kind, length = divmod(big_number(head, 0, 1), 16)
    if length < 0x0F:
        return kind, at + 1, length
    width = 1 << (big_number(head, 1, 1) & 0x03)
    return kind, at + 2 + width, big_number(head, 2, width)


def _data(content: ContainerBytes, at: int) -> Iterator[Member]:
    kind, begin, length = _told(content, at)
    if kind != _DATA or not _LEAST <= length <= content.size - begin:
        return
    start = content.read_at(begin, min(HEAD_BYTES, length))
    found = recognise(start, length, "", InMemory(start).read_at, end_was_read=False)
    if BEGINNING.match(start) or found is not None:
        name = f"bytes {begin}-{begin + length - 1}{_ENDINGS.get(start[:2], '')}"
        yield Member(
            name=name, size=length, chunks=partial(chunks_of, content, begin, begin + length)
        )
