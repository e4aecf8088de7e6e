"""Rows of one tier that wait: four bytes a row, sorted and searched by numpy."""

from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.uint32]

Columns = dict[str, "array[Any]"]
NOWHERE = 255
"""In a column that says in which tier a row waits: in none."""


class Waiting:
    """Row numbers, the next one last, and those that came since the last sorting."""

    __slots__ = ("_forgotten", "_fresh", "_sorted")

    def __init__(self) -> None:
        self._sorted: array[int] = array("I")
        self._fresh: array[int] = array("I")
        self._forgotten: set[int] = set()
        """Rows that are still in these, and wait here no more."""

    def __len__(self) -> int:
        return len(self._sorted) + len(self._fresh) - len(self._forgotten)

    def add(self, rows: Iterable[int]) -> None:
        """More of them. While they stream in, sorting each time would cost more than it gains."""
        self._fresh.extend(rows)

    def clear(self) -> None:
        """None of them waits any more."""
        self._sorted, self._fresh = array("I"), array("I")
        self._forgotten.clear()

    def rows(self) -> "Numbers":
        """All of them."""
        rows = _numbers(self._sorted + self._fresh)
        if self._forgotten:
            import numpy as np  # noqa: PLC0415

            rows = rows[~np.isin(rows, list(self._forgotten))]
        return rows

    def peek(self, most: int) -> list[int]:
        """The next rows, at most so many; of what has been sorted."""
        if self._forgotten:
            self._uncover(most)
        return self._sorted[: -most - 1 : -1].tolist()

    def drop(self, count: int) -> None:
        """So many of the rows that were peeked at are taken."""
        del self._sorted[-count:]

    def forget(self, row: int) -> None:
        """One that waits here does so no more; it is not looked for now, among a million."""
        self._forgotten.add(row)

    @property
    def needs_sorting(self) -> bool:
        """Whether there is nothing to peek at, though rows wait."""
        if self._forgotten:
            self._uncover(1)
        return bool(self._fresh) and not self._sorted

    def _uncover(self, most: int) -> None:
        """Let go of what is forgotten among the next rows."""
        following: array[int] = array("I")
        while self._sorted and len(following) < most:
            row = self._sorted.pop()
            if row in self._forgotten:
                self._forgotten.remove(row)
            else:
                following.append(row)
        following.reverse()
        self._sorted.extend(following)

    def sort_soon(self, columns: Columns) -> None:
        """The same where much is new; a little waits for what was sorted before, so that many
        additions to many rows do not sort them all each time."""
        if 8 * len(self._fresh) >= len(self._sorted):
            self.sort(columns)

    def sort(self, columns: Columns) -> None:
        """The best last. Rotating: as the bytes lie. Else: by score, then as they lie."""
        if not self._fresh:
            return
        import numpy as np  # noqa: PLC0415 - a tenth of a second, while workers start

        rows = self.rows()
        self._forgotten.clear()
        scores = np.frombuffer(columns["scores"], np.float32)[rows]
        turning = np.frombuffer(columns["rotating"], np.uint8)[rows]
        positions = np.frombuffer(columns["positions"], np.int64)[rows]
        order = np.lexsort((rows, positions, np.where(turning, 0, -scores)))
        self._sorted, self._fresh = _array(rows[order[::-1]]), array("I")


def _numbers(rows: "array[int]") -> "Numbers":
    import numpy as np  # noqa: PLC0415

    return np.array(rows, np.uint32)


def _array(rows: "Numbers") -> "array[int]":
    result: array[int] = array("I")
    result.frombytes(rows.tobytes())
    return result
