"""Where an entry stands in the order, from its metadata alone, and why.

Pure functions. A tier is a promise to the agent about what has been looked at so far; the score
orders entries of a tier where seeking costs nothing.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from triage.detectors.types import family
from triage.evidence import EntryKind, FileEntry, Storage
from triage.findings import Outcome
from triage.profile import Content, LookAt, parse_size


class Tier(IntEnum):
    """The steps of a scan, the likeliest first."""

    NEIGHBOURS = 0
    LISTED_NAMES = 1
    PERSONAL_PICTURES = 2
    OTHER_PICTURES = 3
    PERSONAL_DOCUMENTS = 4
    PERSONAL_OTHER = 5
    SYSTEM = 6
    LAST = 7

    @property
    def meaning(self) -> str:
        """In words for the agent."""
        return _MEANINGS[self]


_MEANINGS = {
    Tier.NEIGHBOURS: "beside something already found",
    Tier.LISTED_NAMES: "named on the lab's list",
    Tier.PERSONAL_PICTURES: "pictures and videos where people keep things",
    Tier.OTHER_PICTURES: "other pictures and videos",
    Tier.PERSONAL_DOCUMENTS: "archives and documents where people keep things",
    Tier.PERSONAL_OTHER: "other content where people keep things",
    Tier.SYSTEM: "everything else",
    Tier.LAST: "orphans and very large content",
}

HUGE_BYTES = 512 * 1000**2
"""Content from here on is looked at last, unless it is a video where people keep things."""

_SYSTEM_PLACES = re.compile(
    r"^(windows|program files|program files \(x86\)|programdata|\$recycle\.bin/.*desktop\.ini"
    r"|usr|lib|lib64|bin|sbin|boot|etc|opt|system|library|applications|recovery|perflogs"
    r"|msocache|\$extend|system volume information)(/|$)"
)
_PERSONAL_PLACES = re.compile(
    r"(^|/)(users|documents and settings|home|root|\$recycle\.bin|recycler|\.trash[^/]*|dcim"
    r"|downloads?|desktop|documents|pictures|videos|my [a-z]+|camera|whatsapp[^/]*|telegram[^/]*"
    r"|incoming|shared?|backups?|private)(/|$)"
)
_CACHES = re.compile(
    r"(^|/)(cache[^/]*|inetcache|code cache|gpucache|temporary internet files|temp|tmp"
    r"|winsxs|node_modules|site-packages|themes?|icons?)(/|$)"
)


@dataclass(frozen=True, slots=True)
class Placement:
    """Either a place in the order or, with `outcome` set, the reason why there is none."""

    tier: Tier = Tier.LAST
    score: float = 0.0
    """Higher first, within the tier."""
    outcome: Outcome | None = None
    reason: str = ""


class Planner:
    """`place` for one profile: its sizes parsed and its families looked up once."""

    def __init__(self, look_at: LookAt) -> None:
        self._look_at = look_at
        self._smallest = parse_size(look_at.smallest_bytes)
        self._largest = parse_size(look_at.largest_bytes)
        self._by_name = Content.EVERYTHING not in look_at.content

    def place(self, entry: FileEntry, *, listed_name: bool = False) -> Placement:
        """Where the entry stands. `listed_name`: its name is on the lab's list."""
        settled = self._settled(entry)
        if settled:
            return settled
        tier = _tier(entry, listed_name=listed_name)
        return Placement(tier, _score(entry))

    def _settled(self, entry: FileEntry) -> Placement | None:
        if entry.storage is Storage.NONE and entry.size and entry.kind is EntryKind.FILE:
            return Placement(outcome=Outcome.UNREADABLE, reason="where its content lies is lost")
        if entry.kind is not EntryKind.FILE or entry.size == 0:
            return Placement(outcome=Outcome.NO_CONTENT, reason=_no_content(entry))
        if entry.size < self._smallest:
            return Placement(outcome=Outcome.EXCLUDED, reason="smaller than the profile asks for")
        if entry.size > self._largest:
            return Placement(outcome=Outcome.EXCLUDED, reason="larger than the profile allows")
        if self._by_name and not self._could_be_wanted(entry):
            return Placement(outcome=Outcome.EXCLUDED, reason="not a kind the profile asks for")
        return None

    def _could_be_wanted(self, entry: FileEntry) -> bool:
        kind = _kind(entry)
        return kind is Content.EVERYTHING or kind in self._look_at.content


def _no_content(entry: FileEntry) -> str:
    if entry.kind is EntryKind.FILE:
        return "empty"
    return "file system's own" if entry.kind is EntryKind.OTHER else entry.kind.value


def _tier(entry: FileEntry, *, listed_name: bool) -> Tier:
    if listed_name:
        return Tier.LISTED_NAMES
    kind = _kind(entry)
    personal = is_personal(entry.path.rpartition("/")[0])
    if entry.orphan or (entry.size >= HUGE_BYTES and not (personal and kind is Content.VIDEOS)):
        return Tier.LAST
    if kind in (Content.PICTURES, Content.VIDEOS):
        return Tier.PERSONAL_PICTURES if personal else Tier.OTHER_PICTURES
    if not personal:
        return Tier.SYSTEM
    documents = kind in (Content.DOCUMENTS, Content.ARCHIVES)
    return Tier.PERSONAL_DOCUMENTS if documents else Tier.PERSONAL_OTHER


def _kind(entry: FileEntry) -> Content:
    """The family that the entry's name claims; `everything` if it claims none."""
    name = (entry.stream or entry.path).rpartition("/")[2]
    return _kind_of_ending(name.partition(".")[2][-24:])


@lru_cache(maxsize=8192)
def _kind_of_ending(ending: str) -> Content:
    return family("", f"name.{ending}")


@lru_cache(maxsize=8192)
def is_personal(folder: str) -> bool:
    """Not under a system's own folder, and not in a cache. What is in neither is a person's:
    a data volume or a memory card has no folder called `Users`."""
    folder = folder.lower()
    if _CACHES.search(folder):
        return False
    return bool(_PERSONAL_PLACES.search(folder)) or not _SYSTEM_PLACES.match(folder)


@lru_cache(maxsize=8192)
def _is_named_personal(folder: str) -> bool:
    return bool(_PERSONAL_PLACES.search(folder.lower()))


def _score(entry: FileEntry) -> float:
    """0 to 4: photographs' sizes, deletion, hiding in a stream, and a person's own folders."""
    score = 0.0
    if 20_000 <= entry.size <= 20_000_000:
        score += 1.0
    if not entry.allocated:
        score += 1.0
    if entry.stream:
        score += 1.0
    if _is_named_personal(entry.path.rpartition("/")[0]):
        score += 1.0
    return score
