"""What each worker of a scan is at, and what all of them have said of themselves."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from triage.coordinator import checking
from triage.coordinator.allowance import Allowance
from triage.coordinator.pool import Died, Worker
from triage.errors import WorkerError
from triage.evidence import Volume
from triage.findings import Match
from triage.plan.order import Batch
from triage.wire.messages import Failed, Ready, Reply, Survey

NOTHING = Batch()
MOST_DEATHS = 10_000
"""That are told one by one."""


@dataclass(slots=True, kw_only=True)
class Desk:
    """What one worker is at."""

    worker: Worker
    ready: bool = False
    batch: Batch = NOTHING
    alone: bool = False
    died_of: str = ""
    """Of what the reader of the one entry in hand died, when it was alone too: by now nothing of it
    is decoded."""
    died_as: str = ""
    """What that reader said it was."""
    decodes: str = ""
    """The type of the one entry in hand, where its worker has said that it decodes it."""
    spotted: set[int] = field(default_factory=set)
    """Ids of those in hand that were said to be in a notable set."""
    walk: Survey | None = None
    """Of a surveyor."""
    next_id: int = 0
    """Of the entry that the walk of the volume lists next."""

    @property
    def volume(self) -> Volume | None:
        """The one that is walked."""
        return self.walk.volume if self.walk is not None else None

    @property
    def idle(self) -> bool:
        """Ready, and nothing in hand."""
        return self.ready and not self.batch and self.walk is None

    def lay_down(self) -> None:
        """What was in hand is done."""
        self.batch, self.decodes = NOTHING, ""
        self.spotted.clear()
        self.worker.deadline = float("inf")


Doubt = Callable[[Match, Mapping[str, str]], str]
"""Why a match cannot be so, of an entry with those digests; empty if it may."""


def _no_doubt(_match: Match, _digests: Mapping[str, str]) -> str:
    return ""


class Deaths:
    """How workers ended: as many as a log should hold, and how many there were besides."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.untold = 0
        self.last = ""

    def add(self, how: str) -> None:
        """One more."""
        self.last = how
        if len(self.told) < MOST_DEATHS:
            self.told.append(self.last)
        else:
            self.untold += 1


@dataclass(slots=True, kw_only=True)
class Roll:
    """What the report says of the workers."""

    confinement: set[tuple[str, ...]] = field(default_factory=set)
    """Every combination of sandbox layers that workers reported."""
    libraries: dict[str, str] = field(default_factory=dict)
    """Name to version, of those that shape what workers say and that nobody else loads."""
    deaths: Deaths = field(default_factory=Deaths)
    allowance: Allowance = field(default_factory=Allowance)
    doubt: Doubt = _no_doubt
    """Asked of every match that a worker gives."""

    @property
    def sandbox(self) -> tuple[str, ...]:
        """The layers that every worker had on."""
        layers = [set(each) for each in self.confinement]
        return tuple(sorted(set.intersection(*layers))) if layers else ()

    def believe(self, matches: Iterable[Match], digests: Mapping[str, str]) -> None:
        """Raises WorkerError for a match of what was never loaded: a bundle with it would
        contradict itself, and nobody would believe it."""
        for match in matches:
            if why := self.doubt(match, digests):
                raise WorkerError(f"a worker says what cannot be: an entry {why}")

    def admit(self, desk: Desk, reply: Reply | Died) -> None:
        """Raises WorkerError for anything but the one Ready that is due."""
        if not isinstance(reply, Ready) or desk.ready:
            raise WorkerError(f"a worker spoke out of turn: {type(reply).__name__.lower()}")
        checking.check_ready(reply)
        desk.ready = True
        self.confinement.add(reply.confinement)
        self.libraries |= reply.libraries


def what_went_wrong(reply: Reply | Died) -> str:
    """In words, of a reply that is not the one that was due."""
    if isinstance(reply, Died):
        return reply.reason
    if isinstance(reply, Failed):
        return reply.message
    return type(reply).__name__.lower()


def in_full(reply: Reply | Died) -> str:
    """The same with what it said last, for people: nothing is counted by it."""
    complaint = reply.complaint if isinstance(reply, Died) else ""
    how = what_went_wrong(reply)
    return f"{how}: {complaint}" if complaint else how
