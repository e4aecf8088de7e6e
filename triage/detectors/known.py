"""Known material: an item's digests against every hash set that is loaded.

Sets of kind notable give matches. Sets of kind known (NSRL) give none: `known` says that the item
is in one, and all that is done with it then is to compare its looks. A match in a notable set
always wins, and says which set of kind known contradicts it.

A set that is found altered where it is looked into ends nothing: its other pieces hold, and of each
item that could not be compared with it that is said.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from triage.choices import HashSetUse
from triage.detectors.item import Item
from triage.errors import HashSetError
from triage.findings import Match, contradicted
from triage.hashsets.entries import SetEntry
from triage.hashsets.hash_set import HashSet
from triage.hashsets.labels import Wanted
from triage.hashsets.layout import MOST_TEXT
from triage.hashsets.sizes import SizeGate
from triage.match_kinds import MatchKind
from triage.profile import SetKind

if TYPE_CHECKING:
    from triage.detectors.equipment import OpenedEquipment

_VERSION = "hash_set 1"
_SHOWN = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256"}
_COST = {"sha1": 1.0, "md5": 1.5, "sha256": 1.6}
"""What a byte costs, relative: without special instructions SHA-256 is the slowest."""


class HashSetDetector:
    """Looks items up in hash sets. Sealed sets must be unlocked before."""

    name = "hash_set"

    def __init__(self, sets: Sequence[HashSet], wanted: Wanted | None = None) -> None:
        """`wanted`: which entries of notable sets count; None: all."""
        self.algorithms = needed(sets)
        """Whose digests are looked up."""
        self.gate = SizeGate([each.sizes for each in sets])
        """Which sizes any of the sets can have at all: other files need not be read for this."""
        wanted = wanted or Wanted()
        self._notable = [
            (each, wanted.labels_in(each.header)) for each in sets if each.kind is SetKind.NOTABLE
        ]
        """With those of their labels that count."""
        self._known = [each for each in sets if each.kind is SetKind.KNOWN]

    def matches_of(self, items: Sequence[Item]) -> list[tuple[Match, ...]]:
        """The matches of each item with notable sets, one a set."""
        matches: list[list[Match]] = [[] for _ in items]
        for hash_set, labels in self._notable:
            for at, algorithm, entry in self._found(hash_set, items):
                if entry.category in labels:
                    matches[at].append(_match(items[at], hash_set, algorithm, entry))
        return [
            contradicted(found, self._known_to(item)) if found else ()
            for found, item in zip(matches, items, strict=True)
        ]

    def known(self, item: Item) -> str:
        """The set of kind known that the item is in; empty: it is in none, or it matches."""
        known = self._known_to(item)
        return "" if known and any(self.matches_of([item])) else known

    def _known_to(self, item: Item) -> str:
        held = (each.header.name for each in self._known if any(self._found(each, [item])))
        return next(held, "")

    def held(self, algorithm: str, digests: Sequence[bytes]) -> set[int]:
        """The places of those digests that are in any set, notable or known; all of them where one
        is altered: each has to be looked up by itself."""
        held: set[int] = set()
        for hash_set in (*(notable for notable, _ in self._notable), *self._known):
            if digests and algorithm in hash_set.algorithms:
                try:
                    numbers = hash_set.numbers_of(algorithm, digests)
                except HashSetError:
                    return {*range(len(digests))}
                held.update((numbers >= 0).nonzero()[0].tolist())
        return held

    def _found(
        self, hash_set: HashSet, items: Sequence[Item]
    ) -> Iterable[tuple[int, str, SetEntry]]:
        """Each item that is in the set, once: its place, by which algorithm, what the set says."""
        seen: set[int] = set()
        for algorithm in sorted(hash_set.algorithms & self.algorithms):
            places = [
                at for at, item in enumerate(items) if at not in seen and algorithm in item.digests
            ]
            there = _entries(hash_set, algorithm, [items[at] for at in places])
            for at, entry in zip(places, there, strict=True):
                if entry:
                    seen.add(at)
                    yield at, algorithm, entry


def _entries(hash_set: HashSet, algorithm: str, items: Sequence[Item]) -> Sequence[SetEntry | None]:
    """What the set says of each; one by one where a part of it is not what was written."""
    digests = [item.digests[algorithm] for item in items]
    try:
        return hash_set.find_many(algorithm, digests)
    except HashSetError:
        return [
            _entry(hash_set, algorithm, digest, item)
            for digest, item in zip(digests, items, strict=True)
        ]


def _entry(hash_set: HashSet, algorithm: str, digest: bytes, item: Item) -> SetEntry | None:
    try:
        return hash_set.find(algorithm, digest)
    except HashSetError:
        item.not_compared = item.not_compared or hash_set.header.name
        return None


def build_one(choice: HashSetUse, equipment: "OpenedEquipment") -> HashSetDetector:
    """The choice's detector; which of its categories count, the equipment say."""
    return HashSetDetector(equipment.hash_sets, equipment.wanted)


def needed(sets: Sequence[HashSet]) -> frozenset[str]:
    """The cheapest algorithms that miss no entry of any set."""
    algorithms = sorted({a for each in sets for a in each.algorithms})
    choices = (
        frozenset(some)
        for count in range(len(algorithms) + 1)
        for some in combinations(algorithms, count)
    )
    enough = [some for some in choices if all(_suffices(some, each) for each in sets)]
    return min(enough, key=lambda some: sum(_COST[algorithm] for algorithm in some))


def _suffices(some: frozenset[str], hash_set: HashSet) -> bool:
    return bool(some.intersection(hash_set.header.covers)) or hash_set.algorithms <= some


def _match(item: Item, hash_set: HashSet, algorithm: str, entry: SetEntry) -> Match:
    header = hash_set.header
    category = f", category {entry.category}" if entry.category else ""
    provenance = {
        "set": header.name,
        "set_sha256": hash_set.sha256,
        "set_created": header.created,
        "algorithm": algorithm,
        "digest": item.digests[algorithm].hex(),
        "category": entry.category,
        "source": "; ".join(entry.sources)[:MOST_TEXT],
    }
    return Match(
        kind=MatchKind.HASH_SET,
        detector=_VERSION,
        reason=f"Known material: its {_SHOWN[algorithm]} is in the set {header.name}{category}.",
        provenance={key: value for key, value in provenance.items() if value},
    )
