"""The members of an entry that is a container: taken out as they are asked for, within a budget."""

from collections.abc import Iterator
from dataclasses import replace

from triage.containers.probe import Container
from triage.families import family
from triage.media.window import InMemory
from triage.members.member import LockedError
from triage.members.noted import MemberNotes, NotesRoom
from triage.members.tally import MemberBudget, MemberTally
from triage.members.walking import Hashing, MemberWalk, TakenOut, Wishes, opens
from triage.parts.budget import Budget
from triage.parts.finding import LOOKED_INTO, is_cache
from triage.parts.part import Part
from triage.profile import Family, Profile, parse_duration, parse_size
from triage.sources import Source
from triage.workers.entry_needs import EntryNeeds
from triage.workers.hashers import BLAKE3, begin
from triage.workers.look import Look
from triage.workers.parting import BYTES_PER_SECOND, OF_ENTRY

KEPT_BYTES = 128_000_000
"""Of a member, in memory; a container in it, and what comes out of that, are there besides."""
_OF_FINDINGS = ("md5", "sha1", "sha256")
LISTED_OF_ENTRY, LISTED_AT_ONCE = 16_000_000, 32_000_000
"""Bytes of members that are listed one by one: of one entry, and of all that are examined together.
They travel in one message."""


class TakingOut:
    """Takes out members, within a profile's limits."""

    def __init__(
        self, needs: EntryNeeds, profile: Profile, passwords: tuple[str, ...] = ()
    ) -> None:
        """Made before the worker is confined: libraries are loaded."""
        limits = profile.limits.members
        entry = parse_duration(profile.limits.entry_time)
        self._seconds = min(OF_ENTRY * entry, parse_duration(limits.time))
        self._decode_bytes = parse_size(profile.limits.decode_bytes)
        self._budget = MemberBudget(
            deep=limits.deep,
            at_most=limits.at_most,
            freely=parse_size(limits.bytes_freely),
            times=limits.times,
            most_bytes=parse_size(limits.bytes),
            kept=min(KEPT_BYTES, self._decode_bytes),
        )
        self._needs = needs
        names = {*needs.algorithms, *_OF_FINDINGS, *([BLAKE3] if limits.listed else ())}
        self._most_listed = LISTED_OF_ENTRY if limits.listed else 0
        self.begin()
        self._new = {name: begin(name) for name in sorted(names)}
        self._wishes = Wishes(
            all_of=self._wants,
            hashers=self._hashers,
            rendered=bool(needs.pixels),
            passwords=passwords,
            seen_into=LOOKED_INTO if needs.parts else frozenset(),
        )
        opens("")

    def begin(self) -> None:
        """Another batch of entries follows."""
        self._room = NotesRoom(LISTED_AT_ONCE)

    def find(self, source: Source, look: Look) -> None:
        """Put into the look what its entry holds, if somebody opens what it is."""
        held, entry = look.container, look.item.entry
        if held is None or entry.hindrance or not opens(held.kind):
            return  # of what is not all here zeros are read, which no container is damaged by
        whole = look.kept if len(look.kept) == entry.size else b""
        seconds = self._seconds + OF_ENTRY * entry.size / BYTES_PER_SECOND
        budget = replace(self._budget, seconds=seconds)
        notes = MemberNotes(self._most_listed, self._room)
        tally = MemberTally(budget=budget, of=entry.size, notes=notes)
        content = InMemory(whole) if whole else source.content(entry)
        taken = MemberWalk(tally, self._wishes).members(content, held, entry.path)
        look.member_budget = Budget(seconds=seconds)
        look.members = _as_parts(taken, look, tally)
        look.tries = tally.tries

    def opens(self, held: Container) -> bool:
        """Whether somebody here opens it."""
        return opens(held.kind)

    def _wants(self, head: bytes, size: int, path: str) -> bool:
        """By its size, if a set may hold it; by its type, if it is to be decoded."""
        by_size = self._needs.may_match
        if self._needs.algorithms and (size < 0 or by_size is None or by_size(size)):
            return True
        if not self._needs.pixels or size > self._decode_bytes:
            return False
        return _is_seen(head, path) or (self._needs.parts and is_cache(head, size, path))

    def _hashers(self) -> dict[str, Hashing]:
        return {name: new() for name, new in self._new.items()}


def _is_seen(head: bytes, path: str) -> bool:
    from triage.detectors.types import type_of  # noqa: PLC0415 - only where pictures are decoded

    mime = type_of(head, path)
    return mime.startswith("image/") or family(mime) is Family.VIDEOS


def _as_parts(taken: Iterator[TakenOut], look: Look, tally: MemberTally) -> Iterator[Part]:
    """Each as a part of the entry; what came out is in the look as soon as it is known."""
    try:
        for each in taken:
            look.tally = tally
            yield _as_part(each)
    except LockedError:
        if look.container is not None:
            look.container = Container(look.container.kind, locked=True)
        return
    look.tally = tally


def _as_part(taken: TakenOut) -> Part:
    whole = len(taken.content) == taken.size
    return Part(
        content=taken.content,
        kind=f"{taken.inside} member",
        of=taken.path,
        member=True,
        number=taken.number,
        size=-1 if whole else max(taken.size, len(taken.content)),
        digests=None if whole else taken.digests,
    )
