"""`triage.workers` with a layer whose reader crashes."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from triage.sources.bytes import Bytes
from triage.sources.layers import LAYERS, Layer
from triage.sources.signatures import Head, Recognised
from triage.workers import __main__ as worker

MAGIC = b"THIS CRASHES WHO OPENS IT"


def recognise(head: Head) -> Recognised | None:
    return Recognised(name="crashing") if head.bytes(0, len(MAGIC)) == MAGIC else None


def die(_held: Bytes) -> Mapping[str, Bytes]:
    os.abort()


if __name__ == "__main__":
    LAYERS.append(Layer(name="crashing", recognise=recognise, open=die))
    sys.exit(worker.main())
