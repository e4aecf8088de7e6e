"""What a scan says while it runs, in words: one place for log lines and the live view.

Where there is little `room`, in columns, names from elsewhere are shortened and words never are.
"""

from collections import Counter

from cli.alike import said_once, too_many_alike
from cli.fitting import columns, shortened
from triage.bundle.format import shown as words
from triage.bundle.format.speaking import Speaker
from triage.evidence import Device, Volume, VolumeState
from triage.findings import surest
from triage.languages import Language, colon
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
"""English, as all such texts here are; they are said by a `Speaker`, in the agent's language."""
HOW_TO_STOP = "Ctrl-C stops, and closes and signs what there is."
HOW_TO_STOP_STANDING = {
    Standing.FULL: HOW_TO_STOP,
    Standing.SLOW: "Ctrl-C stops; it is closed and signed as soon as the stick answers.",
    Standing.GONE: "Ctrl-C stops, but nothing can be signed until the stick is back.",
}
STANDING_STILL = "STANDING STILL"
STANDING = {
    Standing.FULL: "the evidence stick is full",
    Standing.SLOW: "the evidence stick is slow; leave it in",
    Standing.GONE: "the evidence stick is gone; plug it in again",
}
"""For who does not read English, in which the scan says more."""
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

    def __init__(self, say: Speaker) -> None:
        self._say = say
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
        return finding(self._say, found, room, on=found.entry.volume_id if self.devices > 1 else "")

    def note(self, found: FindingTold) -> str:
        """A sentence where absurdly many show the same, the first time; else nothing."""
        if not said_once(found) or found.group in self._flooded:
            return ""
        self._flooded.add(found.group)
        return too_many_alike(self._say, found)

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
        return self._say("{n} FINDING|{n} FINDINGS", n=self.total)

    @property
    def about(self) -> str:
        """How many are to be looked at, and how soon the first came."""
        say, first = self._say, clock(self._say, self.first or 0.0)
        said = [say("{n} to look at", n=self.to_look_at)] if self.to_look_at < self.total else []
        return "   ".join([*said, say("the first after {time}", time=first)])


SIGNATURES = {
    SetSignature.LISTED: "signed by {who}",
    SetSignature.UNLISTED: "SIGNED BY A KEY THAT IS NOT LISTED",
    SetSignature.UNCHECKED: "signed, by whom is not checked: there is no list of signers",
    SetSignature.NONE: "not signed",
}
KINDS = {SetKind.NOTABLE: "notable", SetKind.KNOWN: "known"}


def hash_set(say: Speaker, loaded: SetLoaded) -> str:
    """What matters of a set before the scan: one entry does not look like millions."""
    digests = ", ".join(f"{name} {say.number(count)}" for name, count in loaded.digests.items())
    entries = say("{n} entry|{n} entries", n=loaded.entries)
    parts = [f"{say('hash set')} {loaded.name}: {say(KINDS[loaded.kind])}, {entries} ({digests})"]
    labels = loaded.categories.items()
    if loaded.kind is SetKind.NOTABLE and any(loaded.categories):
        told = (
            (label or say("none")) + colon(say.language) + say.number(n) for label, n in labels if n
        )
        parts.append(say("by category {names}", names=", ".join(told)))
    if loaded.counted < loaded.entries:
        counted = (
            "{n} of them counts, of the categories asked for|"
            "{n} of them count, of the categories asked for"
        )
        parts.append(say(counted, n=loaded.counted))
    if loaded.without_size:
        parts.append(say("{n} without a size, so every file is read", n=loaded.without_size))
    elif loaded.without_size is None:
        parts.append(say("some without a size, so every file is read"))
    if loaded.bad_lines:
        parts.append(say("{n} line not understood|{n} lines not understood", n=loaded.bad_lines))
    if loaded.unused:
        parts.append(say("columns not used: {names}", names=", ".join(loaded.unused)))
    parts.append(say(SIGNATURES[loaded.signature], who=loaded.signed_by))
    if loaded.expires:
        said = "EXPIRED {date}" if loaded.expired else "expires {date}"
        parts.append(say(said, date=loaded.expires))
    return "; ".join(parts)


def folder(say: Speaker, read: FolderRead) -> str:
    """How many sets a folder gave."""
    loaded = "{n} hash set from {folder}|{n} hash sets from {folder}"
    parts = [say(loaded, n=read.loaded, folder=read.folder)]
    if read.left_out:
        parts.append(say("{n} file left out|{n} files left out", n=read.left_out))
    if read.passed_over:
        parts.append(say("passed over: {names}", names=", ".join(read.passed_over)))
    return "; ".join(parts)


def scan_key(say: Speaker, made: ScanKeyMade) -> str:
    """That it is to be noted, and why."""
    noted = "scan key {key}: noted now, it proves a scan that is cut off later"
    return say(noted, key=made.fingerprint)


def in_short(say: Speaker, loaded: SetLoaded) -> str:
    """Its name and how many of its entries count."""
    return f"{loaded.name} {say.number(loaded.counted)}"


def device(say: Speaker, seen: Device, room: int = NO_LIMIT) -> str:
    """What is read."""
    size = f"  {say.size(seen.size)}" if seen.size else ""
    model = shortened(words.visible(seen.model), WIDEST_MODEL)
    about = f"{size}  {model}".rstrip()
    return shortened(words.visible(seen.path), room - columns(about)) + about


def volume(say: Speaker, seen: Volume) -> str:
    """What it holds, and why it is not looked into where it is not."""
    if seen.state is VolumeState.UNCLAIMED:
        more = f": {'; '.join(seen.unread)}" if seen.unread else ""
        name = say("sectors {id}", id=seen.id)
        return f"{name}, {say.size(seen.size)}: {say(STATES[seen.state])}{more}"
    told = f": {seen.told}" if seen.told else ""
    label = f" “{seen.label}”" if seen.label else ""
    name = f"{seen.file_system or seen.description}{label}".strip()
    about = ", ".join(filter(None, (name, say.size(seen.size) if seen.size else "")))
    return f"{say('volume {id}', id=seen.id)}, {about}: {say(STATES[seen.state])}{told}"


def finding(
    say: Speaker, found: Spotted | FindingTold, room: int = NO_LIMIT, *, on: str = ""
) -> str:
    """What it is and where; `on`: the volume, where that has to be said."""
    words_of_kind = surest(found.matches).words.on_screen.told(say.language)
    kind = f"{say('{kind} on {volume}', kind=words_of_kind, volume=on) if on else words_of_kind}: "
    return kind + shortened(words.visible(found.entry.shown_path), room - len(kind))


def standing_still(say: Speaker, event: Paused) -> str:
    """What is wrong and what to do."""
    if say.language is Language.ENGLISH:
        return f"{say(STANDING_STILL)}: {event.message} {event.hint}"
    return say(STANDING_STILL) + colon(say.language) + say(STANDING[event.why])


def going_on(say: Speaker, event: GoesOn) -> str:
    """That it is over."""
    return say("going on after {time}", time=say.duration(event.seconds))


def resumed(say: Speaker, event: Resumed) -> str:
    """What an earlier run is good for."""
    done = "resumed: {n} entry was done before|resumed: {n} entries were done before"
    said = [say(done, n=event.carried_entries)]
    if event.findings:
        said.append(say(", with {n} finding|, with {n} findings", n=event.findings))
    if event.findings_again:
        coming = (
            "; {n} finding spotted before, to be looked at again|"
            "; {n} findings spotted before, to be looked at again"
        )
        said.append(say(coming, n=event.findings_again))
    if event.dropped_lines:
        again = (
            "; {n} entry that was not certain will be looked at again|"
            "; {n} entries that were not certain will be looked at again"
        )
        said.append(say(again, n=event.dropped_lines))
    return "".join(said)


def doing(say: Speaker, progress: Advanced) -> str:
    """What is being done now."""
    match progress.stage:
        case Stage.SURVEY:
            now = _now(say, progress)
            return say("Listing, and looking at {what}", what=now) if now else say("Listing files")
        case Stage.EXAMINE:
            what = _now(say, progress) or say("the last files")
            return say("Looking at {what}", what=what)
        case Stage.SEAL:
            return say("Closing and signing" if reached_all(progress) else "NOT FINISHED: signing")


def _now(say: Speaker, progress: Advanced) -> str:
    """What is looked at."""
    return say(progress.now) if say.knows(progress.now) else progress.now


def reached_all(progress: Advanced) -> bool:
    """Whether all was listed and nothing waits: else a scan that ends was stopped."""
    return progress.listed_all and not progress.left_entries


def listed(say: Speaker, progress: Advanced) -> str:
    """How many there are, in place of a share, as long as that cannot be told."""
    if progress.stage is not Stage.SEAL:
        so_far = "{n} entry listed so far|{n} entries listed so far"
        return say(so_far, n=progress.listed_entries)
    said = say("{n} entry listed|{n} entries listed", n=progress.listed_entries)
    return said if progress.listed_all else f"{said}, {say('and that was not all')}"


def done(say: Speaker, progress: Advanced) -> str:
    """How much of what is known by now."""
    listed = progress.listed_entries
    return say("{done} of {n} entry|{done} of {n} entries", done=progress.done_entries, n=listed)


def to_do(say: Speaker, progress: Advanced) -> str:
    """How much waits; at the end, how much was not reached."""
    left = say("{n} entry|{n} entries", n=progress.left_entries)
    amount = f"{left}, {say.size(progress.left_bytes)}"
    if progress.stage is not Stage.SEAL:
        return amount
    return amount if progress.listed_all else f"{amount}, {say('and all that was not listed')}"


def lines(say: Speaker, progress: Advanced) -> list[str]:
    """All of it for a log."""
    done, listed = progress.done_entries, progress.listed_entries
    amount = say("{done} of {listed} done", done=done, listed=listed)
    if progress.stage is not Stage.SEAL:
        left = say("{size} to do", size=say.size(progress.left_bytes))
        return [f"{time(say, progress, 0)}: {amount}, {left}"]
    missed = (
        [] if reached_all(progress) else [say("not reached: {what}", what=to_do(say, progress))]
    )
    return [f"{clock(say, progress.seconds)}: {say('closing and signing')}; {amount}", *missed]


def time(say: Speaker, progress: Advanced, limit: float) -> str:
    """How long it has taken, may take (`limit`, seconds; 0: as long as it takes) and will take."""
    gone = clock(say, progress.seconds)
    if limit:
        gone = say("{gone} of at most {limit}", gone=gone, limit=clock(say, limit))
    left = progress.seconds_left
    if left is None:
        return gone
    if limit and progress.seconds + left > limit:
        more = clock(say, left)
        return say("{gone}; all of it would take about {more} more", gone=gone, more=more)
    return say("{gone}, about {left} left", gone=gone, left=clock(say, left))


def share(progress: Advanced) -> float | None:
    """How much of the scan is over, 0 to 1: of its time where that can be told, else of what was
    listed; None as long as not all is listed, and where nothing is there."""
    if progress.stage is Stage.SURVEY or not progress.listed_all or not progress.listed_entries:
        return None
    if progress.seconds_left is not None and progress.stage is Stage.EXAMINE:
        return progress.seconds / max(0.001, progress.seconds + progress.seconds_left)
    return progress.done_entries / max(1, progress.listed_entries)


def clock(say: Speaker, seconds: float) -> str:
    """Whole seconds, and from ten minutes on whole minutes: `34 s`, `4 min 10 s`, `21 min`."""
    if seconds < 60:
        return f"{round(seconds)} s"
    if seconds < 600:
        return say.duration(seconds)
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
