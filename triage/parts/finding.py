"""Which parts an entry has, by its type and by its name: the one place that asks every finder."""

from collections.abc import Iterable, Iterator
from itertools import chain

from triage.parts.behind import begins_as_none, behind
from triage.parts.budget import Budget
from triage.parts.cache import Cache, may_be_cache, open_cache
from triage.parts.carrier import Carrier
from triage.parts.embedded import embedded
from triage.parts.part import Part
from triage.parts.quicklook import INDEX, LARGEST_INDEX, is_quicklook, open_quicklook


def is_cache(head: bytes, size: int, path: str) -> bool:
    """Whether it may hold parts and nothing else, whatever its own type is."""
    return may_be_cache(head, size) or is_quicklook(path)


def read_whole(head: bytes, mime: str, path: str) -> bool:
    """Whether all of its content is needed to find its parts, though it begins as no picture."""
    return begins_as_none(head, mime, path)


def parts_of(carrier: Carrier, budget: Budget) -> Iterator[Part]:
    """All parts of an entry, as they are asked for. Raises ContentError, now and then.

    `budget` is told of what was not searched. Where there is none, all of the content can be let
    go of at once.
    """
    if is_quicklook(carrier.entry.path):
        index = carrier.beside(INDEX, LARGEST_INDEX)
        return _begun(_in(open_quicklook(carrier.content, index), budget))
    if may_be_cache(carrier.head, carrier.content.size):
        return _begun(_in(open_cache(carrier.content, carrier.head), budget))
    near = tuple(embedded(carrier.head))
    known = {part.offset for part in near}
    further = behind(carrier, budget) if carrier.whole else iter(())
    return chain(near, _begun(part for part in further if part.offset not in known))


def _begun(parts: Iterable[Part]) -> Iterator[Part]:
    """The same; where there are none, nothing is held on to."""
    rest = iter(parts)
    first = next(rest, None)
    return iter(()) if first is None else chain((first,), rest)


def _in(cache: Cache | None, budget: Budget) -> Iterator[Part]:
    if cache is not None:
        yield from cache.parts()
        budget.end(cache.trouble)
