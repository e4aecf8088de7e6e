"""Whether a thumbnail shows the picture that it lies in.

Both are made small and grey and are correlated. A thumbnail may be padded with bars to 4:3, cut to
it, or lie otherwise than the picture, which was turned by its orientation: the best of these ways
counts. How the threshold was chosen is in docs/decisions/thumbnails-unlike.md.
"""

from typing import TYPE_CHECKING

from triage.detectors.item import Pixels
from triage.detectors.pictures import opencv

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

SIDE = 32
UNLIKE = 0.7
"""Below this correlation a thumbnail shows another picture."""
_FLAT = 4.0
"""Standard deviation, of 255, below which there is nothing to compare."""


def likeness(thumbnail: Pixels, picture: Pixels) -> float:
    """From -1 to 1; 1 where there is too little in either to tell them apart."""
    small = [_small(picture), *(_small(part) for part in _cut_to(picture, thumbnail))]
    candidates = [_small(thumbnail), *(_small(part) for part in _cut_to(thumbnail, picture))]
    pictures = [each for each in map(_normal, small) if each is not None]
    thumbnails = [each for each in map(_normal, candidates) if each is not None]
    if not pictures or not thumbnails:
        return 1.0
    return max(_turned_best(each, other) for each in thumbnails for other in pictures)


def _turned_best(thumbnail: "Floats", picture: "Floats") -> float:
    import numpy as np  # noqa: PLC0415

    return max(float((np.rot90(thumbnail, turn) * picture).mean()) for turn in range(4))


def _small(pixels: Pixels) -> "Floats":
    import numpy as np  # noqa: PLC0415

    cv2 = opencv()
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _normal(small: "Floats") -> "Floats | None":
    """Mean 0 and deviation 1; None of what is flat."""
    deviation = float(small.std())
    return (small - small.mean()) / deviation if deviation >= _FLAT else None


def _cut_to(pixels: Pixels, other: Pixels) -> list[Pixels]:
    """The middle of the first, in the shape of the second and in that shape lying on its side."""
    height, width = pixels.shape[:2]
    shape = other.shape[1] / other.shape[0]
    parts = []
    for wanted in (shape, 1 / shape):
        if not 0.98 < wanted / (width / height) < 1.02 and 0.25 < wanted < 4:
            w = min(width, round(height * wanted))
            h = min(height, round(width / wanted))
            if w >= 8 and h >= 8:
                x, y = (width - w) // 2, (height - h) // 2
                parts.append(pixels[y : y + h, x : x + w])
    return parts
