"""How many files a file system says are in use, so that a listing can be held against it.

Whatever was not listed - a record that no directory names, names that The Sleuth Kit passes over,
a directory that is damaged - is then known to be missing, though not what it is.
"""

import struct

from triage.sources.bytes import Bytes
from triage.sources.fscrypt import SUPERBLOCK
from triage.sources.reader import ContentError

CLEAN, JOURNAL, RECOVER, EXTENDED_ATTRIBUTES = 0x1, 0x4, 0x4, 0x400
FIRST_INODE = 11
SPECIAL = (0x240, 0x244, 0x26C, 0x280)
"""Where the superblock names quotas' and the orphan file's inodes: in use, and without a name."""


def ext_in_use(held: Bytes) -> tuple[int, int]:
    """The first inode that files have, and how many from there on are in use; -1 if the volume
    was not unmounted cleanly: then its counts are old."""
    try:
        raw = held.read_at(SUPERBLOCK, 1024)
    except ContentError:
        return FIRST_INODE, -1
    if len(raw) < 1024:
        return FIRST_INODE, -1
    count, free, state = (struct.unpack_from(f, raw, at)[0] for f, at in _COUNTS)
    compatible, incompatible = struct.unpack_from("<II", raw, 92)
    dirty = compatible & JOURNAL and incompatible & RECOVER
    if not state & CLEAN or dirty or incompatible & EXTENDED_ATTRIBUTES:
        return FIRST_INODE, -1
    first = max(FIRST_INODE, struct.unpack_from("<I", raw, 84)[0])
    special = {struct.unpack_from("<I", raw, at)[0] for at in SPECIAL}
    return first, count - free - (first - 1) - sum(inode >= first for inode in special)


_COUNTS = (("<I", 0), ("<I", 16), ("<H", 58))
