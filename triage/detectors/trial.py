"""One run of a model pack on a drawn picture, to see that it works before it is relied on."""

import time

from triage.detectors.classifier import Classifier
from triage.detectors.item import Picture
from triage.packs.models import Card


class Trial:
    """A model that is loaded."""

    def __init__(self, card: Card, content: bytes) -> None:
        """Keep it: `begin` loads it."""
        self._classifier = Classifier(card, content)
        self._picture = drawn()

    def begin(self) -> None:
        """Load it. Raises ModelError if it does not do what its card says."""
        self._classifier.begin()

    def run(self) -> tuple[float, float]:
        """The score, and the seconds that it took: one picture, one thread."""
        begun = time.perf_counter()
        (score,) = self._classifier.scores([self._picture])
        return score, time.perf_counter() - begun


def drawn(side: int = 512) -> Picture:
    """Rings in slowly changing colours: always the same, and of nothing."""
    import numpy as np  # noqa: PLC0415

    rows, columns = np.mgrid[0:side, 0:side] / side - 0.5
    rings = np.sin(40 * np.hypot(rows, columns)) * 0.5 + 0.5
    pixels = np.stack([rings, np.abs(rows) * 2, np.abs(columns) * 2], axis=2) * 255
    return Picture(pixels=pixels.astype(np.uint8), width=side, height=side)
