"""Linux's formats, from its headers, and from the definitions of LVM2 and LUKS."""

import struct

from triage.evidence import VolumeState
from triage.sources.signatures.head import NEEDS_KEY, Head, Recognised, not_yet

EXT_JOURNAL = 0x4
EXT_JOURNAL_DEVICE = 0x8
EXT_ONLY_4 = 0x40 | 0x80 | 0x200 | 0x400 | 0x1000 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x20000


def ext(head: Head) -> Recognised | None:
    """Linux's fs/ext4/ext4.h: the superblock is at 1024; features tell 2, 3 and 4 apart."""
    if head.bytes(1024 + 56, 2) != b"\x53\xef":
        return None
    log_block, compatible = head.number(1024 + 24, "<I"), head.number(1024 + 92, "<I")
    incompatible = head.number(1024 + 96, "<I")
    if log_block > 6:
        return None
    label, identity = head.text(1024 + 120, 16), head.uuid(1024 + 104)
    if incompatible & EXT_JOURNAL_DEVICE:
        return not_yet("ext journal", "an external journal; it holds no files", uuid=identity)
    journal = "ext3" if compatible & EXT_JOURNAL else "ext2"
    name = "ext4" if incompatible & EXT_ONLY_4 else journal
    return Recognised(
        name=name,
        block_size=1024 << log_block,
        label=label,
        uuid=identity,
        length=head.number(1024 + 4, "<I") * (1024 << log_block),
    )


def xfs(head: Head) -> Recognised | None:
    """`XFSB` at the very beginning."""
    if head.bytes(0, 4) != b"XFSB":
        return None
    return not_yet("xfs", label=head.text(108, 12), uuid=head.uuid(32))


def btrfs(head: Head) -> Recognised | None:
    """The superblock at 64 KiB, its magic 64 bytes in."""
    if head.bytes(65536 + 64, 8) != b"_BHRfS_M":
        return None
    return not_yet("btrfs", label=head.text(65536 + 299, 256), uuid=head.uuid(65536 + 32))


def f2fs(head: Head) -> Recognised | None:
    """The superblock is at 1024."""
    if head.number(1024, "<I") != 0xF2F52010:
        return None
    label = head.text(1024 + 124, 1024, "utf-16-le")
    return not_yet("f2fs", label=label, uuid=head.uuid(1024 + 108))


def luks(head: Head) -> Recognised | None:
    """LUKS1 and LUKS2 (LUKS2 keeps a second header, whose magic is reversed)."""
    if head.bytes(0, 6) != b"LUKS\xba\xbe":
        return None
    version = head.number(6, ">H")
    label = head.text(24, 48) if version == 2 else ""
    return Recognised(
        name=f"luks{version}" if version in (1, 2) else "luks",
        state=VolumeState.ENCRYPTED,
        reason=NEEDS_KEY,
        uuid=head.text(168, 40),
        label=label,
    )


def lvm(head: Head) -> Recognised | None:
    """LVM2's label is in one of the first four sectors."""
    for sector in range(4):
        if head.bytes(sector * 512, 8) == b"LABELONE" and (
            head.bytes(sector * 512 + 24, 8) == b"LVM2 001"
        ):
            reason = "holds logical volumes, which this version cannot assemble"
            return not_yet("lvm", reason, uuid=head.text(sector * 512 + 32, 32))
    return None


def md(head: Head) -> Recognised | None:
    """Linux's md_p.h: 1.1 at the start, 1.2 at 4 KiB, 1.0 and 0.90 near the end."""
    end = head.size & ~65535
    places = {
        "1.1": 0,
        "1.2": 4096,
        "1.0": ((head.size // 512 - 16) & ~7) * 512,
        "0.90": end - 65536,
    }
    for version, place in places.items():
        if place < 0 or head.number(place, "<I") != 0xA92B4EFC:
            continue
        if version != "0.90" and head.number(place + 4, "<I") == 1:
            reason = f"part of a Linux RAID ({version}), which this version cannot assemble"
            return not_yet(
                "md", reason, uuid=head.uuid(place + 16), label=head.text(place + 32, 32)
            )
        if version == "0.90" and head.number(place + 4, "<I") == 0:
            return _mirror(head, place)
    return None


def _mirror(head: Head, place: int) -> Recognised:
    """MD 0.90 lies at the end. The file system of a RAID 1 begins where the volume begins."""
    level = struct.unpack("<i", head.bytes(place + 28, 4))[0]
    reason = f"part of a Linux RAID (0.90, level {level}), which this version cannot assemble"
    return not_yet("md", reason)


SWAP = {
    b"SWAPSPACE2": "",
    b"SWAP-SPACE": "",
    b"S1SUSPEND\0": "it holds a hibernation image",
    b"S2SUSPEND\0": "it holds a hibernation image",
    b"ULSUSPEND\0": "it holds a hibernation image",
    b"LINHIB0001": "it holds a hibernation image",
}


def swap(head: Head) -> Recognised | None:
    """Linux's swap.h: the magic is in the last ten bytes of the first page (4 to 64 KiB)."""
    for page in (4096, 8192, 16384, 65536):
        magic = head.bytes(page - 10, 10)
        if magic in SWAP:
            reason = SWAP[magic] or "memory that was paged out; no files"
            return not_yet("swap", reason, label=head.text(1052, 16), uuid=head.uuid(1036))
    return None
