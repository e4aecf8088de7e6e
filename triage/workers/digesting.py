"""The short way: read, hash, look all of them up together.

It settles entries of whose content there is nothing to say but digests, type and name. Where a
profile is for some families alone it settles none, and only says which of them a notable set holds.

An entry takes it if its content is small, lies in one run, and is nothing that anybody looks into.
Whatever is unusual about it - it cannot be read, a notable set holds it, a detector has something
to say - is left to the long way, which knows what to do.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from triage.containers.probe import Container
from triage.detectors.in_use import Detectors
from triage.detectors.item import Item
from triage.detectors.known import HashSetDetector
from triage.evidence import HEAD_BYTES, FileEntry
from triage.findings import Outcome, Result, in_known
from triage.sources import ContentError, Source
from triage.wire.messages import Spot
from triage.workers.entry_needs import EntryNeeds
from triage.workers.hashers import BLAKE3, begin
from triage.workers.intake import NOT_IN_ANY_SET, WHOLE_BYTES
from triage.workers.plain import Plainness

_LARGEST_TYPED = 1024 * 1024
"""Bytes: what turns out to be looked into is read once more."""
_EXAMINED = Outcome.EXAMINED

Digests = dict[str, bytes]
"""By algorithm; of an entry that goes the long way there are none."""


class _Told(NamedTuple):
    """What there is to say of plain content."""

    head: bytes
    """Its beginning, where a detector asks for that: else a batch would be kept in memory."""
    mime: str
    container: Container | None
    digests: Digests
    """Those that are looked up, and BLAKE3; that alone where its size is in no set."""


class Digesting:
    """Settles the entries of a batch that are as entries mostly are."""

    def __init__(
        self,
        needs: EntryNeeds,
        detectors: Detectors,
        sets: HashSetDetector,
        sources: Mapping[str, Source],
    ) -> None:
        """`sources` by volume; may still be filled."""
        self.settles = not needs.families
        """Whether it settles anything."""
        self._sets = sets
        self._sources = sources
        self._may_match = needs.may_match
        self._largest = _LARGEST_TYPED if needs.type else WHOLE_BYTES
        self._plainness = Plainness(needs)
        self._asked = [
            each
            for each in detectors.in_use
            if not (each.needs.look_up or each.needs.pixels or each.needs.gate)
        ]
        """Besides the look-up: plain content has neither pixels nor a score."""
        self._head_bytes = HEAD_BYTES if any(each.needs.head for each in self._asked) else 0
        self._new = [(name, begin(name)) for name in sorted(needs.algorithms)]
        """Those that are looked up."""
        self._new_told = [*self._new, (BLAKE3, begin(BLAKE3))]
        """Those that are told."""

    def results(self, entries: Sequence[FileEntry]) -> list[Result | None]:
        """One for each entry; None for those that go the long way."""
        told = [self._told_of(entry) for entry in entries]
        results = [
            self._result(each, entry.size) if each else None
            for entry, each in zip(entries, told, strict=True)
        ]
        digests = [each.digests if each else {} for each in told]
        for place in self._in_any_set(digests):
            results[place] = self._if_known(entries[place], digests[place], results[place])
        for place in self._matched(entries, told, results):
            results[place] = None
        return results

    def spots(self, entries: Sequence[FileEntry]) -> Iterator[Spot]:
        """The entries that a notable set holds, as far as that can be told quickly."""
        digests = [self._looked_up(entry) for entry in entries]
        for place in self._in_any_set(digests):
            item = Item(entry=entries[place], head=b"", digests=digests[place])
            (matches,) = self._sets.matches_of([item])
            if matches:
                yield Spot(entry_id=entries[place].id, matches=matches)

    def _told_of(self, entry: FileEntry) -> _Told | None:
        """None of an entry that goes the long way."""
        if not self._plainness.may_be(entry):
            return None
        looked_up = self._may_match is None or self._may_match(entry.size)
        content = self._content(entry, self._largest if looked_up else HEAD_BYTES)
        if not content:
            return None
        try:
            plain = self._plainness.told(entry, content)
        except Exception:  # noqa: BLE001 - the long way has the fence, and says what it was
            return None
        if plain is None:
            return None
        new = self._new_told if looked_up else self._new_told[-1:]
        digests = {name: begun(content).digest() for name, begun in new}
        return _Told(content[: self._head_bytes], *plain, digests)

    def _looked_up(self, entry: FileEntry) -> Digests:
        looked_up = self._may_match is None or self._may_match(entry.size)
        content = self._content(entry, WHOLE_BYTES) if looked_up else b""
        return {name: new(content).digest() for name, new in self._new} if content else {}

    def _content(self, entry: FileEntry, most: int) -> bytes:
        """All of it; empty of an entry that goes the long way."""
        runs = entry.runs
        if len(runs) != 1 or entry.size > most or runs[0].offset < 0:
            return b""
        try:
            return self._sources[entry.volume_id].small(entry)
        except (ContentError, MemoryError, KeyError):
            return b""

    def _result(self, told: _Told, size: int) -> Result:
        held, digests = told.container, told.digests
        return Result(
            outcome=_EXAMINED,
            reason="" if len(digests) > 1 else NOT_IN_ANY_SET,
            bytes_read=size,
            type=told.mime,
            container=held.kind if held else "",
            locked=bool(held and held.locked),
            digests={name: digest.hex() for name, digest in digests.items()},
        )

    def _in_any_set(self, digests: Sequence[Digests]) -> list[int]:
        """The places of those that are in a set, by any algorithm."""
        found: set[int] = set()
        for name, _ in self._new:
            places = [place for place, of in enumerate(digests) if name in of]
            held = self._sets.held(name, [digests[place][name] for place in places])
            found.update(places[n] for n in held)
        return sorted(found)

    def _if_known(
        self, entry: FileEntry, digests: Digests, unknown: Result | None
    ) -> Result | None:
        """What is said of one in a set of kind known; None of one in a notable set, or that could
        not be compared with one."""
        item = Item(entry=entry, head=b"", digests=digests)
        if any(self._sets.matches_of([item])):
            return None
        known = self._sets.known(item)
        if item.not_compared:
            return None
        if not known or unknown is None:
            return unknown
        return Result(
            outcome=Outcome.KNOWN,
            reason=in_known(known),
            bytes_read=entry.size,
            type=unknown.type,
            digests=unknown.digests,
        )

    def _matched(
        self,
        entries: Sequence[FileEntry],
        told: Sequence[_Told | None],
        results: Sequence[Result | None],
    ) -> set[int]:
        """The places of those of which a detector has something to say. Of what is known none is
        asked."""
        if not self._asked:
            return set()
        places: list[int] = []
        items: list[Item] = []
        for place, (entry, each, result) in enumerate(zip(entries, told, results, strict=True)):
            if each is not None and result is not None and result.outcome is _EXAMINED:
                places.append(place)
                items.append(
                    Item(entry=entry, head=each.head, type=each.mime, digests=each.digests)
                )
        found = (each.matches_of(items) for each in self._asked)
        return {place for of in found for place, matches in zip(places, of, strict=True) if matches}


def digesting(
    needs: EntryNeeds,
    detectors: Detectors,
    sources: Mapping[str, Source],
) -> Digesting | None:
    """One, where there is anything to look up in."""
    sets = detectors.look_up
    if sets is None or not needs.algorithms:
        return None
    return Digesting(needs, detectors, sets, sources)
