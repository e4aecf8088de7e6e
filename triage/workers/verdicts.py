"""What was found out about a picture, by its content: exact duplicates are decoded once.

By BLAKE3 and not by MD5 or SHA-1: two pictures can be made to share those, and the second would be
passed over.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from triage.findings import Match

KEPT = 20_000
"""Pictures remembered by a worker: some 5 MB. The longest unseen is forgotten first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What detectors said of a picture's pixels, which is so for every copy."""

    trouble: str = ""
    matches: tuple[Match, ...] = ()
    pdq: bytes = b""
    pdq_quality: int | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    preview: bytes = b""


class Verdicts:
    """Verdicts by digest, a bounded number."""

    def __init__(self, kept: int = KEPT) -> None:
        """`kept`: how many."""
        self._kept = kept
        self._verdicts: OrderedDict[bytes, Verdict] = OrderedDict()

    def __len__(self) -> int:
        return len(self._verdicts)

    def get(self, digest: bytes) -> Verdict | None:
        """The verdict on that content, if it is remembered."""
        verdict = self._verdicts.get(digest)
        if verdict is not None:
            self._verdicts.move_to_end(digest)
        return verdict

    def put(self, digest: bytes, verdict: Verdict) -> None:
        """Remember."""
        self._verdicts[digest] = verdict
        if len(self._verdicts) > self._kept:
            self._verdicts.popitem(last=False)
