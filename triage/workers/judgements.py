"""What was found out about a picture, by its content: exact duplicates are decoded once.

By BLAKE3 and not by MD5 or SHA-1: two pictures can be made to share those, and the second would be
passed over.
"""

from dataclasses import dataclass, field

from triage.detectors.seen_before import SeenBefore
from triage.findings import Match

KEPT = 20_000
"""Pictures remembered by a worker: some 5 MB. The longest unseen is forgotten first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What detectors said of a picture's pixels, which is so for every copy."""

    trouble: str = ""
    in_part: str = ""
    """`Look.in_part`."""
    matches: tuple[Match, ...] = ()
    pdq: bytes = b""
    pdq_quality: int | None = None
    not_compared: str = ""
    """`Item.not_compared`."""
    scores: dict[str, float] = field(default_factory=dict)
    """`Item.scores`."""
    preview: bytes = b""


class Judgements(SeenBefore[Judgement]):
    """Judgements by digest, a bounded number."""

    def __init__(self, kept: int = KEPT) -> None:
        """`kept`: how many."""
        super().__init__(kept)
