"""OpenCV as everybody here has it."""

import os
from functools import cache
from typing import Any

_OPENCV_PIXELS = 1 << 28
"""OpenCV's own ceiling, a second belt. It is read when cv2 is imported, and never again."""


@cache
def opencv() -> Any:
    """The module cv2: imported at the first picture, one thread, and silent."""
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(_OPENCV_PIXELS))
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    import cv2  # noqa: PLC0415

    cv2.setNumThreads(1)
    return cv2
