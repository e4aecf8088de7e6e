"""Frames of interlaced videos, which OpenCV takes apart and cannot convert (`libav.py`)."""

import math
from contextlib import closing
from typing import TYPE_CHECKING, Any

from triage.detectors.libav import FieldDecoder
from triage.detectors.opened_video import (
    UNDECODABLE,
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


def fields_at(content: Readable, places: tuple[int, ...], pixels_limit: int) -> Shots:
    """Seconds and pixels of a frame near each place; without any, of all from the beginning on.

    None for each step that gives none.
    """
    cv2 = opencv()
    with opened(content, packets=True) as packets:
        sides = (int(packets.get(side)) for side in (cv2.CAP_PROP_FRAME_WIDTH,
                                                     cv2.CAP_PROP_FRAME_HEIGHT))  # fmt: skip
        rate = packets.get(cv2.CAP_PROP_FPS)
        rate = rate if math.isfinite(rate) and 1 <= rate <= 1000 else 25.0
        sign = int(packets.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
        try:
            decoder = FieldDecoder(sign, (next(sides), next(sides)), extra_of(packets))
        except ValueError as error:
            raise UndecodableError(UNDECODABLE) from error
        with closing(decoder):
            if not places:
                yield from _all(packets, decoder, rate, pixels_limit)
            seen: set[float] = set()
            for place in places:
                packets.set(cv2.CAP_PROP_POS_FRAMES, max(0, place - round(rate)))
                decoder.forget()
                key = _next_key(packets)
                if key is None or key in seen:
                    yield None
                    continue
                seen.add(key)
                yield _behind_key(packets, decoder, key, rate, pixels_limit)


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


def _all(packets: Any, decoder: FieldDecoder, rate: float, pixels_limit: int) -> Shots:
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
