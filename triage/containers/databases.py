"""SQLite databases, the logs beside them, and Apple's binary property lists.

Formats: SQLite's "Database File Format", 1.3 and 4.1; CFBinaryPList.c of Apple's CoreFoundation.
"""

import re

from triage.containers.kinds import ending_of
from triage.containers.probe import Container, Probe, big_number, number

_TREES = frozenset({2, 5, 10, 13})
"""What the first page of a database is."""
_MOST_PLIST = 1024 * 1024
_MOST_KEYS = 256
_SOMETHING = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n|GIF8[79]a|WEBPVP8|ftyp|PK\x03\x04|.bplist00", re.DOTALL
)
"""Without any of these a property list holds settings alone."""


def sqlite(probe: Probe) -> Container | None:
    """With at least one page behind the first: that one has the schema."""
    size = number(probe.head[17:15:-1], 0, 2)
    size = 65536 if size == 1 else size
    return (
        Container("sqlite") if number(probe.head, 100, 1) in _TREES and probe.size > size else None
    )


def sqlite_log(probe: Probe) -> Container | None:
    """Which has frames, each a page."""
    return Container("sqlite") if probe.size > 32 + 24 + 512 else None


def property_list(probe: Probe) -> Container | None:
    """The list of an encrypted backup; else one that holds more than settings."""
    encrypted = itunes_backup(probe)
    if encrypted is not None:
        return encrypted
    plist = probe.at(0, min(probe.size, _MOST_PLIST))
    return Container("plist") if probe.size > len(plist) or _SOMETHING.search(plist) else None


def itunes_backup(probe: Probe) -> Container | None:
    """The list of a backup whose files, all round it, are encrypted; of others they are plain."""
    if ending_of(probe.path) != "plist" or not probe.path.endswith("Manifest.plist"):
        return None
    plist = probe.at(0, min(probe.size, _MOST_PLIST))
    return Container("itunes backup", locked=True) if _is_true(plist, b"IsEncrypted") else None


def _is_true(plist: bytes, key: bytes) -> bool:
    """Whether the dictionary at the top of a binary property list has that key, and true there.

    32 bytes at its end say where the places of all objects stand, and how they are written.
    """
    trailer = plist[-32:]
    wide, ref = number(trailer, 6, 1), number(trailer, 7, 1)
    top, table = big_number(trailer, 16, 8), big_number(trailer, 24, 8)

    def place(which: int) -> int:
        return big_number(plist, table + which * wide, wide)

    at = place(top)
    count = number(plist, at, 1)
    if count >> 4 != 0xD or not 1 <= ref <= 8:
        return False
    count, at = count & 0x0F, at + 1
    if count == 0x0F:
        length = 1 << (number(plist, at, 1) & 0x03)
        count, at = big_number(plist, at + 1, length), at + 1 + length
    for entry in range(min(count, _MOST_KEYS)):
        name = place(big_number(plist, at + entry * ref, ref))
        if plist[name : name + 1 + len(key)] == bytes([0x50 | len(key)]) + key:
            value = place(big_number(plist, at + (count + entry) * ref, ref))
            return number(plist, value, 1) == 0x09
    return False
