"""What lies between the volumes of an array on its members: whether it holds something."""

from collections.abc import Iterable, Sequence

from triage.sources.bytes import Bytes
from triage.sources.emptiness import look_at_samples

MOST_GAP = 8 << 20
"""Bytes that are left between volumes as a matter of course."""
MOST_GAPS = 64
"""Of one member; each is 65 reads."""
HOLDS = "{size:,} bytes of it belong to no volume; they hold something, and were not looked at"


def said_of_gaps(members: Iterable[tuple[Bytes, Sequence[tuple[int, int]]]]) -> tuple[str, ...]:
    """What is to be said of what no volume takes. `members`: each with where on it volumes begin
    and end, and what else is known to be none."""
    size = sum(_holding(held, taken) for held, taken in members)
    return (HOLDS.format(size=size),) if size else ()


def _holding(held: Bytes, taken: Sequence[tuple[int, int]]) -> int:
    """Bytes of those gaps that are not zeros wherever it was looked."""
    position, gaps = 0, list[tuple[int, int]]()
    for start, end in sorted([*taken, (held.size, held.size)]):
        if min(start, held.size) - position > MOST_GAP:
            gaps.append((position, min(start, held.size)))
        position = max(position, end)
    size = 0
    for start, end in gaps[:MOST_GAPS]:
        samples = look_at_samples(held, start, end - start)
        size += end - start if samples.zero < samples.looked_at else 0
    return size
