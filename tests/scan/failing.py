"""A worker whose device fails: what bears a mark cannot be read, or reads as something else later.

Every 512 bytes with MARK in them are a bad sector. What has WAVERS in it is given as it is twice,
and changed from then on.
"""

import errno
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parents[2]))

from triage.sources import reader
from triage.workers import __main__ as worker

MARK = b"THIS SECTOR IS BAD"
WAVERS = b"THIS SECTOR WAVERS"
STEADY_READS = 2
_read_before: Counter[int] = Counter()
"""By place."""


def pread(descriptor: int, length: int, offset: int) -> bytes:
    return _given(os.pread(descriptor, length, offset), offset)


def preadv(descriptor: int, views: Sequence[memoryview], offset: int) -> int:
    done = os.preadv(descriptor, views, offset)
    views[0][:] = _given(bytes(views[0]), offset)
    return done


def _given(data: bytes, offset: int) -> bytes:
    if MARK in data:
        raise OSError(errno.EIO, "Input/output error")
    if WAVERS not in data:
        return data
    place = offset + data.index(WAVERS)
    _read_before[place] += 1
    return data if _read_before[place] <= STEADY_READS else wavered(data)


def wavered(data: bytes) -> bytes:
    return data.replace(WAVERS, WAVERS.lower())


vars(reader)["os"] = SimpleNamespace(pread=pread, preadv=preadv)

if __name__ == "__main__":
    sys.exit(worker.main())
