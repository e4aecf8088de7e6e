"""Pieces of a compiled file, each held against its digest when it is first looked into.

A set of fifty million entries is not read whole at every scan. But what an answer rests on - a word
of the filter, a bucket, a row, an entry - is in some pieces of the file; their digests are in the
part `pieces`, whose digest is in the header, which is what a signature is of, and what a sealed
set's key binds (docs/decisions/hash-sets-proven-where-they-are-read.md).
"""

import mmap
from collections.abc import Callable
from typing import TYPE_CHECKING

from blake3 import blake3

from triage.errors import HashSetError
from triage.hashsets.layout import PIECE_SHIFT, PIECES, SetHeader, pieces_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

DIGEST = 32
"""Bytes of one piece's digest, BLAKE3."""
PIECE = 1 << PIECE_SHIFT

Altered = Callable[[], HashSetError]
"""What is raised of a part that is not what was written."""


class PartPieces:
    """The pieces of one part. Raises HashSetError where one is not what was written."""

    def __init__(
        self, file: mmap.mmap, place: tuple[int, int], digests: memoryview | None, altered: Altered
    ) -> None:
        """`place`: where the part begins and ends in the file. Without digests all is believed."""
        self._file = file
        self._start, self._end = place
        self._digests = digests
        self._altered = altered
        count = pieces_of(self._end - self._start)
        self.seen = bytearray(count) if digests is not None else bytearray(b"\1" * count)
        """By piece, whether it was held against its digest. Whoever looks up asks it first."""
        self.left = count if digests is not None else 0
        """How many were not yet; of most parts of a set soon none is left."""

    def check(self, piece: int) -> None:
        """Hold one against its digest, whether or not that was done."""
        at = self._start + piece * PIECE
        digest = blake3(self._file[at : min(at + PIECE, self._end)]).digest()
        said = self._digests and self._digests[piece * DIGEST : (piece + 1) * DIGEST]
        if said and digest != said:
            raise self._altered()
        self.left -= not self.seen[piece]
        self.seen[piece] = 1

    def check_bytes(self, first: int, end: int) -> None:
        """All pieces with bytes of the part from `first` up to `end`."""
        if self.left and first < end:
            for piece in range(first >> PIECE_SHIFT, (end - 1 >> PIECE_SHIFT) + 1):
                if not self.seen[piece]:
                    self.check(piece)

    def check_places(self, places: "npt.NDArray[np.int64]") -> None:
        """All pieces with these bytes of the part."""
        if self.left and len(places):
            import numpy as np  # noqa: PLC0415 - the guide, which looks nothing up, starts without

            pieces = places >> PIECE_SHIFT
            seen = np.frombuffer(self.seen, dtype=np.uint8)
            for piece in sorted({*pieces[seen[pieces] == 0].tolist()}):
                self.check(piece)

    def check_all(self) -> None:
        """Every piece."""
        self.check_bytes(0, self._end - self._start)


class PieceDigests:
    """Made while a part is written."""

    def __init__(self) -> None:
        self._done: list[bytes] = []
        self._piece = blake3()
        self._filled = 0

    def update(self, data: bytes | memoryview) -> None:
        """The part goes on."""
        view = memoryview(data).cast("B")
        while len(view):
            some = view[: PIECE - self._filled]
            self._piece.update(some)
            self._filled += len(some)
            view = view[len(some) :]
            if self._filled == PIECE:
                self._next()

    def finish(self) -> bytes:
        """The part has ended: the digests of its pieces, in order."""
        if self._filled:
            self._next()
        return b"".join(self._done)

    def _next(self) -> None:
        self._done.append(self._piece.digest())
        self._piece, self._filled = blake3(), 0


def parts_with_pieces(layout: SetHeader) -> list[tuple[str, int, int]]:
    """Name, offset and length of the parts that `pieces` has digests of, in its order."""
    without = ("about", PIECES)
    return [(s.name, s.offset, s.length) for s in layout.sections if s.name not in without]
