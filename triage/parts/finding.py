"""Which parts an entry has, by its type and by its name: the one place that asks every finder."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from triage.families import family
from triage.parts.behind import begins_as_none, behind
from triage.parts.budget import Budget
from triage.parts.cache import Cache, is_no_cache, may_be_cache, open_cache
from triage.parts.carrier import Carrier
from triage.parts.embedded import CARRIERS, embedded
from triage.parts.part import Part
from triage.profile import Family

LOOKED_INTO = frozenset({"chrome cache"})
"""Kinds of containers whose content are parts: nobody need say that they were not looked into."""


def is_cache(head: bytes, size: int, path: str) -> bool:
    """Whether it may hold parts and nothing else, whatever its own type is."""
    return may_be_cache(head, size, path)


def read_whole(head: bytes, mime: str, path: str) -> bool:
    """Whether all of its content is needed to find its parts, though it begins as no picture."""
    return begins_as_none(head, mime, path)


def holds_none(head: bytes, mime: str, path: str, whole: bytes) -> bool:
    """Whether an entry surely has no parts, as most have none: no finder need be asked.

    `whole`: all of its content, if that was read.
    """
    if mime.startswith(("image/", "video/")) or head.startswith(CARRIERS):
        return False
    if not is_no_cache(head, path, whole):
        return False
    return not (whole and begins_as_none(head, mime, path))


def parts_of(carrier: Carrier, budget: Budget) -> Iterator[Part]:
    """All parts of an entry, as they are asked for. Raises ContentError, now and then.

    `budget` is told of what was not searched. Where there is none, all of the content can be let
    go of at once.
    """
    cache = _cache(carrier)
    if cache is not None and not (
        carrier.type.startswith("image/") or family(carrier.type) is Family.VIDEOS
    ):
        return _begun(_in(cache, budget))
    missed: list[str] = []
    near = tuple(embedded(carrier.head, missed.append))
    further = behind(carrier, budget) if carrier.whole else ()
    parts = chain(near, _begun(chain(_in(cache, budget), further)))
    return _each_once(chain(parts, _ended(budget, missed)) if missed else parts)


def _ended(budget: Budget, missed: Sequence[str]) -> Iterator[Part]:
    """Once all else was looked at, why there may be more."""
    budget.end(missed[0])
    yield from ()


def _cache(carrier: Carrier) -> Cache | None:
    head, content, path = carrier.head, carrier.content, carrier.entry.path
    if not carrier.whole and not may_be_cache(head, content.size, path):
        return None
    return open_cache(content, head, path, carrier.beside)


def _begun(parts: Iterable[Part]) -> Iterator[Part]:
    """The same; where there are none, nothing is held on to."""
    rest = iter(parts)
    first = next(rest, None)
    return iter(()) if first is None else chain((first,), rest)


def _each_once(parts: Iterable[Part]) -> Iterator[Part]:
    """What two finders give is one part."""
    seen: set[tuple[int, int]] = set()
    for part in parts:
        place = part.offset, part.extent
        if part.offset < 0 or place not in seen:
            seen.add(place)
            yield part


def _in(cache: Cache | None, budget: Budget) -> Iterator[Part]:
    if cache is not None:
        yield from cache.parts()
        budget.end(cache.trouble)
