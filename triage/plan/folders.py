"""Which rows lie in a folder: found in microseconds among millions, once they are sorted by it.

The rows that came since are searched one by one, until they are a fourth of all: then all are
sorted anew. Eight bytes a row, and only once there is a finding.
"""

from array import array
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triage.plan.waiting import Numbers

_FEW = 4096
"""Rows that are not worth sorting."""


class Folders:
    """Rows of an order, by their folder's number."""

    def __init__(self, folders: "array[Any]") -> None:
        """`folders`: the order's column; it grows."""
        self._folders = folders
        self._sorted: Numbers | None = None
        """Rows in the order of their folders."""
        self._keys: Numbers | None = None
        """Their folders."""

    def rows_in(self, folder: int) -> list[int]:
        """The numbers of all rows in that folder, whether they wait or not, in their order."""
        import numpy as np  # noqa: PLC0415 - as Waiting does

        done = 0 if self._sorted is None else len(self._sorted)
        if len(self._folders) - done > max(_FEW, done // 3):
            self._sort()
            done = len(self._folders)
        later = np.array(self._folders[done:], np.uint32)
        found: list[int] = (np.flatnonzero(later == folder) + done).tolist()
        if self._sorted is None or self._keys is None:
            return found
        begin, end = np.searchsorted(self._keys, [folder, folder + 1])
        sooner: list[int] = self._sorted[begin:end].tolist()
        return sooner + found

    def _sort(self) -> None:
        import numpy as np  # noqa: PLC0415 - as Waiting does

        folders = np.array(self._folders, np.uint32)
        self._sorted = np.argsort(folders, kind="stable").astype(np.uint32)
        self._keys = folders[self._sorted]
