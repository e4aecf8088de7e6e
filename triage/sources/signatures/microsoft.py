"""Microsoft's formats: its FAT and exFAT specifications; libyal's notes on the others."""

import struct

from triage.evidence import VolumeState
from triage.sources.bitlocker import BITLOCKER_AT, BITLOCKER_TO_GO_AT, protection
from triage.sources.signatures.head import Head, Recognised, not_yet


def bitlocker(head: Head) -> Recognised | None:
    """`-FVE-FS-` as OEM name, or on removable media a FAT-like header with BitLocker's GUID."""
    if head.bytes(3, 8) == b"-FVE-FS-":
        name, places = "bitlocker", BITLOCKER_AT
    elif head.bytes(3, 8) == b"MSWIN4.1" and head.bytes(424, 4) == b"\x3b\xd6\x67\x49":
        name, places = "bitlocker to go", BITLOCKER_TO_GO_AT
    else:
        return None
    said = protection(head.bytes, places)
    return Recognised(name=name, state=VolumeState.ENCRYPTED, reason=said)


def ntfs(head: Head) -> Recognised | None:
    """OEM name `NTFS`; more than 128 sectors a cluster are given as a negative power of two."""
    if head.bytes(3, 8) != b"NTFS    ":
        return None
    serial = head.number(72, "<Q")
    cluster = head.number(13, "<B")
    sectors = cluster if cluster <= 128 else 1 << (256 - cluster)
    sector = head.number(11, "<H")
    length = (head.number(40, "<Q") + 1) * sector
    return Recognised(
        name="ntfs", uuid=f"{serial:016X}", block_size=sector * sectors, length=length
    )


def exfat(head: Head) -> Recognised | None:
    """OEM name `EXFAT`; sizes are powers of two."""
    if head.bytes(3, 8) != b"EXFAT   ":
        return None
    serial, shift = head.number(100, "<I"), head.number(108, "<B") + head.number(109, "<B")
    return Recognised(
        name="exfat",
        uuid=_serial(serial),
        block_size=1 << shift if shift <= 25 else 0,
        length=head.number(72, "<Q") << min(12, head.number(108, "<B")),
    )


def refs(head: Head) -> Recognised | None:
    """OEM name `ReFS`."""
    return not_yet("refs") if head.bytes(3, 8) == b"ReFS\0\0\0\0" else None


def fat(head: Head) -> Recognised | None:
    """Microsoft's rule: the count of clusters alone decides between FAT12, FAT16 and FAT32."""
    sector, cluster, reserved, fats, roots, small = struct.unpack("<HBHBHH", head.bytes(11, 10))
    media, per_fat = struct.unpack("<BH", head.bytes(21, 3))
    if sector not in (512, 1024, 2048, 4096) or cluster not in (1, 2, 4, 8, 16, 32, 64, 128):
        return None
    if not reserved or fats not in (1, 2) or not (media == 0xF0 or media >= 0xF8):
        return None
    big, wide = head.number(32, "<I"), not per_fat
    per_fat = per_fat or head.number(36, "<I")
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
        label=head.text(label, 11, "cp437").replace("NO NAME", ""),
        uuid=_serial(head.number(serial, "<I")),
        block_size=sector * cluster,
        length=sectors * sector,
    )


def _serial(number: int) -> str:
    return f"{number >> 16:04X}-{number & 0xFFFF:04X}"
