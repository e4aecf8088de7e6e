"""Deflated bytes, inflated in steps: what claims to become gigabytes becomes what is asked for."""

import zlib
from collections.abc import Iterator

from triage.members.member import MOST_AT_ONCE, DamagedError

BROKEN = "its compression does not hold together"


def inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """At most MOST_AT_ONCE bytes a step. Without its end it is as good: nobody who shows documents
    minds. Raises DamagedError where it makes no sense any more."""
    inflater = zlib.decompressobj()
    for piece in pieces:
        waiting = piece
        while waiting and not inflater.eof:
            try:
                out = inflater.decompress(waiting, MOST_AT_ONCE)
            except zlib.error as error:
                raise DamagedError(BROKEN) from error
            if out:
                yield out
            waiting = inflater.unconsumed_tail
        if inflater.eof:
            return
    if rest := inflater.flush():
        yield rest
