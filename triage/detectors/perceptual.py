"""Pictures and videos that look like one in a notable set: PDQ, and vPDQ for videos.

A picture is compared as it lies, by the published hash and by the centred one (`pdq.pdq_turned`),
turned and mirrored by the centred one, and once more without bars round it. A match
is *strong* up to 15 of 256 bits and *possible* up to 31, the published threshold; measured recall
and false matches are in docs/decisions/pdq-thresholds.md.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from triage import alike
from triage.choices import PerceptualUse
from triage.detectors import pdq
from triage.detectors.borders import without_borders
from triage.detectors.item import Frame, Item, Picture, Pixels
from triage.detectors.seen_before import SeenBefore, told_by
from triage.errors import HashSetError
from triage.findings import Match
from triage.hashsets.entries import SetEntry
from triage.hashsets.hash_set import HashSet
from triage.hashsets.labels import Wanted
from triage.hashsets.layout import MOST_TEXT
from triage.hashsets.perceptual import Neighbours, PerceptualIndex
from triage.match_kinds import MatchKind
from triage.profile import SetKind

if TYPE_CHECKING:
    from triage.detectors.equipment import OpenedEquipment

_VERSION = "perceptual:pdq 1"
_KEPT = 2_000
"""Appearances of pictures seen before: some 3 MB."""
_REPEATED_BYTES = 256 * 1024
"""Pixels of what comes again and again are few: of more, telling them takes as long as hashing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DistanceThresholds:
    """From where on a likeness counts."""

    distance: int = alike.FURTHEST
    strong: int = alike.STRONG
    quality: int = pdq.QUALITY
    turned: bool = True
    """Compare turned and mirrored too."""
    share: float = 0.1
    """Of a video's frames that must match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """All the hashes by which a picture is looked for."""

    value: bytes
    """Its PDQ as it lies."""
    quality: int
    queries: "npt.NDArray[np.uint8]"
    """n x 32."""
    manners: tuple[str, ...]
    """How each query differs from the picture as it lies: empty, `turned 90°` …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """The nearest value of a set."""

    number: int
    """Of the value, in the set."""
    distance: int
    manner: str
    value: bytes
    """The picture's own PDQ."""
    at: float | None = None
    """Seconds into the video."""
    part: str = ""
    """`Frame.part`: which picture of the file it is; empty: the first."""


def appearance_of(
    pixels: Pixels,
    *,
    turned: bool = True,
    quality: int = pdq.QUALITY,
    published: pdq.Hash | None = None,
) -> Appearance | None:
    """The hashes of a picture; None if it says too little to be compared.

    `published`: its hash as it lies, if that is known already.
    """
    published = published or pdq.pdq(pixels)
    if published.quality < quality:
        return None
    ways = len(pdq.TURNS) if turned else 1
    queries = [_queries(published.value, pixels, ways)]
    manners = ["", "", *pdq.TURNS[1:ways]]
    inner = without_borders(pixels)
    if inner is not None and (inside := pdq.pdq(inner)).quality >= quality:
        queries.append(_queries(inside.value, inner, ways))
        manners += [", ".join(filter(None, ("without its bars", way))) for way in manners]
    return Appearance(
        value=published.value,
        quality=published.quality,
        queries=np.concatenate(queries),
        manners=tuple(manners),
    )


def _queries(published: bytes, pixels: Pixels, ways: int) -> "npt.NDArray[np.uint8]":
    """The published hash first, then the centred ones: they find small and turned copies better."""
    as_published = np.frombuffer(published, dtype=np.uint8)[None]
    return np.concatenate([as_published, pdq.pdq_turned(pixels, centred=True).values[:ways]])


class PerceptualDetector:
    """Compares pictures and frames with the PDQ values of notable sets."""

    name = "perceptual"

    def __init__(
        self,
        sets: Sequence[HashSet],
        thresholds: DistanceThresholds | None = None,
        wanted: Wanted | None = None,
    ) -> None:
        """Map the sets' indexes; sealed sets must be unlocked before.

        `wanted`: which entries count; None: all.
        """
        self._thresholds = thresholds or DistanceThresholds()
        self._seen: SeenBefore[_Hashed] = SeenBefore(_KEPT)
        self._sets = [
            _Values(each, wanted or Wanted())
            for each in sets
            if each.kind is SetKind.NOTABLE and each.count("pdq")
        ]

    def matches_of(self, items: Sequence[Item]) -> list[tuple[Match, ...]]:
        """The matches of each item, one a set.

        Leaves each picture's PDQ in `Item.digests`, and its quality in `Item.pdq_quality`.
        """
        return [tuple(self._matches(item)) for item in items]

    def _matches(self, item: Item) -> Iterator[Match]:
        if item.picture is None:
            yield from self._frames(item)
            return
        appearance = self._appearance_of_item(item, item.picture)
        seen = [(appearance, "")] if appearance else []
        if appearance:
            item.digests["pdq"] = appearance.value
        later = ((self._appearance(each.picture), each.part) for each in item.frames)
        seen += [(each, part) for each, part in later if each]
        for values in self._sets:
            with _noted(values, item):
                near = [
                    likeness
                    for each, part in seen
                    if (likeness := values.nearest(each, self._thresholds.distance, part=part))
                ]
                if near:
                    yield self._match(values, min(near, key=lambda likeness: likeness.distance))

    def _frames(self, item: Item) -> Iterator[Match]:
        """vPDQ: each frame by itself, and the share of those that match as the score.

        Of frames at changes of scene it is another share: they stand for less of the video, and
        must not make one smaller that is large enough without them.
        """
        seen = [
            (appearance, each)
            for each in item.frames
            if (appearance := self._appearance(each.picture))
        ]
        spread = [each for each in seen if not each[1].scene]
        scenes = [each for each in seen if each[1].scene]
        for values in self._sets:
            with _noted(values, item):
                alike = [
                    (self._near(values, frames), len(frames), what)
                    for frames, what in ((spread, "frames"), (scenes, "changes of scene"))
                    if frames
                ]
                near, of, what = max(
                    alike, key=lambda each: len(each[0]) / each[1], default=([], 1, "")
                )
                if near and len(near) >= self._thresholds.share * of:
                    yield self._video_match(values, near, of, what)

    def _near(
        self, values: "_Values", frames: Sequence[tuple[Appearance, Frame]]
    ) -> list[Likeness]:
        """The nearest value to each of the frames that are near enough to one."""
        near = (
            values.nearest(appearance, self._thresholds.distance, at=each.at)
            for appearance, each in frames
        )
        return [likeness for likeness in near if likeness]

    def _appearance_of_item(self, item: Item, picture: Picture) -> Appearance | None:
        hashed = self._hashed(picture.pixels)
        item.pdq_quality = hashed.published.quality
        return hashed.appearance

    def _appearance(self, picture: Picture) -> Appearance | None:
        return self._hashed(picture.pixels).appearance

    def _hashed(self, pixels: Pixels) -> "_Hashed":
        if pixels.nbytes > _REPEATED_BYTES:
            return self._hash(pixels)
        told = told_by(pixels)
        hashed = self._seen.get(told)
        if hashed is None:
            hashed = self._hash(pixels)
            self._seen.put(told, hashed)
        return hashed

    def _hash(self, pixels: Pixels) -> "_Hashed":
        wanted = self._thresholds
        published = pdq.pdq(pixels)
        appearance = appearance_of(
            pixels, turned=wanted.turned, quality=wanted.quality, published=published
        )
        return _Hashed(published=published, appearance=appearance)

    def _match(self, values: "_Values", likeness: Likeness) -> Match:
        strength = "strong" if likeness.distance <= self._thresholds.strong else "possible"
        manner = f", {likeness.manner}" if likeness.manner else ""
        return Match(
            kind=MatchKind.PERCEPTUAL,
            detector=_VERSION,
            reason=f"{'Its ' if likeness.part else 'It'}{likeness.part} looks like a picture in "
            f"{values.said(likeness)}{manner}: "
            f"{likeness.distance} of 256 bits differ, a {strength} match.",
            score=float(likeness.distance),
            threshold=float(self._thresholds.distance),
            provenance=values.provenance(likeness) | {"strength": strength},
        )

    def _video_match(self, values: "_Values", near: list[Likeness], of: int, what: str) -> Match:
        best = min(near, key=lambda likeness: likeness.distance)
        strength = "strong" if best.distance <= self._thresholds.strong else "possible"
        share = len(near) / of
        return Match(
            kind=MatchKind.PERCEPTUAL,
            detector=_VERSION,
            reason=f"{len(near)} of {of} {what} of this video look like pictures in "
            f"{values.said(best)}; the nearest is at {best.at or 0:.0f} s: "
            f"{best.distance} of 256 bits differ, a {strength} match.",
            score=round(share, 4),
            threshold=self._thresholds.share,
            provenance=values.provenance(best)
            | {"strength": strength, "frames": f"{len(near)} of {of}", "at": f"{best.at or 0:.1f}"},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hashed:
    """What was made of a picture's pixels."""

    published: pdq.Hash
    appearance: Appearance | None


@contextmanager
def _noted(values: "_Values", item: Item) -> Iterator[None]:
    """A set that is altered where it is looked into ends nothing: it is said of the item."""
    try:
        yield
    except HashSetError:
        item.not_compared = item.not_compared or values.name


def build_one(choice: PerceptualUse, equipment: "OpenedEquipment") -> PerceptualDetector:
    """The choice's detector."""
    thresholds = DistanceThresholds(
        distance=choice.distance,
        strong=choice.strong,
        quality=choice.quality,
        turned=choice.turned,
        share=choice.share,
    )
    return PerceptualDetector(equipment.hash_sets, thresholds, equipment.wanted)


class _Values:
    """The PDQ values of one set, and what the set says of them."""

    def __init__(self, hash_set: HashSet, wanted: Wanted) -> None:
        self._set = hash_set
        self.name = hash_set.header.name
        labels = wanted.labels_in(hash_set.header)
        there = {each.label for each in hash_set.header.categories if each.entries}
        self._labels = None if there <= labels else labels
        """Those that count; None: all do."""
        self._values, self._links = hash_set.values("pdq")
        self._index = PerceptualIndex(self._values, *(hash_set.index() or ()))

    def nearest(
        self, appearance: Appearance, distance: int, *, at: float | None = None, part: str = ""
    ) -> Likeness | None:
        found = self._index.search(appearance.queries, distance)
        first = self._first(found)
        if first is None:
            return None
        return Likeness(
            number=int(found.values[first]),
            distance=int(found.distances[first]),
            manner=appearance.manners[int(found.queries[first])],
            value=appearance.value,
            at=at,
            part=part,
        )

    def _first(self, found: Neighbours) -> int | None:
        """The nearest value whose entry counts; None: there is none."""
        nearest = np.argsort(found.distances, kind="stable").tolist()
        if self._labels is None:
            return nearest[0] if nearest else None
        labels = self._labels
        return next((at for at in nearest if self._category(found.values[at]) in labels), None)

    def _category(self, value: int) -> str:
        number = value if self._links is None else int(self._links[value])
        return self._set.entry(int(number)).category

    def said(self, likeness: Likeness) -> str:
        category = self._entry(likeness).category
        return f"the set {self._set.header.name}" + (f", category {category}" if category else "")

    def provenance(self, likeness: Likeness) -> dict[str, str]:
        header, entry = self._set.header, self._entry(likeness)
        told = {
            "set": header.name,
            "set_sha256": self._set.sha256,
            "set_created": header.created,
            "algorithm": "pdq",
            "digest": likeness.value.hex(),
            "set_digest": self._values[likeness.number].tobytes().hex(),
            "distance": str(likeness.distance),
            "manner": likeness.manner,
            "category": entry.category,
            "source": "; ".join(entry.sources)[:MOST_TEXT],
            "frame": likeness.part,
        }
        return {key: value for key, value in told.items() if value}

    def _entry(self, likeness: Likeness) -> SetEntry:
        number = likeness.number if self._links is None else int(self._links[likeness.number])
        return self._set.entry(number)
