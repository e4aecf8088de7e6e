"""OLE compound files: Office up to 2003, Outlook's messages, installers, encrypted new Office.

Formats: [MS-CFB], [MS-DOC], [MS-XLS], [MS-PPT], [MS-OFFCRYPTO], [MS-OXMSG]. Only the beginning of
the directory is read, and nothing that is wrong in it is an error.
"""

import re
from typing import NamedTuple

from triage.containers.kinds import kind_by_name
from triage.containers.probe import Container, Probe, number

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_SECTORS = 16
"""Of the directory: 64 entries where sectors are small, 512 where they are large."""
_NO_SECTOR = 0xFFFFFFFA
_IN_HEADER = 109
"""Sectors of the FAT that the header names; what lies behind them is not followed."""
_INSTALLER = bytes.fromhex("100c0000000000c000000000000046")
"""Class of the root, behind its first byte: 84 of a package, 86 of a patch, 82 of a transform."""
_CUTOFF = 4096
"""Shorter streams lie elsewhere, in pieces of 64 bytes."""
_TELLING = frozenset({"WordDocument", "Workbook", "Book", "Current User"})
"""Streams whose beginning says whether the document is encrypted."""
_ENCRYPTED_SHOW = 0xF3D1C4DF
_FILE_PASS, _MOST_RECORDS = 0x002F, 16

_BY_STREAM = (
    ("WordDocument", "doc"), ("Workbook", "xls"), ("Book", "xls"), ("PowerPoint Document", "ppt"),
    ("VisioDocument", "vsd"), ("Quill", "pub"), ("__properties_version1.0", "msg"),
    ("__nameid_version1.0", "msg"),
)  # fmt: skip
_LOCKED = {"EncryptedPackage", "EncryptedSummary", "\tDRMContent"}
"""Streams that only encrypted documents have: new Office, PowerPoint, rights management."""
_LISTS = {"Catalog", "DestList"}
_NUMBERED = re.compile(r"[0-9a-f]+(?:_[0-9a-f]+)?")
"""Streams of a Thumbs.db, and of a list of what was opened, beside the one that lists them."""
_NEW_OFFICE = {"docx", "xlsx", "pptx", "vsdx"}


class _Entry(NamedTuple):
    name: str
    class_id: bytes
    start: int
    size: int


def compound_file(probe: Probe) -> Container | None:
    """By the names of its streams."""
    entries = _directory(probe)
    names = {entry.name for entry in entries}
    if _is_list(names):
        return None
    if "EncryptedPackage" in names:
        claimed = kind_by_name(probe.path)
        return Container(claimed if claimed in _NEW_OFFICE else "ooxml", locked=True)
    locked = bool(names & _LOCKED) or any(_says_locked(probe, e, entries[0]) for e in entries)
    return Container(_kind(names, entries), locked)


def _is_list(names: set[str]) -> bool:
    """Thumbnails, which their own detectors look into, or links to files: no files."""
    others = names - _LISTS - {"Root Entry", ""}
    named = names & _LISTS or any("_" in name for name in others)
    return bool(named) and all(map(_NUMBERED.fullmatch, others))


def _kind(names: set[str], entries: list[_Entry]) -> str:
    for name, kind in _BY_STREAM:
        if name in names:
            return kind
    return "msi" if entries and entries[0].class_id[1:] == _INSTALLER else "ole"


def _sector_size(probe: Probe) -> int:
    return 4096 if number(probe.head, 30, 2) == 12 else 512


def _place(probe: Probe, sector: int) -> int:
    return (sector + 1) * _sector_size(probe)


def _next(probe: Probe, sector: int) -> int:
    """What follows a sector in its chain."""
    per_sector = _sector_size(probe) // 4
    which, at = divmod(sector, per_sector)
    if which >= _IN_HEADER:
        return _NO_SECTOR
    table = number(probe.head, 76 + 4 * which, 4)
    raw = probe.at(_place(probe, table) + 4 * at, 4)
    return number(raw, 0, 4) if len(raw) == 4 else _NO_SECTOR


def _directory(probe: Probe) -> list[_Entry]:
    entries: list[_Entry] = []
    sector = number(probe.head, 48, 4)
    for _ in range(_MOST_SECTORS):
        if sector >= _NO_SECTOR:
            break
        raw = probe.at(_place(probe, sector), _sector_size(probe))
        entries += (_entry(raw[at : at + 128]) for at in range(0, len(raw) - 127, 128))
        sector = _next(probe, sector)
    return entries


def _entry(raw: bytes) -> _Entry:
    length = min(max(number(raw, 64, 2) - 2, 0), 62)
    return _Entry(
        name=raw[:length].decode("utf-16-le", "replace"),
        class_id=raw[80:96],
        start=number(raw, 116, 4),
        size=number(raw, 120, 4),
    )


def _says_locked(probe: Probe, entry: _Entry, root: _Entry) -> bool:
    if entry.name not in _TELLING or entry.start >= _NO_SECTOR:
        return False
    place = _place(probe, entry.start) if entry.size >= _CUTOFF else _short(probe, entry, root)
    start = probe.at(place, 512)
    if entry.name == "WordDocument":
        return bool(number(start, 10, 2) & 0x0100)
    if entry.name == "Current User":
        return number(start, 12, 4) == _ENCRYPTED_SHOW
    return _has_file_pass(start)


def _short(probe: Probe, entry: _Entry, root: _Entry) -> int:
    """Where a short stream begins: they lie one after the other in the root's own chain."""
    steps, at = divmod(entry.start * 64, _sector_size(probe))
    sector = root.start
    for _ in range(min(steps, _MOST_SECTORS)):
        sector = _next(probe, sector) if sector < _NO_SECTOR else sector
    return _place(probe, sector) + at if sector < _NO_SECTOR and steps <= _MOST_SECTORS else -1


def _has_file_pass(records: bytes) -> bool:
    """The record FilePass is among the first of an encrypted workbook."""
    at = 0
    for _ in range(_MOST_RECORDS):
        kind, length = number(records, at, 2), number(records, at + 2, 2)
        if kind == _FILE_PASS:
            return True
        if kind == 0 and length == 0:
            return False
        at += 4 + length
    return False
