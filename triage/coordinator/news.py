"""What the foreman tells whoever runs the scan. Values only."""

from dataclasses import dataclass, field

from triage.coordinator.checking import Listed
from triage.evidence import FileEntry
from triage.findings import ListedMember, Match, Result
from triage.plan.order import Batch, Job
from triage.wire.messages import Surveyed


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A batch whose every entry now has a result."""

    entries: tuple[FileEntry, ...]
    results: tuple[Result, ...]
    previews: dict[int, bytes] = field(default_factory=dict)
    """By the entry's id: small pictures of findings."""
    members: dict[int, tuple[ListedMember, ...]] = field(default_factory=dict)
    """Likewise: what was taken out of containers, where the profile wants it listed."""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spotting:
    """Entries that a notable set holds; they are not settled yet."""

    spots: tuple[tuple[FileEntry, tuple[Match, ...]], ...]
    job: Job
    """What their worker is at. If it settles nothing, they wait still, unless they were handed out
    in full meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GlancedAt:
    """A batch was looked up or glanced at; its entries still wait."""

    batch: Batch
    promising: tuple[int, ...] = ()
    """Ids of those to be examined first."""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; a chance to show progress and to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Examiners do not start with a detector: from here on they do without it."""

    detector: str
    """As profiles name it."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderGivenUp:
    """From here on nothing of a type is decoded: it ended ten examiners."""

    type: str
    """MIME type."""
    reason: str
    """How the last one ended."""


@dataclass(frozen=True, slots=True)
class SetsAltered:
    """A worker has found these hash sets altered by now, as it was given them; what follows of it
    says of which entries."""

    named: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutOfWorkers:
    """No examiner starts any more; nothing further can be looked at."""

    reason: str


News = (
    Listed
    | Surveyed
    | Spotting
    | Examined
    | GlancedAt
    | Tick
    | LeftOut
    | DecoderGivenUp
    | SetsAltered
    | OutOfWorkers
)
