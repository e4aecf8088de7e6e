"""What was made before of what comes again: copies of files, and icons, emblems and blank pictures,
which are the same pixels in many files.

By BLAKE3 of the content, or of the pixels themselves whatever they were decoded from: what shares
it is one.
"""

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

from blake3 import blake3

if TYPE_CHECKING:
    from triage.detectors.item import Pixels

_T = TypeVar("_T")


def told_by(pixels: "Pixels") -> bytes:
    """What is the same only of pixels that are the same, and lie in the same width and height."""
    height, width = map(int, pixels.shape[:2])
    digest: bytes = blake3(pixels.tobytes()).digest()
    return digest + height.to_bytes(4, "big") + width.to_bytes(4, "big")


class SeenBefore(Generic[_T]):
    """What was made of a bounded number, by digest; the longest unseen is forgotten first."""

    def __init__(self, kept: int) -> None:
        """`kept`: how many."""
        self._kept = kept
        self._made: OrderedDict[bytes, _T] = OrderedDict()

    def __len__(self) -> int:
        return len(self._made)

    def get(self, told: bytes) -> _T | None:
        """What was made of them, if it is remembered."""
        made = self._made.get(told)
        if made is not None:
            self._made.move_to_end(told)
        return made

    def put(self, told: bytes, made: _T) -> None:
        """Remember."""
        self._made[told] = made
        if len(self._made) > self._kept:
            self._made.popitem(last=False)
