"""Arrays: bytes that lie on several volumes, each of which says that it is a part of it.

Who is a member of what is grouped by the coordinator, by what the members say; what they make
together is decided here, in the worker, of their own superblocks, and by every worker alike. The
array is listed inside its first member; the others are parts of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from triage.sources.bytes import Bytes, MadeBytes
from triage.sources.reader import BadPlaces, ContentError

OF_ITSELF = "it is part of an array that lies in itself"
MOST_MEMBERS = 256
"""Volumes that are taken together."""
TOO_MANY = f"more than {MOST_MEMBERS} volumes say that they are part of it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """What members make together."""

    words: str
    """What it is: `a Linux RAID 5 of 3`."""
    gives: Mapping[str, Bytes]
    """As a layer gives it."""
    used: tuple[int, ...]
    """Which of the members it is made of, by their numbers; at least one."""
    left_out: Mapping[int, str] = field(default_factory=dict)
    """Why the others are not."""
    missing: str = ""
    """What is not here, and how it is read without."""
    unread: tuple[str, ...] = ()
    """What lies on the members besides, as `Volume.unread` has it."""


Join = Callable[[Sequence[Bytes]], Assembly]
"""Puts members together; raises ContentError, which says what is missing, or anything."""
Member = tuple[str, Bytes]
"""The id of a volume, and its bytes."""
Made = dict[tuple[str, ...], Assembly | ContentError]
"""By the ids of members: what came of them; every one of them asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What a member shows of its array."""

    gives: Mapping[str, Bytes]
    size: int
    """Bytes of all members that it is made of."""
    home: str
    """The volume in which it is listed."""
    says: str
    unread: tuple[str, ...] = ()


def joined(join: Join, own: str, members: Sequence[Member], before: Made) -> Joined:
    """What the members make, as the one called `own` sees it: it is among them. One that is not
    used is tried by itself. Raises ContentError, or whatever `join` does.

    `before`: what was put together; it is added to.
    """
    if len(members) > MOST_MEMBERS:
        raise ContentError(TOO_MANY)
    ids = [each for each, _ in members]
    why = ""
    if len(members) > 1:
        made = _joined(join, members, before)
        used = [ids[number] for number in made.used]
        if own in used:
            return _shown(made, members, used)
        why = made.left_out.get(ids.index(own), "")
    alone = next(each for each in members if each[0] == own)
    try:
        made = join([alone[1]])
    except ContentError as error:
        raise ContentError(why or error.reason) from error
    shown = _shown(made, [alone], [own])
    return Joined(
        gives=shown.gives,
        size=shown.size,
        home=own,
        says="; ".join(filter(None, (shown.says, why))),
        unread=shown.unread,
    )


def _joined(join: Join, members: Sequence[Member], before: Made) -> Assembly:
    ids = tuple(each for each, _ in members)
    if ids not in before:
        try:
            before[ids] = join([held for _, held in members])
        except ContentError as error:
            before[ids] = error
    made = before[ids]
    if isinstance(made, ContentError):
        raise made
    return made


def _shown(made: Assembly, members: Sequence[Member], used: Sequence[str]) -> Joined:
    sizes = [members[number][1].size for number in made.used]
    others = f", put together of {', '.join(used)}" if len(used) > 1 else ""
    return Joined(
        gives=made.gives,
        size=sum(sizes),
        home=used[0],
        says="; ".join(filter(None, (f"{made.words}{others}", made.missing))),
        unread=made.unread,
    )


class OnAnotherDevice(MadeBytes):
    """The bytes of a member on another device: their places are not on this one."""

    def __init__(self, held: Bytes) -> None:
        self._held = held
        self.size = held.size
        self.sector_size, self.serial = held.sector_size, held.serial

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Bytes` has it."""
        return self._held.read_at(offset, length)

    def read_into(self, offset: int, view: memoryview) -> int:
        """As `Bytes` has it."""
        return self._held.read_into(offset, view)

    def salvage(self, offset: int, length: int) -> tuple[bytes, BadPlaces]:
        """As `Bytes` has it."""
        return self._held.salvage(offset, length)
