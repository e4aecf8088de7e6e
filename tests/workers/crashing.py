"""A worker whose decoder fails on what bears a mark: run in place of `triage.workers`.

The marks stand for defects in real decoders, which are mended one by one; the next one is not known
yet. Each is met where content is decoded, or when a finding is read a second time.
"""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from triage.containers.recognising import recognise as honest_recognise
from triage.detectors.item import Picture
from triage.detectors.pictures import UndecodableError
from triage.detectors.pictures import decode as honest_decode
from triage.detectors.types import type_of as honest_type_of
from triage.findings import Result
from triage.sources import Source
from triage.workers import __main__ as worker
from triage.workers import decoding, describe, digesting, examine, intake, outcomes
from triage.workers.look import Look

ABORTS = b"THIS ABORTS THE DECODER"
STALLS = b"THIS STALLS THE DECODER"
RAISES = b"THIS IS TOO MUCH FOR THE DECODER"
ABORTS_TWICE = b"THIS ABORTS WHO READS IT AGAIN"
ABORTS_INSIDE = b"THIS ABORTS WHO LOOKS INTO A CONTAINER"
ABORTS_TYPING = b"\xff\xd8\xffTHIS ABORTS WHO TELLS ITS TYPE"
REFUSES = b"\xff\xd8\xffTHIS IS UNDECODABLE FOR A REASON OF ITS OWN"
_honest_confirmed = outcomes.confirmed


def _decode(content: bytes, mime: str, **options: object) -> Picture:
    if ABORTS in content:
        os.abort()
    if STALLS in content:
        time.sleep(10_000)
    if RAISES in content:
        raise MemoryError
    if content.startswith(REFUSES):
        raise UndecodableError(f"reason {content[len(REFUSES)]}")
    return honest_decode(content, mime, **options)  # type: ignore[arg-type]


def _type_of(head: bytes) -> str:
    if head.startswith(ABORTS_TYPING):
        os.abort()
    return honest_type_of(head)


def _confirmed(source: Source, look: Look) -> Result:
    if ABORTS_TWICE in source.small(look.item.entry):
        os.abort()
    return _honest_confirmed(source, look)


def _recognise(content: bytes, *more: object, **options: object) -> object:
    if ABORTS_INSIDE in content:
        os.abort()
    return honest_recognise(content, *more, **options)  # type: ignore[arg-type]


if __name__ == "__main__":
    decoding.__dict__["decode"] = describe.__dict__["decode"] = _decode
    describe.__dict__["type_of"] = _type_of
    intake.__dict__["recognise"] = digesting.__dict__["recognise"] = _recognise
    examine.__dict__["confirmed"] = _confirmed
    sys.exit(worker.main())
