"""Small pictures for the bundle: grey, without metadata, and no larger than is asked.

Grey and small is a decision for the people who look (docs/decisions/decode-previews.md): colour
distresses most, and is seldom needed to tell what a picture is. The report blurs them besides.
"""

from triage.detectors.item import Picture
from triage.detectors.pictures import opencv

_QUALITY = 60
"""JPEG quality: 3 to 8 kB at 240 pixels."""


def preview(picture: Picture, longest_side: int) -> bytes:
    """A grey JPEG whose longest side is at most `longest_side` pixels; empty if there is none."""
    cv2 = opencv()
    grey = cv2.cvtColor(picture.pixels, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    factor = longest_side / max(width, height)
    if factor < 1:
        target = (max(1, round(width * factor)), max(1, round(height * factor)))
        grey = cv2.resize(grey, target, interpolation=cv2.INTER_AREA)
    done, encoded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return bytes(encoded) if done else b""
