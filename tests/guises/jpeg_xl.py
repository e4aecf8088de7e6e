"""JPEG XL, written by libjxl through ctypes: no wheel with an encoder can be had for the tests."""

import ctypes

import numpy as np
from PIL import Image

from triage.detectors.jpeg_xl import libjxl

_SUCCESS, _NEED_OUTPUT = 0, 2
_LOSSLESS = 0.0


class _Format(ctypes.Structure):
    _fields_ = (
        ("channels", ctypes.c_uint32), ("data_type", ctypes.c_int), ("order", ctypes.c_int),
        ("align", ctypes.c_size_t),
    )  # fmt: skip


def written(image: Image.Image, *, boxes: bool = False, distance: float = 1.0) -> bytes:
    """The picture; `boxes`: in a container. `distance`: from the original, 0: lossless."""
    library = libjxl()
    assert library is not None, "install libjxl0.7 or libjxl0.11"
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    create = library.JxlEncoderCreate
    create.restype, create.argtypes = pointer, [pointer]
    settings_of = library.JxlEncoderFrameSettingsCreate
    settings_of.restype, settings_of.argtypes = pointer, [pointer, pointer]
    encoder = pointer(create(None))
    info = (ctypes.c_uint32 * 128)()
    library.JxlEncoderInitBasicInfo(ctypes.byref(info))
    info[1], info[2] = image.size
    if distance == _LOSSLESS:
        info[9] = 1  # uses_original_profile
    ok = [library.JxlEncoderUseContainer(encoder, int(boxes))]
    ok.append(library.JxlEncoderSetBasicInfo(encoder, ctypes.byref(info)))
    colours = (ctypes.c_uint8 * 512)()
    library.JxlColorEncodingSetToSRGB(ctypes.byref(colours), 0)
    ok.append(library.JxlEncoderSetColorEncoding(encoder, ctypes.byref(colours)))
    settings = pointer(settings_of(encoder, None))
    library.JxlEncoderSetFrameDistance(settings, ctypes.c_float(distance))
    if distance == _LOSSLESS:
        library.JxlEncoderSetFrameLossless(settings, 1)
    pixels = np.ascontiguousarray(np.asarray(image.convert("RGB")))
    layout = _Format(3, 2, 0, 0)
    add = library.JxlEncoderAddImageFrame
    add.argtypes = [pointer, pointer, pointer, size]
    ok.append(add(settings, ctypes.byref(layout), pixels.ctypes.data, pixels.nbytes))
    assert ok == [_SUCCESS] * len(ok), ok
    library.JxlEncoderCloseInput(encoder)
    return _taken(library, encoder)


def _taken(library: ctypes.CDLL, encoder: ctypes.c_void_p) -> bytes:
    whole = bytearray()
    buffer = (ctypes.c_uint8 * (1 << 20))()
    while True:
        at = ctypes.cast(buffer, ctypes.c_void_p)
        left = ctypes.c_size_t(len(buffer))
        status = library.JxlEncoderProcessOutput(encoder, ctypes.byref(at), ctypes.byref(left))
        whole += bytes(buffer[: len(buffer) - left.value])
        if status != _NEED_OUTPUT:
            assert status == _SUCCESS, status
            library.JxlEncoderDestroy(encoder)
            return bytes(whole)
