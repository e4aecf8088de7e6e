"""What became of each member, by its number, for whoever wants all of them listed. Values only."""

from dataclasses import dataclass, field
from enum import StrEnum

A_NOTE = 400
"""Bytes that one takes at most, on its way and as a line, besides its path."""
A_CHARACTER = 4


class Became(StrEnum):
    """What a member became."""

    LEFT = "left"
    """It was met, and a limit came first."""
    CAME = "came"
    """It came out as it was put in."""
    PASSED_BY = "passed by"
    """Only its beginning came out, or nothing was to be made of it."""
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"


@dataclass(slots=True, kw_only=True)
class NotedMember:
    """One member; what is found out of it is put in as it becomes known."""

    number: int
    path: str
    size: int = -1
    became: Became = Became.LEFT
    container: str = ""
    """It holds others, and nobody looked inside."""
    locked: bool = False
    """That is encrypted."""
    type: str = ""
    digests: dict[str, bytes] = field(default_factory=dict)
    known: str = ""
    """The set of kind known that it is in."""


@dataclass(slots=True)
class NotesRoom:
    """Bytes that the notes of several entries may take together."""

    left: int


class MemberNotes:
    """Those of one entry, as many as there is room for: the first, without a gap."""

    def __init__(self, most: int = 0, room: NotesRoom | None = None) -> None:
        """`most`: bytes, estimated; `room`: that it shares with others."""
        self._left = most
        self._room = room or NotesRoom(most)
        self.all: list[NotedMember] = []

    def note(self, number: int, path: str, size: int) -> NotedMember:
        """The next one; it is kept if there is room for it and was for those before it."""
        noted = NotedMember(number=number, path=path, size=size)
        cost = A_NOTE + A_CHARACTER * len(path)
        if cost > min(self._left, self._room.left):
            self._left = 0
        else:
            self._left -= cost
            self._room.left -= cost
            self.all.append(noted)
        return noted

    def of(self, number: int) -> NotedMember | None:
        """That one, if it was kept."""
        return self.all[number - 1] if 0 < number <= len(self.all) else None
