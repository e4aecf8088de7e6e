"""The hashes by which copies of one picture are looked for among published ones.

Of those only the published hash is known, which drifts in small pictures (`pdq.pdq_turned`). So
the picture is also hashed as small as a copy might be: they drift alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from triage.detectors.item import Pixels
from triage.detectors.pdq import TURNS, pdq_turned
from triage.detectors.perceptual import appearance_of
from triage.detectors.pictures import opencv

_SMALL_SIDES = (384, 256, 192, 128, 96, 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queries:
    """What is looked for."""

    value: bytes
    """The picture's PDQ as it lies."""
    values: "npt.NDArray[np.uint8]"
    """n x 32."""
    manners: tuple[str, ...]
    """How a picture that has the value differs from this one: empty, `turned 90°` …"""


def queries_of(pixels: Pixels) -> Queries | None:
    """All of a picture; None if it says too little to be compared."""
    looks = appearance_of(pixels)
    if looks is None:
        return None
    small = [pdq_turned(each).values for each in _smaller(pixels)]
    return Queries(
        value=looks.value,
        values=np.concatenate([looks.queries, *small]),
        manners=(*looks.manners, *("", *TURNS[1:]) * len(small)),
    )


def _smaller(pixels: Pixels) -> Iterator[Pixels]:
    """The picture with shorter sides of a few small sizes."""
    cv2 = opencv()
    height, width = pixels.shape[:2]
    for side in _SMALL_SIDES:
        factor = side / min(height, width)
        if factor < 1:
            size = round(width * factor), round(height * factor)
            yield cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
