"""What stands in lists where a value was not known: digests of zeros, the empty file's, size 0.

Taken for digests they would make one entry of all files that were never hashed; taken for sizes
they would let files pass by unread. Each is left out by itself: what else a record has is kept.
"""

import numpy as np
import numpy.typing as npt

from triage.hashsets.records import EMPTY, UNKNOWN_SIZE, Bytes, Imported, RecordBatch

Mask = npt.NDArray[np.bool_]

EMPTY_FILE = "the empty file"
NOTHING_ELSE = "nothing but placeholders for digests: all 0 or all f"
A_DIGEST = "a placeholder for a digest: all 0, all f, or the empty file's"
A_SIZE = "a size of 0"


def leave_out(batch: RecordBatch, present: dict[str, Mask], imported: Imported) -> Mask:
    """Take placeholders out of `present`; returns which records have a digest left."""
    touched, empty = np.zeros((2, batch.count), dtype=np.bool_)
    for algorithm, values in batch.digests.items():
        for_nothing = _filled(values) & present[algorithm]
        of_empty = _equal(values, EMPTY.get(algorithm)) & present[algorithm]
        either = for_nothing | of_empty
        if either.any():
            present[algorithm] = present[algorithm] & ~either
            touched |= either
            empty |= of_empty
    left: Mask = ~touched
    for has in present.values():
        left |= has
    imported.drop(EMPTY_FILE, int((empty & ~left).sum()))
    imported.drop(NOTHING_ELSE, int((~empty & ~left).sum()))
    imported.lose(A_DIGEST, int((touched & left).sum()))
    return left


def sizes_of(batch: RecordBatch, keep: Mask, imported: Imported) -> npt.NDArray[np.int64]:
    """The sizes: of an entry that is not the empty file, 0 is none."""
    if batch.sizes is None:
        return np.full(batch.count, UNKNOWN_SIZE, dtype=np.int64)
    nothing = batch.sizes == 0
    imported.lose(A_SIZE, int((nothing & keep).sum()))
    return np.where(nothing, UNKNOWN_SIZE, batch.sizes)


def _filled(values: Bytes) -> Mask:
    """Rows of nothing but zeros, or of nothing but f."""
    filled = np.zeros(len(values), dtype=np.bool_)
    maybe = np.flatnonzero((values[:, 0] == 0) | (values[:, 0] == 255))
    filled[maybe] = (values[maybe] == values[maybe, :1]).all(axis=1)
    return filled


def _equal(values: Bytes, digest: bytes | None) -> Mask:
    equal = np.zeros(len(values), dtype=np.bool_)
    if digest is not None:
        wanted = np.frombuffer(digest, dtype=np.uint8)
        maybe = np.flatnonzero(values[:, 0] == wanted[0])
        equal[maybe] = (values[maybe] == wanted).all(axis=1)
    return equal
