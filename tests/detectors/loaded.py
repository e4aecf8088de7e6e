"""A model of a pack, loaded in this process: tests hold against it what workers said."""

from triage.detectors.classifier import Classifier
from triage.packs.models import ModelPack


def classifier_of(
    pack: ModelPack, content: bytes | None = None, *, threshold: float | None = None
) -> Classifier:
    """`content`: in place of the pack's own model."""
    held = pack.model_bytes() if content is None else content
    classifier = Classifier(pack.card, held, threshold=threshold)
    classifier.begin()
    return classifier
