"""The detectors that a profile can ask for: what it may say of each, and what each then needs.

A detector's code is in `triage/detectors/`, in the module that its needs name. What it needs is
said here and nowhere else.
"""

from typing import Annotated, get_args

import msgspec

from triage.match_kinds import MatchKind
from triage.needs import MOST_FRAMES, MOST_SCENES, FrameNeeds, Gate, Needs, PixelNeeds

Score = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class ProfilePart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a profile: a word that it does not know is an error, not ignored."""


class HashSetUse(ProfilePart, frozen=True, kw_only=True, tag="hash_set", tag_field="use"):
    """Known material: digests against every set that is loaded."""

    categories: tuple[str, ...] = ()
    """Only these categories of notable sets count; none named: all. `--category` sets them.
    `CAT 1`, `Category 1`, `01` and `1` are one. One that no set has is refused."""
    uncategorised: bool = True
    """Entries without a category count too: nobody has said that they are of another."""

    @property
    def needs(self) -> Needs:
        """See there."""
        return Needs(code="known", kinds=(MatchKind.HASH_SET,), look_up=True, hash_sets=True)


class TypeUse(ProfilePart, frozen=True, kw_only=True, tag="type", tag_field="use"):
    """Content type by its first bytes."""

    report_mismatch: bool = True
    """A picture or video whose name says that it is something else is a match."""

    @property
    def needs(self) -> Needs:
        """See there."""
        return Needs(code="types", kinds=(MatchKind.TYPE_MISMATCH,), type=True, name=True)


class NameUse(ProfilePart, frozen=True, kw_only=True, tag="names", tag_field="use"):
    """The lab's words and regular expressions over file names and paths."""

    lists: tuple[str, ...] = ()
    """Files, or `sample` for the harmless one that is shipped."""

    @property
    def needs(self) -> Needs:
        """See there."""
        return Needs(code="names", kinds=(MatchKind.NAME,), name=True, word_lists=self.lists)


class ClassifierUse(ProfilePart, frozen=True, kw_only=True, tag="classifier", tag_field="use"):
    """A model pack's score for every picture."""

    model: str = "open-nsfw"
    threshold: Score = 0.8
    full_decode: bool = False
    """Decode every pixel; slower, and the scores are the model's own to the last digit."""
    smallest_side: Count = 64
    """Pictures with a shorter side, pixels, are icons and are not scored."""
    only_where: Gate | None = None
    """Only pictures that another detector gave a score of more than so much; none: all."""

    @property
    def needs(self) -> Needs:
        """See there."""
        return Needs(
            code="classifier",
            kinds=(MatchKind.CLASSIFIER,),
            gives=self.model,
            gate=self.only_where,
            pixels=PixelNeeds(full=self.full_decode),
            model=self.model,
            threshold=self.threshold,
        )


class PerceptualUse(ProfilePart, frozen=True, kw_only=True, tag="perceptual", tag_field="use"):
    """Pictures, and frames of videos, that look like one in a notable set, by PDQ."""

    distance: Annotated[int, msgspec.Meta(ge=0, le=31)] = 31
    """Bits of 256 that may differ; the published threshold is 31."""
    strong: Annotated[int, msgspec.Meta(ge=0, le=31)] = 15
    """Up to this distance a match is called strong; beyond, possible."""
    quality: Annotated[int, msgspec.Meta(ge=0, le=100)] = 50
    """Pictures of lower PDQ quality say too little to be compared."""
    turned: bool = True
    """Compare turned and mirrored too."""
    share: Score = 0.1
    """Of a video's frames that must match: one of ten."""

    @property
    def needs(self) -> Needs:
        """See there."""
        return Needs(
            code="perceptual",
            kinds=(MatchKind.PERCEPTUAL,),
            pixels=PixelNeeds(),
            hash_sets=True,
            known_too=True,
        )


class VideoUse(ProfilePart, frozen=True, kw_only=True, tag="video", tag_field="use"):
    """Takes frames of videos, and of pictures that hold several, for the classifier and the
    perceptual detector to look at. Without it, those of pictures are taken by its defaults."""

    frames: Annotated[int, msgspec.Meta(ge=1, le=MOST_FRAMES)] = 10
    """At most so many, spread over all."""
    time: str = "20 s"
    """One video or picture may take."""
    scenes: Annotated[int, msgspec.Meta(ge=0, le=MOST_SCENES)] = 10
    """At most so many frames of a video besides those, of scenes that are not among them; sought
    for a fifth of the time, when all others are taken."""

    @property
    def needs(self) -> Needs:
        """See there."""
        frames = FrameNeeds(at_most=self.frames, time=self.time, scenes=self.scenes)
        return Needs(type=True, frames=frames)


class EncryptedUse(ProfilePart, frozen=True, kw_only=True, tag="encrypted", tag_field="use"):
    """Archives, documents, mail and images that are encrypted, or hold what is, and that no
    password opened. They are counted without it, too; with it each is a finding."""

    @property
    def needs(self) -> Needs:
        """See there."""
        return Needs(code="encrypted", kinds=(MatchKind.ENCRYPTED,), locked=True)


DetectorChoice = (
    HashSetUse | TypeUse | NameUse | ClassifierUse | PerceptualUse | EncryptedUse | VideoUse
)


def name_of(choice: DetectorChoice) -> str:
    """As a profile says it: `hash_set`."""
    return str(choice.__struct_config__.tag)


def check_declarations() -> None:
    """Raises TypeError if a choice does not say what it needs."""
    for choice in get_args(DetectorChoice):
        if not isinstance(getattr(choice, "needs", None), property):
            raise TypeError(f"the choice {choice.__name__} does not say what it needs")


check_declarations()
