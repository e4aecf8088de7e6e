"""JPEG XL by the system's libjxl (BSD-3), through the few calls that decode one picture.

No wheel fits: those that are kept well are under the GPL or carry forty other libraries. libjxl
comes with Debian as libjxl0.7 or libjxl0.11; where neither is installed, JPEG XL is not decoded,
and counted as such. Nothing here starts a thread: no parallel runner is given.
"""

import ctypes
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from triage.detectors.item import Pixels

_NAMES = ("libjxl.so.0.11", "libjxl.so.0.10", "libjxl.so.0.9", "libjxl.so.0.8", "libjxl.so.0.7")
_SUCCESS, _NEED_BUFFER = 0, 5
_BASIC_INFO, _FULL_IMAGE = 0x40, 0x1000
_MOST_STEPS = 64
_INFO_BYTES = 512
"""More than JxlBasicInfo takes; width and height are its second and third number of 32 bits."""


class _Format(ctypes.Structure):
    """JxlPixelFormat: channels, data type (2: bytes), byte order (0: the machine's), alignment."""

    _fields_ = (
        ("channels", ctypes.c_uint32),
        ("data_type", ctypes.c_int),
        ("order", ctypes.c_int),
        ("align", ctypes.c_size_t),
    )


class JpegXlError(Exception):
    """This content gives no picture, or a larger one than is wanted."""


@cache
def libjxl() -> ctypes.CDLL | None:
    """The library, with the types of what is called; None if it is not installed."""
    for name in _NAMES:
        with suppress(OSError, AttributeError):
            return _typed(ctypes.CDLL(name))
    return None


def _typed(library: ctypes.CDLL) -> ctypes.CDLL:
    pointer, number, size = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t
    for name, gives, takes in (
        ("JxlDecoderVersion", ctypes.c_uint32, []),
        ("JxlDecoderCreate", pointer, [pointer]),
        ("JxlDecoderDestroy", None, [pointer]),
        ("JxlDecoderSubscribeEvents", number, [pointer, number]),
        ("JxlDecoderSetInput", number, [pointer, pointer, size]),
        ("JxlDecoderCloseInput", None, [pointer]),
        ("JxlDecoderProcessInput", number, [pointer]),
        ("JxlDecoderGetBasicInfo", number, [pointer, pointer]),
        ("JxlDecoderImageOutBufferSize", number, [pointer, pointer, pointer]),
        ("JxlDecoderSetImageOutBuffer", number, [pointer, pointer, pointer, size]),
        ("JxlDecoderFlushImage", number, [pointer]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = gives, takes
    return library


def version_loaded() -> str:
    """For example `0.11.1`; empty where it is not installed, or nobody has asked for it."""
    library = libjxl() if libjxl.cache_info().currsize else None
    if library is None:
        return ""
    number = int(library.JxlDecoderVersion())
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"


def decode_jpeg_xl(content: bytes, pixels_limit: int) -> tuple["Pixels", bool]:
    """The first frame as height x width x 3 bytes, red green blue; and whether it ends early.

    Raises JpegXlError.
    """
    library = libjxl()
    if library is None:
        raise JpegXlError
    decoder = library.JxlDecoderCreate(None)
    if not decoder:
        raise JpegXlError
    try:
        return _decoded(library, decoder, content, pixels_limit)
    finally:
        library.JxlDecoderDestroy(decoder)


def _decoded(
    library: ctypes.CDLL, decoder: int, content: bytes, pixels_limit: int
) -> tuple["Pixels", bool]:
    import numpy as np  # noqa: PLC0415

    if library.JxlDecoderSubscribeEvents(decoder, _BASIC_INFO | _FULL_IMAGE) != _SUCCESS:
        raise JpegXlError
    library.JxlDecoderSetInput(decoder, content, len(content))
    library.JxlDecoderCloseInput(decoder)
    wanted = _Format(3, 2, 0, 0)
    pixels: Pixels | None = None
    for _ in range(_MOST_STEPS):
        status = library.JxlDecoderProcessInput(decoder)
        if status == _BASIC_INFO:
            width, height = _size(library, decoder)
            if width * height > pixels_limit:
                raise JpegXlError
            pixels = np.zeros((height, width, 3), np.uint8)
        elif status == _NEED_BUFFER and pixels is not None:
            needed = ctypes.c_size_t()
            library.JxlDecoderImageOutBufferSize(
                decoder, ctypes.byref(wanted), ctypes.byref(needed)
            )
            if needed.value != pixels.nbytes:
                raise JpegXlError
            library.JxlDecoderSetImageOutBuffer(
                decoder, ctypes.byref(wanted), pixels.ctypes.data, pixels.nbytes
            )
        elif status == _FULL_IMAGE and pixels is not None:
            return pixels, False
        else:
            break
    if pixels is not None and library.JxlDecoderFlushImage(decoder) == _SUCCESS:
        return pixels, True
    raise JpegXlError


def _size(library: ctypes.CDLL, decoder: int) -> tuple[int, int]:
    """As the picture is to be shown: its orientation is applied by the library."""
    info = (ctypes.c_uint32 * (_INFO_BYTES // 4))()
    if library.JxlDecoderGetBasicInfo(decoder, ctypes.byref(info)) != _SUCCESS:
        raise JpegXlError
    return int(info[1]), int(info[2])
