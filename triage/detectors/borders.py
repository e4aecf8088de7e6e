"""Bars and frames round a picture: they change its perceptual hash more than anything inside does.

A picture that was shown on a player with bars, or saved with a white frame, is 70 to 100 bits from
its original; without them it is 2 to 14. So a picture that has them is hashed a second time.
"""

from typing import TYPE_CHECKING

import numpy as np

from triage.detectors.pictures import opencv

if TYPE_CHECKING:
    import numpy.typing as npt

    from triage.detectors.item import Pixels

_EVEN = 24
"""A line whose luma spans no more than this, of 255, is of one colour (saved as JPEG)."""
_LEAST_CUT = 0.02
"""Of a side; less than this changes the hash too little to matter."""
_LEAST_LEFT = 0.3
"""Of each side; a picture that is mostly one colour is not a picture with a frame."""


def without_borders(pixels: "Pixels") -> "Pixels | None":
    """The part inside bars of one colour each; None if there are none, or hardly a picture is left.

    `pixels`: height x width x 3, blue green red.
    """
    cv2 = opencv()
    luma = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    height, width = luma.shape
    top, bottom = _edges(luma)
    if bottom - top < _LEAST_LEFT * height:
        return None
    left, right = _edges(luma[top:bottom].T)
    cut = max(1 - (bottom - top) / height, 1 - (right - left) / width)
    if right - left < _LEAST_LEFT * width or cut < _LEAST_CUT:
        return None
    return np.ascontiguousarray(pixels[top:bottom, left:right])


def _edges(luma: "npt.NDArray[np.uint8]") -> tuple[int, int]:
    """The first row inside, and the row after the last one inside."""
    lowest, highest = luma.min(axis=1).astype(int), luma.max(axis=1).astype(int)
    return _bar(lowest, highest), len(luma) - _bar(lowest[::-1], highest[::-1])


def _bar(lowest: "npt.NDArray[np.int_]", highest: "npt.NDArray[np.int_]") -> int:
    """How many lines from the first on are of one colour, the same one."""
    span = np.maximum.accumulate(highest) - np.minimum.accumulate(lowest)
    inside = np.flatnonzero(span > _EVEN)
    return int(inside[0]) if len(inside) else 0
