"""What a contact sheet says of its frames."""

import io

import numpy as np
import pytest
from PIL import Image

from triage.detectors.item import Frame, Picture
from triage.detectors.preview import contact_sheet


def frames(count: int, *, scene: bool = False, times: bool = True) -> list[Frame]:
    """Grey ones, each lighter than the one before."""
    grey = [np.full((90, 160, 3), 60 + 6 * number, np.uint8) for number in range(count)]
    return [
        Frame(
            picture=Picture(pixels=pixels, width=160, height=90),
            at=61.0 * number if times else None,
            scene=scene,
        )
        for number, pixels in enumerate(grey)
    ]


def sheet(shown: list[Frame], side: int = 240) -> "np.ndarray":
    return np.asarray(Image.open(io.BytesIO(contact_sheet(shown, side, sharp=True)))).astype(int)


@pytest.mark.parametrize(
    ("count", "columns", "rows"), [(4, 3, 2), (9, 3, 3), (10, 4, 3), (16, 4, 4)]
)
def test_up_to_sixteen_frames_are_all_on_it_in_order(count: int, columns: int, rows: int) -> None:
    shown = sheet(frames(count))
    side = 240 // columns
    assert shown.shape == (rows * side, columns * side)
    tiles = [
        shown[number // columns * side, number % columns * side + side // 2]
        for number in range(count)
    ]
    assert np.abs(np.array(tiles) - [60 + 6 * number for number in range(count)]).max() < 6


def test_of_more_frames_those_that_are_shown_are_spread() -> None:
    shown = sheet(frames(60 // 4 * 2))
    assert shown.shape == (240, 240)
    assert shown[0, 30] < 80
    assert shown[190, 150] > 200


def test_each_frame_has_its_time_and_a_change_of_scene_is_marked() -> None:
    spread, scenes, none = (
        sheet(shown)[70:80] for shown in (frames(3), frames(3, scene=True), frames(3, times=False))
    )
    assert none.max() < 30
    lit = [(half > 128).sum() for half in (spread, scenes)]
    assert 0 < lit[0] < lit[1]


def test_frames_that_are_too_small_for_letters_have_none() -> None:
    assert (sheet(frames(9), 96)[31] < 30).all()
