"""One entry while it is looked at."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from triage.captured import Capture
from triage.containers.probe import Container
from triage.detectors.item import Item, frames_of
from triage.evidence import Run
from triage.findings import FramesSeen, ListedMember, Match
from triage.members.password_tries import PasswordTries
from triage.members.tally import MemberTally
from triage.parts.budget import Budget
from triage.parts.part import Part
from triage.workers.judgements import Judgement
from triage.workers.standing_in import StandIn


@dataclass(slots=True, kw_only=True)
class Look:
    """An item, and what has been found out."""

    item: Item
    kept: bytes = b""
    """What is to be decoded: the whole content, or the picture in it that stands for it; empty
    where nobody would decode it."""
    stand_in: StandIn | None = None
    undecoded: str = ""
    """The kind of picture that it is, if nobody decodes it."""
    bytes_read: int = 0
    passed_by: bool = False
    """Not hashed, because its size is in no set."""
    bad: tuple[Run, ...] = ()
    """Where the device could not be read."""
    salvaged: bool = False
    """`kept` was read round bad sectors: it is decoded as far as it goes."""
    trouble: str = ""
    """Why the content could not be read or decoded."""
    in_part: str = ""
    """Of a file of several pictures whose first could be: why not all could that were wanted."""
    known: str = ""
    """The set of kind known that it is in, if it is in no notable one."""
    excluded: str = ""
    frames_seen: FramesSeen | None = None
    """Of a video."""
    capture: Capture | None = None
    """What a picture or video says of its own making."""
    container: Container | None = None
    """It holds others, into which nobody looks."""
    matches: tuple[Match, ...] = ()
    preview: bytes = b""
    judged_as: bytes = b""
    """By the BLAKE3 of what is kept of a picture, though not all could be read: whoever has the
    same is the same picture, of which the same is asked."""
    judgement: Judgement | None = None
    """On the same picture, seen before."""
    parts: Iterator[Part] | None = None
    """What lies in it and is looked at by itself; read as it is asked for."""
    budget: Budget | None = None
    """What they may cost."""
    parts_seen: int = 0
    """How many of them were looked at."""
    parts_undecoded: int = 0
    """How many of those gave no pixels."""
    members: Iterator[Part] | None = None
    """Of a container: what is taken out of it, as it is asked for."""
    member_budget: Budget | None = None
    """What looking at those may cost; taking them out has its own."""
    tally: MemberTally | None = None
    """Of a container that was looked into."""
    listed: tuple[ListedMember, ...] = ()
    """Its members one by one, where the profile wants them listed."""
    tries: PasswordTries | None = None
    """Of a container: what was spent on passwords."""
    members_undecoded: dict[str, int] = field(default_factory=dict)
    """By kind: members that are pictures and were not decoded."""
    picture_path: str = ""
    """Where the entry is itself a thumbnail: its picture's path on this volume."""

    @property
    def pixels(self) -> int:
        """Decoded and held in memory."""
        if self.item.picture is None and not self.item.frames:
            return 0
        return sum(int(frame.picture.pixels.size) // 3 for frame in frames_of(self.item))

    @property
    def passed_over(self) -> bool:
        """Nobody asks for more of it than its digest and, if it is known, its likeness."""
        return bool(self.known or self.excluded)

    def not_compared(self, hash_set: str) -> None:
        """Something of it was not, with that set; empty: nothing is to be said."""
        self.item.not_compared = self.item.not_compared or hash_set

    def place_matches(self, begin: int) -> None:
        """Say of the matches from that one on, which are of pixels, where in the file these lie."""
        if self.stand_in is not None:
            self.matches = self.matches[:begin] + self.stand_in.placed(self.matches[begin:])

    def give_up(self) -> None:
        """Let go of what takes memory."""
        item, self.kept = self.item, b""
        if item.picture is not None or item.frames:
            item.picture, item.frames = None, ()
        self.parts = self.members = None
