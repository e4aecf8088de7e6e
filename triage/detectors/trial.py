"""One run of a model pack on a drawn picture, to see that it works before it is relied on."""

import time
from dataclasses import dataclass

from triage.detectors.classifier import Classifier
from triage.detectors.item import Picture
from triage.packs.models import Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the run gave."""

    score: float
    seconds: float
    """Of one picture, on one thread, the model already loaded."""


def run(card: Card, content: bytes) -> Trial:
    """Load and run the model. Raises ModelError if it does not do what its card says."""
    classifier = Classifier(card, content)
    picture = drawn()
    begun = time.perf_counter()
    (score,) = classifier.scores([picture])
    return Trial(score=score, seconds=time.perf_counter() - begun)


def drawn(side: int = 512) -> Picture:
    """Rings in slowly changing colours: always the same, and of nothing."""
    import numpy as np  # noqa: PLC0415

    rows, columns = np.mgrid[0:side, 0:side] / side - 0.5
    rings = np.sin(40 * np.hypot(rows, columns)) * 0.5 + 0.5
    pixels = np.stack([rings, np.abs(rows) * 2, np.abs(columns) * 2], axis=2) * 255
    return Picture(pixels=pixels.astype(np.uint8), width=side, height=side)
