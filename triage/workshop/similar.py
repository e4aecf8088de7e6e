"""Is this picture there too? One picture against many that were hashed during a scan."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from triage.alike import FURTHEST
from triage.coordinator.describers import Describers
from triage.coordinator.pool import Pool
from triage.errors import SourceError, UsageError
from triage.hashsets.perceptual import WIDTH, PerceptualIndex
from triage.wire.messages import TOO_LITTLE, Description, PdqQuery
from triage.workshop.opening import CannotOpenError, open_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """One of the many."""

    place: int
    """Among the values that were given."""
    distance: int
    """Bits of 256 that differ."""
    manner: str
    """Empty, or how it lies differently: `turned 90°` …; in the words of a worker."""


def similar(picture: Path, values: Sequence[bytes], distance: int = FURTHEST) -> list[Near]:
    """Those of `values` (PDQ, 32 bytes each) near the picture, the nearest first.

    Raises SourceError if the file cannot be opened, UsageError if it is no picture or one that says
    too little to be compared, WorkerError if no worker starts.
    """
    looks = _looks(picture)
    if not values:
        return []
    queries = np.frombuffer(b"".join(look.value for look in looks), np.uint8).reshape(-1, WIDTH)
    found = PerceptualIndex.of_hashes(values).search(queries, distance)
    best: dict[int, Near] = {}
    for query, place, bits in zip(*(column.tolist() for column in found), strict=True):
        if place not in best or bits < best[place].distance:
            best[place] = Near(place=place, distance=bits, manner=looks[query].manner)
    return sorted(best.values(), key=lambda near: (near.distance, near.place))


def _looks(picture: Path) -> tuple[PdqQuery, ...]:
    told = _description(picture)
    if told.looks:
        return told.looks
    if told.trouble == TOO_LITTLE:
        raise UsageError(
            "The picture says too little to be compared.", hint="Give one with more detail in it."
        )
    raise UsageError(
        f"The picture cannot be decoded: {told.left_out or told.trouble}.",
        hint="Give a JPEG, PNG, WebP or HEIC.",
    )


def _description(picture: Path) -> Description:
    try:
        file = open_file(picture, picture.name, follow=True)
    except CannotOpenError as error:
        raise SourceError(
            f"The picture {picture} cannot be read: {error.reason}.", hint="Check the path."
        ) from error
    with Pool() as pool:
        ((_, told),) = Describers(pool, wanted=1, looks=True).descriptions([file])
    return told
