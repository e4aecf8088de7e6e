"""From a profile to its detectors: one `match` over all that a profile can ask for.

A new detector is a choice in `triage/profile.py`, a class with the protocol of `item.Detector`,
and a line here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from triage import profile as asked
from triage.detectors.item import Detector
from triage.errors import ModelError, ProfileError
from triage.hashsets.labels import Wanted, wanted_by

if TYPE_CHECKING:
    from triage.hashsets.hash_set import HashSet
    from triage.packs.models import Card
    from triage.packs.word_lists import WordList


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """A model pack whose model has been read and checked."""

    card: "Card"
    content: bytes
    """The model itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """All that detectors need from outside, opened beforehand: they open nothing themselves."""

    hash_sets: "tuple[HashSet, ...]" = ()
    models: Mapping[str, LoadedModel] = field(default_factory=dict)
    """By the name or path that the profile says."""
    word_lists: "Mapping[str, WordList]" = field(default_factory=dict)
    """By the name or path that the profile says."""


def build(profile: asked.Profile, resources: Resources) -> list[Detector]:
    """The profile's detectors, in its order; each loads its libraries only if it is asked for."""
    wanted = wanted_by(profile)
    return [_detector(choice, resources, wanted) for choice in profile.detectors]


def _detector(choice: asked.DetectorChoice, resources: Resources, wanted: Wanted) -> Detector:
    match choice:
        case asked.HashSetUse():
            from triage.detectors.known import HashSetDetector  # noqa: PLC0415

            return HashSetDetector(resources.hash_sets, wanted)
        case asked.TypeUse():
            from triage.detectors.types import TypeMismatch  # noqa: PLC0415

            return TypeMismatch(report=choice.report_mismatch)
        case asked.NameUse():
            return _names(choice, resources)
        case asked.ClassifierUse():
            return _classifier(choice, resources)
        case asked.PerceptualUse():
            return _perceptual(choice, resources, wanted)
        case asked.VideoUse():
            from triage.detectors.videos import VideoFrames  # noqa: PLC0415

            return VideoFrames(at_most=choice.frames, seconds=asked.parse_duration(choice.time))
        case _:
            assert_never(choice)


def _names(choice: asked.NameUse, resources: Resources) -> Detector:
    from triage.detectors.names import NameDetector  # noqa: PLC0415

    missing = [name for name in choice.lists if name not in resources.word_lists]
    if missing:
        raise ProfileError(
            f"The profile's list of words '{missing[0]}' has not been read.",
            hint="Give the path of a text file, or `sample`.",
        )
    return NameDetector([resources.word_lists[name] for name in choice.lists])


def _classifier(choice: asked.ClassifierUse, resources: Resources) -> Detector:
    from triage.detectors.classifier import Classifier  # noqa: PLC0415

    model = resources.models.get(choice.model)
    if model is None:
        raise ModelError(
            f"The profile's model '{choice.model}' has not been read.",
            hint="`seek model list` names the shipped packs.",
        )
    return Classifier(
        model.card,
        model.content,
        threshold=choice.threshold,
        smallest_side=choice.smallest_side,
        full_decode=choice.full_decode,
    )


def _perceptual(choice: asked.PerceptualUse, resources: Resources, wanted: Wanted) -> Detector:
    from triage.detectors.perceptual import DistanceThresholds, PerceptualDetector  # noqa: PLC0415

    return PerceptualDetector(
        resources.hash_sets,
        DistanceThresholds(
            distance=choice.distance,
            strong=choice.strong,
            quality=choice.quality,
            turned=choice.turned,
            share=choice.share,
        ),
        wanted,
    )
