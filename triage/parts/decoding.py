"""The pixels of parts: a picture's, or frames of a video, by the same rules as any content's."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from triage.detectors.item import Item
from triage.detectors.later_pictures import later_pictures
from triage.detectors.pictures import PIXELS_LIMIT, UndecodableError, decode
from triage.families import family
from triage.media.window import InMemory
from triage.needs import FrameNeeds, PixelNeeds
from triage.profile import Family, parse_duration

if TYPE_CHECKING:
    from triage.detectors.videos import Footage

    Take = Callable[..., Footage]


class PartDecoding:
    """Gives the items of parts their pixels."""

    def __init__(
        self,
        pixels: PixelNeeds | None = None,
        frames: FrameNeeds | None = None,
        pixels_limit: int = PIXELS_LIMIT,
    ) -> None:
        """As the detectors together need them; None: nobody needs any."""
        self._pixels = pixels
        self._limit = pixels_limit
        several = frames or FrameNeeds()
        self._most, self._seconds = several.at_most, parse_duration(several.time)
        self._take = self._taker(frames) if frames else None

    @property
    def sees_pictures(self) -> bool:
        """Whether pictures are decoded at all."""
        return self._pixels is not None

    def pass_by(self, item: Item) -> bool:
        """Of content that is not at hand: whether nothing of its type is asked for."""
        videos = self._take and family(item.type) is Family.VIDEOS
        return not (videos or (self._pixels and item.type.startswith("image/")))

    def decode(self, item: Item, content: bytes, seconds: float) -> bool:
        """Whether the item got what is asked for; `seconds`: that a video may take at most."""
        try:
            if family(item.type) is Family.VIDEOS and self._take:
                wanted = min(self._seconds, seconds)
                item.frames = self._take(InMemory(content), seconds=wanted).frames
            elif self._pixels and item.type.startswith("image/"):
                item.picture = decode(
                    content,
                    item.type,
                    smallest_side=self._pixels.smallest_side,
                    full=self._pixels.full,
                    pixels_limit=self._limit,
                )
                return self._decode_later(item, content, seconds)
        except UndecodableError:
            return False
        return True

    def _decode_later(self, item: Item, content: bytes, seconds: float) -> bool:
        """What is behind its first picture: a browser's cache is full of animations."""
        later = later_pictures(
            content,
            item.type,
            at_most=self._most,
            seconds=min(self._seconds, seconds),
            smallest_side=(self._pixels or PixelNeeds()).smallest_side,
            pixels_limit=self._limit,
        )
        item.frames = later.frames
        return not later.missed

    def _taker(self, frames: FrameNeeds) -> "Take":
        """Imported while a worker may still open files."""
        from triage.detectors import videos  # noqa: PLC0415 - numpy and OpenCV

        videos.make_ready()
        wanted = self._pixels or PixelNeeds()
        return partial(
            videos.watch,
            at_most=frames.at_most,
            scenes=frames.scenes,
            smallest_side=wanted.smallest_side,
            pixels_limit=self._limit,
        )
