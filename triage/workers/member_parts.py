"""The parts of members: what lies in a picture or in a cache that itself lies in a container.

A member's parts are found by those who find an entry's. All members of one entry have one budget.
"""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from triage.detectors.item import Item
from triage.media.window import InMemory
from triage.parts.budget import Budget
from triage.parts.carrier import Carrier
from triage.parts.finding import holds_none, is_cache, parts_of
from triage.parts.matching import PartMatching, PartsSaid
from triage.parts.part import Part
from triage.profile import PartLimits, parse_size
from triage.sources import ContentError
from triage.workers.standing_in import in_raw

CACHE_TOO_LARGE = (
    "it holds a cache of thumbnails that is too large to be looked into inside another"
)


class MemberParts:
    """Holds the parts of one entry's members against the detectors; `begin` is for the next."""

    def __init__(
        self, matching: PartMatching, limits: PartLimits, known: Callable[[Item], str]
    ) -> None:
        """`known`: as for entries, of which none in a set of kind known is looked into."""
        self._matching = matching
        self._known = known
        self._whole = Budget(at_most=limits.at_most, most_bytes=parse_size(limits.bytes))
        self.begin()

    def begin(self) -> None:
        """The members of another entry follow."""
        self._left = self._whole
        self.trouble = ""
        """Why not all was looked at; the first reason."""

    def held(self, item: Item, member: Part, seconds: float) -> PartsSaid:
        """What is to be said of the parts of a member; `seconds`: that they may take."""
        if not member.whole:
            if is_cache(item.head, member.size, member.of):
                self._note(CACHE_TOO_LARGE)
            return PartsSaid()
        content = member.content
        if holds_none(item.head, item.type, member.of, content) or self._known(item):
            return PartsSaid()
        entry = replace(item.entry, path=member.of, stream="", size=len(content))
        carrier = Carrier(
            entry=entry,
            head=item.head,
            type=item.type,
            content=InMemory(content),
            whole=content,
            beside=lambda _name, _most: b"",
        )
        budget = self._left.rest(seconds)
        said = PartsSaid()
        try:
            parts = _besides(carrier, parts_of(carrier, budget))
            of_member = Item(entry=entry, head=item.head, type=item.type, picture=item.picture)
            said = self._matching.held(of_member, parts, budget)
        except ContentError as error:
            self._note(error.reason)
        self._note(budget.spent)
        self._left = budget
        return said

    def _note(self, trouble: str) -> None:
        self.trouble = self.trouble or trouble


def _besides(carrier: Carrier, parts: Iterator[Part]) -> Iterator[Part]:
    """Without the JPEG that stands for a raw file: it is looked at as the member's picture."""
    found, _ = in_raw(carrier.head, carrier.content.size, carrier.content.read_at)
    return (part for part in parts if found is None or part.offset != found.offset)
