"""What a volume holds, recognised by signature: file systems, encryption, RAID, swap, or nothing.

Byte offsets are from the volume's start. Each family of formats has a module, which names its
sources. Nothing here decides what may be read: a recognised name is only a reason to try.
"""

import codecs
from collections.abc import Callable

from triage.evidence import VolumeState
from triage.sources.emptiness import look_at_samples
from triage.sources.reader import Reader
from triage.sources.signatures.apple import apfs, core_storage, hfs
from triage.sources.signatures.head import Head, Recognised
from triage.sources.signatures.linux import btrfs, ext, f2fs, luks, lvm, md, swap, xfs
from triage.sources.signatures.microsoft import bitlocker, exfat, fat, ntfs, refs
from triage.sources.signatures.others import disc, simple, ufs, vmfs, zfs

__all__ = ["Recognised", "recognise", "without_signature"]

for _encoding in ("cp437", "mac_roman", "utf-16-le"):
    codecs.lookup(_encoding)  # now: a sandboxed worker could not load it at first use

_TESTS: tuple[Callable[[Head], Recognised | None], ...] = (
    luks, bitlocker, md, lvm, core_storage,
    ntfs, exfat, refs, apfs, xfs, fat,
    ext, hfs, f2fs, disc, btrfs, swap, simple, ufs, zfs, vmfs,
)  # fmt: skip


def recognise(reader: Reader, offset: int, size: int) -> Recognised | None:
    """The file system or container at `offset`; None if no signature is known there.

    Containers come before file systems, and what lies at the very beginning before what lies
    further in: the newest format over the rests of an older one.
    """
    head = Head(reader, offset, size)
    for test in _TESTS:
        found = test(head)
        if found is not None:
            return found
    return None


def without_signature(reader: Reader, offset: int, size: int) -> tuple[VolumeState, str]:
    """State and reason of a volume whose signature is not known: zeros, noise, or something."""
    samples = look_at_samples(reader, offset, size)
    if samples.unreadable == samples.looked_at:
        return VolumeState.DAMAGED, "the device could not be read there"
    if samples.zero == samples.looked_at:
        return VolumeState.EMPTY, f"only zeros in {samples.looked_at} places looked at"
    if samples.random >= 0.9 * samples.looked_at:
        return VolumeState.UNRECOGNISED, "looks random: encrypted or wiped"
    return VolumeState.UNRECOGNISED, "no known signature"
