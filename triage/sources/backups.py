"""File systems whose beginning is gone, read by the copy that they keep of it.

The copy is laid over the beginning in memory. Not where the rest looks random: an encrypted
container may hide where a file system was.
"""

import struct
from collections.abc import Mapping
from dataclasses import replace

from triage.evidence import VolumeState
from triage.sources import apfs_container, btrfs, sleuth_kit
from triage.sources.bytes import Bytes
from triage.sources.overlaid import Laid, OverlaidBytes
from triage.sources.reader import ContentError
from triage.sources.signatures import RANDOM, Head, Recognised, named, recognise_backup
from triage.sources.signatures import without_signature as looked_at
from triage.sources.signatures.apple import APFS_BLOCK, apfs_copy
from triage.sources.tables import holds_table

SUPERBLOCK = 1024
EXFAT_REGION = 12
MOST_DESCRIPTORS = 64 << 20
BTRFS, BTRFS_SECOND = 64 << 10, 64 << 20
GONE = "there is no copy of its beginning any more"


def recognise(head: Head) -> Recognised | None:
    """What has no beginning, but a copy of it, by which it opens."""
    if named(head) is not None:
        return None
    held = head.held
    found = recognise_backup(held, 0, held.size)
    if found is None or _family(found) not in _LAID or holds_table(held, 0, held.size):
        return None
    if looked_at(held, 0, held.size)[1] == RANDOM:
        return None
    tried = _TRIED.get(found.name, sleuth_kit.tried)
    whole = replace(found, state=VolumeState.READABLE)
    try:
        opens = tried(OverlaidBytes(held, _over(held, found)), whole)
    except (ContentError, struct.error):
        return None
    return found if opens.state is VolumeState.READABLE else None


def open_(held: Bytes) -> Mapping[str, Bytes]:
    """As `Layer` has it."""
    found = recognise_backup(held, 0, held.size)
    if found is None:
        raise ContentError(GONE)
    return {"": OverlaidBytes(held, _over(held, found))}


def _over(held: Bytes, found: Recognised) -> Mapping[int, Laid]:
    return _LAID[_family(found)](held)


def _family(found: Recognised) -> str:
    """The name without its number: of FAT and ext each is the same here."""
    return found.name.rstrip("0123456789")


def _ntfs(held: Bytes) -> Mapping[int, Laid]:
    return {0: (held.size - 512, 512)}


def _exfat(held: Bytes) -> Mapping[int, Laid]:
    for sector in (512, 4096):
        length = EXFAT_REGION * sector
        if held.read_at(length + 3, 8) == b"EXFAT   ":
            return {0: (length, length)}
    raise ContentError(GONE)


def _fat(held: Bytes) -> Mapping[int, Laid]:
    for sector in (512, 4096):
        if held.read_at(6 * sector + 82, 5) == b"FAT32":
            return {0: (6 * sector, 2 * sector)}
    raise ContentError(GONE)


def _hfs(held: Bytes) -> Mapping[int, Laid]:
    return {SUPERBLOCK: (held.size - 1024, 512)}


def _btrfs(held: Bytes) -> Mapping[int, Laid]:
    return {BTRFS: (BTRFS_SECOND, 4096)}


def _apfs(held: Bytes) -> Mapping[int, Laid]:
    at = apfs_copy(held.read_at)
    if at < 0:
        raise ContentError(GONE)
    return {0: (at, APFS_BLOCK)}


def _ext(held: Bytes) -> Mapping[int, Laid]:
    """The superblock; and the descriptors of the groups behind it, if they are gone too."""
    for log_block in range(3):
        block = 1024 << log_block
        at = 8 * block * block + (block if log_block == 0 else 0)
        raw = held.read_at(at, 1024)
        if len(raw) < 1024 or raw[56:58] != b"\x53\xef":
            continue
        blocks, per_group = (
            struct.unpack_from("<I", raw, 4)[0],
            struct.unpack_from("<I", raw, 32)[0],
        )
        wide = struct.unpack_from("<I", raw, 96)[0] & 0x80
        each = struct.unpack_from("<H", raw, 254)[0] if wide else 32
        length = min(-(-blocks // max(1, per_group)) * each, MOST_DESCRIPTORS)
        first = max(SUPERBLOCK + 1024, block)
        over: dict[int, Laid] = {SUPERBLOCK: (at, 1024)}
        if not any(held.read_at(first, min(length, 4096))):
            over[first] = (at + block, length)
        return over
    raise ContentError(GONE)


_LAID = {
    "ntfs": _ntfs,
    "exfat": _exfat,
    "fat": _fat,
    "hfs+": _hfs,
    "btrfs": _btrfs,
    "ext": _ext,
    "apfs": _apfs,
}
_TRIED = {"btrfs": btrfs.tried, "apfs": apfs_container.tried}
