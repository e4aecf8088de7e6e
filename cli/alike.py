"""Findings that show the same as others, in words for the agent."""

from triage.alike import FLOOD
from triage.bundle.format.speaking import Speaker
from triage.scan.events import FindingTold


def said_once(found: FindingTold) -> bool:
    """Whether absurdly many different pictures show the same as it: no line of its own."""
    return bool(found.group) and found.different >= FLOOD


def too_many_alike(say: Speaker, found: FindingTold) -> str:
    """The one sentence about all that is `said_once`."""
    return say(
        "{count} different pictures show the same as finding {group}, or look like the same entry "
        "of a set: further ones are only counted", count=FLOOD, group=str(found.group)
    )  # fmt: skip
