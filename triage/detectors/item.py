"""What a detector sees of one entry, and what a detector is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from triage.evidence import FileEntry
from triage.findings import Match

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Pixels: TypeAlias = "npt.NDArray[np.uint8]"
"""Height x width x 3, blue green red, 0 to 255."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A decoded picture."""

    pixels: Pixels
    width: int
    height: int
    """Of the whole picture, pixels, before any reduction and after its EXIF orientation."""
    reduced_by: int = 1
    """1, 2, 4 or 8: the decoder's own reduction."""
    truncated: bool = False
    """The content ends early; what is missing is grey."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A picture out of a video, or one behind the first in a file of pictures."""

    picture: Picture
    at: float | None = None
    """Seconds from the beginning, of a video."""
    part: str = ""
    """Of a file of pictures: `frame 7 of 12`, `page 3 of 5`."""
    scene: bool = False
    """It was taken because the scene changes there, and not as one of those evenly spread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedContent:
    """What of a container nobody could look at, because it is encrypted."""

    kind: str
    """Of container: `zip`, `pdf` …"""
    seen: str
    """`names only`, `not even names`, or `nobody looked`: at a container of a kind that nobody
    opens, or in a profile that has none opened."""
    members: int = 0
    """That are encrypted; 0: it is so as a whole."""
    names: tuple[str, ...] = ()
    """Of the first of them."""


@dataclass(slots=True, kw_only=True)
class Item:
    """One entry on its way through the detectors: one read has fed all of this."""

    entry: FileEntry
    head: bytes
    """The first HEAD_BYTES of the content, or all of it."""
    type: str = ""
    """MIME type by content."""
    digests: dict[str, bytes] = field(default_factory=dict)
    """Algorithm to raw digest: those that were asked for, and BLAKE3 of what was read whole."""
    pdq_quality: int | None = None
    """0 to 100, of a picture that was hashed."""
    picture: Picture | None = None
    frames: tuple[Frame, ...] = ()
    """Of a video, spread over its length; of a file of pictures those behind `picture`."""
    not_compared: str = ""
    """The first hash set with which it could not be compared, because that was altered where it
    would have to be looked into; empty: none."""
    locked: LockedContent | None = None
    """Of an encrypted container, or one that holds what is; known once it was looked into."""
    scores: dict[str, float] = field(default_factory=dict)
    """What detectors gave it from 0 to 1, below their thresholds too, by the name of the model pack
    or of the detector; of a video that of the highest frame. Nothing of what was not scored."""


def frames_of(item: Item) -> tuple[Frame, ...]:
    """All that is to be looked at: a picture, and what is behind it; or a video's frames."""
    return (*([Frame(picture=item.picture)] if item.picture else ()), *item.frames)


@runtime_checkable
class LoadsLater(Protocol):
    """A detector of what somebody sent in: it is loaded by a worker without rights."""

    def begin(self) -> None:
        """Load it. Raises SeekError if it is not what it should be."""
        ...


class Detector(Protocol):
    """Judges items. What it needs in them, its choice in `triage/choices.py` says."""

    name: str

    def matches_of(self, items: Sequence[Item]) -> list[tuple[Match, ...]]:
        """The matches of each item, in order. Never raises for what an item contains."""
        ...
