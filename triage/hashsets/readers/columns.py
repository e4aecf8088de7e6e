"""Columns of text to a batch, some thousand cells in one go.

One odd cell refuses them all: the reader then takes the rows one by one, and can tell which it was.
"""

import binascii
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from triage.hashsets.records import LARGEST_SIZE, UNKNOWN_SIZE, WIDTHS, Bytes, RecordBatch, rows_of


def batch_of_columns(count: int, columns: Mapping[str, Sequence[str]]) -> RecordBatch:
    """A batch of `count` records. Raises ValueError if any cell is not as it should be.

    `columns`: algorithm, `size` or `category` to the cells; an empty cell says nothing.
    """
    digests: dict[str, Bytes] = {}
    present: dict[str, npt.NDArray[np.bool_]] = {}
    for algorithm in WIDTHS.keys() & columns.keys():
        cells = columns[algorithm]
        if "" in cells:
            present[algorithm] = np.array([bool(cell) for cell in cells])
            nothing = "0" * (2 * WIDTHS[algorithm])
            cells = [cell or nothing for cell in cells]
        digests[algorithm] = _unhex(cells, WIDTHS[algorithm])
    if present.keys() == digests.keys() and not np.logical_or.reduce(list(present.values())).all():
        raise ValueError("a record has no digest")
    return RecordBatch(
        count=count,
        digests=digests,
        present=present,
        sizes=_sizes(columns["size"]) if "size" in columns else None,
        categories=list(columns["category"]) if "category" in columns else None,
    )


def _unhex(cells: Sequence[str], width: int) -> Bytes:
    if set(map(len, cells)) != {2 * width}:
        raise ValueError("a digest is too long or too short")
    return rows_of([binascii.unhexlify("".join(cells))], width)


def _sizes(cells: Sequence[str]) -> npt.NDArray[np.int64]:
    sizes = [int(cell) if cell else UNKNOWN_SIZE for cell in cells]
    if min(sizes) < UNKNOWN_SIZE or max(sizes) > LARGEST_SIZE or "-1" in cells:
        raise ValueError("a size is out of range")
    return np.array(sizes, dtype=np.int64)
