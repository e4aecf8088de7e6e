import io

import numpy as np
from PIL import Image

from triage.detectors.item import Frame, Picture
from triage.detectors.preview import contact_sheet, preview
from triage.detectors.trial import drawn


def test_previews_are_small_grey_and_without_metadata() -> None:
    content = preview(drawn(900), 240)
    image = Image.open(io.BytesIO(content))
    assert (image.format, image.mode, image.size) == ("JPEG", "L", (240, 240))
    assert not image.getexif()
    assert len(content) < 16_000


def test_small_pictures_are_not_enlarged_and_thin_ones_survive() -> None:
    for height, width in ((1, 1), (3, 2000), (50, 40)):
        pixels = np.full((height, width, 3), 200, np.uint8)
        content = preview(Picture(pixels=pixels, width=width, height=height), 240)
        shown = Image.open(io.BytesIO(content))
        assert max(shown.size) <= 240
        assert min(shown.size) >= 1


def _striped() -> Picture:
    """A light and a dark half, and across both stripes as thin as an eye or a mouth is."""
    pixels = np.zeros((240, 240, 3), np.uint8)
    pixels[:, 120:] = 200
    pixels[::12] += 40
    return Picture(pixels=pixels, width=240, height=240)


def _column(content: bytes, at: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    return np.asarray(Image.open(io.BytesIO(content)), np.float64)[20:60, at]


def test_what_is_stored_shows_shapes_and_no_features() -> None:
    stored = preview(_striped(), 240)
    assert _column(stored, 200).mean() - _column(stored, 40).mean() > 190
    assert _column(stored, 40).std() < 1
    assert _column(preview(_striped(), 240, sharp=True), 40).std() > 5


def test_a_sheet_of_frames_is_blurred_as_one_picture_is() -> None:
    frames = [Frame(picture=_striped(), at=float(n)) for n in range(4)]
    assert _column(contact_sheet(frames, 720), 40).std() < 1
    assert _column(contact_sheet(frames, 720, sharp=True), 40).std() > 5
