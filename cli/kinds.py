"""Kinds of match in words for the agent, the surest first."""

from triage.alike import FLOOD
from triage.findings import MatchKind
from triage.scan.events import FindingTold

KINDS = {
    MatchKind.HASH_SET: "known material",
    MatchKind.PERCEPTUAL: "looks like known material",
    MatchKind.TYPE_MISMATCH: "a name that hides a picture or video",
    MatchKind.THUMBNAIL: "a thumbnail",
    MatchKind.NAME: "a name on the lab's list",
    MatchKind.CLASSIFIER: "scored by a model (an estimate)",
}


def said_once(found: FindingTold) -> bool:
    """Whether absurdly many different pictures show the same as it: no line of its own."""
    return bool(found.group) and found.different >= FLOOD


def too_many_alike(found: FindingTold) -> str:
    """The one sentence about all that is `said_once`."""
    return (
        f"{FLOOD} different pictures show the same as finding {found.group}, or look like the same "
        "entry of a set: further ones are only counted"
    )
