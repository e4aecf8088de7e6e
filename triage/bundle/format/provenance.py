"""Is a match of a set, a model or a list that was used?

A match says where it comes from (`Match.provenance`); the document says what was loaded. Who scans
asks this of what a worker says, and who verifies of what the bundle says.
"""

from collections.abc import Iterable, Iterator, Mapping

from triage.bundle.format.document import HashSetUsed, ModelUsed, WordListUsed
from triage.bundle.format.shown import visible
from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.profile import SetKind

_WANTS = {
    MatchKind.HASH_SET: ("set", "set_sha256", "algorithm", "digest"),
    MatchKind.PERCEPTUAL: ("set", "set_sha256"),
    MatchKind.CLASSIFIER: ("model", "sha256"),
    MatchKind.NAME: ("list",),
}
"""What a match of that kind always says."""


class WhatWasUsed:
    """The sets, models and lists of a scan."""

    def __init__(
        self,
        hash_sets: Iterable[HashSetUsed],
        models: Iterable[ModelUsed],
        word_lists: Iterable[WordListUsed],
    ) -> None:
        self._sets = {
            (used.name, used.sha256) for used in hash_sets if used.kind is SetKind.NOTABLE
        }
        self._models = {(used.name, used.version, used.sha256) for used in models}
        self._lists = {used.name for used in word_lists}

    def doubt(self, match: Match, digests: Mapping[str, str]) -> str:
        """The first of what cannot be so; empty if it may be so."""
        return next(self.wrong(match, digests), "")

    def wrong(self, match: Match, digests: Mapping[str, str]) -> Iterator[str]:
        """What of a match cannot be so, of an entry with these digests."""
        told = match.provenance
        missing = [name for name in _WANTS.get(match.kind, ()) if not told.get(name)]
        if missing:
            yield f"has a match that does not say its {missing[0]}"
        if "set" in told and (told["set"], told.get("set_sha256", "")) not in self._sets:
            yield f"matches the set {visible(told['set'], 60)}, which was not loaded as notable"
        model = told.get("model", ""), told.get("version", ""), told.get("sha256", "")
        if "model" in told and model not in self._models:
            yield f"was scored by the model {visible(told['model'], 60)}, which was not loaded"
        if "list" in told and told["list"] not in self._lists:
            yield f"is on the list {visible(told['list'], 60)}, which was not loaded"
        algorithm = told.get("algorithm", "")
        part = told.get(f"part_{algorithm}")
        by, own = told.get("digest"), part if match.of_part else digests.get(algorithm)
        if match.kind is MatchKind.HASH_SET and by != own:
            yield f"matches by another {visible(algorithm, 20)} than it has"
