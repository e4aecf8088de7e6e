"""The tree of a container: its members, the members of those, as far as the budget goes.

Sizes lie, so what comes out is counted. A family's fault is a damaged member, never the end of what
came before it. The container's own bytes may fail to be read: then that is why it stopped.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from triage.containers.kinds import ending_of
from triage.containers.probe import Container
from triage.containers.recognising import recognise
from triage.evidence import HEAD_BYTES
from triage.media.window import InMemory
from triage.members.member import ContainerBytes, DamagedError, LockedError, Member, Opening
from triage.members.noted import Became, NotedMember
from triage.members.opening import openers
from triage.members.tally import MEMORY_RAN_OUT, TOO_DEEP, TOO_LARGE, MemberTally
from triage.sources import ContentError

BETWEEN = " » "
"""Stands between a container's name and its member's."""
_LONGEST_NAME = 1000


class Hashing(Protocol):
    """As hashlib's."""

    def update(self, data: bytes, /) -> object:
        """Some more of the content."""
        ...

    def digest(self) -> bytes:
        """Of all of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOut:
    """A member as far as it was taken out."""

    number: int
    """Its place among all that come out of the outermost container and of those in it, from 1."""
    path: str
    """Its name, behind those of the containers in which it lies inside the outermost."""
    inside: str
    """The kind of container in which it lies."""
    size: int
    """Bytes that came out."""
    content: bytes = field(repr=False)
    """All of it; of what is not held in memory the beginning."""
    digests: dict[str, bytes] = field(default_factory=dict)
    """Of what is not held in memory."""
    more: bool = False
    """It goes on: `content` is what came out since it was given last, `size` all so far. Only of
    what is wanted in pieces; once all came out, it is given as anything is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What of a member is wanted."""

    all_of: Callable[[bytes, int, str], bool]
    """Whether more than its beginning: by that, its size as far as the container says (-1) and its
    path."""
    hashers: Callable[[], dict[str, Hashing]]
    """By algorithm, for what is not held in memory."""
    rendered: bool = True
    """Whether pictures are wanted whose digests are no file's."""
    passwords: tuple[str, ...] = field(default=(), repr=False)
    seen_into: frozenset[str] = frozenset()
    """Kinds of containers that nobody opens, whose content is looked at as parts of the member."""
    in_pieces: Callable[[str], bool] = lambda path: False
    """Whether a member of that path that is not held in memory is given as it comes out."""


def opens(kind: str) -> bool:
    """Whether somebody here opens containers of that kind."""
    return kind in openers()


class MemberWalk:
    """One container's tree."""

    def __init__(self, tally: MemberTally, wishes: Wishes) -> None:
        """The tally is kept up to date."""
        self._tally = tally
        self._wishes = wishes

    def members(
        self, content: ContainerBytes, container: Container, name: str
    ) -> Iterator[TakenOut]:
        """All that is taken out. Raises LockedError if the container does not even give names."""
        self._tally.begin()
        yield from self._in(content, container, name, "", 1)

    def _in(
        self, content: ContainerBytes, container: Container, name: str, before: str, depth: int
    ) -> Iterator[TakenOut]:
        tally = self._tally
        tally.containers += 1
        opened_by: set[int] = set()
        opening = Opening(
            kind=container.kind,
            locked=container.locked,
            passwords=self._wishes.passwords,
            opened_by=opened_by.add,
            left_closed=lambda: tally.leave(container.kind),
            goes_on=tally.goes_on,
            tries=tally.tries,
        )
        came, locked = 0, tally.locked
        family = openers()[container.kind]
        try:
            for member in family.members(content, opening):
                if not tally.take():
                    return
                came += 1
                path = before + (member.name or _unnamed(name, came))[:_LONGEST_NAME]
                noted = tally.notes.note(tally.members, path, member.size)
                yield from self._one(member, container.kind, noted, depth)
                if not tally.goes_on():
                    return
        except LockedError:
            if not came:
                raise
        except DamagedError as error:
            if not came and container.locked:
                raise LockedError from error
            tally.damaged += 1
        except ContentError as error:
            tally.end(error.reason)
        except MemoryError:
            tally.end(MEMORY_RAN_OUT)
        except Exception:  # noqa: BLE001 - a fence: what was found before it must not be lost
            tally.damaged += 1
        tally.opened_by |= opened_by
        tells = family.TELLS_LOCKED or bool(opened_by)
        if container.locked and tally.locked == locked and not tells:
            # As in an OpenDocument, whose members come out and are encrypted all the same.
            tally.lock(name)

    def _one(self, member: Member, kind: str, noted: NotedMember, depth: int) -> Iterator[TakenOut]:
        if member.locked:
            self._lock(noted)
            return
        if member.rendered and not self._wishes.rendered:
            noted.became = Became.PASSED_BY
            self._tally.passed_by += 1
            return
        taken = yield from self._taken_out(member, kind, noted)
        if taken is None:
            return
        held, whole = self._held(taken), taken.size == len(taken.content)
        yield taken
        if held is not None and self._tally.goes_on():
            yield from self._further(taken, held, noted, depth, whole=whole)

    def _lock(self, noted: NotedMember) -> None:
        noted.became = Became.ENCRYPTED
        self._tally.lock(noted.path)

    def _further(
        self, taken: TakenOut, held: Container, noted: NotedMember, depth: int, *, whole: bool
    ) -> Iterator[TakenOut]:
        """What lies in a member that is itself a container."""
        tally, path = self._tally, noted.path
        if whole and held.kind in self._wishes.seen_into:
            return
        why = ""
        if not opens(held.kind):
            pass
        elif depth >= tally.budget.deep:
            why = TOO_DEEP
        elif not whole:
            why = TOO_LARGE
        else:
            try:
                content = InMemory(taken.content)
                yield from self._in(content, held, path, path + BETWEEN, depth + 1)
            except LockedError:
                tally.containers -= 1
                tally.lock(path)
                noted.container, noted.locked = held.kind, True
            return
        tally.leave(held.kind)
        noted.container, noted.locked = held.kind, held.locked
        if why:
            tally.end(why)

    def _taken_out(
        self, member: Member, kind: str, noted: NotedMember
    ) -> Generator[TakenOut, None, TakenOut | None]:
        """None of what does not come out whole: a digest of it would be of another content."""
        try:
            return (yield from self._read(member, kind, noted))
        except LockedError:
            self._lock(noted)
        except DamagedError:
            noted.became = Became.DAMAGED
            self._tally.damaged += 1
        return None

    def _read(
        self, member: Member, kind: str, noted: NotedMember
    ) -> Generator[TakenOut, None, TakenOut | None]:
        tally, most = self._tally, max(HEAD_BYTES, self._tally.budget.kept)
        number, path = noted.number, noted.path
        kept: list[bytes] = []
        hashers: dict[str, Hashing] = {}
        size, asked, head = 0, False, b""
        for chunk in member.chunks():
            size += len(chunk)
            if not tally.came(len(chunk)):
                return None
            if not hashers:
                kept.append(chunk)
            for each in hashers.values():
                each.update(chunk)
            if not asked and size >= HEAD_BYTES:
                asked, head = True, b"".join(kept)[:HEAD_BYTES]
                if not self._wants(head, member, path):
                    tally.passed_by += 1
                    noted.became = Became.PASSED_BY
                    return TakenOut(number=number, path=path, inside=kind, size=-1, content=head)
            if size > most and not hashers:
                hashers = self._wishes.hashers()
                for each in hashers.values():
                    each.update(b"".join(kept))
            if hashers:
                if self._wishes.in_pieces(path):
                    came = b"".join(kept) or chunk
                    yield TakenOut(
                        number=number,
                        path=path,
                        inside=kind,
                        size=size,
                        content=came,
                        more=True,
                    )
                kept = []
        digests = {name: each.digest() for name, each in hashers.items()}
        content = head if hashers else b"".join(kept)
        noted.became, noted.size = Became.CAME, size
        return TakenOut(
            number=number, path=path, inside=kind, size=size, content=content, digests=digests
        )

    def _wants(self, head: bytes, member: Member, path: str) -> bool:
        size = member.size if member.size > HEAD_BYTES else -1
        held = recognise(head, max(size, HEAD_BYTES + 1), path, InMemory(head).read_at)
        return held is not None or self._wishes.all_of(head, size, path)

    def _held(self, taken: TakenOut) -> Container | None:
        if taken.size == len(taken.content):
            return recognise(taken.content, taken.size, taken.path)
        size = max(taken.size, len(taken.content) + 1)
        return recognise(taken.content, size, taken.path, InMemory(taken.content).read_at)


def _unnamed(container: str, number: int) -> str:
    """What a member without a name is called: of a packed file, its own without the last ending."""
    name = container.rpartition("/")[2].rpartition(BETWEEN)[2]
    ending = ending_of(name)
    if ending and number == 1 and len(name) > len(ending) + 1:
        return name[: -len(ending) - 1]
    return f"member {number}"
