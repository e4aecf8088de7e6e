"""FFmpeg as OpenCV's wheel carries it, spoken to directly: for frames that are interlaced.

OpenCV hands an interlaced frame to a converter that refuses it (swscale: "Cannot convert interlaced
to progressive frames or vice versa"), and then returns whatever lies in memory as the picture and
says that all went well: black, noise, or a picture of another file. Camcorders (AVCHD, DV), DVDs
and recordings of television are interlaced. So what FFmpeg logs is listened to, and such a video's
packets are decoded here, one field of each frame.

No second FFmpeg: these are the shared objects that are in the process already (LGPL). Of their
structures only the beginnings are used, which stay as they are within a major version (FFmpeg 8:
libavutil/frame.h, libavcodec/packet.h, codec_par.h).
"""

import ctypes
from collections.abc import Iterator
from ctypes import POINTER, byref, c_char_p, c_int, c_int64, c_uint32, c_void_p
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from triage.detectors.pictures import UndecodableError, opencv

if TYPE_CHECKING:
    from triage.detectors.item import Pixels

_MAJOR: Final = {"avutil": 60, "avcodec": 62, "avformat": 62, "swscale": 9}
"""FFmpeg 8."""
_REFUSAL = b"%s (%s): fmt:%s csp:%s"
"""What swscale logs of a conversion that it does not make, whatever the reason."""
_VIDEO, _BGR24, _BILINEAR = 0, 3, 2
_PADDING = 64
"""Bytes of zeros that decoders want behind what they are given."""
_MOST_OUT = 64
"""Frames that one packet may give."""


_GIVEN_AWAY: Final[list[Any]] = []
"""What FFmpeg may call, as long as the process lives: it is never let go of."""


class _Frame(ctypes.Structure):
    _fields_ = (
        ("data", c_void_p * 8), ("linesize", c_int * 8), ("extended", c_void_p),
        ("width", c_int), ("height", c_int), ("samples", c_int), ("format", c_int),
    )  # fmt: skip


class _Packet(ctypes.Structure):
    _fields_ = (
        ("buffer", c_void_p), ("pts", c_int64), ("dts", c_int64), ("data", c_void_p),
        ("size", c_int),
    )  # fmt: skip


class _Parameters(ctypes.Structure):
    _fields_ = (
        ("type", c_int), ("codec", c_int), ("tag", c_uint32), ("extra", c_void_p),
        ("extra_size", c_int), ("side_data", c_void_p), ("side_count", c_int), ("format", c_int),
        ("rate", c_int64), ("coded_bits", c_int), ("raw_bits", c_int), ("profile", c_int),
        ("level", c_int), ("width", c_int), ("height", c_int),
    )  # fmt: skip


class _Codec(ctypes.Structure):
    _fields_ = (("name", c_void_p), ("meaning", c_void_p), ("type", c_int), ("codec", c_int))


class LibraryError(UndecodableError):
    """The FFmpeg beside OpenCV is not the one that this was written for."""

    def __init__(self) -> None:
        """Nothing is decoded by it: what it makes of an interlaced frame nobody knows."""
        super().__init__("videos are not decoded by the FFmpeg of this installation")


class _Libav:
    """The four libraries, and how often a conversion was refused."""

    def __init__(self) -> None:
        folder = Path(opencv().__file__).parent.parent / "opencv_python_headless.libs"
        self.util, self.codec, self.format, self.scale = (
            self._load(folder, name, major) for name, major in _MAJOR.items()
        )
        self.refusals = 0
        kind = ctypes.CFUNCTYPE(None, c_void_p, c_int, c_char_p, c_void_p)
        self._listener = kind(self._hear)
        _GIVEN_AWAY.append(self._listener)
        self._declare()

    @staticmethod
    def _load(folder: Path, name: str, major: int) -> ctypes.CDLL:
        found = next(iter(folder.glob(f"lib{name}-*.so.{major}.*")), None)
        if found is None:
            raise LibraryError
        return ctypes.CDLL(str(found))

    def _declare(self) -> None:
        """What each function gives and takes, where it is more than an int."""
        pointers = (
            (self.util, "av_frame_alloc", (), POINTER(_Frame)),
            (self.util, "av_frame_free", (c_void_p,), None),
            (self.util, "av_mallocz", (ctypes.c_size_t,), c_void_p),
            (self.util, "av_log_set_callback", (c_void_p,), None),
            (self.codec, "av_packet_alloc", (), POINTER(_Packet)),
            (self.codec, "av_packet_free", (c_void_p,), None),
            (self.codec, "av_new_packet", (c_void_p, c_int), c_int),
            (self.codec, "av_packet_unref", (c_void_p,), None),
            (self.codec, "avcodec_find_decoder", (c_int,), c_void_p),
            (self.codec, "avcodec_find_decoder_by_name", (c_char_p,), c_void_p),
            (self.codec, "avcodec_alloc_context3", (c_void_p,), c_void_p),
            (self.codec, "avcodec_free_context", (c_void_p,), None),
            (self.codec, "avcodec_parameters_alloc", (), POINTER(_Parameters)),
            (self.codec, "avcodec_parameters_free", (c_void_p,), None),
            (self.codec, "avcodec_parameters_to_context", (c_void_p, c_void_p), c_int),
            (self.codec, "avcodec_open2", (c_void_p, c_void_p, c_void_p), c_int),
            (self.codec, "avcodec_send_packet", (c_void_p, c_void_p), c_int),
            (self.codec, "avcodec_receive_frame", (c_void_p, c_void_p), c_int),
            (self.codec, "avcodec_flush_buffers", (c_void_p,), None),
            (self.format, "avformat_get_riff_video_tags", (), c_void_p),
            (self.format, "avformat_get_mov_video_tags", (), c_void_p),
            (self.format, "av_codec_get_id", (c_void_p, c_uint32), c_int),
            (self.scale, "sws_getContext", (c_int,) * 7 + (c_void_p,) * 3, c_void_p),
            (self.scale, "sws_scale", (c_void_p, c_void_p, c_void_p, c_int, c_int, c_void_p,
                                       c_void_p), c_int),
            (self.scale, "sws_freeContext", (c_void_p,), None),
        )  # fmt: skip
        for library, name, takes, gives in pointers:
            function = getattr(library, name)
            function.argtypes, function.restype = takes, gives

    def listen(self) -> None:
        """From now on, to what is said in threads that hold Python's lock or may take it: decoders
        that have threads of their own would wait for it for ever. OpenCV is opened with one."""
        self.util.av_log_set_callback(self._listener)

    def _hear(self, _of: int, _level: int, said: bytes | None, _values: int) -> None:
        if said is not None and said.startswith(_REFUSAL):
            self.refusals += 1


@cache
def libav() -> _Libav:
    """Loaded once, while a worker may still open files. Raises LibraryError."""
    return _Libav()


class FieldDecoder:
    """Packets to pictures; of an interlaced frame every other line. To be closed."""

    def __init__(
        self, sign: int, sides: tuple[int, int], extra: bytes, *, interlaced: bool = True
    ) -> None:
        """`sign`: the codec's four characters, as a number; `extra`: what its container has of it.

        Raises ValueError for a codec that there is not, or that refuses these.
        """
        self._libav = av = libav()
        self._fields = 2 if interlaced else 1
        tags = (c_void_p * 3)(
            av.format.avformat_get_riff_video_tags(), av.format.avformat_get_mov_video_tags(), None
        )
        codec = av.codec.avcodec_find_decoder(av.format.av_codec_get_id(tags, sign))
        name = sign.to_bytes(4, "little").lower()
        codec = codec or av.codec.avcodec_find_decoder_by_name(name)
        if not codec:
            raise ValueError("no decoder")
        codec_id = _Codec.from_address(codec).codec
        self._context = c_void_p(av.codec.avcodec_alloc_context3(codec))
        self._frame = av.util.av_frame_alloc()
        self._packet = av.codec.av_packet_alloc()
        parameters = av.codec.avcodec_parameters_alloc()
        told = parameters.contents
        told.type, told.codec, told.tag = _VIDEO, codec_id, sign
        told.width, told.height = sides
        if extra:
            told.extra = av.util.av_mallocz(len(extra) + _PADDING)
            told.extra_size = len(extra)
            ctypes.memmove(told.extra, extra, len(extra))
        refused = av.codec.avcodec_parameters_to_context(self._context, parameters)
        av.codec.avcodec_parameters_free(byref(parameters))
        if refused < 0 or av.codec.avcodec_open2(self._context, codec, None) < 0:
            self.close()
            raise ValueError("the decoder does not open")

    def close(self) -> None:
        """Let go of what is FFmpeg's."""
        codec, util = self._libav.codec, self._libav.util
        codec.avcodec_free_context(byref(self._context))
        codec.av_packet_free(byref(self._packet))
        util.av_frame_free(byref(self._frame))

    def forget(self) -> None:
        """What comes next does not follow what came before."""
        self._libav.codec.avcodec_flush_buffers(self._context)

    def decoded(self, packet: bytes, most_pixels: int) -> Iterator["Pixels"]:
        """The pictures that come out when a packet goes in; an empty one: those that are left."""
        codec = self._libav.codec
        if packet:
            if codec.av_new_packet(self._packet, len(packet)) < 0:
                return
            ctypes.memmove(self._packet.contents.data, packet, len(packet))
        codec.avcodec_send_packet(self._context, self._packet if packet else None)
        if packet:
            codec.av_packet_unref(self._packet)
        for _ in range(_MOST_OUT):
            if codec.avcodec_receive_frame(self._context, self._frame) < 0:
                return
            pixels = self._converted(self._frame.contents, most_pixels)
            if pixels is not None:
                yield pixels

    def _converted(self, frame: Any, most_pixels: int) -> "Pixels | None":
        """Of an interlaced frame the lines of the first field, at the height of both."""
        width, height, fields = frame.width, frame.height, self._fields
        if not (width > 0 and height > 1 and width * height <= most_pixels):
            return None
        scale = self._libav.scale
        lines = height // fields
        context = scale.sws_getContext(
            width, lines, frame.format, width, height, _BGR24, _BILINEAR, None, None, None
        )
        if not context:
            return None
        pixels = np.zeros((height, width, 3), np.uint8)
        taken = (c_int * 8)(*(fields * each for each in frame.linesize))
        into = (c_void_p * 4)(pixels.ctypes.data)
        strides = (c_int * 4)(3 * width)
        made = scale.sws_scale(context, frame.data, taken, 0, lines, into, strides)
        scale.sws_freeContext(context)
        return pixels if made > 0 else None
