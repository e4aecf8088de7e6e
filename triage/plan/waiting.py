"""Rows of one tier that wait: four bytes a row, sorted and searched by numpy."""

from array import array
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.uint32]
    Mask = npt.NDArray[np.bool_]

Columns = dict[str, "array[Any]"]


class Waiting:
    """Row numbers, the next one last, and those that came since the last sorting."""

    __slots__ = ("_fresh", "_sorted")

    def __init__(self) -> None:
        self._sorted: array[int] = array("I")
        self._fresh: array[int] = array("I")

    def __len__(self) -> int:
        return len(self._sorted) + len(self._fresh)

    def add(self, rows: Iterable[int]) -> None:
        """More of them. While they stream in, sorting each time would cost more than it gains."""
        self._fresh.extend(rows)

    def clear(self) -> None:
        """None of them waits any more."""
        self._sorted, self._fresh = array("I"), array("I")

    def rows(self) -> "Numbers":
        """All of them."""
        return _numbers(self._sorted + self._fresh)

    def peek(self, most: int) -> list[int]:
        """The next rows, at most so many; of what has been sorted."""
        return self._sorted[: -most - 1 : -1].tolist()

    def drop(self, count: int) -> None:
        """So many of the next rows are taken."""
        del self._sorted[-count:]

    @property
    def needs_sorting(self) -> bool:
        """Whether there is nothing to peek at, though rows wait."""
        return bool(self._fresh) and not self._sorted

    def sort(self, columns: Columns) -> None:
        """The best last. Rotating: as the bytes lie. Else: by score, then as they lie."""
        if not self._fresh:
            return
        import numpy as np  # noqa: PLC0415 - a tenth of a second, while workers start

        rows = _numbers(self._sorted + self._fresh)
        scores = np.frombuffer(columns["scores"], np.float32)[rows]
        turning = np.frombuffer(columns["rotating"], np.uint8)[rows]
        positions = np.frombuffer(columns["positions"], np.int64)[rows]
        order = np.lexsort((rows, positions, np.where(turning, 0, -scores)))
        self._sorted, self._fresh = _array(rows[order[::-1]]), array("I")

    def remove(self, wanted: "Callable[[Numbers], Mask]") -> "array[int]":
        """Take out the rows that are wanted; which they were."""
        removed: array[int] = array("I")
        for name in self.__slots__:
            rows = _numbers(getattr(self, name))
            mask = wanted(rows)
            if mask.any():
                removed += _array(rows[mask])
                setattr(self, name, _array(rows[~mask]))
        return removed


def _numbers(rows: "array[int]") -> "Numbers":
    import numpy as np  # noqa: PLC0415

    return np.array(rows, np.uint32)


def _array(rows: "Numbers") -> "array[int]":
    result: array[int] = array("I")
    result.frombytes(rows.tobytes())
    return result
