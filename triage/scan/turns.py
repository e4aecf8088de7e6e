"""On a rotating device the head either lists or looks: looking gets turns while the survey lasts.

Listing a large disk takes minutes there, for every folder is a seek. What is likeliest is known
much earlier; a batch of it costs a second now and then, and the first finding need not wait.
"""

import time
from collections.abc import Callable

LISTED_FIRST_SECONDS = 5.0
"""Most disks are listed by then, and nothing was lost."""
LISTING_PER_LOOKING = 2.0
LONGEST_SECONDS = 60.0
"""A turn that was not heard of for so long is over: its worker has died."""


class Turns:
    """Whose turn it is, from the moment that the survey begins."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds."""
        self._clock = clock
        self._due = clock() + LISTED_FIRST_SECONDS

    @property
    def due(self) -> bool:
        """Whether a batch may be looked at now."""
        return self._clock() >= self._due

    def begin(self) -> None:
        """A batch was handed out."""
        self._due = self._clock() + LONGEST_SECONDS

    def end(self, seconds: float) -> None:
        """It came back, and took that long: twice as long belongs to the survey now."""
        self._due = self._clock() + LISTING_PER_LOOKING * seconds
