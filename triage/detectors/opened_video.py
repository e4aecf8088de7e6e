"""A video as OpenCV's FFmpeg sees it: through a stream, over content that may lie anywhere.

OpenCV's FFmpeg (LGPL: decoders only; docs/decisions/pdq-videos.md) reads a file, or the runs of a
suspect's disk. Runs in a worker that may be killed at any moment.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from triage.detectors.libav import libav
from triage.detectors.pictures import UndecodableError, opencv

if TYPE_CHECKING:
    from triage.detectors.item import Pixels

Shots: TypeAlias = "Iterator[tuple[float, Pixels] | None]"
"""Frames, and where in the video each stands, seconds; None for each step that gives none."""

Cut: TypeAlias = "Callable[[], None]"
"""To be told that not all of a video was gone through."""

UNDECODABLE = "video cannot be decoded"
NOT_READ = "a part of the video could not be read: what lies there was not seen"


class Readable(Protocol):
    """Content, wherever it lies."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    def read_at(self, offset: int, length: int, /) -> bytes:
        """Bytes from `offset` on; fewer at the end."""
        ...


class ReadNoted:
    """The same content, of which it is known afterwards whether all that was asked for was read."""

    def __init__(self, content: Readable) -> None:
        self._content = content
        self.failed = ""
        """Why something was not, in words; empty: it was."""

    @property
    def size(self) -> int:
        """Bytes."""
        return self._content.size

    def read_at(self, offset: int, length: int, /) -> bytes:
        """As `Readable` has it; raises what it raises."""
        try:
            return self._content.read_at(offset, length)
        except Exception:
            self.failed = self.failed or NOT_READ
            raise


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


def is_key(packets: Any) -> bool:
    """Whether the packet that was read last is a key frame's."""
    return bool(packets.get(opencv().CAP_PROP_LRF_HAS_KEY_FRAME))


def packet_of(packets: Any) -> tuple[float, bytes]:
    """Seconds and content of the packet that was read last; empty if there is none."""
    at = packets.get(opencv().CAP_PROP_POS_MSEC) / 1000
    done, packet = packets.retrieve()
    return at, packet.tobytes() if done and packet is not None else b""


def extra_of(packets: Any) -> bytes:
    """What the container holds for the decoder, besides the packets."""
    place = int(packets.get(opencv().CAP_PROP_CODEC_EXTRADATA_INDEX))
    if place < 0:
        return b""
    done, said = packets.retrieve(flag=place)
    return said.tobytes() if done and said is not None else b""


@contextmanager
def opened(content: Readable, *, packets: bool = False) -> Iterator[Any]:
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
        raise UndecodableError(UNDECODABLE) from error
    try:
        if not capture.isOpened():
            raise UndecodableError(UNDECODABLE)
        libav().listen()
        yield capture
    finally:
        capture.release()
        stream.close()
