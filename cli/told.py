"""What a scan says while it runs, in words: one place for log lines and the live view."""

from collections import Counter

from cli.kinds import KINDS, said_once, too_many_alike
from triage.bundle import shown as words
from triage.evidence import Device, Volume
from triage.findings import MatchKind, surest
from triage.scan.events import Advanced, Found, GoesOn, Paused, Resumed, Stage, Standing

GETTING_READY = "Getting ready: key, hash sets, models"
HOW_TO_STOP = "Ctrl-C stops, and closes and signs what there is."
HOW_TO_STOP_STANDING = {
    Standing.FULL: HOW_TO_STOP,
    Standing.SLOW: "Ctrl-C stops; it is closed and signed as soon as the stick answers.",
    Standing.GONE: "Ctrl-C stops, but nothing can be signed until the stick is back.",
}
STANDING_STILL = "STANDING STILL"


class Findings:
    """Counts findings, and says of which there is anything to say."""

    def __init__(self) -> None:
        self.kinds: Counter[MatchKind] = Counter()
        self.first: float | None = None
        """Seconds after which the first came."""
        self.to_look_at = 0
        """Those that show the same counted once."""
        self._flooded: set[int] = set()

    def count(self, found: Found) -> None:
        """One more."""
        self.kinds[surest(found.result.matches)] += 1
        self.first = found.seconds if self.first is None else self.first
        self.to_look_at += not found.group

    def note(self, found: Found) -> str:
        """A sentence where absurdly many show the same, the first time; else nothing."""
        if not said_once(found) or found.group in self._flooded:
            return ""
        self._flooded.add(found.group)
        return too_many_alike(found)

    @property
    def total(self) -> int:
        """How many."""
        return sum(self.kinds.values())

    @property
    def headline(self) -> str:
        """`45 FINDINGS`."""
        return words.count(self.total, "FINDING", "FINDINGS")

    @property
    def about(self) -> str:
        """How many are to be looked at, and how soon the first came."""
        fewer = f"{self.to_look_at:,} to look at   " if self.to_look_at < self.total else ""
        return f"{fewer}the first after {clock(self.first or 0.0)}"


def device(seen: Device) -> str:
    """What is read."""
    return f"{seen.path}  {words.size(seen.size)}  {seen.model}".rstrip()


def volume(seen: Volume) -> str:
    """What it holds, and why it is not looked into where it is not."""
    name = seen.file_system or seen.description or "no file system"
    reason = f" - {seen.reason}" if seen.reason else ""
    return f"volume {seen.id} {name} {words.size(seen.size)}: {seen.state}{reason}"


def finding(found: Found) -> str:
    """What it is and where."""
    return f"{KINDS[surest(found.result.matches)]}: {found.entry.shown_path}"


def standing_still(event: Paused) -> str:
    """What is wrong and what to do."""
    return f"{STANDING_STILL}: {event.message} {event.hint}"


def going_on(event: GoesOn) -> str:
    """That it is over."""
    return f"going on after {words.duration(event.seconds)}"


def resumed(event: Resumed) -> str:
    """What an earlier run is good for."""
    done = words.count(event.carried_entries, "entry was", "entries were")
    again = words.count(event.dropped_lines, "entry", "entries")
    found = words.count(event.findings, "finding")
    return f"resumed: {done} done before, {found} among them; {again} looked at again"


def doing(progress: Advanced) -> str:
    """What is being done now."""
    match progress.stage:
        case Stage.SURVEY:
            return f"Listing, and looking at {progress.now}" if progress.now else "Listing"
        case Stage.EXAMINE:
            return f"Looking at {progress.now}" if progress.now else "Looking at content"
        case Stage.SEAL:
            return "Closing and signing"


def done(progress: Advanced) -> str:
    """How much of what is known by now."""
    return f"{progress.done_entries:,} of {progress.listed_entries:,} entries"


def to_do(progress: Advanced) -> str:
    """How much waits."""
    left = words.count(progress.left_entries, "entry", "entries")
    return f"{left}, {words.size(progress.left_bytes)}"


def time(progress: Advanced, limit: float) -> str:
    """How long it has taken, may take (`limit`, seconds; 0: as long as it takes) and will take."""
    gone = clock(progress.seconds) + (f" of at most {clock(limit)}" if limit else "")
    left = progress.seconds_left
    if left is None:
        return gone
    if limit and progress.seconds + left > limit:
        return f"{gone}; all of it would take about {clock(left)} more"
    return f"{gone}, about {clock(left)} left"


def share(progress: Advanced) -> float | None:
    """How much of the scan is over, 0 to 1: of its time where that can be told, else of what was
    listed; None while it is being listed."""
    if progress.stage is Stage.SURVEY:
        return None
    if progress.stage is Stage.SEAL:
        return 1.0
    if progress.seconds_left is not None:
        return progress.seconds / max(0.001, progress.seconds + progress.seconds_left)
    return progress.done_entries / max(1, progress.listed_entries)


def clock(seconds: float) -> str:
    """Whole seconds, and from ten minutes on whole minutes: `34 s`, `4 min 10 s`, `21 min`."""
    if seconds < 60:
        return f"{round(seconds)} s"
    if seconds < 600:
        return words.duration(seconds)
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
