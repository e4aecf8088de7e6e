"""When findings show the same: what every place that puts them together agrees on."""

from collections.abc import Sequence

from triage.findings import Match
from triage.match_kinds import MatchKind

FURTHEST = 31
"""Bits in which two PDQ values of the same picture differ at most; the largest distance that an
index of them finds exactly."""
STRONG = 15
"""Bits; a match that is listed as strong: half is left for what decoding costs."""
FLOOD = 200
"""An entry of a set that so many different pictures look like says nothing more about the next."""


def nearest_value(matches: Sequence[Match]) -> str:
    """The value in a set (hex) that a picture itself looks like most; empty if there is none."""
    own = [match for match in matches if not match.of_part]
    like = [match.provenance for match in own if match.kind is MatchKind.PERCEPTUAL]
    nearest = min(like, key=lambda said: said.get("distance", "").zfill(4), default=None)
    return nearest.get("set_digest", "") if nearest else ""
