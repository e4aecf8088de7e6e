"""`triage.workers` with a toy layer and a toy tree, on a device that fails as tests/scan/failing.py
says: what is read there bears a mark that cannot be read."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.scan import failing
from tests.sources.toys import blobs, pool, xored
from triage.workers import __main__ as worker

__all__ = ["blobs", "failing", "pool", "xored"]

if __name__ == "__main__":
    sys.exit(worker.main())
