"""Content that lies in pieces of a container: read as one, and never held as a whole."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

from triage.members.member import MOST_AT_ONCE, ContainerBytes, DamagedError

MOST_PIECES = 1_000_000
TOO_SCATTERED = "it lies in more pieces than are followed"


class Pieces:
    """The same bytes one behind the other; reading raises ContentError."""

    def __init__(self, content: ContainerBytes, runs: Iterable[tuple[int, int]]) -> None:
        """`runs`: first byte and length of each piece. Raises DamagedError of too many."""
        self._content = content
        self._at: list[int] = []
        lengths: list[int] = []
        for at, length in runs:
            if len(lengths) >= MOST_PIECES:
                raise DamagedError(TOO_SCATTERED)
            self._at.append(at)
            lengths.append(length)
        self._begin = [0, *accumulate(lengths)]
        self.size = self._begin[-1]

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end, or where the container ends."""
        end = min(offset + length, self.size)
        pieces: list[bytes] = []
        while 0 <= offset < end:
            which = bisect_right(self._begin, offset) - 1
            wanted = min(end, self._begin[which + 1]) - offset
            piece = self._content.read_at(self._at[which] + offset - self._begin[which], wanted)
            pieces.append(piece)
            if len(piece) < wanted:
                break
            offset += wanted
        return b"".join(pieces)


def chunks_of(content: ContainerBytes, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """What lies between two places, as a member gives it."""
    end = content.size if end is None else min(end, content.size)
    for at in range(start, end, MOST_AT_ONCE):
        yield content.read_at(at, min(MOST_AT_ONCE, end - at))
