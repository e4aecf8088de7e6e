"""Frames that FFmpeg itself decodes (`libav.py`) out of packets that OpenCV reads.

Those of interlaced videos, which OpenCV cannot convert; and key frames alone, many times quicker
than OpenCV, which decodes a dozen frames before each that is sought.
"""

import math
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from triage.detectors.libav import FieldDecoder
from triage.detectors.opened_video import (
    UNDECODABLE,
    Cut,
    Readable,
    Shots,
    extra_of,
    is_key,
    opened,
    packet_of,
)
from triage.detectors.pictures import UndecodableError, opencv

if TYPE_CHECKING:
    from triage.detectors.item import Pixels

_LONGEST_SEARCH = 1200
"""Packets that are read in search of a key frame."""
_LONGEST_WALK = 100_000
"""Packets that are read of a video that cannot be sought in."""
_FURTHER = 240
"""Packets behind a key frame that are decoded for the frame that is wanted."""


def fields_at(
    content: Readable, places: tuple[int, ...], pixels_limit: int, cut: Cut = lambda: None
) -> Shots:
    """Seconds and pixels of a frame near each place; without any, of all from the beginning on.

    None for each step that gives none. `cut` is told where there may be more.
    """
    with _decoding(content, interlaced=True) as (packets, decoder, rate):
        if not places:
            yield from _all(packets, decoder, rate, pixels_limit, cut)
        seen: set[float] = set()
        for place in places:
            packets.set(opencv().CAP_PROP_POS_FRAMES, max(0, place - round(rate)))
            decoder.forget()
            key = _next_key(packets)
            if key is None or key in seen:
                yield None
                continue
            seen.add(key)
            yield _behind_key(packets, decoder, key, rate, pixels_limit)


def keys_at(content: Readable, places: Iterable[int], pixels_limit: int) -> Shots:
    """Seconds and pixels of the key frame before each place, and nothing behind it decoded.

    None for each step that gives none.
    """
    turns = _quarter_turns(content)
    with _decoding(content, interlaced=False) as (packets, decoder, _):
        seen: set[float] = set()
        for place in places:
            packets.set(opencv().CAP_PROP_POS_FRAMES, place)
            key = _next_key(packets)
            if key is None or key in seen:
                yield None
                continue
            seen.add(key)
            decoder.forget()
            packet = packet_of(packets)[1]
            out = chain(decoder.decoded(packet, pixels_limit), decoder.decoded(b"", pixels_limit))
            pixels = next(out, None)
            yield None if pixels is None else (key, _turned(pixels, turns))


def _quarter_turns(content: Readable) -> int:
    """By which OpenCV turns what it decodes itself, as the container says that the camera was held;
    where it gives packets it does not say."""
    with opened(content) as capture:
        angle = capture.get(opencv().CAP_PROP_ORIENTATION_META)
        return round(angle / 90) % 4 if math.isfinite(angle) else 0


def _turned(pixels: "Pixels", turns: int) -> "Pixels":
    return np.ascontiguousarray(np.rot90(pixels, -turns)) if turns else pixels


@contextmanager
def _decoding(content: Readable, *, interlaced: bool) -> Iterator[tuple[Any, FieldDecoder, float]]:
    """Packets, their decoder, and how many frames there are a second."""
    cv2 = opencv()
    with opened(content, packets=True) as packets:
        sides = (int(packets.get(side)) for side in (cv2.CAP_PROP_FRAME_WIDTH,
                                                     cv2.CAP_PROP_FRAME_HEIGHT))  # fmt: skip
        rate = packets.get(cv2.CAP_PROP_FPS)
        rate = rate if math.isfinite(rate) and 1 <= rate <= 1000 else 25.0
        sign = int(packets.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
        both = (next(sides), next(sides))
        try:
            decoder = FieldDecoder(sign, both, extra_of(packets), interlaced=interlaced)
        except ValueError as error:
            raise UndecodableError(UNDECODABLE) from error
        with closing(decoder):
            yield packets, decoder, rate


def _next_key(packets: Any) -> float | None:
    """Seconds of the next key frame, whose packet has been read then."""
    for _ in range(_LONGEST_SEARCH):
        if not packets.grab():
            return None
        if is_key(packets):
            return packet_of(packets)[0]
    return None


def _behind_key(
    packets: Any, decoder: FieldDecoder, begins: float, rate: float, pixels_limit: int
) -> "tuple[float, Pixels] | None":
    """From a key frame on to the next whole second, where vPDQ's lists have their frames."""
    wanted = min(round((math.ceil(begins) - begins) * rate), _FURTHER) if begins else 0
    last: tuple[float, Pixels] | None = None
    seen = 0
    for _ in range(_FURTHER):
        for pixels in decoder.decoded(packet_of(packets)[1], pixels_limit):
            last = begins + seen / rate, pixels
            seen += 1
            if seen > wanted:
                return last
        if not packets.grab():
            break
    for pixels in decoder.decoded(b"", pixels_limit):
        last = begins + seen / rate, pixels
        seen += 1
        if seen > wanted:
            break
    return last


def _all(packets: Any, decoder: FieldDecoder, rate: float, pixels_limit: int, cut: Cut) -> Shots:
    seen = 0
    for _ in range(_LONGEST_WALK):
        more = packets.grab()
        packet = packet_of(packets)[1] if more else b""
        for pixels in decoder.decoded(packet, pixels_limit):
            yield seen / rate, pixels
            seen += 1
        yield None
        if not more:
            return
    cut()
