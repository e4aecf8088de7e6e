"""Why an entry is a finding: as the detector said it, which is in English; in other languages from
what the match says in codes, with the detector's own words below."""

from triage.bundle.rendering.html.markup import Html, foreign, join, tag
from triage.bundle.rendering.html.speaking import Say
from triage.findings import Match
from triage.languages import Language
from triage.match_kinds import MatchKind

_ALGORITHMS = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256"}


def why(say: Say, match: Match) -> Html:
    """One sentence."""
    if say.language is Language.ENGLISH:
        return foreign(match.reason)
    kind = tag("b", match.kind.words.heading.told(say.language))
    said = _in_words(say, match)
    return join([kind, ": ", said, "."]) if said else kind


def as_noted(say: Say, match: Match) -> Html:
    """What the detector said, where that was not said already."""
    if say.language is Language.ENGLISH:
        return Html("")
    return tag("small", say.noted(match.reason))


def _in_words(say: Say, match: Match) -> Html:
    """What can be told by codes; of a thumbnail it is what its picture would be told by."""
    told = {name: foreign(value) for name, value in match.provenance.items()}
    match match.kind:
        case MatchKind.NAME if {"entry", "list"} <= told.keys():
            return say("“{entry}” is on the list {list}", entry=told["entry"], list=told["list"])
        case MatchKind.TYPE_MISMATCH if "type" in told:
            return say("the content is {type}", type=told["type"])
        case MatchKind.CLASSIFIER if "model" in told:
            return say("an estimate by the model {model}, no proof", model=told["model"])
        case _ if "set" in told:
            return _of_a_set(say, match, told)
    return Html("")


def _of_a_set(say: Say, match: Match, told: dict[str, Html]) -> Html:
    name = told["set"]
    algorithm = match.provenance.get("algorithm", "")
    if algorithm in _ALGORITHMS:
        shown, category = _ALGORITHMS[algorithm], told.get("category")
        if category is None:
            return say("its {algorithm} is in the set {set}", algorithm=shown, set=name)
        return say(
            "its {algorithm} is in the set {set}, category {category}",
            algorithm=shown, set=name, category=category,
        )  # fmt: skip
    if "frames" in told:
        return say(
            "pictures of this video look like pictures in the set {set}: {frames}",
            set=name, frames=told["frames"],
        )  # fmt: skip
    if match.score is None:
        return Html("")
    return say(
        "{n} of 256 bits differs from a picture in the set {set}|"
        "{n} of 256 bits differ from a picture in the set {set}",
        n=round(match.score), set=name,
    )  # fmt: skip
