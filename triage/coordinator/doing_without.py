"""What examiners do without where their libraries do not run: pictures, and never the look-up.

A processor lacks what a library was built for, or memory is short: a worker that is to have it then
dies before it was ready, and so would the next one.
"""

import signal
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from triage.choices import DetectorChoice, name_of
from triage.needs import Needs
from triage.wire.messages import Setup

ILLEGAL = -signal.SIGILL
"""How a process ends that met an instruction which its processor does not have."""

_STEPS: tuple[Callable[[Needs], bool], ...] = (
    lambda needs: bool(needs.model),
    lambda needs: bool(needs.model or needs.decodes),
)
"""Which needs cost a library that may not run: ONNX Runtime, then OpenCV besides."""


def with_less(setup: Setup) -> tuple[Setup, tuple[str, ...]] | None:
    """The next smaller set-up, and the detectors that it lacks; None if none would be left."""
    detectors = setup.profile.detectors
    for step in _STEPS:
        kept = _opened([each for each in detectors if not step(each.needs)])
        if kept and len(kept) < len(detectors):
            names = tuple(name_of(each) for each in detectors if each not in kept)
            return _with(setup, kept), names
    return None


def _opened(kept: Sequence[DetectorChoice]) -> tuple[DetectorChoice, ...]:
    """Without those whose gate nothing opens any more."""
    scores = {each.needs.gives for each in kept}
    open_ = tuple(each for each in kept if not each.needs.gate or each.needs.gate.score in scores)
    return open_ if len(open_) == len(kept) else _opened(open_)


def _with(setup: Setup, kept: tuple[DetectorChoice, ...]) -> Setup:
    wanted = {each.needs.model for each in kept}
    models = tuple(each for each in setup.models if each.named in wanted)
    return replace(setup, profile=replace(setup.profile, detectors=kept), models=models)
