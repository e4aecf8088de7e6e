"""How much a worker is given at once: about a second's work, on a quick computer and on a slow one.

A finding shows when its batch is over. 32 photographs take two seconds on a laptop of today, ten on
one of ten years ago, and more where the disk is slow.
"""

SECONDS = 1.0
MOST_PICTURES = 32
MOST_OTHERS = 256
FIRST_PICTURES = 4
"""While it is not known how long they take."""
LAST_PICTURES = 4
"""The last ones go in batches as small as this: no core waits for another."""
NEWS = 0.5
"""What the latest batch weighs beside all before it: tiers differ, and pictures lie in sorts."""


class Portions:
    """Learns from batches how many entries take a second."""

    def __init__(self) -> None:
        self._seconds_each: dict[bool, float] = {}
        """Of pictures and of others."""

    def learn(self, entries: int, seconds: float, *, pictures: bool) -> None:
        """A batch of so many took its worker that long."""
        now = seconds / max(1, entries)
        before = self._seconds_each.get(pictures, now)
        self._seconds_each[pictures] = before + NEWS * (now - before)

    def others(self) -> int:
        """Entries for a batch of what is mostly no picture."""
        return self._fitting(MOST_OTHERS, MOST_OTHERS, pictures=False)

    def pictures(self, waiting: int) -> int:
        """Entries for a batch of pictures, `waiting` of which are left."""
        fitting = self._fitting(FIRST_PICTURES, MOST_PICTURES, pictures=True)
        return min(fitting, max(LAST_PICTURES, waiting // 4))

    def glances(self) -> int:
        """Entries for a batch of glances: half as many as of whole pictures."""
        return max(1, self._fitting(FIRST_PICTURES, MOST_PICTURES, pictures=True) // 2)

    def _fitting(self, first: int, most: int, *, pictures: bool) -> int:
        each = self._seconds_each.get(pictures)
        if each is None:
            return first
        return max(1, min(most, int(SECONDS / max(each, 1e-9))))
