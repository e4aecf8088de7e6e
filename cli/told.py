"""What a scan says while it runs, in words: one place for log lines and the live view.

Where there is little `room`, in columns, names from elsewhere are shortened and words never are.
"""

from collections import Counter

from cli.alike import said_once, too_many_alike
from cli.fitting import columns, shortened
from triage.bundle.format import shown as words
from triage.evidence import Device, Volume, VolumeState
from triage.findings import surest
from triage.match_kinds import MatchKind
from triage.profile import SetKind, SetSignature
from triage.scan.events import (
    Advanced,
    FindingTold,
    FolderRead,
    GoesOn,
    Paused,
    Resumed,
    ScanKeyMade,
    SetLoaded,
    Spotted,
    Stage,
    Standing,
)

GETTING_READY = "Getting ready: key, hash sets, models"
HOW_TO_STOP = "Ctrl-C stops, and closes and signs what there is."
HOW_TO_STOP_STANDING = {
    Standing.FULL: HOW_TO_STOP,
    Standing.SLOW: "Ctrl-C stops; it is closed and signed as soon as the stick answers.",
    Standing.GONE: "Ctrl-C stops, but nothing can be signed until the stick is back.",
}
STANDING_STILL = "STANDING STILL"
WIDEST_MODEL = 40
NO_LIMIT = 10_000
"""Columns: of a line in a log."""

STATES = {
    VolumeState.READABLE: "readable",
    VolumeState.ENCRYPTED: "ENCRYPTED",
    VolumeState.UNSUPPORTED: "cannot be read",
    VolumeState.EMPTY: "empty",
    VolumeState.UNRECOGNISED: "NOT RECOGNISED",
    VolumeState.DAMAGED: "DAMAGED",
    VolumeState.NO_FILES: "holds no files",
    VolumeState.UNCLAIMED: "in no volume",
    VolumeState.CONTAINER: "holds volumes",
}


class Findings:
    """Counts findings, and says of which there is anything to say."""

    def __init__(self) -> None:
        self.kinds: Counter[MatchKind] = Counter()
        self.first: float | None = None
        """Seconds after which the first came."""
        self.to_look_at = 0
        """Those that show the same counted once."""
        self.devices = 0
        """How many are searched: of several it is said on which a finding is."""
        self._flooded: set[int] = set()
        self._spotted: set[int] = set()
        """Ids of entries that are counted and whose finding is still to come."""

    def count(self, found: Spotted | FindingTold) -> bool:
        """One more, unless it was spotted before; whether it is news."""
        entry = found.entry.id
        if news := entry not in self._spotted:
            self.kinds[surest(found.matches)] += 1
            self.to_look_at += 1
            self.first = found.seconds if self.first is None else self.first
        if isinstance(found, Spotted):
            self._spotted.add(entry)
        else:
            self._spotted.discard(entry)
            self.to_look_at -= bool(found.group)
        return news

    def line(self, found: Spotted | FindingTold, room: int = NO_LIMIT) -> str:
        """What it is and where; of several devices, on which volume of which."""
        return finding(found, room, on=found.entry.volume_id if self.devices > 1 else "")

    def note(self, found: FindingTold) -> str:
        """A sentence where absurdly many show the same, the first time; else nothing."""
        if not said_once(found) or found.group in self._flooded:
            return ""
        self._flooded.add(found.group)
        return too_many_alike(found)

    def carry(self, earlier: Resumed) -> None:
        """Those of an earlier run of the same scan."""
        self.kinds.update(earlier.kinds)
        self.to_look_at += earlier.to_look_at
        if earlier.first_finding_seconds is not None:
            self.first = earlier.first_finding_seconds

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


SIGNATURES = {
    SetSignature.LISTED: "signed by {who}",
    SetSignature.UNLISTED: "SIGNED BY A KEY THAT IS NOT LISTED",
    SetSignature.UNCHECKED: "signed, by whom is not checked: there is no list of signers",
    SetSignature.NONE: "not signed",
}


def hash_set(loaded: SetLoaded) -> str:
    """What matters of a set before the scan: one entry does not look like millions."""
    digests = ", ".join(f"{name} {count:,}" for name, count in loaded.digests.items())
    entries = words.count(loaded.entries, "entry", "entries")
    parts = [f"hash set {loaded.name}: {loaded.kind}, {entries} ({digests})"]
    labels = loaded.categories.items()
    if loaded.kind is SetKind.NOTABLE and any(loaded.categories):
        told = (f"{label or 'none'}: {n:,}" for label, n in labels if n)
        parts.append(f"by category {', '.join(told)}")
    if loaded.counted < loaded.entries:
        verb = "counts" if loaded.counted == 1 else "count"
        parts.append(f"{loaded.counted:,} of them {verb}, of the categories asked for")
    if loaded.without_size:
        parts.append(f"{loaded.without_size:,} without a size, so every file is read")
    elif loaded.without_size is None:
        parts.append("some without a size, so every file is read")
    if loaded.bad_lines:
        parts.append(f"{words.count(loaded.bad_lines, 'line')} not understood")
    if loaded.unused:
        parts.append(f"columns not used: {', '.join(loaded.unused)}")
    parts.append(SIGNATURES[loaded.signature].format(who=loaded.signed_by))
    if loaded.expires:
        parts.append(f"{'EXPIRED' if loaded.expired else 'expires'} {loaded.expires}")
    return "; ".join(parts)


def folder(read: FolderRead) -> str:
    """How many sets a folder gave."""
    parts = [f"{words.count(read.loaded, 'hash set')} from {read.folder}"]
    if read.left_out:
        parts.append(f"{words.count(read.left_out, 'file')} left out")
    if read.passed_over:
        parts.append(f"passed over: {', '.join(read.passed_over)}")
    return "; ".join(parts)


def scan_key(made: ScanKeyMade) -> str:
    """That it is to be noted, and why."""
    return f"scan key {made.fingerprint}: noted now, it proves a scan that is cut off later"


def in_short(loaded: SetLoaded) -> str:
    """Its name and how many of its entries count."""
    return f"{loaded.name} {loaded.counted:,}"


def device(seen: Device, room: int = NO_LIMIT) -> str:
    """What is read."""
    size = f"  {words.size(seen.size)}" if seen.size else ""
    model = shortened(words.visible(seen.model), WIDEST_MODEL)
    about = f"{size}  {model}".rstrip()
    return shortened(words.visible(seen.path), room - columns(about)) + about


def volume(seen: Volume) -> str:
    """What it holds, and why it is not looked into where it is not."""
    if seen.state is VolumeState.UNCLAIMED:
        more = f": {'; '.join(seen.unread)}" if seen.unread else ""
        return f"sectors {seen.id}, {words.size(seen.size)}: {STATES[seen.state]}{more}"
    told = f": {seen.told}" if seen.told else ""
    label = f" “{seen.label}”" if seen.label else ""
    name = f"{seen.file_system or seen.description}{label}".strip()
    about = ", ".join(filter(None, (name, words.size(seen.size) if seen.size else "")))
    return f"volume {seen.id}, {about}: {STATES[seen.state]}{told}"


def finding(found: Spotted | FindingTold, room: int = NO_LIMIT, *, on: str = "") -> str:
    """What it is and where; `on`: the volume, where that has to be said."""
    kind = f"{surest(found.matches).words.on_screen}{f' on {on}' if on else ''}: "
    return kind + shortened(words.visible(found.entry.shown_path), room - len(kind))


def standing_still(event: Paused) -> str:
    """What is wrong and what to do."""
    return f"{STANDING_STILL}: {event.message} {event.hint}"


def going_on(event: GoesOn) -> str:
    """That it is over."""
    return f"going on after {words.duration(event.seconds)}"


def resumed(event: Resumed) -> str:
    """What an earlier run is good for."""
    done = words.count(event.carried_entries, "entry was", "entries were")
    found = f", with {words.count(event.findings, 'finding')}" if event.findings else ""
    more = words.count(event.findings_again, "finding")
    coming = f"; {more} spotted before, to be looked at again" if event.findings_again else ""
    again = words.count(event.dropped_lines, "entry that was", "entries that were")
    rest = f"; {again} not certain will be looked at again" if event.dropped_lines else ""
    return f"resumed: {done} done before{found}{coming}{rest}"


def doing(progress: Advanced) -> str:
    """What is being done now."""
    match progress.stage:
        case Stage.SURVEY:
            return f"Listing, and looking at {progress.now}" if progress.now else "Listing files"
        case Stage.EXAMINE:
            return f"Looking at {progress.now or 'the last files'}"
        case Stage.SEAL:
            return "Closing and signing" if reached_all(progress) else "NOT FINISHED: signing"


def reached_all(progress: Advanced) -> bool:
    """Whether all was listed and nothing waits: else a scan that ends was stopped."""
    return progress.listed_all and not progress.left_entries


def listed(progress: Advanced) -> str:
    """How many there are, in place of a share, as long as that cannot be told."""
    amount = words.count(progress.listed_entries, "entry", "entries")
    if progress.stage is not Stage.SEAL:
        return f"{amount} listed so far"
    return f"{amount} listed" + ("" if progress.listed_all else ", and that was not all")


def done(progress: Advanced) -> str:
    """How much of what is known by now."""
    return f"{progress.done_entries:,} of {progress.listed_entries:,} entries"


def to_do(progress: Advanced) -> str:
    """How much waits; at the end, how much was not reached."""
    left = words.count(progress.left_entries, "entry", "entries")
    amount = f"{left}, {words.size(progress.left_bytes)}"
    if progress.stage is not Stage.SEAL:
        return amount
    more = "" if progress.listed_all else ", and all that was not listed"
    return f"{amount}{more}"


def lines(progress: Advanced) -> list[str]:
    """All of it for a log."""
    amount = f"{progress.done_entries:,} of {progress.listed_entries:,} done"
    if progress.stage is not Stage.SEAL:
        return [f"{time(progress, 0)}: {amount}, {words.size(progress.left_bytes)} to do"]
    missed = [] if reached_all(progress) else [f"not reached: {to_do(progress)}"]
    return [f"{clock(progress.seconds)}: closing and signing; {amount}", *missed]


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
    listed; None as long as not all is listed, and where nothing is there."""
    if progress.stage is Stage.SURVEY or not progress.listed_all or not progress.listed_entries:
        return None
    if progress.seconds_left is not None and progress.stage is Stage.EXAMINE:
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
