"""The short way to digests: read, hash, look all of them up together.

Where a profile asks for digests alone it settles entries; where it asks for more, it says which
of them a notable set holds, so that they are looked at first.

An entry takes it if its content is small and lies in one run. Whatever is unusual about it - it
cannot be read, a notable set holds it - is left to the long way, which knows what to do.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from triage.containers.probe import Container
from triage.containers.recognising import recognise
from triage.detectors.item import Item
from triage.detectors.known import HashSetDetector
from triage.evidence import FileEntry
from triage.findings import Outcome, Result
from triage.sources import ContentError, Source
from triage.wire.messages import Spot
from triage.workers.entry_needs import EntryNeeds
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
        self._names = sorted(needs.algorithms)
        self._new = [getattr(hashlib, name) for name in self._names]

    def results(self, entries: Sequence[FileEntry]) -> list[Result | None]:
        """One for each entry; None for those that go the long way."""
        containers: dict[int, Container] = {}
        digests = [self._digests(entry, containers) for entry in entries]
        results = [
            Result(
                entry_id=entry.id,
                outcome=_EXAMINED,
                bytes_read=entry.size,
                digests={name: digest.hex() for name, digest in zip(self._names, of, strict=True)},
            )
            if of
            else None
            for entry, of in zip(entries, digests, strict=True)
        ]
        for place, result in enumerate(results if containers else ()):
            if result and (held := containers.get(result.entry_id)):
                results[place] = replace(result, container=held.kind, locked=held.locked)
        for place in self._in_any_set(digests):
            results[place] = self._if_known(entries[place], digests[place], results[place])
        return results

    def spots(self, entries: Sequence[FileEntry]) -> Iterator[Spot]:
        """The entries that a notable set holds, as far as that can be told quickly."""
        digests = [self._digests(entry) for entry in entries]
        for place in self._in_any_set(digests):
            (matches,) = self._sets.matches_of([self._item(entries[place], digests[place])])
            if matches:
                yield Spot(entry_id=entries[place].id, matches=matches)

    def _item(self, entry: FileEntry, digests: Sequence[bytes]) -> Item:
        return Item(entry=entry, head=b"", digests=dict(zip(self._names, digests, strict=True)))

    def _digests(
        self, entry: FileEntry, containers: dict[int, Container] | None = None
    ) -> list[bytes]:
        """Of all its content; none of an entry that goes the long way.

        `containers`, by id, gets what it is, if it holds others.
        """
        size, runs = entry.size, entry.runs
        if len(runs) != 1 or size > WHOLE_BYTES or runs[0].offset < 0:
            return []
        if self._may_match is not None and not self._may_match(size):
            return []
        try:
            content = self._sources[entry.volume_id].small(entry)
            if containers is not None and (held := recognise(content, size, entry.path)):
                containers[entry.id] = held
            return [new(content, usedforsecurity=False).digest() for new in self._new]
        except (ContentError, MemoryError, KeyError):
            return []

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
        """What is said of one in a set of kind known; None of one in a notable set."""
        item = self._item(entry, digests)
        if any(self._sets.matches_of([item])):
            return None
        known = self._sets.known(item)
        if not known or unknown is None:
            return unknown
        return Result(
            entry_id=entry.id,
            outcome=Outcome.KNOWN,
            reason=known,
            bytes_read=entry.size,
            digests=unknown.digests,
        )


def digesting(
    needs: EntryNeeds, sets: HashSetDetector | None, sources: Mapping[str, Source]
) -> Digesting | None:
    """One, where there is anything to look up in."""
    return Digesting(needs, sets, sources) if sets is not None and needs.algorithms else None
