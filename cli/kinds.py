"""Kinds of match in words for the agent, the surest first."""

from triage.findings import Match, MatchKind

KINDS = {
    MatchKind.HASH_SET: "known material",
    MatchKind.PERCEPTUAL: "looks like known material",
    MatchKind.TYPE_MISMATCH: "a name that hides a picture or video",
    MatchKind.THUMBNAIL: "a thumbnail",
    MatchKind.NAME: "a name on the lab's list",
    MatchKind.CLASSIFIER: "scored by a model (an estimate)",
}


def surest(matches: tuple[Match, ...]) -> MatchKind:
    """The kind under which a finding with several matches is counted."""
    kinds = {match.kind for match in matches}
    return next(kind for kind in KINDS if kind in kinds)
