"""What of an entry nobody could look at because it is encrypted, as far as that is known by now."""

from triage.detectors.item import LockedContent
from triage.members.walking import opens
from triage.workers.look import Look


def locked_in(look: Look, *, looked: bool) -> LockedContent | None:
    """None of what is no container, or was opened. `looked`: containers are looked into."""
    held, tally = look.container, look.tally
    if held is None:
        return None
    if tally is not None:
        if not tally.locked:
            return None
        return LockedContent(
            kind=held.kind,
            seen="names only",
            members=tally.locked,
            names=tuple(tally.locked_names),
        )
    if not held.locked:
        return None
    seen = "not even names" if looked and opens(held.kind) else "nobody looked"
    return LockedContent(kind=held.kind, seen=seen)
