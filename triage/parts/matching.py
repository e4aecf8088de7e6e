"""Parts held against every detector, and what thumbnails betray by themselves.

- a part is an item like any other: its digests are looked up, its pixels compared and scored. What
  a detector says of it becomes a match of the entry in which it lies, with the part's place, length
  and digests, so that the lab finds that very part again;
- a match of a thumbnail is of kind `thumbnail`; of any other part it keeps its own kind;
- a thumbnail in a cache whose picture is gone is a match of its own;
- so is one that does not look like the picture that it lies in.

A thumbnail that looks like its picture says nothing that the picture itself does not say: then
only its digests are looked up.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import msgspec

from triage.detectors.in_use import Detectors
from triage.detectors.item import Frame, Item, Picture
from triage.detectors.types import name_of, type_of
from triage.evidence import HEAD_BYTES, FileEntry
from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.parts import telling
from triage.parts.budget import Budget
from triage.parts.decoding import PartDecoding
from triage.parts.likeness import UNLIKE, likeness
from triage.parts.part import Part
from triage.parts.telling import PartFound
from triage.profile import Thumbnails

GROUP, GROUP_BYTES = 32, 8 * 1024 * 1024
"""Parts of an entry that are looked at together: so many, or of so many bytes."""
MOST_MATCHES = 100
"""Of one entry; more are counted."""

_KINDS = tuple(MatchKind)
"""The surest first."""

Gone = Callable[[FileEntry, str], bool | None]
"""Whether the picture of that name, beside the cache, is gone; None where it cannot be told. With a
leading slash the name is a path from the volume's root."""


class Within(Protocol):
    """Looks for parts in members of containers."""

    def held(self, item: Item, member: Part, seconds: float) -> "PartsSaid":
        """What is to be said of those of one; `seconds`: that they may take."""
        ...


@dataclass(slots=True, kw_only=True)
class PartsSaid:
    """What an entry's parts gave."""

    matches: list[Match] = field(default_factory=list)
    picture: Picture | None = field(default=None, repr=False)
    """Of the first part that matched, for a preview."""
    frames: tuple[Frame, ...] = field(default=(), repr=False)
    """Likewise, where that is a video."""
    count: int = 0
    """Parts that were looked at."""
    undecoded: int = 0
    """Those of them that gave no pixels: damaged, or of a kind that is not decoded."""
    gone: list[Part] = field(default_factory=list)
    """Thumbnails of pictures that are gone."""
    not_compared: str = ""
    """`Item.not_compared` of the first part of which it is said."""
    untold: int = 0
    """Matches beyond those that are told one by one."""
    surest_untold: Match | None = None
    """Of those."""


class PartMatching:
    """Holds parts against a profile's detectors."""

    def __init__(
        self,
        detectors: Detectors,
        choice: Thumbnails,
        gone: Gone,
        decoding: PartDecoding | None = None,
        *,
        typed: bool = True,
        within: Within | None = None,
        heard: Callable[[Part, Item], None] | None = None,
    ) -> None:
        """`gone`: as the file systems say. `typed`: somebody asks of which type a part is.
        `within`: who looks for parts of what was taken out of containers. `heard` is told what was
        found out of each of those."""
        self._within = within
        self._heard = heard
        self._typed = typed
        self._choice = choice
        self._gone = gone
        self._decoding = decoding or PartDecoding()
        self._look_up = detectors.look_up
        in_use = detectors.in_use
        self._detectors = [each for each in in_use if each.needs.told_by_parts]
        self._algorithms = sorted(detectors.algorithms)
        self._begin = {
            name: partial(getattr(hashlib, name), usedforsecurity=False)
            for name in self._algorithms
        }

    def held(self, carrier: Item, parts: Iterable[Part], budget: Budget) -> PartsSaid:
        """An entry's parts, as many as the budget allows, which says why if not all.

        `carrier.picture` is what the thumbnails in it should look like.
        """
        said = PartsSaid()
        budget.begin()
        wanted = (part for part in parts if self._choice.look or not part.thumbnail)
        for group in _groups(budget.within(wanted)):
            self._hold(carrier, group, budget, said)
        if said.surest_untold is not None:
            said.matches.append(telling.untold(said.surest_untold, said.untold, MOST_MATCHES))
        if said.gone and self._choice.report_gone:
            said.matches.append(telling.gone(said.gone, said.count))
        return said

    def promising(self, carriers: Sequence[tuple[FileEntry, Part]]) -> list[bool]:
        """Whether a detector has anything to say of each part, for what to look at first."""
        budget = Budget()
        items = [self._item(entry, part, budget)[0] for entry, part in carriers]
        found = self._detected(items, [part for _, part in carriers])
        return [bool(matches) for matches in found]

    def lost(self, entry: FileEntry, picture_path: str) -> list[Match]:
        """Of a thumbnail that is a file of its own: that its picture, on this volume, is gone."""
        if not self._choice.report_gone or self._gone(entry, f"/{picture_path}") is not True:
            return []
        return [telling.alone(picture_path)]

    def _hold(self, carrier: Item, parts: Sequence[Part], budget: Budget, said: PartsSaid) -> None:
        items, shown, unlike = [], [], []
        for part in parts:
            item, decoded = self._item(carrier.entry, part, budget)
            said.count += 1
            said.undecoded += not decoded
            shown.append((item.picture, item.frames))
            unlike.append(self._unlike(carrier, part, item))
            items.append(item)
        detected = self._detected(items, parts)
        for item in items:
            said.not_compared = said.not_compared or item.not_compared
        for at, part in enumerate(parts):
            picture, frames = shown[at]
            lost = self._lost(carrier.entry, part)
            if lost and picture is not None:
                said.gone.append(part)
            if part.member:
                self._hold_within(items[at], part, budget, said)
            if part.member and self._heard is not None:
                self._heard(part, items[at])
            matches = (*unlike[at], *detected[at])
            if not matches:
                continue
            digests = telling.digests_of(part)
            found = PartFound(
                part=part, mime=name_of(items[at].head, items[at].type), digests=digests, lost=lost
            )
            _add(said, [telling.told(each, found) for each in matches])
            if said.picture is None and not said.frames:
                said.picture, said.frames = picture, frames

    def _hold_within(self, item: Item, member: Part, budget: Budget, said: PartsSaid) -> None:
        if self._within is None:
            return
        inner = self._within.held(item, member, budget.seconds)
        said.not_compared = said.not_compared or inner.not_compared
        if inner.matches:
            _add(said, [telling.in_member(each, member) for each in inner.matches])
            if said.picture is None and not said.frames:
                said.picture, said.frames = inner.picture, inner.frames

    def _lost(self, entry: FileEntry, part: Part) -> bool | None:
        if not part.thumbnail or not part.of or part.elsewhere:
            return None
        return self._gone(entry, part.of)

    def _item(self, entry: FileEntry, part: Part, budget: Budget) -> tuple[Item, bool]:
        """The part as an item of its own, under its picture's name where that is known; and whether
        it has the pixels that are asked for."""
        content = part.content
        if part.of:
            entry = msgspec.structs.replace(entry, path=part.of, stream="")
        head = content[:HEAD_BYTES]
        item = Item(entry=entry, head=head, type=type_of(head) if self._typed else "")
        item.digests = self._digests(part)
        known = self._look_up is not None and self._look_up.known(item)
        if known or part.own:
            return item, True
        if not part.whole:
            return item, self._decoding.pass_by(item)
        return item, self._decoding.decode(item, content, budget.seconds)

    def _digests(self, part: Part) -> dict[str, bytes]:
        if part.digests is not None:
            return {name: part.digests[name] for name in self._algorithms if name in part.digests}
        return {name: begin(part.content).digest() for name, begin in self._begin.items()}

    def _unlike(self, carrier: Item, part: Part, item: Item) -> tuple[Match, ...]:
        """Of a thumbnail: that it shows another picture. One that shows its own is not judged."""
        if not part.thumbnail or item.picture is None or carrier.picture is None:
            return ()
        score = likeness(item.picture.pixels, carrier.picture.pixels)
        if score >= UNLIKE:
            item.picture, item.frames = None, ()
            return ()
        return (telling.unlike(score, part),) if self._choice.report_unlike else ()

    def _detected(self, items: Sequence[Item], parts: Sequence[Part]) -> list[list[Match]]:
        """What the detectors say; of names only where the part has one of its own."""
        found: list[list[Match]] = [[] for _ in items]
        for each in self._detectors:
            asked = [at for at, part in enumerate(parts) if part.of or not each.needs.name]
            matches = each.matches_of([items[at] for at in asked])
            for at, those in zip(asked, matches, strict=True):
                found[at] += those
        return found


def _groups(parts: Iterable[Part]) -> Iterator[list[Part]]:
    group: list[Part] = []
    size = 0
    for part in parts:
        group.append(part)
        size += len(part.content)
        if len(group) == GROUP or size >= GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _add(said: PartsSaid, matches: Sequence[Match]) -> None:
    room = MOST_MATCHES - len(said.matches)
    said.matches += matches[:room]
    further = [said.surest_untold] if said.surest_untold is not None else []
    further += matches[room:]
    said.untold += len(matches[room:])
    said.surest_untold = min(further, key=lambda each: _KINDS.index(each.kind), default=None)
