"""What is read of every entry: the sum of what a scan's detectors need, and its profile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from triage.detectors.in_use import Detectors
from triage.needs import FrameNeeds, PixelNeeds
from triage.profile import Family, Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryNeeds:
    """What the detectors together, and the profile, ask of every entry."""

    algorithms: frozenset[str] = frozenset()
    pixels: PixelNeeds | None = None
    pixels_of_known: PixelNeeds | None = None
    """How what a set of kind known holds is decoded; None: not at all."""
    frames: FrameNeeds | None = None
    type: bool = False
    thumbnails: bool = False
    """A glance at those in its beginning says whether it is looked at first."""
    parts: bool = False
    """Pictures and videos that lie in it are looked at too."""
    members: bool = False
    """Containers are looked into."""
    locked: bool = False
    """It is said of containers what of them is encrypted."""
    containers: bool = True
    """Look closer at what begins as a container; if not, its name alone says that it is one."""
    families: frozenset[Family] = field(default_factory=frozenset)
    """Families that the profile is limited to; empty: no limit."""
    may_match: Callable[[int], bool] | None = None
    """Whether any hash set can hold content of that size; None: any size."""


def needs_of(detectors: Detectors, profile: Profile) -> EntryNeeds:
    """The sum of what each detector needs."""
    families = frozenset(profile.look_at.content)
    limited = Family.EVERYTHING not in families
    look_up = detectors.look_up
    algorithms = detectors.algorithms
    by_size = look_up is not None and look_up.gate.on and look_up.algorithms == algorithms
    locked = any(needs.locked for needs in detectors.needs)
    listed = profile.limits.members.listed
    pixels = _together([needs.pixels for needs in detectors.needs])
    into = bool(algorithms or pixels or locked or listed)
    return EntryNeeds(
        algorithms=algorithms,
        pixels=pixels,
        pixels_of_known=_together([each.needs.pixels for each in detectors.of_known]),
        frames=_most([needs.frames for needs in detectors.needs if needs.frames]),
        type=limited or any(needs.typed for needs in detectors.needs),
        thumbnails=bool(pixels) and profile.thumbnails.look,
        parts=bool(pixels) and profile.limits.parts.at_most > 0,
        locked=locked,
        members=into and profile.limits.members.at_most > 0,
        families=families if limited else frozenset(),
        may_match=look_up.gate.may_match if look_up and by_size else None,
    )


def _together(asked: Sequence[PixelNeeds | None]) -> PixelNeeds | None:
    """What is enough for each of them; None if nobody wants any."""
    wanted = [each for each in asked if each]
    if not wanted:
        return None
    return PixelNeeds(
        smallest_side=max(each.smallest_side for each in wanted),
        full=any(each.full for each in wanted),
    )


def _most(wanted: Sequence[FrameNeeds]) -> FrameNeeds | None:
    """The one that asks for the most frames."""
    return max(wanted, key=lambda each: each.at_most + each.scenes) if wanted else None
