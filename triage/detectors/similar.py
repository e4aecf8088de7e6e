"""Is this picture there too? One picture against many that were hashed during a scan.

Of those only the published hash is known, which drifts in small pictures (`pdq.pdq_turned`). So
the picture is also hashed as small as a copy might be: they drift alike.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from triage.detectors.item import Pixels
from triage.detectors.pdq import DISTANCE, TURNS, pdq_turned
from triage.detectors.perceptual import appearance_of
from triage.detectors.pictures import UndecodableError, decode, opencv
from triage.detectors.types import type_of
from triage.errors import UsageError
from triage.hashsets.perceptual import PerceptualIndex

_SMALL_SIDES = (384, 256, 192, 128, 96, 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """One of the many."""

    place: int
    """Among the values that were given."""
    distance: int
    """Bits of 256 that differ."""
    manner: str
    """Empty, or how it lies differently: `turned 90°` …"""


def similar(content: bytes, values: Sequence[bytes], distance: int = DISTANCE) -> list[Near]:
    """Those of `values` (PDQ, 32 bytes each) near the picture in `content`, the nearest first.

    Raises UsageError if the content is no picture, or one that says too little to be compared.
    """
    try:
        picture = decode(content, type_of(content))
    except UndecodableError as error:
        raise UsageError(
            f"The picture cannot be decoded: {error.reason}.",
            hint="Give a JPEG, PNG, WebP or HEIC.",
        ) from error
    looks = appearance_of(picture.pixels)
    if looks is None:
        raise UsageError(
            "The picture says too little to be compared.", hint="Give one with more detail in it."
        )
    if not values:
        return []
    small = [pdq_turned(pixels).values for pixels in _smaller(picture.pixels)]
    queries = np.concatenate([looks.queries, *small])
    manners = (*looks.manners, *("", *TURNS[1:]) * len(small))
    found = PerceptualIndex.of_hashes(values).search(queries, distance)
    best: dict[int, Near] = {}
    for query, place, bits in zip(*(column.tolist() for column in found), strict=True):
        if place not in best or bits < best[place].distance:
            best[place] = Near(place=place, distance=bits, manner=manners[query])
    return sorted(best.values(), key=lambda near: (near.distance, near.place))


def _smaller(pixels: Pixels) -> Iterator[Pixels]:
    """The picture with shorter sides of a few small sizes."""
    cv2 = opencv()
    height, width = pixels.shape[:2]
    for side in _SMALL_SIDES:
        factor = side / min(height, width)
        if factor < 1:
            size = round(width * factor), round(height * factor)
            yield cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
