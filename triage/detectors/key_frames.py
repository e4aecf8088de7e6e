"""Key frames of AV1 videos, which our FFmpeg takes apart and cannot decode.

Its own decoder of AV1 is there for graphics cards alone. A key frame is a picture by itself, and
what decodes AVIF decodes it: docs/decisions/pdq-videos.md.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from triage.detectors.opened_video import (
    Cut,
    Readable,
    Shots,
    extra_of,
    is_key,
    opened,
    packet_of,
)
from triage.detectors.pictures import UndecodableError, decode, opencv
from triage.media.av1 import Sequence, sequence_in
from triage.media.avif import as_avif

if TYPE_CHECKING:
    from triage.detectors.item import Pixels

AV1 = b"av01"
_LONGEST_SEARCH = 1200
"""Packets that are read in search of a key frame."""
_LONGEST_WALK = 100_000
"""Packets that are read of a video that does not say how many it has."""
_MOST_KEYS = 64
"""That are decoded of such a video."""
_CONFIGURATION = 4
"""Bytes before the units in `av1C` (AV1 Codec ISO Media File Format Binding 1.2.0, 2.3.3)."""


def decoded_key_frames(
    content: Readable, places: tuple[int, ...], pixels_limit: int, cut: Cut = lambda: None
) -> Shots:
    """Seconds and pixels of the key frames before these places; without any, of those from the
    beginning on. None for each step that gives none. `cut` is told where there may be more."""
    with opened(content, packets=True) as packets:
        beginning = _beginning(packets)
        seen: set[float] = set()
        for found in _at(packets, places) if places else _from_the_beginning(packets, cut):
            if found is None or found[0] in seen:
                yield None
                continue
            seen.add(found[0])
            yield _decoded(found, beginning, pixels_limit)


def _at(packets: Any, places: tuple[int, ...]) -> Iterator[tuple[float, bytes] | None]:
    for place in places:
        packets.set(opencv().CAP_PROP_POS_FRAMES, place)
        for _ in range(_LONGEST_SEARCH):
            if not packets.grab():
                break
            if is_key(packets):
                yield packet_of(packets)
                break
        yield None


def _from_the_beginning(packets: Any, cut: Cut) -> Iterator[tuple[float, bytes] | None]:
    keys = 0
    for _ in range(_LONGEST_WALK):
        if not packets.grab():
            return
        if keys == _MOST_KEYS:
            break
        key = is_key(packets)
        keys += key
        yield packet_of(packets) if key else None
    cut()


def _beginning(packets: Any) -> Sequence | None:
    """What the container holds of the sequence: key frames may come without it."""
    said = extra_of(packets)
    return sequence_in(said[_CONFIGURATION:]) or sequence_in(said)


def _decoded(
    found: tuple[float, bytes], beginning: Sequence | None, pixels_limit: int
) -> "tuple[float, Pixels] | None":
    at, packet = found
    sequence = sequence_in(packet) or beginning
    if sequence is None:
        return None
    try:
        picture = decode(
            as_avif(packet, sequence), "image/avif", full=True, pixels_limit=pixels_limit
        )
    except UndecodableError:
        return None
    return at, picture.pixels
