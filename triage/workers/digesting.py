"""The short way to digests: read, hash, look all of them up together.

Where a profile asks for digests alone it settles entries; where it asks for more, it says which
of them a notable set holds, so that they are looked at first.

An entry takes it if its content is small and lies in one run. Whatever is unusual about it - it
cannot be read, a notable set holds it - is left to the long way, which knows what to do.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from triage.containers.probe import Container
from triage.containers.recognising import recognise
from triage.detectors.item import Item
from triage.detectors.known import HashSetDetector
from triage.evidence import FileEntry
from triage.findings import Outcome, Result, in_known
from triage.members.walking import opens
from triage.sources import ContentError, Source
from triage.wire.messages import Spot
from triage.workers.entry_needs import EntryNeeds
from triage.workers.hashers import BLAKE3, begin
from triage.workers.intake import WHOLE_BYTES

_EXAMINED = Outcome.EXAMINED


class Digesting:
    """Settles the entries of a batch that are as entries mostly are."""

    def __init__(
        self, needs: EntryNeeds, sets: HashSetDetector, sources: Mapping[str, Source]
    ) -> None:
        """`sources` by volume; may still be filled."""
        self._sets = sets
        self._sources = sources
        self._may_match = needs.may_match
        self._opens = opens if needs.members else None
        self._names = sorted(needs.algorithms)
        """Those that are looked up."""
        self._new = [begin(name) for name in self._names]
        self._told = [*self._names, BLAKE3]
        """Those that are told."""
        self._new_told = [begin(name) for name in self._told]

    def results(self, entries: Sequence[FileEntry]) -> list[Result | None]:
        """One for each entry; None for those that go the long way."""
        containers: dict[int, Container] = {}
        digests = [self._digests(entry, containers) for entry in entries]
        results = [
            Result(
                outcome=_EXAMINED,
                bytes_read=entry.size,
                digests=dict(zip(self._told, map(bytes.hex, of), strict=False)),
            )
            if of
            else None
            for entry, of in zip(entries, digests, strict=True)
        ]
        for place, result in enumerate(results if containers else ()):
            if result and (held := containers.get(entries[place].id)):
                results[place] = replace(result, container=held.kind, locked=held.locked)
        for place in self._in_any_set(digests):
            results[place] = self._if_known(entries[place], digests[place], results[place])
        return results

    def spots(self, entries: Sequence[FileEntry]) -> Iterator[Spot]:
        """The entries that a notable set holds, as far as that can be told quickly."""
        digests = [self._looked_up(self._content(entry)) for entry in entries]
        for place in self._in_any_set(digests):
            (matches,) = self._sets.matches_of([self._item(entries[place], digests[place])])
            if matches:
                yield Spot(entry_id=entries[place].id, matches=matches)

    def _item(self, entry: FileEntry, digests: Sequence[bytes]) -> Item:
        return Item(entry=entry, head=b"", digests=dict(zip(self._names, digests, strict=False)))

    def _digests(self, entry: FileEntry, containers: dict[int, Container]) -> list[bytes]:
        """Of all its content, those that are looked up and BLAKE3; none of an entry that goes the
        long way.

        `containers`, by id, gets what it is, if it holds others.
        """
        content = self._content(entry)
        if not content:
            return []
        try:
            held = recognise(content, entry.size, entry.path)
            if held and self._opens and self._opens(held.kind):
                return []
            if held:
                containers[entry.id] = held
        except MemoryError:
            return []
        return [new(content).digest() for new in self._new_told]

    def _looked_up(self, content: bytes) -> list[bytes]:
        return [new(content).digest() for new in self._new] if content else []

    def _content(self, entry: FileEntry) -> bytes:
        """All of it; empty of an entry that goes the long way."""
        size, runs = entry.size, entry.runs
        if len(runs) != 1 or size > WHOLE_BYTES or runs[0].offset < 0:
            return b""
        if self._may_match is not None and not self._may_match(size):
            return b""
        try:
            return self._sources[entry.volume_id].small(entry)
        except (ContentError, MemoryError, KeyError):
            return b""

    def _in_any_set(self, digests: Sequence[list[bytes]]) -> list[int]:
        """The places of those that are in a set, by any algorithm."""
        places = [place for place, of in enumerate(digests) if of]
        found: set[int] = set()
        for number, name in enumerate(self._names):
            held = self._sets.held(name, [digests[place][number] for place in places])
            found.update(places[n] for n in held)
        return sorted(found)

    def _if_known(
        self, entry: FileEntry, digests: Sequence[bytes], unknown: Result | None
    ) -> Result | None:
        """What is said of one in a set of kind known; None of one in a notable set, or that could
        not be compared with one."""
        item = self._item(entry, digests)
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
            digests=unknown.digests,
        )


def digesting(
    needs: EntryNeeds, sets: HashSetDetector | None, sources: Mapping[str, Source]
) -> Digesting | None:
    """One, where there is anything to look up in."""
    return Digesting(needs, sets, sources) if sets is not None and needs.algorithms else None
