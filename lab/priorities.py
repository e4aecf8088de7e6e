"""Which exhibit first: what speaks for it is counted, weighed by the lab's weights, and said."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from lab.engines.asking import Answering
from lab.overlaps import Overlap
from lab.weighing import PriorityWeights
from triage.bundle.format.shown import count

_RECENT = 90 * 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """One exhibit, as one bundle has it."""

    case: str
    exhibit: str
    bundle: str
    points: float
    reasons: tuple[str, ...]
    """What weighs most first."""
    weighed: tuple[tuple[str, int, float], ...]
    """The same for who says it in other words: what is counted, how much there is, its points."""


def priorities_of(
    held: Answering, weights: PriorityWeights, overlaps: Sequence[Overlap]
) -> list[Priority]:
    """All exhibits, the first to look at first."""
    linked: dict[str, set[str]] = defaultdict(set)
    for overlap in overlaps:
        linked[overlap.one].add(overlap.other)
        linked[overlap.other].add(overlap.one)
    asked = {"high": weights.high_score, "recent": _RECENT}
    found = []
    for case, exhibit, bundle, *counts in held.ask("priorities", asked):
        said = _weighed(weights, (*counts, len(linked[case])))
        found.append(
            Priority(
                case=case, exhibit=exhibit, bundle=bundle,
                points=sum(points for points, *_ in said),
                reasons=tuple(f"{words} ({points:.1f})" for points, words, *_ in said),
                weighed=tuple((what, amount, points) for points, _, what, amount in said),
            )
        )  # fmt: skip
    return sorted(found, key=lambda each: (-each.points, each.case, each.exhibit, each.bundle))


def _weighed(weights: PriorityWeights, counts: Sequence[int]) -> list[tuple[float, str, str, int]]:
    notable, ranked, new, original, recent, linked = counts
    reasons = (
        ("notable", notable, f"{count(notable, 'content')} known as notable"),
        ("ranked_high", ranked,
         f"{count(ranked, 'picture')} that a model ranks high and no set knows"),
        ("new", new, f"{count(new, 'picture or video', 'pictures or videos')}"
                           " in no other case"),
        ("camera_original", original,
         f"{count(original, 'picture or video', 'pictures or videos')} that a camera says it took,"
         " in no other case"),
        ("recent", recent,
         f"{count(recent, 'picture or video', 'pictures or videos')} of the last 90 days"),
        ("linked", linked, f"shares something with {count(linked, 'other case')}"),
    )  # fmt: skip
    said = [
        (weight * log2(1 + n), words, what, n)
        for what, n, words in reasons
        if n and (weight := getattr(weights, what))
    ]
    return sorted(said, key=lambda each: -each[0])
