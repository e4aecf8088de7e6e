"""Pictures behind the first one in a file: frames of animations, pages of TIFF, all of a HEIF.

Where there are many, a few are taken that are spread over all of them, in bounded time and memory;
an animation is played up to each, because a frame may hold only what changed. How many there are is
counted by what is there. Runs in a worker without rights: decoders are not to be trusted.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from triage.detectors.item import Frame
from triage.detectors.pictures import (
    MORE_THAN_THE_LIMIT,
    PILLOW_ERRORS,
    PIXELS_LIMIT,
    UndecodableError,
    as_far_as_it_goes,
    check_pixels,
    one_thread_for_avif,
    opened_by_pillow,
    opened_heif,
    page_of_tiff,
    pixels_of_heif,
    smaller,
    upright,
)
from triage.detectors.videos import watch
from triage.media.boxes import Box, boxes
from triage.media.several import COUNTED, MOST_FRAMES, pictures_in, with_its_own_count
from triage.media.window import InMemory, Window
from triage.needs import SMALLEST_SIDE

if TYPE_CHECKING:
    from triage.detectors.item import Pixels

NOT_DECODED: Final = "a later picture in it could not be decoded"
TOO_MANY_PIXELS: Final = "a later picture in it claims more pixels than the limit"
TOO_MUCH_MEMORY: Final = "a later picture in it needs too much memory"
TOO_MANY: Final = "it holds more pictures than are counted"
TIME_RAN_OUT: Final = "time ran out before all of its later pictures were looked at"

_MOST_BOXES: Final = 1 << 16
"""Side by side: what is free may stand before all others."""
MOST_KEPT: Final = 120_000_000
"""Pixels of all together, 360 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterPictures:
    """Those that were taken."""

    frames: tuple[Frame, ...] = ()
    missed: str = ""
    """Why not all that were wanted are among them."""


_NONE: Final = LaterPictures()


def later_pictures(
    content: bytes,
    mime: str,
    *,
    at_most: int = 10,
    seconds: float = 20.0,
    smallest_side: int = SMALLEST_SIDE,
    pixels_limit: int = PIXELS_LIMIT,
) -> LaterPictures:
    """Up to `at_most` of those behind the first, each as small as `smallest_side` allows.

    Stops after `seconds` with those that it has by then, and says so. Never raises.
    """
    take = _TAKERS.get(mime)
    count = pictures_in(content, mime) if mime in COUNTED else 2
    if take is None or count < 2:
        return _NONE
    hand = _Hand(at_most, time.monotonic() + seconds, smallest_side, pixels_limit)
    try:
        with as_far_as_it_goes():
            take(content, mime, hand)
    except Exception as error:  # noqa: BLE001 - the fence round one item: any decoder's failure
        hand.miss(error)
    if count >= MOST_FRAMES:
        hand.missed = hand.missed or TOO_MANY
    return LaterPictures(frames=tuple(hand.taken), missed=hand.missed)


def lone_sequence(content: bytes, mime: str) -> bytes | None:
    """A HEIF that is a sequence and has no still picture, as a video; None of all else."""
    if not mime.endswith("-sequence"):
        return None
    kinds = {box.kind for box in boxes(Window(content), 0, len(content), _MOST_BOXES)}
    return content if b"moov" in kinds and b"meta" not in kinds else None


def _sequence_in(content: bytes) -> bytes | None:
    """The sequence beside a HEIF's still pictures, as a video without them; None if there is none.

    ISO/IEC 23008-12, 7: it is a track in `moov`. FFmpeg looks no further than `meta`.
    """
    at_top = {box.kind: box for box in boxes(Window(content), 0, len(content), _MOST_BOXES)}
    if b"moov" not in at_top or b"meta" not in at_top:
        return None
    return _without(content, at_top[b"meta"])


def _without(content: bytes, box: Box) -> bytes:
    """Its name is said to be nobody's; all else stays where it is."""
    kind = content.rindex(box.kind, 0, box.at)
    return content[:kind] + b"free" + content[kind + 4 :]


@dataclass(slots=True)
class _Hand:
    """What has been taken, and what may be."""

    at_most: int
    ends: float
    smallest_side: int
    pixels_limit: int
    taken: list[Frame] = field(default_factory=list)
    missed: str = ""
    _kept: int = 0

    def wanted(self, count: int, first: int = 1) -> list[int]:
        """Numbers from `first` on and below `count`, spread over all of them."""
        there = count - first
        parts = min(self.at_most, max(0, there))
        return [first + int(there * (part + 0.5) / parts) for part in range(parts)]

    def late(self) -> bool:
        """Whether time has run out; then that is why some are missed."""
        if time.monotonic() <= self.ends:
            return False
        self.missed = TIME_RAN_OUT
        return True

    @contextmanager
    def missing_one(self) -> Iterator[None]:
        """Of those that are each for themselves, a broken one costs that one."""
        try:
            yield
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            self.miss(error)

    def miss(self, error: Exception) -> None:
        """That is why."""
        if isinstance(error, MemoryError):
            self.missed = TOO_MUCH_MEMORY
        elif isinstance(error, UndecodableError) and error.reason == MORE_THAN_THE_LIMIT:
            self.missed = TOO_MANY_PIXELS
        else:
            self.missed = NOT_DECODED

    def keep(self, pixels: "Pixels", part: str) -> None:
        """Take one. Raises MemoryError if all together are too large."""
        picture = smaller(pixels, self.smallest_side)
        self._kept += picture.pixels.size // 3
        if self._kept > MOST_KEPT:
            raise MemoryError
        self.taken.append(Frame(picture=picture, part=part))


def _play(content: bytes, mime: str, hand: _Hand) -> None:
    """An animation, frame by frame, by Pillow."""
    with opened_by_pillow(with_its_own_count(content)) as image:
        _play_on(image, pictures_in(content, mime), hand)


def _play_avif(content: bytes, _: str, hand: _Hand) -> None:
    one_thread_for_avif()
    with opened_by_pillow(content) as image:
        _play_on(image, getattr(image, "n_frames", 1), hand)


def _play_on(image: Any, count: int, hand: _Hand) -> None:
    wanted = hand.wanted(count)
    for number in range(1, wanted[-1] + 1 if wanted else 0):
        if hand.late():
            return
        image.seek(number)
        check_pixels(image.size, hand.pixels_limit)
        image.load()
        if number in wanted:
            hand.keep(upright(image), f"frame {number + 1} of {count}")


def _turn_pages(content: bytes, mime: str, hand: _Hand) -> None:
    count = pictures_in(content, mime)
    for number in hand.wanted(count):
        if hand.late():
            return
        with hand.missing_one():
            pixels = page_of_tiff(content, number, hand.pixels_limit)
            hand.keep(pixels, f"page {number + 1} of {count}")


def _look_through(content: bytes, mime: str, hand: _Hand) -> None:
    """A HEIF: the pictures beside the first one, then its sequence."""
    try:
        heif = opened_heif(content)
    except PILLOW_ERRORS:
        _play_avif(content, mime, hand)
        return
    count, first = len(heif), heif.primary_index
    for place in hand.wanted(count):
        number = place - (place <= first)  # the first picture stands anywhere
        if hand.late():
            return
        with hand.missing_one():
            heif = opened_heif(content)  # what is decoded of one takes memory until it is closed
            pixels = pixels_of_heif(heif[number], hand.pixels_limit)
            hand.keep(pixels, f"picture {number + 1} of {count}")
    sequence = _sequence_in(content)
    if sequence is not None:
        _play_sequence(sequence, hand)


def _play_sequence(content: bytes, hand: _Hand) -> None:
    left = hand.ends - time.monotonic()
    with hand.missing_one():
        for frame in watch(
            InMemory(content),
            at_most=hand.at_most,
            seconds=left,
            smallest_side=hand.smallest_side,
            pixels_limit=hand.pixels_limit,
        ).frames:
            place = f"its sequence at {frame.at or 0:.1f} s"
            hand.keep(frame.picture.pixels, place)


_TAKERS: dict[str, Callable[[bytes, str, _Hand], None]] = {
    "image/gif": _play,
    "image/png": _play,
    "image/webp": _play,
    "image/avif": _play_avif,
    "image/tiff": _turn_pages,
    "image/heic": _look_through,
    "image/heif": _look_through,
    "image/heic-sequence": _look_through,
    "image/heif-sequence": _look_through,
}
