"""What was taken out of containers, held against every detector; and what lies in that."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from triage.detectors.in_use import Detectors
from triage.detectors.item import Item
from triage.parts.decoding import PartDecoding
from triage.parts.matching import Gone, PartMatching, PartsSaid
from triage.parts.part import Part
from triage.profile import Profile
from triage.workers.entry_needs import EntryNeeds
from triage.workers.listing import hear, listed_members
from triage.workers.look import Look
from triage.workers.member_parts import MemberParts
from triage.workers.member_pictures import MemberDecoding

if TYPE_CHECKING:
    from triage.members.tally import MemberTally

MEMBERS_DAMAGED = "damaged: not all that it holds came out as it was put in"


class MemberJudging:
    """Runs the detectors over members and puts what they say into the looks."""

    def __init__(
        self,
        detectors: Detectors,
        profile: Profile,
        needs: EntryNeeds,
        gone: Gone,
        known: Callable[[Item], str],
    ) -> None:
        """Made while a worker may still open files. `known`: which set of known content an item is
        in; empty if none."""
        asked = needs.pixels, needs.frames, profile.limits.pixels
        self._parts: MemberParts | None = None
        if needs.parts:
            parts = PartMatching(detectors, profile.thumbnails, _untold, PartDecoding(*asked))
            self._parts = MemberParts(parts, profile.limits.parts, known)
        self._decoding = MemberDecoding(*asked)
        self._matching = PartMatching(
            detectors,
            profile.thumbnails,
            gone,
            self._decoding,
            typed=needs.type,
            within=self._parts,
            heard=self._hear if profile.limits.members.listed else None,
        )
        self._known = known
        self._look: Look | None = None

    def judge(self, look: Look) -> PartsSaid:
        """All that is to be said of its members; what it shows of them may be its preview."""
        if look.members is None or look.member_budget is None:
            return PartsSaid()
        self._look = look
        self._decoding.undecoded = look.members_undecoded = {}
        if self._parts is not None:
            self._parts.begin()
        said = self._matching.held(look.item, look.members, look.member_budget)
        look.matches += tuple(said.matches)
        look.not_compared(said.not_compared)
        troubles = (
            look.member_budget.spent,
            trouble_of(look.tally) if look.tally is not None else "",
            self._parts.trouble if self._parts is not None else "",
        )
        look.trouble = look.trouble or next(filter(None, troubles), "")
        if look.tally is not None:
            look.listed = listed_members(look.tally)
        return said

    def _hear(self, part: Part, item: Item) -> None:
        if self._look is not None and self._look.tally is not None:
            hear(self._look.tally, part, item, self._known(item))


def trouble_of(tally: "MemberTally") -> str:
    """Why not all of a container was looked at; what is encrypted in it is told by itself."""
    return tally.stopped or (MEMBERS_DAMAGED if tally.damaged else "")


def _untold(*_: object) -> None:
    """Whether the picture of a thumbnail is gone that lies in a container with it."""
