"""What examiners do without where their libraries do not run: pictures, and never the look-up.

A processor lacks what a library was built for, or memory is short: a worker that is to have it then
dies before it was ready, and so would the next one.
"""

import signal

from msgspec.structs import replace

from triage import profile as asked
from triage.wire.messages import Setup

ILLEGAL = -signal.SIGILL
"""How a process ends that met an instruction which its processor does not have."""

_STEPS = (
    (asked.ClassifierUse,),
    (asked.ClassifierUse, asked.PerceptualUse, asked.VideoUse),
)
"""ONNX Runtime serves the classifier alone; all of them need OpenCV."""


def with_less(setup: Setup) -> tuple[Setup, tuple[str, ...]] | None:
    """The next smaller set-up, and the detectors that it lacks; None if none would be left."""
    detectors = setup.profile.detectors
    for step in _STEPS:
        kept = tuple(each for each in detectors if not isinstance(each, step))
        if kept and len(kept) < len(detectors):
            names = tuple(_name(each) for each in detectors if each not in kept)
            return replace(setup, profile=replace(setup.profile, detectors=kept), models=()), names
    return None


def _name(choice: asked.DetectorChoice) -> str:
    return str(choice.__struct_config__.tag)
