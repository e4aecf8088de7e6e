"""What content is, by its first bytes; and the detector for names that hide a picture or video.

A table of signatures and a few structures decide (`signatures.py`, `picture_types.py`,
`video_types.py`), in some microseconds, where libmagic takes 300: whatever is looked into has a
row. libmagic is asked of what several types begin with, zip and OLE, and of what is rare; and to
name what was found (`python -m tests.types_agreement` holds the two together).
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from triage.detectors.picture_types import believed, picture_type
from triage.detectors.plain_text import begins_as_text, is_text
from triage.detectors.signatures import (
    ASK,
    AT_ONCE,
    BY_BEGINNING,
    ELF,
    told_by,
    told_further_in,
)
from triage.detectors.video_types import TOLD_BY_STRUCTURE, video_type
from triage.evidence import FileEntry
from triage.families import FAMILIES, UNKNOWN, extensions_of
from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.profile import Family

if TYPE_CHECKING:
    import magic

    from triage.choices import TypeUse
    from triage.detectors.equipment import OpenedEquipment
    from triage.detectors.item import Item

_LIBMAGIC_BYTES = 4096
_WHOLE_HEAD = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""Containers whose kind is told further in: zip (OOXML, ODF, EPUB …) and OLE."""
_TEXT = "text/plain"
_BRANDS = {
    b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heif", b"avif": "image/avif",
}  # fmt: skip
"""ISO base media `ftyp` major brands (ISO/IEC 14496-12, 4.3) of pictures."""

_LOOKED_INTO = re.compile(
    r"image/(jpeg|png|gif|webp|bmp|x-ms-bmp|tiff|avif|hei[cf](-sequence)?|jp2|jxl"
    r"|vnd\.adobe\.photoshop|x-psb|x-xcf|jpx|jxr|bpg|x-qoi"
    r"|x-canon-cr[23w]|x-fuji-raf|x-panasonic-rw2|x-olympus-orf|x-minolta-mrw|x-x3f)"
    r"|video/(mp4|x-m4v|quicktime|3gpp2?|mj2|x-msvideo|webm|x-matroska|x-flv|x-ms-asf|mpeg|mp2t|ogg"
    r"|h26[45]|av1|mp4v-es|vc1|x-amv|x-dhav|x-dirac|x-dv|x-gxf|x-ivf|x-ms-wtv|x-nut|x-nuv|x-yuv4mpeg)"
    r"|application/(mxf|vnd\.rn-realmedia)",
    re.IGNORECASE,
)
"""Types that a name can hide. Not among them: icons and vectors, program data everywhere; and types
that libmagic tells by two or three bytes (TGA), which it finds in anything."""
_SHARED_CONTAINERS = frozenset(
    {"m4a", "m4b", "m4p", "m4r", "f4a", "3ga", "mka", "weba", "wma", "ogg", "ogx", "oga", "wtv"}
)
"""Names of sound and recordings whose container libmagic cannot tell from a video's."""
_SAYS_NOTHING = frozenset({"tmp", "temp", "cache", "part", "partial", "crdownload", "download"})
"""Endings of what is unfinished or kept for a while: browsers' caches are full of them."""
_NAMED_STREAMS = frozenset({"favicon"})
"""Alternate streams in which programs keep a picture openly (Internet Explorer's favourites)."""


def type_of(head: bytes, path: str = "") -> str:
    """The MIME type of content that begins with `head`; never raises. Empty content: `""`.

    It says what is looked into and what is not. Of what is not, it tells text, archives and a few
    more by their own names, and all else is unknown: `name_of` has them.

    `path`: what it is called; believed only where the content says as much (TGA).
    """
    if not head:
        return ""
    told = _at_once(head) or video_type(head) or _by_signature(head)
    if told == ASK:
        return believed(_by_libmagic(head), head, path)
    return believed(told, head, path) if told == UNKNOWN else told


def name_of(head: bytes, mime: str, path: str = "") -> str:
    """The type of what has the type `mime` as libmagic names it, where that says more."""
    if mime not in {UNKNOWN, _TEXT, ELF} or not head.strip(b"\0"):
        return mime
    return believed(_by_libmagic(head), head, path)


class TypeMismatch:
    """Pictures and videos whose name says that they are something else.

    The rule, chosen for few false alarms:
    - a name of which any extension is a picture's or a video's hides nothing (`a.jpg`, `a.png`
      that is a JPEG, `a.jpg.dat`);
    - a name without an extension claims nothing: caches, thumbnails and phone backups are full of
      them; digits (`photo.2019`) and the endings of unfinished downloads are no extensions;
    - sound has the same containers as video (`.m4a`, `.wma`, `.ogg`): such a name hides nothing;
    - any other extension, of another type or of none that is known, hides the content: a match;
    - a picture or video in an alternate stream is a match whatever its name.
    """

    name = "type"

    def __init__(self, *, report: bool = True) -> None:
        """`report`: whether a mismatch is a match; if not, the type is told and no more."""
        self._report = report

    def matches_of(self, items: Sequence["Item"]) -> list[tuple[Match, ...]]:
        """The mismatch of each item, if there is one."""
        return [self._matches(item.entry, item.type) for item in items]

    def _matches(self, entry: FileEntry, mime: str) -> tuple[Match, ...]:
        hides = self._report and _LOOKED_INTO.fullmatch(mime)
        reason = _hidden(entry, _noun(mime)) if hides else ""
        if not reason:
            return ()
        return (
            Match(
                kind=MatchKind.TYPE_MISMATCH,
                detector=self.name,
                reason=reason,
                provenance={"type": mime},
            ),
        )


def build_one(choice: "TypeUse", equipment: "OpenedEquipment") -> TypeMismatch:
    """The choice's detector."""
    return TypeMismatch(report=choice.report_mismatch)


def _at_once(head: bytes) -> str:
    """What most pictures are, and their containers."""
    told = told_by(AT_ONCE, head)
    if not told and head[4:8] == b"ftyp" and head[:3] == b"\0\0\0":
        return _BRANDS.get(head[8:12], "")
    return told


def _by_signature(head: bytes) -> str:
    """By the table, and where it has nothing text, zeros, or unknown; ASK if libmagic knows."""
    told = picture_type(head) or told_by(BY_BEGINNING, head) or told_further_in(head)
    if told:
        return told
    if head[32769:32774] == b"CD001":
        return "application/x-iso9660-image"
    if is_text(head):
        return _TEXT
    return ASK if begins_as_text(head) else UNKNOWN


def _by_libmagic(head: bytes) -> str:
    whole = head.startswith(_WHOLE_HEAD)
    import magic  # noqa: PLC0415 - loads the library; a hash-only scan does not need it

    try:
        told = str(_cookie().from_buffer(head if whole else head[:_LIBMAGIC_BYTES]))
    except magic.MagicException:
        return UNKNOWN
    return UNKNOWN if told in TOLD_BY_STRUCTURE else told


@cache
def _cookie() -> "magic.Magic":
    import magic  # noqa: PLC0415

    return magic.Magic(mime=True)


def _hidden(entry: FileEntry, noun: str) -> str:
    """Why the entry's name hides a picture or video; empty if it does not."""
    if entry.stream:
        if entry.stream.lower() in _NAMED_STREAMS:
            return ""
        return f"{noun} lies in an alternate stream, which folders do not show."
    extensions = extensions_of(entry.path)
    if any(FAMILIES.get(each) in {Family.PICTURES, Family.VIDEOS} for each in extensions):
        return ""
    if not extensions or extensions[-1] in _SAYS_NOTHING | _SHARED_CONTAINERS:
        return ""
    return f"Its name ends in .{extensions[-1]}, but it is {noun[0].lower()}{noun[1:]}."


def _noun(mime: str) -> str:
    short = mime.partition("/")[2].removeprefix("x-").removeprefix("vnd.rn-").upper()
    return f"A picture ({short})" if mime.startswith("image/") else f"A video ({short})"
