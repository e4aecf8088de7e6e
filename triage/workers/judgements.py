"""What was found out about a picture, by its content: exact duplicates are decoded once.

By BLAKE3 and not by MD5 or SHA-1: two pictures can be made to share those, and the second would be
passed over.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

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


class Judgements:
    """Judgements by digest, a bounded number."""

    def __init__(self, kept: int = KEPT) -> None:
        """`kept`: how many."""
        self._kept = kept
        self._judgements: OrderedDict[bytes, Judgement] = OrderedDict()

    def __len__(self) -> int:
        return len(self._judgements)

    def get(self, digest: bytes) -> Judgement | None:
        """The judgement on that content, if it is remembered."""
        judgement = self._judgements.get(digest)
        if judgement is not None:
            self._judgements.move_to_end(digest)
        return judgement

    def put(self, digest: bytes, judgement: Judgement) -> None:
        """Remember."""
        self._judgements[digest] = judgement
        if len(self._judgements) > self._kept:
            self._judgements.popitem(last=False)
