"""How a scan ended: one value, with its reasons, which every surface renders. Values only.

The rule that makes it is `triage.bundle.format.reckoning`; the table of situations and what is
said of each is docs/decisions/how-a-scan-ended.md.

Of each outcome, volume state and limit the question is: could known material be here that nobody
compared? If so it is a reason for "not all was looked at" (`Reason.matters`); what every scan
leaves out, or the profile does on purpose, is said and does not colour.
"""

from enum import StrEnum

from triage.ending_words import SAID_ONLY
from triage.errors import ExitCode
from triage.evidence import Value


class Stopped(StrEnum):
    """What made a scan stop before nothing waited any more; NOT: nothing did."""

    NOT = ""
    BY_HAND = "interrupted"
    """Ctrl-C, a polite kill, a terminal that was closed."""
    TIME = "time limit"
    NO_WORKERS = "no worker starts any more"


class How(StrEnum):
    """How a scan ended."""

    COMPLETE = "complete"
    """All that was asked for was looked at."""
    NOT_ALL = "not_all"
    """It went to its end, and something was not looked at."""
    OUT_OF_TIME = "out_of_time"
    """The time limit came before the end."""
    OUT_OF_WORKERS = "out_of_workers"
    """No process that looks at content could be started any more."""
    INTERRUPTED = "interrupted"
    """It was stopped by hand."""

    @property
    def exit_code(self) -> ExitCode:
        """What the shell is told."""
        if self is How.COMPLETE:
            return ExitCode.FINISHED
        return ExitCode.INTERRUPTED if self is How.INTERRUPTED else ExitCode.NOT_ALL


class Reason(StrEnum):
    """What was not looked at, and why; in the order in which it is told, the gravest first."""

    NOT_REACHED = "not_reached"
    """Entries whose turn did not come."""
    SURVEY_UNFINISHED = "survey_unfinished"
    """Volumes of which not all entries were listed."""
    DEVICE_NOT_LISTED = "device_not_listed"
    """Devices of which no volume could be listed."""
    DEVICE_GONE = "device_gone"
    """Devices that disappeared in mid-scan."""
    VOLUME_ENCRYPTED = "volume_encrypted"
    VOLUME_UNSUPPORTED = "volume_unsupported"
    """Recognised, and this version cannot read it."""
    VOLUME_DAMAGED = "volume_damaged"
    VOLUME_UNRECOGNISED = "volume_unrecognised"
    """Noise, no known signature, or zeros wherever it was sampled."""
    VOLUME_IN_PART = "volume_in_part"
    """Readable volumes that hold more than was read: a journal, a later session, a second tree."""
    UNCLAIMED_CONTENT = "unclaimed_content"
    """Sectors that no volume claims and that hold something, more than gaps between volumes do."""
    NO_HASH_SET = "no_hash_set"
    """The profile compares with hash sets, and none was given."""
    SET_LEFT_OUT = "set_left_out"
    """Sets that could not be used."""
    SET_IN_PART = "set_in_part"
    """Sets with lines that were not understood."""
    SET_EXPIRED = "set_expired"
    SET_ALTERED = "set_altered"
    """Sets that were found altered while they were looked up: not all was compared with them."""
    DETECTOR_LEFT_OUT = "detector_left_out"
    """Detectors whose libraries do not run on this machine: by them nothing was judged."""
    ENTRY_ENCRYPTED = "entry_encrypted"
    ENTRY_ELSEWHERE = "entry_elsewhere"
    """Entries whose content is not on this device, or in a store that this version cannot read."""
    ENTRY_UNREADABLE = "entry_unreadable"
    CONTAINER_ENCRYPTED = "container_encrypted"
    CONTAINER_UNOPENED = "container_unopened"
    """Archives, documents, mail: compared as a whole, and nobody looked inside."""
    PICTURE_UNDECODED = "picture_undecoded"
    """Pictures of a kind that is not decoded: compared by digest, and nobody looked at them."""
    LIMIT = "limit"
    """Limits that the survey ran into."""
    TROUBLE = "trouble"
    """What else went wrong."""

    LEFT_OUT = "left_out"
    """Entries that the profile leaves out."""
    KNOWN = "known"
    """Entries in a set of known files, looked at no further."""
    OUTSIDE_FILES = "outside_files"
    """Unallocated space, slack, metadata, sectors that no volume claims."""
    NO_FILES = "no_files"
    """Volumes that hold no files: swap, an external journal, boot code."""

    @property
    def matters(self) -> bool:
        """Whether known material could be there that nobody compared: then "nothing found" is not
        said alone, and the exit code is not 0."""
        return self not in SAID_ONLY


class Unseen(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that was not looked at, counted."""

    reason: Reason
    count: int
    """Entries, volumes, devices or sets, as the reason says."""
    bytes: int = 0
    """As the file systems claim; 0 where it says nothing."""
    named: tuple[str, ...] = ()
    """Which, or of what kind, the most first; at most NAMED. Text from evidence: to be escaped."""


NAMED = 8
"""An `Unseen` names so many at most; the report's tables have all."""


class Ending(Value, frozen=True, kw_only=True, omit_defaults=True):
    """How a scan ended, and what was not looked at."""

    how: How
    unseen: tuple[Unseen, ...] = ()
    """In the order of Reason, each reason at most once."""

    @property
    def mattering(self) -> tuple[Unseen, ...]:
        """Why "nothing found" would not be the whole truth."""
        return tuple(each for each in self.unseen if each.reason.matters)
