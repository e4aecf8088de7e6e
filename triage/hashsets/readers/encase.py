"""EnCase .hash: a magic, a name in UTF-16, and from byte 1152 records of 18 bytes, 16 of them MD5.

The layout is that of The Sleuth Kit's reader (tsk/hashdb/encase.c).
"""

from collections.abc import Iterator

import numpy as np

from triage.errors import HashSetError
from triage.hashsets.inputs import BLOCK, ImportFile
from triage.hashsets.records import Imported, RecordBatch

MAGIC = b"HASH\x0d\x0a\xff\x00"
_FIRST = 1152
_RECORD = 18
_MD5 = 16


def read(source: ImportFile, imported: Imported) -> Iterator[RecordBatch]:
    """Batches of the MD5s. Raises HashSetError if even the header is cut off."""
    rest = _exactly(source, _FIRST)
    if len(rest) < _FIRST:
        raise HashSetError(f"{source.shown} is cut off in its header.", hint="Copy it again.")
    rest, number = b"", 0
    while block := source.read(BLOCK):
        rest += block
        count = len(rest) // _RECORD
        if count:
            yield _batch(rest[: count * _RECORD], count)
        rest, number = rest[count * _RECORD :], number + count
    if rest:
        imported.broken(number + 1, f"cut off after {len(rest)} of {_RECORD} bytes", unit="record")


def _batch(data: bytes, count: int) -> RecordBatch:
    rows = np.frombuffer(data, dtype=np.uint8).reshape(count, _RECORD)
    return RecordBatch(
        count=count, digests={"md5": np.ascontiguousarray(rows[:, :_MD5])}, present={}
    )


def _exactly(source: ImportFile, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := source.read(size - len(data))):
        data += more
    return data
