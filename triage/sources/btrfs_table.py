"""btrfs of several devices: a table of those whose bytes lie one behind the other.

It lies over the first 64 KiB of the first, where btrfs keeps nothing, in memory alone. Its mark is
made anew for each run, before any worker starts: no disk can bear it.
"""

import secrets
import struct
from collections.abc import Sequence

from triage.sources.btrfs_superblock import SUPERBLOCKS, BtrfsDevice, Superblock, superblock_of
from triage.sources.bytes import Bytes, all_of, stretch_of
from triage.sources.reader import ContentError

MARK = b"devices of one btrfs" + secrets.token_bytes(12)
COUNT = struct.Struct("<I")
ROW = struct.Struct("<24sQQ?")


def table_of(devices: Sequence[BtrfsDevice]) -> bytes:
    """As it is laid over the beginning."""
    rows = (ROW.pack(each.identity, each.start, each.size, each.late) for each in devices)
    return (MARK + COUNT.pack(len(devices)) + b"".join(rows)).ljust(SUPERBLOCKS[0], b"\0")


def devices_in(held: Bytes) -> tuple[list[BtrfsDevice], Superblock]:
    """The devices that these bytes are, and the newest superblock. Raises ContentError."""
    if all_of(held, 0, len(MARK)) != MARK:
        only = superblock_of(held)
        return [BtrfsDevice(identity=only.device, start=0, size=held.size)], only
    raw = all_of(held, len(MARK), SUPERBLOCKS[0] - len(MARK))
    rows = raw[COUNT.size : COUNT.size + COUNT.unpack_from(raw)[0] * ROW.size]
    devices = [
        BtrfsDevice(identity=identity, start=start, size=size, late=late)
        for identity, start, size, late in ROW.iter_unpack(rows)
    ]
    found = [superblock_of(stretch_of(held, each.start, each.size)) for each in devices]
    if not found:
        raise ContentError("it is a btrfs of no device")
    return devices, max(found, key=lambda each: each.generation)
