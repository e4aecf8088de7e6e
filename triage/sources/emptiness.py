"""Whether a volume without a signature is zeros or noise: from samples spread over it, and, before
it is called empty, from all of it."""

import math
from collections import Counter
from dataclasses import dataclass

from triage.sources.bytes import Bytes
from triage.sources.reader import ContentError

SAMPLES = 64
SAMPLE = 4096
"""Bytes. Random ones have about 7.95 bits of entropy each; text and code far less."""
RANDOM_BITS = 7.9
READ_WHOLE = 128 << 20
"""Bytes; what is read whole. Windows reserves 16 or 128 MiB on a disk, all zeros."""
PIECE = 4 << 20


@dataclass(slots=True, kw_only=True)
class Samples:
    """How many samples were what."""

    looked_at: int = 0
    zero: int = 0
    random: int = 0
    unreadable: int = 0


def look_at_samples(reader: Bytes, offset: int, size: int) -> Samples:
    """Samples from the first to the last sector of the volume."""
    samples = Samples()
    step = max(SAMPLE, (size - SAMPLE) // (SAMPLES - 1) // SAMPLE * SAMPLE)
    places = [*range(0, max(1, size - SAMPLE), step)][:SAMPLES]
    for place in [*places, max(0, size - SAMPLE)]:
        _look(reader, offset + place, min(SAMPLE, size - place), samples)
    return samples


def is_zeros(reader: Bytes, offset: int, size: int) -> bool:
    """Whether every byte is read and is zero; stops at the first that is not."""
    zeros = bytes(min(PIECE, size))
    try:
        return all(
            reader.read_at(at, min(PIECE, offset + size - at)) == zeros[: offset + size - at]
            for at in range(offset, offset + size, PIECE)
        )
    except ContentError:
        return False


def _look(reader: Bytes, offset: int, length: int, samples: Samples) -> None:
    samples.looked_at += 1
    try:
        data = reader.read_at(offset, length)
    except ContentError:
        samples.unreadable += 1
        return
    if not data.strip(b"\0"):
        samples.zero += 1
    elif entropy(data) >= RANDOM_BITS:
        samples.random += 1


def entropy(data: bytes) -> float:
    """Shannon's, bits in each byte."""
    return -sum(n / len(data) * math.log2(n / len(data)) for n in Counter(data).values())
