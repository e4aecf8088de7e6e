"""Where an entry stands in the order, from its metadata alone, and why.

Pure functions. A tier is a promise to the agent about what has been looked at so far; the score
orders entries of a tier where seeking costs nothing.
"""

import re
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from triage.evidence import EntryKind, FileEntry, Hindrance, Storage
from triage.families import family
from triage.findings import Outcome
from triage.profile import Family, Profile, looks_up, parse_size
from triage.tier_words import TIERS


class Tier(IntEnum):
    """The steps of a scan, the likeliest first."""

    MATCHED_AT_A_GLANCE = 0
    NEIGHBOURS = 1
    LISTED_NAMES = 2
    THUMBNAILS = 3
    PERSONAL_PICTURES = 4
    PHONE_BACKUPS = 5
    OTHER_PICTURES = 6
    PERSONAL_DOCUMENTS = 7
    PERSONAL_OTHER = 8
    BROWSER_CACHES = 9
    SYSTEM = 10
    LAST = 11

    @property
    def of_pictures(self) -> bool:
        """Whether most of it is decoded, which costs far more than reading."""
        return self <= Tier.OTHER_PICTURES or self is Tier.BROWSER_CACHES

    @property
    def code(self) -> str:
        """For programs, which have words of their own for it: `neighbours`."""
        return self.name.lower()

    @property
    def meaning(self) -> str:
        """In words for the agent: what is looked at, so that it can follow "Looking at"."""
        return TIERS[self.code].en


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
    r"(^|/)(\.?cache[^/]*|inetcache|code cache|gpucache|temporary internet files|temp|tmp"
    r"|winsxs|node_modules|site-packages|themes?|icons?)(/|$)"
)

_BROWSER_CACHES = re.compile(r"(^|/)(cache_data|cache2/(entries|doomed)|fscacheddata)(/|$)")
"""Where Chromium's kin, Firefox and Safari keep pictures under names without an ending."""

_PHONE_BACKUPS = re.compile(
    r"(^|/)(mobilesync/backup/|smartswitch/backup(/|$)|samsung/smart ?switch|hisuite/backup"
    r"|mipcsuite/backup|whatsapp( business)?/|[^/]*whatsappdesktop[^/]*/|com\.whatsapp(\.w4b)?/"
    r"|telegram desktop/tdata|signal/attachments\.noindex)"
)
"""iTunes' and Finder's, where a picture is called by a digest and has no ending; those of Samsung,
Huawei and Xiaomi; what WhatsApp, Telegram and Signal keep. In lower case, a slash behind it."""
_BACKUP_ENDINGS = frozenset({"ab", "adb", "spbm", "hbk"})
"""Android's own, Samsung's, Huawei's."""

_PROGRAMS_OWN = re.compile(
    r"caches?|cache2|cache_data|cachestorage|code cache|gpucache|fscacheddata|inetcache"
    r"|temporary internet files|node_modules|site-packages|\.git"
)
"""Folders of programs' own, with tens of thousands of files beside the hundreds that people keep.
Not `.cache`: thumbnails lie below it."""
AT_ONCE, LATER, AT_LAST = range(3)
"""Turns in which directories are listed."""

_THUMBNAILS = re.compile(
    r"(^|/)((eh)?thumbs(_vista)?\.db|thumbcache_\w+\.db|\.(cache/)?thumbnails/(?!fail).*\.png"
    r"|com\.apple\.quicklook\.thumbnailcache/(thumbnails\.data|index\.sqlite)"
    r"|\.?thumbdata\d[^/]*|(imgcache|micro|mini|small)\.[01]|[ft]?\d{4}(_\d+)?\.ithmb)$"
)
_THUMBNAIL_ENDINGS = frozenset(
    {".db", "png", "ata", "ite", "hmb", "e.0", "e.1", "o.0", "o.1", "i.0", "i.1", "l.0", "l.1"}
)
_THUMBDATA = "humbdata"
"""In the name of Android's, which ends in anything."""

_HINDERED = {
    Hindrance.EFS: (Outcome.ENCRYPTED, "encrypted by Windows (EFS)"),
    Hindrance.FSCRYPT: (Outcome.ENCRYPTED, "encrypted by Linux (fscrypt), and so is its name"),
    Hindrance.CLOUD: (Outcome.ELSEWHERE, "kept at a cloud provider, and not on this device"),
    Hindrance.DEDUPLICATED: (
        Outcome.ELSEWHERE, "deduplicated by Windows: in a store that this version cannot read"),
    Hindrance.ARCHIVED: (
        Outcome.ELSEWHERE, "moved by Windows to other storage or into an archive"),
    Hindrance.ELSEWHERE: (
        Outcome.ELSEWHERE, "none of its content is stored; its reparse point is not understood"),
}  # fmt: skip
"""What is settled without reading; of what is partly there, that part is looked at."""

GLANCED_FROM_BYTES = 1024 * 1024
"""A smaller picture is looked at in full nearly as quickly as its thumbnail is."""
_GLANCED = frozenset(
    {"jpg", "jpeg", "jpe", "jfif", "tif", "tiff", "dng", "cr2", "nef", "nrw", "arw", "srf", "sr2",
     "orf", "rw2", "pef", "srw", "3fr", "erf", "kdc", "dcr"}
)  # fmt: skip
"""Endings of what keeps a thumbnail in its first 64 KB: JPEG, TIFF, and cameras' raw formats."""
_MONTH, _YEAR = 30 * 86_400.0, 365 * 86_400.0


class Placement(NamedTuple):
    """Either a place in the order or, with `outcome` set, the reason why there is none."""

    tier: Tier = Tier.LAST
    score: float = 0.0
    """Higher first, within the tier."""
    folder: int = 0
    """The folder's number: entries that share it are neighbours."""
    glance: bool = False
    """Whether its thumbnail is looked at before the whole of it, or its digest if it is small."""
    outcome: Outcome | None = None
    reason: str = ""


class Folder(NamedTuple):
    """What a folder's path says of everything in it."""

    number: int
    """Two folders that share one only share a promotion."""
    personal: bool
    """Not a system's own and not a cache. What is in neither is a person's: a data volume or a
    memory card has no folder called `Users`."""
    named_personal: bool
    """Called as people's folders are."""
    browser_cache: bool = False
    """What a browser has shown, most of it pictures."""
    phone_backup: bool = False
    """What a telephone, or a messenger of one, has left there."""


class Planner:
    """`place` for one profile: its sizes parsed once, each folder looked at once."""

    FOLDERS_KEPT = 8192

    def __init__(self, profile: Profile, *, removable: bool = False, now: float = 0.0) -> None:
        """`removable`: the device is. `now`: seconds since 1970 UTC; 0: age does not count."""
        look_at = profile.look_at
        self._look_at = look_at
        self._smallest = parse_size(look_at.smallest_bytes)
        self._largest = parse_size(look_at.largest_bytes)
        self._by_name = Family.EVERYTHING not in look_at.content
        self._glances = _wants_glances(profile)
        self._look_ups = _wants_look_ups(profile)
        self._removable = removable
        self._now = now
        self._folders: dict[tuple[str, str], Folder] = {}

    def place(self, entry: FileEntry, *, listed_name: bool = False) -> Placement:
        """Where the entry stands. `listed_name`: its name is on the lab's list."""
        path, _, name = entry.path.rpartition("/")
        folder = self._folder(entry.volume_id, path)
        ending = (entry.stream or name).partition(".")[2][-24:]
        kind = _kind_of_ending(ending)
        settled = self._settled(entry, kind)
        if settled:
            return Placement(folder=folder.number, outcome=settled[0], reason=settled[1])
        tier = Tier.LISTED_NAMES if listed_name else _tier(entry, kind, folder)
        if folder.browser_cache and not ending and tier is Tier.SYSTEM:
            tier = Tier.BROWSER_CACHES
        glance = self._glance(entry, tier, kind, ending)
        return Placement(tier, self._score(entry, tier, folder), folder.number, glance)

    def _glance(self, entry: FileEntry, tier: Tier, kind: Family, ending: str) -> bool:
        if entry.size < GLANCED_FROM_BYTES:
            return self._look_ups and tier < Tier.LAST
        return (
            self._glances
            and kind is Family.PICTURES
            and tier in {Tier.PERSONAL_PICTURES, Tier.OTHER_PICTURES}
            and ending.rpartition(".")[2].lower() in _GLANCED
        )

    def _score(self, entry: FileEntry, tier: Tier, folder: Folder) -> float:
        """0 to 6: photographs' sizes, deletion, hiding in a stream, a person's own folders; and
        of what people keep, also age and removable media."""
        score = (
            float(20_000 <= entry.size <= 20_000_000)
            + (not (entry.allocated_name and entry.allocated_meta))
            + bool(entry.stream)
            + folder.named_personal
        )
        if tier <= Tier.PERSONAL_PICTURES:
            score += self._removable + _newness(entry, self._now)
        return score

    def _folder(self, volume_id: str, path: str) -> Folder:
        folder = self._folders.get((volume_id, path))
        if folder is None:
            if len(self._folders) >= self.FOLDERS_KEPT:
                self._folders.clear()
            folder = self._folders[volume_id, path] = folder_of(volume_id, path)
        return folder

    def _settled(self, entry: FileEntry, kind: Family) -> tuple[Outcome, str] | None:
        if entry.kind is EntryKind.FILE and _is_lost(entry):
            return Outcome.UNREADABLE, "where its content lies is lost"
        if entry.kind is not EntryKind.FILE or entry.size == 0:
            return Outcome.NO_CONTENT, _no_content(entry)
        if entry.size < self._smallest:
            return Outcome.EXCLUDED, "smaller than the profile asks for"
        if entry.size > self._largest:
            return Outcome.EXCLUDED, "larger than the profile allows"
        if entry.hindrance is Hindrance.FSCRYPT:  # its name is no name: it tells no kind
            return _HINDERED[entry.hindrance]
        if self._by_name and kind not in (Family.EVERYTHING, *self._look_at.content):
            return Outcome.EXCLUDED, "not a kind the profile asks for"
        return _HINDERED.get(entry.hindrance)


def turn_of(path: str) -> int:
    """When what lies in the directory at that path of a volume is listed: what people keep at
    once, what their programs keep after that, an operating system's own folders of the root last.
    """
    above, _, name = path.lower().rpartition("/")
    if not above and _SYSTEM_PLACES.match(name):
        return AT_LAST
    return LATER if _PROGRAMS_OWN.fullmatch(name) else AT_ONCE


def folder_of(volume_id: str, path: str) -> Folder:
    """What the folder at that path of a volume says of everything in it."""
    lower = path.lower()
    named = bool(_PERSONAL_PLACES.search(lower))
    personal = not _CACHES.search(lower) and (named or not _SYSTEM_PLACES.match(lower))
    number = crc32(f"{volume_id}/{path}".encode("utf-8", "surrogatepass"))
    browser, phone = _BROWSER_CACHES.search(lower), _PHONE_BACKUPS.search(f"{lower}/")
    return Folder(number, personal, named, bool(browser), bool(phone))


def _is_lost(entry: FileEntry) -> bool:
    """A size and no place; or a name in use whose metadata cannot be read."""
    if entry.storage is not Storage.NONE:
        return False
    return entry.size > 0 or (entry.allocated_name and not entry.allocated_meta)


def _no_content(entry: FileEntry) -> str:
    if entry.kind is EntryKind.FILE:
        known = entry.allocated or entry.attribute_type
        return "empty" if known else "deleted, and its content is another's or gone"
    return "file system's own" if entry.kind is EntryKind.OTHER else entry.kind.value


def _tier(entry: FileEntry, kind: Family, folder: Folder) -> Tier:
    personal = folder.personal
    may_be = entry.path[-3:].lower() in _THUMBNAIL_ENDINGS or _THUMBDATA in entry.path
    if may_be and _THUMBNAILS.search(entry.path.lower()):
        return Tier.THUMBNAILS
    if entry.orphan or (entry.size >= HUGE_BYTES and not (personal and kind is Family.VIDEOS)):
        return Tier.LAST
    if kind in (Family.PICTURES, Family.VIDEOS):
        return Tier.PERSONAL_PICTURES if personal else Tier.OTHER_PICTURES
    if folder.phone_backup or entry.path.rpartition(".")[2].lower() in _BACKUP_ENDINGS:
        return Tier.PHONE_BACKUPS
    if not personal:
        return Tier.SYSTEM
    documents = kind in (Family.DOCUMENTS, Family.ARCHIVES)
    return Tier.PERSONAL_DOCUMENTS if documents else Tier.PERSONAL_OTHER


@lru_cache(maxsize=8192)
def _kind_of_ending(ending: str) -> Family:
    """The family that a name with that ending claims; `everything` if it claims none."""
    return family("", f"name.{ending}")


def _newness(entry: FileEntry, now: float) -> float:
    """1 of what came or changed within a month, 0.5 within a year; in steps, so that what lies
    together stays together."""
    times = entry.times
    age = now - max(times.created or 0.0, times.modified or 0.0, times.changed or 0.0)
    return 1.0 if age < _MONTH else 0.5 if age < _YEAR else 0.0


def _wants_glances(profile: Profile) -> bool:
    """Whether thumbnails tell anything: a detector looks at pictures, and the profile wants it."""
    wanted = profile.thumbnails.look and profile.thumbnails.before_pictures
    return wanted and _looks_at_pictures(profile)


def _wants_look_ups(profile: Profile) -> bool:
    """Whether a look-up costs little beside a full look: that decodes pictures."""
    return looks_up(profile) and _looks_at_pictures(profile)


def _looks_at_pictures(profile: Profile) -> bool:
    return any(each.needs.pixels for each in profile.detectors)
