"""What an NTFS reparse point says of a file's content: that it is not here, and where instead.

Tags after "[MS-FSCC]", section 2.1.2.1, and the Windows SDK's ntifs.h. A tag alone tells nothing:
a cloud's file that was opened keeps it, and all of its content is here then. So it is asked of the
stream, too, how much of it is stored.
"""

from collections.abc import Iterable
from typing import Any

from triage.evidence import Hindrance
from triage.sources.wof import POINT
from triage.sources.wof import TAG as WOF_TAG

REPARSE = 192
"""The attribute's type."""
REPARSE_NAME = b"$REPARSE_POINT"
"""It has no name; this one tells it from the stream that has none."""
COMPRESSED, SPARSE = 32, 2
"""Flags of an attribute and of a run, as tsk_fs.h has them."""

CLOUD, ANY_CLOUD = 0x9000001A, 0xFFFF0FFF
"""IO_REPARSE_TAG_CLOUD, and what of a tag all of its sixteen kinds share."""

_TAGS = {
    0x80000015: Hindrance.CLOUD,  # FILE_PLACEHOLDER, Windows 8.1
    0x80000021: Hindrance.CLOUD,  # ONEDRIVE
    0x8000001E: Hindrance.CLOUD,  # STORAGE_SYNC, Azure File Sync
    0x9000001C: Hindrance.CLOUD,  # PROJFS
    0x80000013: Hindrance.DEDUPLICATED,  # DEDUP
    0x80000007: Hindrance.DEDUPLICATED,  # SIS
    0xC0000004: Hindrance.ARCHIVED,  # HSM
    0x80000006: Hindrance.ARCHIVED,  # HSM2
    0x80000008: Hindrance.ARCHIVED,  # WIM
    WOF_TAG: Hindrance.ARCHIVED,  # without its stream the content is in a WIM
}


def hindrance_of(file: Any, attribute_id: int, flags: int, runs: Iterable[Any]) -> Hindrance:
    """Of a pytsk3.File with a reparse point, whose default stream has these flags and runs.

    Of the point no more than its beginning is read, however long it claims to be.
    """
    holes = stored = False
    for run in runs:
        holes |= run.flags & SPARSE != 0
        stored |= run.flags == 0
    if not holes:
        return Hindrance.NONE
    known = _of_tag(int.from_bytes(point_of(file, attribute_id)[:4], "little"))
    if not stored:
        return known or Hindrance.ELSEWHERE
    return Hindrance.PARTLY if known and not flags & COMPRESSED else Hindrance.NONE


def point_of(file: Any, attribute_id: int) -> bytes:
    """The beginning of a reparse point; empty where it cannot be read."""
    for length in (POINT.size, 4):
        try:
            return bytes(file.read_random(0, length, REPARSE, attribute_id))
        except OSError:
            continue
    return b""


def _of_tag(tag: int) -> Hindrance:
    if tag & ANY_CLOUD == CLOUD:
        return Hindrance.CLOUD
    return _TAGS.get(tag, Hindrance.NONE)
