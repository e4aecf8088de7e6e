"""Small pictures for the bundle: grey, without metadata, and no larger than is asked.

Grey, small and blurred is a decision for the people who look, and for those who are in them
(docs/decisions/decode-previews.md): colour distresses most, and is seldom needed to tell what a
picture is; and whoever finds a lost stick is not to recognise anybody.
"""

from collections.abc import Sequence

import numpy as np

from triage.detectors.item import Frame, Picture, Pixels
from triage.detectors.pictures import opencv

_FEW, _MANY = 3, 4
"""Columns of a contact sheet, and of one of more frames than three columns and rows hold; as many
rows at most."""
_LABEL = 1 / 7
"""Of a frame's side: the height of its time."""
_LEAST_LABELLED = 48
"""Pixels of a frame's side: on smaller ones nobody could read a time."""
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
    """One grey JPEG of up to 16 frames in the order of time, each with it; no frames: empty.

    A `+` is before the time of a frame that was taken because the scene changes there. The longest
    side is at most `longest_side` pixels too.
    """
    if not frames:
        return b""
    most = _FEW if len(frames) <= _FEW**2 else _MANY
    columns = min(most, len(frames))
    shown = frames[:: -(-len(frames) // most**2)]
    side = longest_side // columns
    sheet = np.zeros((-(-len(shown) // columns) * side, columns * side), np.uint8)
    for number, frame in enumerate(shown):
        grey = _grey(frame.picture, side, sharp)
        top, left = number // columns * side, number % columns * side
        sheet[top : top + grey.shape[0], left : left + grey.shape[1]] = grey
        if frame.at is not None and side >= _LEAST_LABELLED:
            height = round(side * _LABEL)
            bottom = top + side
            sheet[bottom - height : bottom, left : left + side] = _label(frame, side, height)
    return _encoded(sheet)


def _label(frame: Frame, width: int, height: int) -> "Pixels":
    """White on black: `1:02`, and `+1:02` where the scene changes."""
    cv2 = opencv()
    minutes, seconds = divmod(int(frame.at or 0), 60)
    hours, minutes = divmod(minutes, 60)
    time = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    line = np.zeros((height, width), np.uint8)
    scale = cv2.getFontScaleFromHeight(cv2.FONT_HERSHEY_PLAIN, max(1, height - 2))
    said = f"+{time}" if frame.scene else time
    cv2.putText(line, said, (1, height - 1), cv2.FONT_HERSHEY_PLAIN, scale, 255, 1, cv2.LINE_AA)
    return line


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
