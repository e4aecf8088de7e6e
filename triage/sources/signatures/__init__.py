"""What a volume holds, recognised by signature: file systems, encryption, RAID, swap, or nothing.

Byte offsets are from the volume's start. Each family of formats has a module, which names its
sources. Nothing here decides what may be read: a recognised name is only a reason to try.
"""

import codecs
from collections.abc import Callable
from dataclasses import replace

from triage.evidence import VolumeState
from triage.sources.bytes import Bytes
from triage.sources.emptiness import READ_WHOLE, is_zeros, look_at_samples
from triage.sources.signatures.apple import apfs, apfs_backup, core_storage, hfs, hfs_backup
from triage.sources.signatures.discs import SESSION, disc, later_session, sessions_of
from triage.sources.signatures.extended import ext, ext_backup
from triage.sources.signatures.head import Head, Recognised, no_files, not_yet
from triage.sources.signatures.linux import (
    btrfs,
    btrfs_backup,
    f2fs,
    holds_mirror,
    luks,
    lvm,
    md,
    md_mirror,
    swap,
    xfs,
)
from triage.sources.signatures.microsoft import (
    bitlocker,
    exfat,
    exfat_backup,
    fat,
    fat_backup,
    ntfs,
    ntfs_backup,
    refs,
)
from triage.sources.signatures.others import LDM_NOT_READ, ldm, simple, ufs, vmfs, zfs

__all__ = [
    "LDM_NOT_READ",
    "RANDOM",
    "SESSION",
    "Head",
    "Recognised",
    "begins_as_a_disk",
    "bitlocker",
    "is_mirror",
    "later_session",
    "luks",
    "named",
    "no_files",
    "not_yet",
    "recognise_backup",
    "sessions_of",
    "without_signature",
]

for _encoding in ("cp437", "mac_roman", "utf-16-le"):
    codecs.lookup(_encoding)  # now: a sandboxed worker could not load it at first use

_TESTS: tuple[Callable[[Head], Recognised | None], ...] = (
    luks, bitlocker, md, lvm, core_storage,
    ntfs, exfat, refs, apfs, xfs, fat,
    ext, hfs, f2fs, disc, btrfs, swap, ldm, simple, ufs, zfs, vmfs, md_mirror,
)  # fmt: skip
_BACKUPS: tuple[Callable[[Head], Recognised | None], ...] = (
    ntfs_backup, exfat_backup, fat_backup, ext_backup, hfs_backup, btrfs_backup,
    apfs_backup,
)  # fmt: skip
SECTOR = 512
RANDOM = "looks random: encrypted or wiped"
BACKUP = "its beginning is damaged, and the backup of it is whole"


def named(head: Head) -> Recognised | None:
    """What begins there; None if no signature is known.

    Containers come before file systems, and what lies at the very beginning before what lies
    further in: the newest format over the rests of an older one.
    """
    for test in _TESTS:
        found = test(head)
        if found is not None:
            return found
    return None


def begins_as_a_disk(head: Head) -> bool:
    """Whether a table of partitions or a volume begins there: who writes behind it what an image
    of a disk ends with shall hide nothing."""
    sector = head.bytes(0, SECTOR)
    is_boot = sector[510:] == b"\x55\xaa" and all(sector[at] in (0, 0x80) for at in (446, 462))
    return is_boot or head.bytes(SECTOR, 8) == b"EFI PART" or named(head) is not None


def recognise_backup(reader: Bytes, offset: int, size: int) -> Recognised | None:
    """The file system at `offset` whose beginning is gone, while its backup of it is there."""
    head = Head(reader, offset, size)
    for test in _BACKUPS:
        found = test(head)
        if found is not None:
            return replace(found, state=VolumeState.DAMAGED, reason=BACKUP, unread=())
    return None


def is_mirror(reader: Bytes, offset: int, size: int) -> str:
    """Whether what lies there is all of a Linux RAID 1, from its first byte on: of which one."""
    return holds_mirror(Head(reader, offset, size))


def without_signature(reader: Bytes, offset: int, size: int) -> tuple[VolumeState, str]:
    """State and reason of a volume whose signature is not known: zeros, noise, or something.

    Zeros are only called so if all of it was read; of what is too large for that, samples were.
    """
    samples = look_at_samples(reader, offset, size)
    if samples.unreadable == samples.looked_at:
        return VolumeState.DAMAGED, "the device could not be read there"
    if samples.zero == samples.looked_at:
        if size > READ_WHOLE:
            places = f"only zeros wherever it was looked ({samples.looked_at} places)"
            return VolumeState.UNRECOGNISED, f"{places}; the rest was not read"
        if is_zeros(reader, offset, size):
            return VolumeState.EMPTY, "only zeros"
        return VolumeState.UNRECOGNISED, "no known signature, and mostly zeros"
    if samples.random >= 0.9 * samples.looked_at:
        return VolumeState.UNRECOGNISED, RANDOM
    return VolumeState.UNRECOGNISED, "no known signature"
