"""Parts of entries, found once more where a scan found them: in containers, and in pieces.

What a scan told of is known by its digest, so all that comes out is held against that. A member
that is not held in memory goes out as it comes, if its path is that of one that is wanted; once it
has ended, it is said whether it was that one.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from msgspec.structs import replace

from triage.containers.recognising import recognise
from triage.detectors.types import type_of
from triage.evidence import HEAD_BYTES
from triage.media.window import InMemory
from triage.members.member import LockedError
from triage.members.tally import MemberBudget, MemberTally
from triage.members.walking import MemberWalk, TakenOut, Wishes, opens
from triage.parts.budget import Budget
from triage.parts.carrier import Carrier
from triage.parts.finding import parts_of
from triage.parts.telling import in_short
from triage.sources import Content, ContentError, Source
from triage.wire.messages import (
    COPY_BYTES,
    PARTS_SECONDS,
    PARTS_SECONDS_A_BYTE,
    CopyParts,
    NextBytes,
    PartCopied,
    Reply,
    WantedPart,
)
from triage.workers.parting import beside
from triage.workers.preload import preload

KEPT_BYTES = 128_000_000
"""Of an entry, and of a member of it, in memory."""
_AS_FAR_AS_IT_GOES = 2**50
_DEEP = 16
LOCKED = "it, or what it lies in, is encrypted, and no password that was given opens it"
NOT_OPENED = "nothing here opens what it lies in"
NOT_FOUND = "it was not found again in what lies there"


def make_ready() -> None:
    """Load what finding them takes: before the worker is confined."""
    preload(types=True)
    opens("")


class PartsAgain:
    """What is wanted of one entry, as it is found."""

    def __init__(
        self, source: Source, content: Content, wanted: CopyParts, passwords: tuple[str, ...]
    ) -> None:
        """`source`: where the entry lies; `content`: what it holds."""
        self._source = source
        self._content = content
        self._entry = wanted.entry
        self._passwords = passwords
        self._parts: Sequence[WantedPart] = wanted.parts
        self._left = set(range(len(wanted.parts)))
        self._seconds = PARTS_SECONDS + wanted.entry.size * PARTS_SECONDS_A_BYTE
        self._under_way = False
        """Some of a member was handed over, and not yet said which it is."""
        self.trouble = ""
        """Why not all of them were found; known at the end."""

    def found(self) -> Iterator[Reply]:
        """The bytes of each, and behind them which it was."""
        try:
            head = self._content.read_at(0, min(HEAD_BYTES, self._entry.size))
            if self._wanted(members=True):
                yield from self._members(head)
            if self._wanted(members=False):
                yield from self._pieces(head)
        except ContentError as error:
            self.trouble = error.reason
        if self._left:
            self.trouble = self.trouble or NOT_FOUND

    def _wanted(self, *, members: bool) -> list[int]:
        return [number for number in self._left if bool(self._parts[number].path) == members]

    def _members(self, head: bytes) -> Iterator[Reply]:
        entry = self._entry
        held = recognise(head, entry.size, entry.path, self._content.read_at)
        if held is None or not opens(held.kind):
            self.trouble = NOT_OPENED
            return
        tally = MemberTally(budget=self._budget(), of=entry.size)
        wishes = Wishes(
            all_of=lambda head, size, path: bool(self._named(path)),
            hashers=lambda: {"sha256": sha256()},
            passwords=self._passwords,
            in_pieces=lambda path: bool(self._named(path)),
        )
        try:
            for taken in MemberWalk(tally, wishes).members(self._content, held, entry.path):
                yield from self._of(taken)
                if not self._wanted(members=True):
                    return
            yield from self._given_up()
        except LockedError:
            self.trouble = LOCKED
        self.trouble = self.trouble or tally.stopped or (LOCKED if tally.locked else "")

    def _budget(self) -> MemberBudget:
        """More than a scan's, which has to end: here the clock ends it, and who asked."""
        return MemberBudget(
            deep=_DEEP,
            at_most=_AS_FAR_AS_IT_GOES,
            freely=_AS_FAR_AS_IT_GOES,
            most_bytes=_AS_FAR_AS_IT_GOES,
            kept=KEPT_BYTES,
            seconds=self._seconds,
        )

    def _named(self, path: str) -> list[int]:
        """Those that are wanted and called so."""
        shown = in_short(path)
        return [number for number in self._left if self._parts[number].path == shown]

    def _of(self, taken: TakenOut) -> Iterator[Reply]:
        begins = taken.size == len(taken.content)
        if self._under_way and (begins or not self._named(taken.path)):
            yield from self._given_up()
        if taken.more:
            if taken.size <= max(self._parts[number].size for number in self._named(taken.path)):
                self._under_way = True
                yield from _in_pieces(taken.content)
        elif self._under_way:
            self._under_way = False
            yield self._said(taken.digests.get("sha256", b""))
        elif begins:
            yield from self._whole(taken.content)
            if self._named(taken.path):
                yield from self._within(taken)

    def _within(self, taken: TakenOut) -> Iterator[Reply]:
        """Parts of a member: one that is wanted is called as the member in which it lies."""
        content = taken.content
        entry = replace(self._entry, path=taken.path, stream="", size=len(content))
        carrier = Carrier(
            entry=entry,
            head=content[:HEAD_BYTES],
            type=type_of(content[:HEAD_BYTES], taken.path),
            content=InMemory(content),
            whole=content,
            beside=lambda _name, _most: b"",
        )
        budget = Budget(seconds=self._seconds)
        budget.begin()
        for part in budget.within(parts_of(carrier, budget)):
            if part.whole:
                yield from self._whole(part.content)
            if not self._named(taken.path):
                return

    def _given_up(self) -> Iterator[Reply]:
        """What was handed over of it so far is no part."""
        if self._under_way:
            self._under_way = False
            yield PartCopied(number=-1)

    def _whole(self, content: bytes) -> Iterator[Reply]:
        digest = sha256(content).digest()
        if any(self._parts[number].sha256 == digest for number in self._left):
            yield from _in_pieces(content)
            yield self._said(digest)

    def _said(self, digest: bytes) -> PartCopied:
        """Which it was. Of several with one content the first is said."""
        fitting = [each for each in sorted(self._left) if self._parts[each].sha256 == digest]
        self._left.difference_update(fitting)
        return PartCopied(number=fitting[0] if fitting else -1)

    def _pieces(self, head: bytes) -> Iterator[Reply]:
        """Parts of a cache and the like, in its bytes and not in one stretch of them."""
        entry, content = self._entry, self._content
        whole = content.read_at(0, entry.size) if entry.size <= KEPT_BYTES else b""
        carrier = Carrier(
            entry=entry,
            head=head,
            type=type_of(head, entry.stream or entry.path),
            content=InMemory(whole) if whole else content,
            whole=whole,
            beside=lambda name, most: beside(self._source, entry, name, most),
        )
        budget = Budget(seconds=self._seconds)
        budget.begin()
        for part in budget.within(parts_of(carrier, budget)):
            if part.whole:
                yield from self._whole(part.content)
            if not self._left:
                return
        self.trouble = self.trouble or budget.spent


def _in_pieces(content: bytes) -> Iterator[NextBytes]:
    for at in range(0, len(content), COPY_BYTES):
        yield NextBytes(data=content[at : at + COPY_BYTES])
