"""How many files a file system says are in use, so that a listing can be held against it.

Whatever was not listed - a record that no directory names, names that The Sleuth Kit passes over,
a directory that is damaged - is then known to be missing, though not what it is.
"""

import struct

from triage.sources.bytes import Bytes, all_of
from triage.sources.fscrypt import SUPERBLOCK
from triage.sources.reader import ContentError

CLEAN, JOURNAL, RECOVER, EXTENDED_ATTRIBUTES = 0x1, 0x4, 0x4, 0x400
META_GROUPS, WIDE = 0x10, 0x80
FIRST_INODE = 11
SPECIAL = (0x240, 0x244, 0x26C, 0x280)
"""Where the superblock names quotas' and the orphan file's inodes: in use, and without a name."""
MOST_DESCRIPTORS = 64 << 20
"""Bytes."""


def ext_in_use(held: Bytes) -> tuple[int, int]:
    """The first inode that files have, and how many from there on are in use; -1 if that is not
    known: its journal was not replayed, or inodes hold other things than files."""
    try:
        raw = held.read_at(SUPERBLOCK, 1024)
        if len(raw) < 1024:
            return FIRST_INODE, -1
        compatible, incompatible = struct.unpack_from("<II", raw, 92)
        dirty = compatible & JOURNAL and incompatible & RECOVER
        count, free = struct.unpack_from("<I", raw)[0], _free(held, raw)
    except ContentError:
        return FIRST_INODE, -1
    if dirty or free < 0 or incompatible & EXTENDED_ATTRIBUTES:
        return FIRST_INODE, -1
    first = max(FIRST_INODE, struct.unpack_from("<I", raw, 84)[0])
    special = {struct.unpack_from("<I", raw, at)[0] for at in SPECIAL}
    return first, count - free - (first - 1) - sum(inode >= first for inode in special)


def _free(held: Bytes, superblock: bytes) -> int:
    """How many inodes are free, by the descriptors of the groups: Linux brings the superblock's
    own count up to date when it unmounts, and no sooner. -1 if that cannot be said."""
    count, own, first, log_block = (
        struct.unpack_from("<I", superblock, at)[0] for at in (0, 16, 20, 24)
    )
    per_group, incompatible = (struct.unpack_from("<I", superblock, at)[0] for at in (40, 96))
    clean = struct.unpack_from("<H", superblock, 58)[0] & CLEAN
    size = struct.unpack_from("<H", superblock, 254)[0] if incompatible & WIDE else 32
    groups = -(-count // max(1, per_group))
    odd = size < 32 or log_block > 6 or not 0 < groups * size <= MOST_DESCRIPTORS
    if odd or incompatible & META_GROUPS:
        return own if clean else -1
    at = max((first + 1) * (1024 << log_block), SUPERBLOCK + 1024)
    raw = all_of(held, at, groups * size)
    free = sum(raw[14::size]) + (sum(raw[15::size]) << 8)
    return free + (((sum(raw[46::size]) << 16) + (sum(raw[47::size]) << 24)) if size >= 64 else 0)
