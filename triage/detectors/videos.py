"""Some frames of a video, spread over its length, at little cost and in bounded time.

Key frames are found without decoding, by reading packets; decoding then begins at one. Of AV1, for
which our FFmpeg has no decoder, the key frames are pictures of their own (`key_frames.py`). Then
scenes are sought that lie between those frames (`scenes.py`). Runs in a worker that may be killed
at any moment: FFmpeg's parsers are not to be trusted.
"""

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from triage.captured import MOST_SECONDS
from triage.detectors.fields import fields_at, keys_at
from triage.detectors.item import Frame
from triage.detectors.key_frames import AV1, decoded_key_frames
from triage.detectors.libav import LibraryError, libav
from triage.detectors.opened_video import UNDECODABLE, Readable, Shots, opened
from triage.detectors.pictures import (
    MORE_THAN_THE_LIMIT,
    PIXELS_LIMIT,
    UndecodableError,
    opencv,
    smaller,
)
from triage.detectors.scenes import Scenes, halving
from triage.needs import SMALLEST_SIDE

if TYPE_CHECKING:
    from triage.detectors.item import Pixels

NO_TIME = "no frame of the video could be had in the time that it may take"
ENCRYPTED = "video is encrypted"
_NOT_DECODED = "video of a codec that is not decoded"
_CODECS = {
    b"avs2": "AVS2", b"avs3": "AVS3", b"braw": "Blackmagic RAW", b"evc1": "EVC",
    b"ncrw": "Nikon N-RAW", b"crav": "Canon RAW", b"encv": "",  b"drmi": "",
}  # fmt: skip
"""What is not decoded, by its sign in a file (lower case); without a name: encrypted."""

_AFTER_KEY = 17
"""OpenCV seeks 16 frames before the one that is asked for: this one begins at the key frame."""
_SPACING = 1.0
"""Seconds between frames, at least: nearer ones seldom show anything else."""
_LONGEST_SEARCH = 600
"""Packets that are read in search of a key frame."""
_SLOWEST, _FASTEST = 1.0, 1000.0
"""Frames a second."""
_LONGEST_WALK = 100_000
"""Frames that are decoded of a video that does not say how many it has."""
_OF_TIME = 1 / 5
"""Of the time for a video, that scenes are sought for."""
_MOST_PIXELS, _PIXELS_A_SECOND = 150_000_000, 150_000_000
"""What is decoded of a video that is gone through in search of scenes - 650 frames of 640 x 360 -,
and what a computer decodes. Of a longer video the key frames are looked at alone."""
_EVERY = 3
"""Frames, of which one is looked at when a video is gone through."""
_MOST_KEYS = 1000
"""Key frames that are looked at of one video."""
_SPARSEST = 10.0
"""Seconds between key frames, on average, up to which they show the scenes: encoders begin one with
a key frame, and have one after 250 frames at the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """What was taken out of a video."""

    frames: tuple[Frame, ...]
    """In the order of time."""
    length: float | None
    """Seconds, as the video says of itself."""
    cut_short: bool
    """The time that it may take was over before all of it was gone through."""
    scenes_cut_short: bool = False
    """The time, or the number of frames, for the search for scenes was over before it was through,
    or it could not be made."""


@dataclass(slots=True)
class _Plan:
    """What a video says of itself, and where to look at it."""

    codec: bytes = b""
    length: float | None = None
    places: tuple[int, ...] = ()
    """Numbers of frames; none: it cannot be sought in."""
    rate: float = 25.0
    """Frames a second; where it does not say, as many as FFmpeg takes it for."""
    interlaced: bool = False
    """OpenCV cannot convert its frames."""
    cut_short: bool = False
    frame_count: int = 0
    """0: it does not say."""
    area: int = 0
    """Pixels of a frame."""

    def cut(self) -> None:
        """Not all of it was gone through."""
        self.cut_short = True


def make_ready() -> None:
    """Load what is loaded once, while a worker may still open files. What fails here fails at each
    video, and is said of it."""
    with suppress(LibraryError):
        libav()


def watch(
    content: Readable,
    *,
    at_most: int = 10,
    seconds: float = 20.0,
    scenes: int = 0,
    smallest_side: int = SMALLEST_SIDE,
    pixels_limit: int = PIXELS_LIMIT,
) -> Footage:
    """Up to `at_most` frames, each as small as `smallest_side` allows; then up to `scenes` more, of
    scenes that are not among these.

    Stops after `seconds` with the frames it has by then. Raises UndecodableError if there are none.
    """
    begins = time.monotonic()
    plan = _plan(content, at_most, pixels_limit, begins + seconds / 2)
    taken: list[Frame] = []
    try:
        for source in _sources(content, plan, pixels_limit):
            taken = _taken(source, plan, at_most, begins + seconds, smallest_side)
            if taken:
                break
    except UndecodableError as error:
        raise UndecodableError(_why_not(plan) or error.reason) from error
    if not taken:
        raise UndecodableError(_why_not(plan) or UNDECODABLE)
    found, through = Scenes(taken, scenes, smallest_side), True
    if scenes:
        now = time.monotonic()
        ends = min(begins + seconds, now + seconds * _OF_TIME)
        through = not plan.cut_short and _seek_scenes(
            content, replace(plan), found, ends - now, pixels_limit
        )
    return Footage(
        frames=tuple(sorted([*taken, *found.frames], key=lambda frame: frame.at or 0.0)),
        length=plan.length,
        cut_short=plan.cut_short,
        scenes_cut_short=not through,
    )


def _seek_scenes(
    content: Readable, plan: _Plan, found: Scenes, seconds: float, pixels_limit: int
) -> bool:
    """Whether the search came to its end; what it has by then is found in any case."""
    ends = time.monotonic() + seconds
    for source in _sources_of_scenes(content, plan, seconds, pixels_limit):
        seen = 0
        with suppress(UndecodableError):
            for shot in source:
                if time.monotonic() > ends:
                    return False
                if shot is None:
                    continue
                seen += 1
                found.see(_seconds(shot[0]) or 0.0, shot[1])
        if seen and seen * _SPARSEST >= (plan.length or 0.0):
            return not plan.cut_short
    return False


def _sources_of_scenes(
    content: Readable, plan: _Plan, seconds: float, pixels_limit: int
) -> Iterator[Shots]:
    """What shots can be had from, in the order in which it is tried."""
    parts = min(_MOST_KEYS, 1 + int((plan.length or 0) / _SPACING))
    places = tuple(halving(plan.frame_count, parts))
    if plan.codec == AV1:
        yield decoded_key_frames(content, places if plan.places else (), pixels_limit, plan.cut)
    elif plan.interlaced:
        yield fields_at(content, places if plan.places else (), pixels_limit, plan.cut)
    else:
        affordable = min(seconds * _PIXELS_A_SECOND, _MOST_PIXELS)
        if plan.places and plan.frame_count * plan.area > affordable:
            yield keys_at(content, places, pixels_limit)
            yield _frames_at(content, plan, places)
        yield _all_frames(content, plan, every=_EVERY)


def _sources(content: Readable, plan: _Plan, pixels_limit: int) -> Iterator[Shots]:
    """What frames can be had from, in the order in which it is tried."""
    if plan.codec == AV1:
        yield decoded_key_frames(content, plan.places, pixels_limit, plan.cut)
        return
    if plan.places:
        yield _frames_at(content, plan, plan.places)
    if not plan.interlaced:
        yield _all_frames(content, plan)
    if plan.interlaced and plan.places:
        yield fields_at(content, plan.places, pixels_limit)
    if plan.interlaced:
        yield fields_at(content, (), pixels_limit, plan.cut)


def _taken(
    source: Shots, plan: _Plan, at_most: int, ends: float, smallest_side: int
) -> list[Frame]:
    """At most so many of a source's frames, evenly; of interlaced ones that OpenCV gives, none."""
    kept: list[Frame] = []
    step, number = 1, 0
    interlaced_before = plan.interlaced
    for shot in source:
        if time.monotonic() > ends:
            plan.cut_short = True
            break
        if shot is None:
            continue
        at, pixels = shot
        if number % step == 0:
            kept.append(Frame(picture=smaller(pixels, smallest_side), at=_seconds(at) or 0.0))
        number += 1
        if len(kept) >= 2 * at_most:
            kept, step = kept[::2], step * 2
    if plan.interlaced != interlaced_before:
        return []
    return kept[:: max(1, -(-len(kept) // at_most))]


def _why_not(plan: _Plan) -> str:
    if plan.cut_short:
        return NO_TIME
    name = _CODECS.get(plan.codec)
    if name is None:
        return ""
    return f"{_NOT_DECODED}: {name}" if name else ENCRYPTED


def _seconds(said: float) -> float | None:
    """What is a time, and not a header's invention."""
    return said if math.isfinite(said) and 0 <= said <= MOST_SECONDS else None


def _plan(content: Readable, at_most: int, pixels_limit: int, ends: float) -> _Plan:
    """Soon after the key frames before evenly spread places; of AV1 the places themselves."""
    cv2 = opencv()
    with opened(content, packets=True) as packets:
        sides = packets.get(cv2.CAP_PROP_FRAME_WIDTH), packets.get(cv2.CAP_PROP_FRAME_HEIGHT)
        if sides[0] * sides[1] > pixels_limit:
            raise UndecodableError(MORE_THAN_THE_LIMIT)
        sign = int(packets.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
        plan = _Plan(codec=sign.to_bytes(4, "little").lower(), area=int(sides[0] * sides[1]))
        count, rate = packets.get(cv2.CAP_PROP_FRAME_COUNT), packets.get(cv2.CAP_PROP_FPS)
        if not (math.isfinite(rate) and math.isfinite(count) and rate > 0):
            return plan
        plan.rate = rate if _SLOWEST <= rate <= _FASTEST else plan.rate
        if not 1 < count < 1 << 31:
            return plan
        plan.length, plan.frame_count = _seconds(count / rate), int(count)
        if rate > _FASTEST:  # a clock's ticks, not frames
            return plan
        count, rate = int(count), max(rate, _SLOWEST)
        parts = min(at_most, 1 + int(count / rate / _SPACING))
        spread = sorted({int(count * (number + 0.5) / parts) for number in range(parts)})
        if plan.codec == AV1:
            plan.places = tuple(spread)
            return plan
        keys: dict[int, int] = {}
        for place in spread:
            if time.monotonic() > ends:
                plan.cut_short = True
                break
            keys[place] = _key_before(packets, place)
        plan.places = tuple(_after_keys(keys, count, every=int(rate)))
    return plan


def _after_keys(keys: dict[int, int], count: int, every: int) -> list[int]:
    """Each place moves to just behind the key frame before it, unless that is taken already.

    There, to the next frame that vPDQ's lists hold: the first, and then one each second (`every`).
    """
    places: set[int] = set()
    for place, key in keys.items():
        near = key + _AFTER_KEY
        wanted = (-(-near // every) * every, near) if key >= 0 else ()
        further = (-(-place // every) * every, place)
        free = [each for each in (*wanted, *further) if each < count - 1 and each not in places]
        places.update(free[:1])
    return sorted(places)


def _key_before(packets: Any, place: int) -> int:
    """The key frame from which decoding would begin for the frame at `place`; -1: not found."""
    cv2 = opencv()
    packets.set(cv2.CAP_PROP_POS_FRAMES, place)
    for _ in range(_LONGEST_SEARCH):
        if not packets.grab():
            return -1
        if packets.get(cv2.CAP_PROP_LRF_HAS_KEY_FRAME):
            return int(packets.get(cv2.CAP_PROP_POS_FRAMES))
    return -1


def _frames_at(content: Readable, plan: _Plan, places: Sequence[int]) -> Shots:
    """The frames at these places."""
    with opened(content) as capture:
        for place in places:
            capture.set(opencv().CAP_PROP_POS_FRAMES, place)
            yield _read(capture, plan)
            if plan.interlaced:
                return


def _all_frames(content: Readable, plan: _Plan, every: int = 1) -> Shots:
    """Frames one after the other, of which each `every`th is given: not all can be sought in."""
    with opened(content) as capture:
        for number in range(_LONGEST_WALK):
            if number % every:
                if not capture.grab():
                    return
                yield None
                continue
            shot = _read(capture, plan)
            if shot is None:
                return
            yield (shot[0] or number / plan.rate), shot[1]
    plan.cut_short = True


def _read(capture: Any, plan: _Plan) -> "tuple[float, Pixels] | None":
    """The next frame. Where OpenCV could not convert it, what it gives is any memory."""
    refusals = libav().refusals
    done, pixels = capture.read()
    if libav().refusals != refusals:
        plan.interlaced = True
        return None
    if not done or pixels is None or pixels.ndim != 3:
        return None
    return capture.get(opencv().CAP_PROP_POS_MSEC) / 1000, pixels
