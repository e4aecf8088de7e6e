"""What a scan says while it runs. Values only; the command line turns them into words."""

from enum import StrEnum

import msgspec

from triage.bundle.format import schema
from triage.bundle.format.document import Finding
from triage.case import Case
from triage.ending import Ending
from triage.evidence import Device, FileEntry, Value, Volume
from triage.findings import Match
from triage.machine import Machine
from triage.match_kinds import MatchKind
from triage.profile import SetKind, SetSignature


class Stage(StrEnum):
    """Where the scan stands."""

    SURVEY = "survey"
    EXAMINE = "examine"
    SEAL = "seal"


class SetLoaded(Value, frozen=True, kw_only=True, tag="hash_set", tag_field="event"):
    """A hash set that will be looked up in. Told before the first device."""

    name: str
    kind: SetKind
    file: str
    entries: int
    digests: dict[str, int]
    """How many values of each algorithm."""
    categories: dict[str, int]
    """Entries of each category, the most serious first; an empty label: of none."""
    counted: int
    """Entries that count, of the categories that were asked for."""
    without_size: int | None
    """How many have none, so that every file must be read; None: some, it is not known how many."""
    expires: str = ""
    expired: bool = False
    bad_lines: int = 0
    unused: tuple[str, ...] = ()
    """Columns that nothing was taken from."""
    signature: SetSignature = SetSignature.NONE
    signed_by: str = ""


class ScanKeyMade(Value, frozen=True, kw_only=True, tag="scan_key", tag_field="event"):
    """The key that signs what this run commits. Told before the hash sets: whoever notes it can
    prove by it what was done, if the scan is cut off."""

    fingerprint: str
    """As `ssh-keygen -l` shows it: `SHA256:…`."""


class FolderRead(Value, frozen=True, kw_only=True, tag="hash_sets", tag_field="event"):
    """A folder of hash sets was gone through; what was left out is told as trouble, too."""

    folder: str
    loaded: int
    left_out: int
    passed_over: tuple[str, ...] = ()
    """What a computer leaves by itself, and second copies."""


class DeviceSeen(Value, frozen=True, kw_only=True, tag="device", tag_field="event"):
    """A device that will be scanned."""

    device: Device


class VolumeSeen(Value, frozen=True, kw_only=True, tag="volume", tag_field="event"):
    """A volume, or sectors that no volume claims."""

    volume: Volume


class Advanced(Value, frozen=True, kw_only=True, tag="progress", tag_field="event"):
    """How far the scan is. Sent a few times a second; counts no outcome that is not durable yet."""

    stage: Stage
    seconds: float
    """Since the scan began."""
    listed_entries: int
    done_entries: int
    done_bytes: int
    left_entries: int
    """What waits or is in hand; at sealing what was not reached."""
    left_bytes: int
    unreadable_entries: int
    findings: int
    """Those included that are only spotted."""
    listed_all: bool = True
    """Whether the survey has met all entries; false at sealing: it never came to its end."""
    seconds_left: float | None = None
    """An estimate; None while there is too little to go by."""
    now: str = ""
    """What is being looked at: the tier's meaning."""
    tier: str = ""
    """The same for programs: `Tier.code`."""


class Spotted(Value, frozen=True, kw_only=True, tag="spotted", tag_field="event"):
    """An entry that a notable set holds, as soon as its digest is known: it is a finding, and is
    counted as one. Its `Found`, which says the rest, comes when it has been looked at."""

    seconds: float
    entry: FileEntry
    matches: tuple[Match, ...]

    @property
    def group(self) -> int:
        """What else it shows is not known yet."""
        return 0


class FindingTold(Value, frozen=True, kw_only=True, tag="finding", tag_field="event"):
    """An entry with at least one match, as the bundle has it."""

    seconds: float
    finding: Finding
    different: int = 1
    """So many different contents show the same by now, this one included."""

    @property
    def entry(self) -> FileEntry:
        """What was found."""
        return self.finding.entry

    @property
    def matches(self) -> tuple[Match, ...]:
        """Why it is one."""
        return self.finding.matches

    @property
    def group(self) -> int:
        """Number of the first finding that shows the same; 0: none before this one does."""
        return self.finding.found.group


class TroubleTold(Value, frozen=True, kw_only=True, tag="trouble", tag_field="event"):
    """Something that the agent should know, and that does not stop the scan."""

    message: str


class Standing(StrEnum):
    """Why the scan stands still, and so what ending it now would lead to."""

    FULL = "full"
    """The evidence stick has no room. Ended now, the scan is sealed in the room kept for that."""
    SLOW = "slow"
    """The evidence stick does not answer. Ended now, the scan is sealed when it does."""
    GONE = "gone"
    """The evidence stick is pulled out, or refuses. Nothing can be sealed before it is back."""


class Paused(Value, frozen=True, kw_only=True, tag="paused", tag_field="event"):
    """The scan stands still until the evidence stick takes what is written again."""

    message: str
    hint: str
    """What to do, and what comes of ending it now."""
    why: Standing = Standing.GONE


class GoesOn(Value, frozen=True, kw_only=True, tag="goes_on", tag_field="event"):
    """The evidence stick takes what is written again."""

    seconds: float
    """How long the scan stood still."""


class Resumed(Value, frozen=True, kw_only=True, tag="resumed", tag_field="event"):
    """Outcomes of an earlier run of this scan were carried over."""

    bundle: str
    carried_entries: int
    findings: int
    findings_again: int = 0
    """Told before, of entries that were not looked at to the end: not carried, they come again."""
    dropped_lines: int
    """Not certain to be whole: those entries are looked at again."""
    kinds: dict[MatchKind, int] = {}
    """The findings under the surest kind of each."""
    to_look_at: int = 0
    """Findings that show the same counted once."""
    first_finding_seconds: float | None = None
    latest: tuple[FindingTold, ...] = ()
    """The last few of those to look at, the newest last."""


class Sealed(Value, frozen=True, kw_only=True, tag="sealed", tag_field="event"):
    """The bundle is closed and signed."""

    bundle: str
    """Its folder."""
    continues: str = ""
    """Folder of the earlier, sealed bundle whose outcomes this one holds too; empty if none."""
    report: str
    """The page for people in it; empty: only the lab can open the bundle."""
    recipients: tuple[str, ...] = ()
    """The keys that open it; empty: it lies open, and whoever has it can read it."""
    ending: Ending
    """How the scan ended, and what was not looked at."""
    partial: str = ""
    """Why it did not go to its end; empty if it did."""
    signer: str
    """The key's fingerprint."""
    key_made_for_scan: bool
    findings: int
    to_look_at: int = 0
    """Findings that show the same counted once."""
    kinds: dict[MatchKind, int] = {}
    """Findings by their surest kind."""
    first_finding_seconds: float | None = None
    seconds: float
    started: str
    """UTC, by the machine's clock."""
    ended: str
    case: Case
    machine: Machine
    devices: tuple[Device, ...]
    hash_sets: tuple[str, ...]
    """Names of those that were looked up in."""
    hash_set_entries: tuple[int, ...]
    """Of each, how many entries count."""


Event = (
    ScanKeyMade
    | SetLoaded
    | FolderRead
    | DeviceSeen
    | VolumeSeen
    | Advanced
    | Spotted
    | FindingTold
    | TroubleTold
    | Paused
    | GoesOn
    | Resumed
    | Sealed
)
_encoder = msgspec.json.Encoder()


def encode(event: Event) -> bytes:
    """As a line of JSON, without its line feed."""
    try:
        return _encoder.encode(event)
    except UnicodeEncodeError:
        return schema.encode_escaped(event)
