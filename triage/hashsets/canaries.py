"""Entries of nothing that every build puts into a set, and that look-up must find.

Their digests are of no content that anybody knows: the beginning of a SHA-512 in the place of an
MD5 is the MD5 of nothing that could be made. A set in which one is not found answers wrongly.
"""

from hashlib import sha512

import numpy as np

from triage.hashsets.layout import CANARIES
from triage.hashsets.records import WIDTHS, Bytes


def canaries(algorithm: str) -> Bytes:
    """One a row; each entry has one of each algorithm of the set."""
    return np.frombuffer(b"".join(canary_digests(algorithm)), dtype=np.uint8).reshape(CANARIES, -1)


def canary_digests(algorithm: str) -> list[bytes]:
    """The same, each by itself."""
    width = WIDTHS[algorithm]
    said = (f"seek canary: {algorithm} {number}" for number in range(CANARIES))
    return [sha512(each.encode()).digest()[:width] for each in said]
