"""A worker whose device has bad sectors: every 512 bytes with the mark in them cannot be read."""

import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parents[2]))

from triage.sources import reader
from triage.workers import __main__ as worker

MARK = b"THIS SECTOR IS BAD"


def pread(descriptor: int, length: int, offset: int) -> bytes:
    return _unless_bad(os.pread(descriptor, length, offset))


def preadv(descriptor: int, views: Sequence[memoryview], offset: int) -> int:
    done = os.preadv(descriptor, views, offset)
    _unless_bad(bytes(views[0]))
    return done


def _unless_bad(data: bytes) -> bytes:
    if MARK in data:
        raise OSError(errno.EIO, "Input/output error")
    return data


vars(reader)["os"] = SimpleNamespace(pread=pread, preadv=preadv)

if __name__ == "__main__":
    sys.exit(worker.main())
