"""Loads, before a worker is confined, what its libraries would otherwise load at first use."""

import codecs
from functools import cache

_CODECS = ("ascii", "latin-1", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp437",
           "cp1252", "unicode_escape", "idna", "mac_roman")  # fmt: skip
_NOT_KNOWN = b"\x01seek\x02"
"""What libmagic is asked to name, so that it reads its file of rules."""


@cache
def preload(*, types: bool = False, pictures: bool = False) -> None:
    """All that parsers and detectors import, open or look up when they first meet content; once in
    a process and all that are forked from it."""
    for name in _CODECS:
        codecs.lookup(name)
    if types:
        from triage.detectors.types import name_of, type_of  # noqa: PLC0415

        name_of(_NOT_KNOWN, type_of(_NOT_KNOWN))
    if pictures:
        _preload_decoders()


def _preload_decoders() -> None:
    import numpy as np  # noqa: PLC0415 - a hash-only scan never loads these
    import pi_heif  # noqa: PLC0415, F401
    from PIL import Image  # noqa: PLC0415

    from triage.detectors.item import Picture  # noqa: PLC0415
    from triage.detectors.jpeg_xl import libjxl  # noqa: PLC0415
    from triage.detectors.pdq import pdq  # noqa: PLC0415
    from triage.detectors.preview import preview  # noqa: PLC0415

    Image.init()
    libjxl()
    grey = np.full((64, 64, 3), 128, np.uint8)
    pdq(grey)
    preview(Picture(pixels=grey, width=64, height=64), 32)
