"""What looking at evidence yields: matches, findings, outcomes and coverage. Values only."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec.structs import replace

from triage.captured import MOST_SECONDS, Capture, Position
from triage.evidence import Place, Run, Value
from triage.match_kinds import MatchKind, any_notable
from triage.needs import MOST_FRAMES, MOST_SCENES


class Match(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One detector's reason, with what is needed to check it again."""

    kind: MatchKind
    detector: str
    """The detector and its version, e.g. `hash_set`, `classifier:open-nsfw 1.0`."""
    reason: str
    """One plain sentence for the agent."""
    score: float | None = None
    """The raw score; None where the match is exact."""
    threshold: float | None = None
    """What the score was held against."""
    provenance: dict[str, str] = {}
    """Set or model: name, version, digest; algorithm; category … as the detector has them. Of what
    lies in an entry: `part`, with its place, length and digests."""

    @property
    def of_part(self) -> bool:
        """Whether it says something of what lies in the entry, and not of the entry's own content:
        of another content, with other digests."""
        return self.kind is MatchKind.THUMBNAIL or "part" in self.provenance

    @property
    def of_another_picture(self) -> bool:
        """Whether it says nothing of how the entry looks at first sight: it is of a part, or of a
        later frame, page or picture."""
        return self.of_part or "frame" in self.provenance

    @property
    def place(self) -> tuple[int, int] | None:
        """Of a match of a part: where that begins in the entry's content and how long it is there,
        bytes; None if it lies in pieces. Raises ValueError for what is no place."""
        offset, length = (self.provenance.get(f"part_{name}", "") for name in ("offset", "length"))
        if not offset and not length:
            return None
        if not all(
            text.isascii() and text.isdigit() and len(text) < 20 for text in (offset, length)
        ):
            raise ValueError("a part at a place that is none")
        return int(offset), int(length)


def lie_within(matches: Sequence[Match], size: int) -> bool:
    """Whether all parts of which they tell lie in content of so many bytes."""
    try:
        places = [match.place for match in matches if match.of_part]
    except ValueError:
        return False
    return all(place is None or sum(place) <= size for place in places)


def in_known(known: str) -> str:
    """The phrase for what the set of kind known of that name holds."""
    return f"in the known set {known}"


def contradicted(matches: Sequence[Match], known: str) -> tuple[Match, ...]:
    """The same, each saying that a set of kind known holds the content too; empty: none does."""
    if not known:
        return tuple(matches)
    return tuple(
        replace(
            match,
            reason=f"{match.reason} Yet it is {in_known(known)}.",
            provenance=match.provenance | {"known_set": known},
        )
        for match in matches
    )


def digests_told(matches: Iterable[Match]) -> dict[str, str]:
    """By algorithm, the digests of matches that are each by one."""
    return {match.provenance["algorithm"]: match.provenance["digest"] for match in matches}


def surest(matches: Sequence[Match]) -> MatchKind:
    """The kind under which a finding with several matches is counted."""
    kinds = {match.kind for match in matches}
    return next((kind for kind in MatchKind if kind in kinds), MatchKind.CLASSIFIER)


def is_notable(matches: Sequence[Match]) -> bool:
    """Whether they say something of the content, and not only that nobody could look at it."""
    return any_notable(match.kind for match in matches)


class Outcome(StrEnum):
    """What became of an entry. Every entry has exactly one."""

    EXAMINED = "examined"
    """All that the profile asks was done with its content."""
    KNOWN = "known"
    """In a set of kind known, and not like anything notable; looked at no further."""
    EXCLUDED = "excluded"
    """Left out by the profile: its size, type or place."""
    UNREADABLE = "unreadable"
    """Its content could not be read or decoded, or only in part."""
    ENCRYPTED = "encrypted"
    """Its content is encrypted by the file system, and there is no key: EFS, fscrypt."""
    ELSEWHERE = "elsewhere"
    """Its content is not on this device (a cloud's placeholder), or in a store that is not read."""
    NOT_REACHED = "not_reached"
    """Time ran out, or the scan was interrupted."""
    NO_CONTENT = "no_content"
    """A directory, a link, an empty file, or a name whose content is gone."""


HELD_BY = frozenset({Outcome.EXAMINED, Outcome.UNREADABLE})
"""Outcomes of containers that are counted: in what is known or left out nobody wants to look."""

Short = Annotated[str, msgspec.Meta(max_length=1000)]
"""What a worker says of content it may have been taken over by: a bound for every text."""


Score = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]
"""A model's number. NaN, which is none, is within no bounds."""


Count = Annotated[int, msgspec.Meta(ge=0, le=2**32)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=2**32)]


Seconds = Annotated[float, msgspec.Meta(ge=0, le=MOST_SECONDS)]
"""Of a video. NaN is within no bounds."""


class FramesSeen(Value, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """How much of a video was looked at; the rest of it nobody saw."""

    count: Annotated[int, msgspec.Meta(ge=1, le=MOST_FRAMES + MOST_SCENES)]
    """Pictures that were taken out of it."""
    first: Seconds
    """Where in the video the first of them stands, seconds from its beginning."""
    last: Seconds
    """Where the last of them stands."""
    length: Seconds | None = None
    """Of the whole video, as it says of itself; null: it does not."""
    cut_short: bool = False
    """The time that one video may take was over before it was gone through."""
    scenes: Annotated[tuple[Seconds, ...], msgspec.Meta(max_length=MOST_SCENES)] = ()
    """Where those of the frames stand that were taken because the scene changes there, and not as
    some of those evenly spread; in the order of time."""
    scenes_cut_short: bool = False
    """The search for scenes was not through with the video when its time was over, or could not be
    made."""


MOST_PASSWORDS = 1000
"""Lines of a list of them."""


class ListedMember(Value, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One member of a container, where a profile wants each listed. What a detector says of it is a
    match of the entry that holds it."""

    number: Positive
    """Its place among all that came out of the entry, those of containers in it too: with the
    entry's id the same in every run."""
    path: Short
    """From the entry's own content: `2019/in.zip » a.jpg`."""
    size: Place = -1
    """Bytes that came out, or that the container claims; -1: that cannot be said."""
    outcome: Outcome
    reason: Short = ""
    type: Short = ""
    container: Short = ""
    """It holds others, and nobody looked inside."""
    locked: bool = False
    """Of what holds others: it is encrypted."""
    digests: Annotated[dict[Short, Short], msgspec.Meta(max_length=32)] = {}


class Opened(Value, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What was taken out of a container, and out of those in it."""

    kind: Short
    """`zip`, `docx` …"""
    members: Count = 0
    """Files in it, and in the containers in it."""
    bytes: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] = 0
    """That came out."""
    containers: Count = 1
    """That were opened, itself among them."""
    unopened: Annotated[dict[Short, Positive], msgspec.Meta(max_length=200)] = {}
    """By kind: members that hold others, and nobody looked inside."""
    locked: Count = 0
    """Members that are encrypted: their names are all that was seen."""
    locked_names: Annotated[tuple[Short, ...], msgspec.Meta(max_length=20)] = ()
    """Of the first of them."""
    opened_by: Annotated[tuple[Positive, ...], msgspec.Meta(max_length=MOST_PASSWORDS)] = ()
    """Numbers of the lines of the list of passwords that opened something."""
    damaged: Count = 0
    """Members that did not come out as they were put in: nothing of them was compared."""
    passed_by: Count = 0
    """Members of which only the beginning was taken out: their size is in no hash set."""
    listed: Count = 0
    """Members that have a line of their own behind this one: the first so many."""
    undecoded: Annotated[dict[Short, Positive], msgspec.Meta(max_length=200)] = {}
    """By kind: pictures and videos among the members that nobody decoded, or not to their end: they
    were compared by their digests."""


class Result(Value, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What examining said of one entry: its outcome, why, and the matches.

    The one value for it: workers send it, and lines, findings and events hold it whole.
    """

    outcome: Outcome
    reason: Short = ""
    """Why, where the outcome is not `examined`; a short phrase that repeats (it is counted by)."""
    bytes_read: int = 0
    type: Short = ""
    """MIME type by content; empty if it was not asked for."""
    container: Short = ""
    """`zip`, `pdf`, `mbox` …: it holds others, and nobody looked inside; empty of all else."""
    locked: bool = False
    """Of a container: it is encrypted, or something inside it is."""
    opened: Opened | None = None
    """Of a container that was looked into: what came out; then `container` is empty."""
    untried: Annotated[int, msgspec.Meta(ge=0, le=MOST_PASSWORDS)] = 0
    """Of a container: passwords of the list that were not tried on something encrypted in it, for
    want of time, or because each would take too long."""
    undecoded: Short = ""
    """`camera raw`, `JPEG XR` …: a picture of a kind that nobody decoded, compared by its digests
    alone; empty of all else."""
    digests: Annotated[dict[Short, Short], msgspec.Meta(max_length=32)] = {}
    """Algorithm to lower-case hex. BLAKE3 of all that was read whole; md5, sha1 and sha256 as they
    were looked up, and of every finding; pdq of pictures that say enough."""
    pdq_quality: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    """How much there is to see in it; None: it is no picture that was decoded."""
    scores: Annotated[dict[Short, Score], msgspec.Meta(max_length=16)] = {}
    """By model: the score of a picture, or of the highest frame, below the threshold too."""
    frames: FramesSeen | None = None
    """Of a video: how many frames were seen, and over which span; null: none was."""
    capture: Capture | None = None
    """Of a picture or video: what it says of its own making; None: it says nothing."""
    parts: Count = 0
    """Pictures and videos that lie in its content besides its own, thumbnails among them: how many
    were looked at."""
    parts_undecoded: Count = 0
    """How many of those gave no pixels, and were compared by their digests alone."""
    matches: tuple[Match, ...] = ()
    reread_sha256: Short = ""
    """Of a finding whose content, read a second time through The Sleuth Kit, had another SHA-256:
    that one."""
    position: Position | None = None
    """Of a finding alone: where it says that it was taken. Of what is none nobody asks."""
    bad: Annotated[tuple[Run, ...], msgspec.Meta(max_length=100_000)] = ()
    """Those of the volume's bytes that could not be read; what lies round them was looked at."""


MOST_BYTES = 2**63 - 1
"""Sums stop here: damaged file systems claim sizes that together fit no number."""


class Tally(msgspec.Struct, kw_only=True):
    """Counts and bytes of entries."""

    entries: int = 0
    bytes: int = 0

    def add(self, size: int) -> None:
        """Count one entry of `size` bytes."""
        self.add_all(1, size)

    def add_all(self, entries: int, size: int) -> None:
        """Count so many entries of `size` bytes together."""
        self.entries += entries
        self.bytes = min(MOST_BYTES, self.bytes + size)


class Containers(Tally, kw_only=True):
    """Containers of one kind that nobody looked into."""

    locked: int = 0
    """How many of them are encrypted, or hold something that is."""
    locked_bytes: int = 0
    """Of those."""

    def hold(self, size: int, *, locked: bool) -> None:
        """Count one of `size` bytes."""
        self.add(size)
        if locked:
            self.locked += 1
            self.locked_bytes = min(MOST_BYTES, self.locked_bytes + size)


class LookedInto(Tally, kw_only=True):
    """Containers of one kind that were looked into: how many, of how many bytes, and in them:"""

    members: int = 0
    member_bytes: int = 0
    """That came out."""
    passed_by: int = 0
    """Members whose size is in no hash set."""
    damaged: int = 0
    """Members that did not come out whole."""
    locked: int = 0
    """Encrypted members."""
    with_locked: int = 0
    """How many of the containers hold any of those."""
    unopened: dict[str, int] = {}
    """By kind: members that hold others, and nobody looked inside."""
    undecoded: dict[str, int] = {}
    """By kind: pictures among the members that nobody decoded."""
    in_part: int = 0
    """How many of the containers were not gone through to their end, or hold damaged members."""

    def look(self, size: int, opened: Opened, *, in_part: bool) -> None:
        """Count one of `size` bytes."""
        one = LookedInto(
            entries=1,
            bytes=size,
            members=opened.members,
            member_bytes=opened.bytes,
            passed_by=opened.passed_by,
            damaged=opened.damaged,
            locked=opened.locked,
            with_locked=int(opened.locked > 0),
            unopened=opened.unopened,
            undecoded=opened.undecoded,
            in_part=int(in_part),
        )
        self.join(one)

    def join(self, other: "LookedInto") -> None:
        """Count all that another has counted."""
        self.add_all(other.entries, other.bytes)
        self.members += other.members
        self.member_bytes = min(MOST_BYTES, self.member_bytes + other.member_bytes)
        self.passed_by += other.passed_by
        self.damaged += other.damaged
        self.locked += other.locked
        self.with_locked += other.with_locked
        self.in_part += other.in_part
        for kind, count in other.unopened.items():
            self.unopened[kind] = self.unopened.get(kind, 0) + count
        for kind, count in other.undecoded.items():
            self.undecoded[kind] = self.undecoded.get(kind, 0) + count


class VolumeCoverage(msgspec.Struct, kw_only=True):
    """What was and was not looked at in one volume."""

    volume_id: str
    outcomes: dict[Outcome, Tally] = {}
    """Adds up to `listed`."""
    reasons: dict[str, Tally] = {}
    """`outcome: reason` to its tally, for all that was not read and examined in full."""
    containers: dict[str, Containers] = {}
    """By kind: archives, documents and mail that were compared as a whole and not looked into."""
    inside: dict[str, LookedInto] = {}
    """By kind: containers that were looked into."""
    members: dict[Outcome, int] = {}
    """What became of members that have a line of their own, where the profile wants that."""
    undecoded: dict[str, Tally] = {}
    """By kind: pictures that nobody decoded, of the profiles that decode any."""
    listed: Tally = msgspec.field(default_factory=Tally)
    """Every entry that the survey met."""
    content_bytes: int = 0
    """Bytes of the volume that allocated, non-resident content occupies (each block once)."""
    outside_files_bytes: int = 0
    """The rest of the volume: metadata, slack and unallocated space. Not looked at."""
    caps: tuple[str, ...] = ()
    """Limits that the survey ran into, in plain words: there may be entries that are not listed."""
    notes: tuple[str, ...] = ()
    """What else is to be said of the listing; nothing is missed by it, or the profile wants it."""
    unfinished: bool = False
    """Not all of its entries were listed: the scan ended before the survey, or it was cut short."""


class Coverage(msgspec.Struct, kw_only=True):
    """What was *not* looked at, and what was: by volume, and in sum."""

    volumes: dict[str, VolumeCoverage] = {}

    def volume(self, volume_id: str) -> VolumeCoverage:
        """The tally of one volume, made at first use."""
        if volume_id not in self.volumes:
            self.volumes[volume_id] = VolumeCoverage(volume_id=volume_id)
        return self.volumes[volume_id]

    def list_entry(self, volume_id: str, size: int) -> None:
        """Count an entry that the survey met."""
        self.volume(volume_id).listed.add(size)

    def settle(self, volume_id: str, size: int, outcome: Outcome, reason: str) -> None:
        """Count the outcome of one entry of `size` bytes."""
        self.settle_all(volume_id, Tally(entries=1, bytes=size), outcome, reason)

    def settle_all(self, volume_id: str, many: Tally, outcome: Outcome, reason: str) -> None:
        """Count entries that have the same outcome for the same reason."""
        volume = self.volume(volume_id)
        volume.outcomes.setdefault(outcome, Tally()).add_all(many.entries, many.bytes)
        if reason:
            named = volume.reasons.setdefault(f"{outcome}: {reason}", Tally())
            named.add_all(many.entries, many.bytes)

    def hold(self, volume_id: str, size: int, kind: str, *, locked: bool) -> None:
        """Count a container of `size` bytes that nobody looked into; it has its outcome besides."""
        kinds = self.volume(volume_id).containers
        kinds.setdefault(kind, Containers()).hold(size, locked=locked)

    def leave(self, volume_id: str, size: int, result: Result) -> None:
        """Count what was looked into, or compared as a whole and not looked into or at."""
        if result.opened is not None:
            looked = self.volume(volume_id).inside.setdefault(result.opened.kind, LookedInto())
            in_part = result.outcome is Outcome.UNREADABLE
            looked.look(size, result.opened, in_part=in_part)
        if result.container:
            self.hold(volume_id, size, result.container, locked=result.locked)
        if result.undecoded:
            self.leave_undecoded(volume_id, size, result.undecoded)

    def list_members(self, volume_id: str, members: Iterable[ListedMember]) -> None:
        """Count members that have a line of their own."""
        outcomes = self.volume(volume_id).members
        for each in members:
            outcomes[each.outcome] = outcomes.get(each.outcome, 0) + 1

    def leave_undecoded(self, volume_id: str, size: int, kind: str) -> None:
        """Count a picture of `size` bytes that nobody decoded; it has its outcome besides."""
        self.volume(volume_id).undecoded.setdefault(kind, Tally()).add(size)

    def total(self, outcome: Outcome) -> Tally:
        """One outcome over all volumes."""
        total = Tally()
        for volume in self.volumes.values():
            tally = volume.outcomes.get(outcome)
            if tally:
                total.add_all(tally.entries, tally.bytes)
        return total

    def adds_up(self) -> bool:
        """Whether, for every volume, the outcomes' counts and bytes sum to what was listed."""
        return all(
            sum(t.entries for t in volume.outcomes.values()) == volume.listed.entries
            and min(MOST_BYTES, sum(t.bytes for t in volume.outcomes.values()))
            == volume.listed.bytes
            for volume in self.volumes.values()
        )
