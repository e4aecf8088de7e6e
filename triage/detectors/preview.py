"""Small pictures for the bundle: grey, without metadata, and no larger than is asked.

Grey, small and blurred is a decision for the people who look, and for those who are in them
(docs/decisions/decode-previews.md): colour distresses most, and is seldom needed to tell what a
picture is; and whoever finds a lost stick is not to recognise anybody.
"""

from collections.abc import Sequence

import numpy as np

from triage.detectors.item import Frame, Picture, Pixels
from triage.detectors.pictures import opencv

_COLUMNS = 3
"""Of a contact sheet; as many rows at most."""
_QUALITY = 60
"""JPEG quality: 3 to 8 kB at 240 pixels."""
_BLUR = 1 / 40
"""Of the longest side: the deviation of the blur. Shapes are left of it, and no features."""


def preview(picture: Picture, longest_side: int, *, sharp: bool = False) -> bytes:
    """A grey JPEG whose longest side is at most `longest_side` pixels; empty if there is none.

    Blurred for good, unless it is to be `sharp`.
    """
    return _encoded(_grey(picture, longest_side, sharp))


def contact_sheet(frames: Sequence[Frame], longest_side: int, *, sharp: bool = False) -> bytes:
    """One grey JPEG of up to nine frames in three columns, in the order of time; no frames: empty.

    Its longest side is at most `longest_side` pixels too.
    """
    if not frames:
        return b""
    columns = min(_COLUMNS, len(frames))
    step = -(-len(frames) // _COLUMNS**2)
    small = [_grey(frame.picture, longest_side // columns, sharp) for frame in frames[::step]]
    side = longest_side // columns
    sheet = np.zeros((-(-len(small) // columns) * side, columns * side), np.uint8)
    for number, grey in enumerate(small):
        top, left = number // columns * side, number % columns * side
        sheet[top : top + grey.shape[0], left : left + grey.shape[1]] = grey
    return _encoded(sheet)


def _grey(picture: Picture, longest_side: int, sharp: bool) -> "Pixels":
    cv2 = opencv()
    grey: Pixels = cv2.cvtColor(picture.pixels, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    factor = longest_side / max(width, height)
    if factor < 1:
        target = (max(1, round(width * factor)), max(1, round(height * factor)))
        grey = cv2.resize(grey, target, interpolation=cv2.INTER_AREA)
    return grey if sharp else _blurred(grey)


def _blurred(grey: "Pixels") -> "Pixels":
    blurred: Pixels = opencv().GaussianBlur(grey, (0, 0), max(grey.shape) * _BLUR)
    return blurred


def _encoded(grey: "Pixels") -> bytes:
    cv2 = opencv()
    done, encoded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return bytes(encoded) if done else b""
