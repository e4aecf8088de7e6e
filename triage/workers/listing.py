"""The members of a container, one by one, where the profile wants them listed."""

from triage.detectors.item import Item
from triage.findings import ListedMember, Outcome, in_known
from triage.members.noted import Became, NotedMember
from triage.members.tally import MemberTally, told
from triage.parts.part import Part
from triage.workers.hashers import BLAKE3, digests_of
from triage.workers.intake import NOT_IN_ANY_SET

DAMAGED = "damaged: it did not come out as it was put in"
LEFT = "a limit came before it"


def hear(tally: MemberTally, part: Part, item: Item, known: str) -> None:
    """Note what was found out of a member that came out."""
    noted = tally.notes.of(part.number)
    if noted is None:
        return
    noted.type, noted.known = item.type, known
    if part.digests is None:
        noted.digests = item.digests | digests_of([part.content], [BLAKE3])
    else:
        noted.digests = dict(part.digests)


def listed_members(tally: MemberTally) -> tuple[ListedMember, ...]:
    """Those for which there was room, in order."""
    return tuple(_listed(each, tally.stopped) for each in tally.notes.all)


def _listed(noted: NotedMember, stopped: str) -> ListedMember:
    outcome, reason = _OUTCOMES[noted.became]
    if noted.became is Became.LEFT:
        reason = stopped or reason
    if noted.known:
        outcome, reason = Outcome.KNOWN, in_known(noted.known)
    return ListedMember(
        number=noted.number,
        path=told(noted.path),
        size=noted.size,
        outcome=outcome,
        reason=told(reason),
        type=noted.type,
        container=noted.container,
        locked=noted.locked,
        digests={name: digest.hex() for name, digest in noted.digests.items()},
    )


_OUTCOMES = {
    Became.CAME: (Outcome.EXAMINED, ""),
    Became.PASSED_BY: (Outcome.EXAMINED, NOT_IN_ANY_SET),
    Became.ENCRYPTED: (Outcome.ENCRYPTED, "encrypted, and no password opened it"),
    Became.DAMAGED: (Outcome.UNREADABLE, DAMAGED),
    Became.LEFT: (Outcome.NOT_REACHED, LEFT),
}
