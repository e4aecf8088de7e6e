"""A volume's bytes as one of its shadow copies has them."""

from collections.abc import Iterator, Mapping, Sequence

from triage.evidence import Run
from triage.sources.bytes import Bytes, PiecedBytes, all_of
from triage.sources.reader import ContentError
from triage.sources.vss import BLOCK, SECTOR, TOO_MANY, ShadowStore, blocks_of

TOO_MANY_STATES = "there are more shadow copies of it than can be"
MOST_BLOCKS = 1_500_000
"""That lie elsewhere than they did: 24 GB."""
MOST_STATES = 512
"""Windows keeps no more copies of a volume."""


class ShadowBytes(PiecedBytes):
    """As long as the volume. What no store kept lies where it did."""

    def __init__(
        self, held: Bytes, places: Mapping[int, int], over: Mapping[int, tuple[int, int]]
    ) -> None:
        """`places` of blocks that lie elsewhere; `over`: of blocks of which some sectors do."""
        self._held, self._places, self._over = held, places, over
        self.size, self.sector_size = held.size, held.sector_size

    def place(self, offset: int, most: int) -> tuple[int, int]:
        """Where in the volume that byte lies now, and how many from it on, at most `most`."""
        within = offset % BLOCK
        block, length = offset - within, min(most, BLOCK - within)
        over = self._over.get(block)
        if over is not None:
            sector = within // SECTOR
            kept = over[1] >> sector & 1
            behind = sector + 1
            while behind * SECTOR < BLOCK and over[1] >> behind & 1 == kept:
                behind += 1
            length = min(length, behind * SECTOR - within)
            if kept:
                return over[0] + within, length
        return self._places.get(block, block) + within, length

    def piece(self, offset: int, most: int) -> bytes:
        """As `PiecedBytes` has it."""
        return all_of(self._held, *self.place(offset, most))

    def runs_of(self, runs: Sequence[Run], most: int) -> tuple[Run, ...]:
        """Runs of these bytes as such of the volume's, at most so many; none where that cannot
        be."""
        found: list[Run] = []
        for run in runs:
            at, end = run.offset, run.offset + run.length
            if at < 0:
                found.append(run)
            while 0 <= at < end:
                place, length = self.place(at, end - at)
                last = found[-1] if found else Run(-1, 0)
                if last.offset >= 0 and last.offset + last.length == place:
                    found[-1] = Run(last.offset, last.length + length)
                else:
                    found.append(Run(place, length))
                at += length
            if len(found) > most:
                return ()
        inside = all(run.offset + run.length <= self.size for run in found)
        return tuple(found) if inside else ()


def states(
    held: Bytes, stores: Sequence[ShadowStore]
) -> Iterator[tuple[ShadowStore, ShadowBytes | ContentError]]:
    """The volume as each shadow copy has it, the newest first, each good until the next is asked
    for. What stands on one that cannot be read cannot be read either."""
    places: dict[int, int] = {}
    failed: ContentError | None = None
    for number, store in enumerate(reversed(stores)):
        if number >= MOST_STATES:
            failed = failed or ContentError(TOO_MANY_STATES)
        if failed is None:
            try:
                kept = blocks_of(held, store)
                if len(places) + len(kept.whole) > MOST_BLOCKS:
                    raise ContentError(TOO_MANY)
            except ContentError as error:
                failed = error
        if failed is not None:
            yield store, failed
            continue
        places |= {
            block: places.get(place, place) if forwards else place
            for block, (place, forwards) in kept.whole.items()
        }
        yield store, ShadowBytes(held, places, kept.over)
