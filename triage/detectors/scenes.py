"""What a video shows besides its evenly spread frames: scenes that are shorter than their spacing.

A frame is of another scene if it looks like none that was taken, made small enough that what moves
in it hardly counts. So a scene that comes back is taken once, and the order of looking is free.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from triage.detectors.item import Frame
from triage.detectors.pictures import opencv, smaller

if TYPE_CHECKING:
    import numpy.typing as npt

    from triage.detectors.item import Pixels

_WIDTH, _HEIGHT = 32, 18
_LEAST = 12.0
"""Mean difference of two frames of different scenes, of 255, however dark and flat they are."""
_OF_CONTRAST = 0.6
"""It is at least so much of the contrast of both: of two pictures that have nothing in common it
is 1.13 of it, on average."""
_MOST_WANTED = 30.0
"""Of high contrast, too: whoever holds a camera moves it, and films one scene."""


class Scenes:
    """Takes at most so many frames, each unlike all that are taken; of more, the least alike."""

    def __init__(self, taken: Iterable[Frame], at_most: int, smallest_side: int) -> None:
        """`taken`: frames that are there, and stay."""
        looks = [_look(frame.picture.pixels) for frame in taken]
        self._fixed, self._most, self._smallest_side = len(looks), at_most, smallest_side
        self._looks = np.array(looks, np.float32).reshape(-1, _WIDTH * _HEIGHT * 3)
        self._apart = np.full((len(looks), len(looks)), np.inf, np.float32)
        """From which to which; those that stay are not compared with each other."""
        self.frames: list[Frame] = []
        """Not in the order of time."""

    def see(self, at: float, pixels: "Pixels") -> None:
        """One frame, `at` seconds."""
        if not self._most:
            return
        look = _look(pixels)
        apart = np.abs(self._looks - look).mean(axis=1)
        if bool((apart < self._wanted(look)).any()):
            return
        picture = smaller(pixels, self._smallest_side)
        self.frames.append(Frame(picture=picture, at=at, scene=True))
        self._looks = np.concatenate((self._looks, look[None]))
        self._apart = np.pad(self._apart, ((0, 1), (0, 1)), constant_values=np.inf)
        self._apart[-1, :-1] = self._apart[:-1, -1] = apart
        if len(self.frames) > self._most:
            self._leave_out(self._least_needed())

    def _wanted(self, look: "npt.NDArray[np.float32]") -> "npt.NDArray[np.float32]":
        """How far apart another scene is from each that was taken."""
        contrast = (self._looks.std(axis=1) + look.std()) / 2
        wanted: npt.NDArray[np.float32] = np.clip(_OF_CONTRAST * contrast, _LEAST, _MOST_WANTED)
        return wanted

    def _least_needed(self) -> int:
        """The one that is nearest to another; of such two that which is nearer to a third."""
        nearest = np.sort(self._apart[self._fixed :], axis=1)
        return int(np.lexsort((nearest[:, 1], nearest[:, 0]))[0])

    def _leave_out(self, number: int) -> None:
        del self.frames[number]
        place = self._fixed + number
        self._looks = np.delete(self._looks, place, axis=0)
        self._apart = np.delete(np.delete(self._apart, place, axis=0), place, axis=1)


def _look(pixels: "Pixels") -> "npt.NDArray[np.float32]":
    cv2 = opencv()
    small = cv2.resize(pixels, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA)
    look: npt.NDArray[np.float32] = small.astype(np.float32).ravel()
    return look


def halving(count: int, parts: int) -> list[int]:
    """`parts` evenly spread numbers below `count`, so that the first of them are spread, too."""
    digits = max(1, (parts - 1).bit_length())
    order = (int(f"{number:0{digits}b}"[::-1], 2) for number in range(1 << digits))
    return [int(count * (number + 0.5) / parts) for number in order if number < parts]
