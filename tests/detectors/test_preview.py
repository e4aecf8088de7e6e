import io

import numpy as np
from PIL import Image

from triage.detectors.item import Picture
from triage.detectors.preview import preview
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
