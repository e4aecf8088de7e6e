"""Some frames of a video, spread over its length, at little cost and in bounded time.

OpenCV's FFmpeg (LGPL: decoders only; docs/decisions/pdq-videos.md) reads through a stream that
may lie anywhere: a file, or the runs of a suspect's disk. Key frames are found without decoding, by
reading packets; decoding then begins at one. Runs in a worker that may be killed at any moment.
"""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from triage.detectors.item import Frame
from triage.detectors.pictures import (
    MORE_THAN_THE_LIMIT,
    PIXELS_LIMIT,
    UndecodableError,
    opencv,
    smaller,
)
from triage.needs import SMALLEST_SIDE

if TYPE_CHECKING:
    from triage.detectors.item import Pixels

_AFTER_KEY = 17
"""OpenCV seeks 16 frames before the one that is asked for: this one begins at the key frame."""
_SPACING = 1.0
"""Seconds between frames, at least: nearer ones seldom show anything else."""
_LONGEST_SEARCH = 600
"""Packets that are read in search of a key frame."""
_LONGEST_WALK = 100_000
"""Frames that are decoded of a video that does not say how many it has."""


class Readable(Protocol):
    """Content, wherever it lies."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    def read_at(self, offset: int, length: int, /) -> bytes:
        """Bytes from `offset` on; fewer at the end."""
        ...


def frames(
    content: Readable,
    *,
    at_most: int = 10,
    seconds: float = 20.0,
    smallest_side: int = SMALLEST_SIDE,
    pixels_limit: int = PIXELS_LIMIT,
) -> tuple[Frame, ...]:
    """Up to `at_most` frames in the order of time, each as small as `smallest_side` allows.

    Stops after `seconds` with the frames it has by then. Raises UndecodableError if there are none.
    """
    ends = time.monotonic() + seconds
    places = _places(content, at_most, pixels_limit)
    found = list(_frames_at(content, places, ends)) if places else []
    if not found:
        found = _walked(content, at_most, ends)
    if not found:
        raise UndecodableError("video cannot be decoded")
    return tuple(
        Frame(picture=smaller(pixels, smallest_side), at=at)
        for at, pixels in sorted(found, key=lambda each: each[0])
    )


class _Stream(io.BufferedIOBase):
    """Content as a stream for OpenCV, which crashes if a stream raises: trouble ends it instead."""

    def __init__(self, content: Readable) -> None:
        super().__init__()
        self._content = content
        self._at = 0

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            size = max(0, self._content.size - self._at)
        try:
            data = bytes(self._content.read_at(self._at, min(size, self._content.size - self._at)))
        except Exception:  # noqa: BLE001 - the fence round one item, see above
            return b""
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._content.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


@contextmanager
def _opened(content: Readable, *, packets: bool = False) -> Iterator[Any]:
    """A capture of decoded frames, or of packets as they are stored.

    The stream is kept alive until after the release: OpenCV lets go of it without holding Python's
    lock, which must not be the end of it.
    """
    cv2 = opencv()
    parameters = [cv2.CAP_PROP_N_THREADS, 1] + ([cv2.CAP_PROP_FORMAT, -1] if packets else [])
    stream = _Stream(content)
    try:
        capture = cv2.VideoCapture(stream, cv2.CAP_FFMPEG, parameters)
    except cv2.error as error:
        raise UndecodableError("video cannot be decoded") from error
    try:
        if not capture.isOpened():
            raise UndecodableError("video cannot be decoded")
        yield capture
    finally:
        capture.release()
        stream.close()


def _places(content: Readable, at_most: int, pixels_limit: int) -> list[int]:
    """Numbers of the frames to take: soon after the key frames before evenly spread places.

    Empty if the video does not say how many frames it has.
    """
    cv2 = opencv()
    with _opened(content, packets=True) as packets:
        sides = packets.get(cv2.CAP_PROP_FRAME_WIDTH), packets.get(cv2.CAP_PROP_FRAME_HEIGHT)
        if sides[0] * sides[1] > pixels_limit:
            raise UndecodableError(MORE_THAN_THE_LIMIT)
        count = int(packets.get(cv2.CAP_PROP_FRAME_COUNT))
        if not 1 < count < 1 << 31:
            return []
        rate = min(max(packets.get(cv2.CAP_PROP_FPS), 1.0), 1000.0)
        length = count / rate
        parts = min(at_most, 1 + int(length / _SPACING))
        spread = sorted({int(count * (number + 0.5) / parts) for number in range(parts)})
        keys = {place: _key_before(packets, place) for place in spread}
        return _after_keys(keys, count, every=int(rate))


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


def _frames_at(
    content: Readable, places: list[int], ends: float
) -> Iterator[tuple[float, "Pixels"]]:
    """Seconds and pixels of the frames at these places, as far as there is time."""
    cv2 = opencv()
    with _opened(content) as capture:
        for place in places:
            if time.monotonic() > ends:
                return
            capture.set(cv2.CAP_PROP_POS_FRAMES, place)
            done, pixels = capture.read()
            if done and pixels is not None and pixels.ndim == 3:
                yield capture.get(cv2.CAP_PROP_POS_MSEC) / 1000, pixels


def _walked(content: Readable, at_most: int, ends: float) -> list[tuple[float, "Pixels"]]:
    """Frames of a video that cannot be sought in: all are decoded, every n-th is kept."""
    cv2 = opencv()
    kept: list[tuple[float, Pixels]] = []
    step = 1
    with _opened(content) as capture:
        for number in range(_LONGEST_WALK):
            if time.monotonic() > ends or not capture.grab():
                break
            if number % step == 0:
                done, pixels = capture.retrieve()
                if done and pixels is not None and pixels.ndim == 3:
                    kept.append((capture.get(cv2.CAP_PROP_POS_MSEC) / 1000, pixels))
            if len(kept) >= 2 * at_most:
                kept, step = kept[::2], step * 2
    return kept[:: -(-len(kept) // at_most)] if kept else []
