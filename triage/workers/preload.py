"""Loads, before a worker is confined, what its libraries would otherwise load at first use."""

import codecs
from importlib import import_module

from triage import profile as asked
from triage.workers.messages import Role, Setup
from triage.workers.nursery import Fork

_DECODERS = ("triage.workers.decoding", "triage.detectors.preview", "pi_heif", "PIL.Image")
_PICTURES = (asked.ClassifierDetector, asked.PerceptualDetector, asked.VideoDetector)

_CODECS = ("ascii", "latin-1", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp437",
           "cp1252", "unicode_escape", "idna", "mac_roman")  # fmt: skip
_NOT_KNOWN = b"\x01seek\x02"
"""Makes the type detector ask libmagic, which then reads its file of rules."""


def imports_of(setup: Setup, *, descriptors: int) -> Fork:
    """What a worker with that set-up will import, as far as workers can share it."""
    examines = setup.role is Role.EXAMINE
    return Fork(
        descriptors=descriptors,
        examines=examines,
        pictures=examines and any(isinstance(d, _PICTURES) for d in setup.profile.detectors),
        hash_sets=bool(setup.hash_sets),
    )


def import_at_once() -> None:
    """In the nursery, before it is asked for anything: what every worker needs."""
    import_module("triage.workers.survey")


def import_for(wanted: Fork) -> None:
    """In the nursery, which may start no thread: modules alone, and ONNX Runtime not at all."""
    import_module("triage.sources.valid_data")
    if wanted.examines:
        import_module("triage.workers.examine")
    if wanted.hash_sets:
        import_module("triage.hashsets.hash_set")
    if wanted.pictures:
        from triage.detectors.pictures import opencv  # noqa: PLC0415

        opencv()
        for name in _DECODERS:
            import_module(name)


def preload(*, types: bool = False, pictures: bool = False) -> None:
    """All that parsers and detectors import, open or look up when they first meet content."""
    for name in _CODECS:
        codecs.lookup(name)
    if types:
        from triage.detectors.types import type_of  # noqa: PLC0415

        type_of(_NOT_KNOWN)
    if pictures:
        _preload_decoders()


def _preload_decoders() -> None:
    import numpy as np  # noqa: PLC0415 - a hash-only scan never loads these
    import pi_heif  # noqa: PLC0415, F401
    from PIL import Image  # noqa: PLC0415

    from triage.detectors.item import Picture  # noqa: PLC0415
    from triage.detectors.preview import preview  # noqa: PLC0415

    Image.init()
    grey = np.full((64, 64, 3), 128, np.uint8)
    preview(Picture(pixels=grey, width=64, height=64), 32)
