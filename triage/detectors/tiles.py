"""HEICs of telephones, tile by tile: FFmpeg's decoder takes half the time of libde265's.

Measured in docs/decisions/decode.md. For pictures that are made smaller: the two differ by half a
level on average. Whatever is unusual, or goes wrong, is left to libheif.
"""

import io
from typing import TYPE_CHECKING

from triage.detectors.opencv import opencv
from triage.media.heif import Tiles, tiles_of

if TYPE_CHECKING:
    from triage.detectors.item import Pixels


def tiled(content: bytes, reduction: int, limit: int) -> "Pixels | None":
    """The picture, its sides divided by `reduction`; None if it must be decoded otherwise.

    `limit`: pixels of the whole picture, tiles and all.
    """
    found = tiles_of(content)
    if found is None or any(side % reduction for side in found.tile):
        return None
    if found.columns * found.rows * found.tile[0] * found.tile[1] > limit:
        return None
    return _drawn(found, reduction)


def _drawn(found: Tiles, reduction: int) -> "Pixels | None":
    import numpy as np  # noqa: PLC0415

    cv2 = opencv()
    width, height = found.tile[0] // reduction, found.tile[1] // reduction
    canvas = np.empty((found.rows * height, found.columns * width, 3), np.uint8)
    stream = io.BytesIO(found.stream)  # kept until after the release: see videos.py
    try:
        capture = cv2.VideoCapture(stream, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    except cv2.error:
        return None
    try:
        for number in range(found.columns * found.rows):
            done, pixels = capture.read()
            if not done or pixels.shape != (found.tile[1], found.tile[0], 3):
                return None
            top, left = number // found.columns * height, number % found.columns * width
            small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
            canvas[top : top + height, left : left + width] = small
    finally:
        capture.release()
    across, down = (-(-side // reduction) for side in found.size)
    return np.ascontiguousarray(np.rot90(canvas[:down, :across], found.quarters))
