"""Microsoft's formats: its FAT and exFAT specifications; libyal's notes on the others."""

import struct

from triage.evidence import VolumeState
from triage.sources.bitlocker import BITLOCKER_AT, BITLOCKER_TO_GO_AT, protection
from triage.sources.signatures.head import Head, Recognised, not_yet

EXFAT = b"EXFAT   "
LARGEST_CLUSTER = 2 << 20
"""Bytes; what Windows makes of NTFS."""
MOST_FATS = 8
"""As The Sleuth Kit reads them; there are two, whatever may be."""


def bitlocker(head: Head) -> Recognised | None:
    """`-FVE-FS-` as OEM name, or on removable media a FAT-like header with BitLocker's GUID."""
    if head.bytes(3, 8) == b"-FVE-FS-":
        name, places = "bitlocker", BITLOCKER_AT
    elif head.bytes(3, 8) == b"MSWIN4.1" and head.bytes(424, 4) == b"\x3b\xd6\x67\x49":
        name, places = "bitlocker to go", BITLOCKER_TO_GO_AT
    else:
        return None
    said, protectors = protection(head.bytes, places)
    return Recognised(name=name, state=VolumeState.ENCRYPTED, reason=said, protectors=protectors)


def ntfs(head: Head) -> Recognised | None:
    """OEM name `NTFS`; more than 128 sectors a cluster are given as a negative power of two."""
    if head.bytes(3, 8) != b"NTFS    ":
        return None
    return _ntfs(head, 0)


def ntfs_backup(head: Head) -> Recognised | None:
    """The copy of the boot sector is the volume's last sector."""
    at = head.size - 512
    return _ntfs(head, at) if head.bytes(at, 11)[3:] == b"NTFS    " else None


def _ntfs(head: Head, at: int) -> Recognised:
    serial = f"{head.number(at + 72, '<Q'):016X}"
    count, sector = head.number(at + 13, "<B"), head.number(at + 11, "<H")
    cluster = sector * count if count <= 128 else sector << (256 - count)
    length = (head.number(at + 40, "<Q") + 1) * sector
    block_size = cluster if cluster <= LARGEST_CLUSTER else 0
    return Recognised(name="ntfs", uuid=serial, block_size=block_size, length=length)


def exfat(head: Head) -> Recognised | None:
    """OEM name `EXFAT`; sizes are powers of two."""
    return _exfat(head, 0) if head.bytes(3, 8) == EXFAT else None


def exfat_backup(head: Head) -> Recognised | None:
    """The copy of the boot region begins with sector 12, of whichever size."""
    for sector in (512, 4096):
        if head.bytes(12 * sector + 3, 8) == EXFAT:
            return _exfat(head, 12 * sector)
    return None


def _exfat(head: Head, at: int) -> Recognised:
    shift = head.number(at + 108, "<B") + head.number(at + 109, "<B")
    return Recognised(
        name="exfat",
        uuid=_serial(head.number(at + 100, "<I")),
        block_size=1 << shift if shift <= 25 else 0,
        length=head.number(at + 72, "<Q") << min(12, head.number(at + 108, "<B")),
    )


def refs(head: Head) -> Recognised | None:
    """OEM name `ReFS`."""
    return not_yet("refs") if head.bytes(3, 8) == b"ReFS\0\0\0\0" else None


def fat(head: Head) -> Recognised | None:
    """Microsoft's rule: the count of clusters alone decides between FAT12, FAT16 and FAT32."""
    return _fat(head, 0)


def fat_backup(head: Head) -> Recognised | None:
    """FAT32 keeps a copy of the boot sector in sector 6."""
    for sector in (512, 4096):
        if head.bytes(6 * sector + 82, 5) == b"FAT32":
            return _fat(head, 6 * sector)
    return None


def _fat(head: Head, at: int) -> Recognised | None:
    sector, cluster, reserved, fats, roots, small = struct.unpack(
        "<HBHBHH", head.bytes(at + 11, 10)
    )
    media, per_fat = struct.unpack("<BH", head.bytes(at + 21, 3))
    if sector not in (512, 1024, 2048, 4096) or cluster not in (1, 2, 4, 8, 16, 32, 64, 128):
        return None
    if not reserved or not 1 <= fats <= MOST_FATS or not (media == 0xF0 or media >= 0xF8):
        return None
    big, wide = head.number(at + 32, "<I"), not per_fat
    per_fat = per_fat or head.number(at + 36, "<I")
    sectors = small or big
    data = sectors - reserved - fats * per_fat - -(-roots * 32 // sector)
    if not per_fat or data <= 0:
        return None
    clusters = data // cluster
    name = "fat12" if clusters < 4085 else "fat16" if clusters < 65525 else "fat32"
    name = "fat32" if wide and not roots else name
    serial, label = (67, 71) if name == "fat32" else (39, 43)
    return Recognised(
        name=name,
        label=head.text(at + label, 11, "cp437").replace("NO NAME", ""),
        uuid=_serial(head.number(at + serial, "<I")),
        block_size=sector * cluster,
        length=sectors * sector,
    )


def _serial(number: int) -> str:
    return f"{number >> 16:04X}-{number & 0xFFFF:04X}"
