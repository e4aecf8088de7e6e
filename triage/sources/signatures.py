"""What a volume holds, recognised by signature: file systems, encryption, RAID, swap, or nothing.

Facts are from the formats' own definitions: UEFI and Microsoft's FAT and exFAT specifications,
Linux's headers (ext4, XFS, btrfs, F2FS, JFS, reiserfs, squashfs, swap, MD), ECMA-119 and ECMA-167
(ISO 9660, UDF), Apple's TN1150 and APFS reference, the LUKS on-disk formats, and the libyal
project's notes on BitLocker, Core Storage and ReFS. Byte offsets are from the volume's start.

Nothing here decides what may be read: a recognised name is only a reason to try.
"""

import codecs
import struct
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from triage.evidence import VolumeState
from triage.sources.bitlocker import BITLOCKER_AT, BITLOCKER_TO_GO_AT, protection
from triage.sources.emptiness import look_at_samples
from triage.sources.reader import ContentError, Reader

HEAD = 69632
"""Bytes; the furthest superblocks (btrfs, reiserfs, UFS2) lie at 64 KiB."""
NOT_YET = "this version cannot read it"
NEEDS_KEY = "encrypted; the key or password is needed"


for _encoding in ("cp437", "mac_roman", "utf-16-le"):
    codecs.lookup(_encoding)  # now: a sandboxed worker could not load it at first use


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What a signature says of a volume."""

    name: str
    state: VolumeState = VolumeState.READABLE
    """READABLE: The Sleuth Kit knows it; whether it opens is tried later."""
    label: str = ""
    uuid: str = ""
    reason: str = ""
    block_size: int = 0
    length: int = 0
    """Bytes that the file system says it takes; 0: it is not known here."""


class Head:
    """The beginning of a volume, with reads that never fail: short and absent bytes are zeros."""

    __slots__ = ("_head", "_offset", "_reader", "size")

    def __init__(self, reader: Reader, offset: int, size: int) -> None:
        """Of the volume at `offset`, `size` bytes long."""
        self._reader = reader
        self._offset = offset
        self.size = size
        self._head = b""
        self._head = self.bytes(0, HEAD)

    def bytes(self, offset: int, length: int) -> bytes:
        """`length` bytes; zeros beyond the volume and where it cannot be read."""
        if offset >= 0 and offset + length <= len(self._head):
            return self._head[offset : offset + length]
        if offset < 0:
            return bytes(length)
        there = max(0, min(length, self.size - offset))
        try:
            data = self._reader.read_at(self._offset + offset, there)
        except ContentError:
            data = b""
        return data.ljust(length, b"\0")

    def text(self, offset: int, length: int, encoding: str = "utf-8") -> str:
        """Text up to the first NUL, without spaces around it."""
        raw = self.bytes(offset, length).decode(encoding, "replace")
        return raw.split("\0")[0].strip()

    def uuid(self, offset: int) -> str:
        """Sixteen bytes as a UUID; empty if all are zero."""
        raw = self.bytes(offset, 16)
        return str(uuid.UUID(bytes=raw)) if any(raw) else ""

    def number(self, offset: int, layout: str) -> int:
        """One number in struct's notation."""
        return int(struct.unpack(layout, self.bytes(offset, struct.calcsize(layout)))[0])


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


def _not_yet(name: str, reason: str = NOT_YET, **more: str | int) -> Recognised:
    found = Recognised(name=name, state=VolumeState.UNSUPPORTED, reason=reason)
    return replace(found, **more)  # type: ignore[arg-type]


def _bitlocker(head: Head) -> Recognised | None:
    """`-FVE-FS-` as OEM name, or on removable media a FAT-like header with BitLocker's GUID."""
    if head.bytes(3, 8) == b"-FVE-FS-":
        name, places = "bitlocker", BITLOCKER_AT
    elif head.bytes(3, 8) == b"MSWIN4.1" and head.bytes(424, 4) == b"\x3b\xd6\x67\x49":
        name, places = "bitlocker to go", BITLOCKER_TO_GO_AT
    else:
        return None
    said = protection(head.bytes, places)
    return Recognised(name=name, state=VolumeState.ENCRYPTED, reason=said)


def _luks(head: Head) -> Recognised | None:
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


def _ntfs(head: Head) -> Recognised | None:
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


def _exfat(head: Head) -> Recognised | None:
    if head.bytes(3, 8) != b"EXFAT   ":
        return None
    serial, shift = head.number(100, "<I"), head.number(108, "<B") + head.number(109, "<B")
    return Recognised(
        name="exfat",
        uuid=_serial(serial),
        block_size=1 << shift if shift <= 25 else 0,
        length=head.number(72, "<Q") << min(12, head.number(108, "<B")),
    )


def _serial(number: int) -> str:
    return f"{number >> 16:04X}-{number & 0xFFFF:04X}"


def _refs(head: Head) -> Recognised | None:
    return _not_yet("refs") if head.bytes(3, 8) == b"ReFS\0\0\0\0" else None


def _fat(head: Head) -> Recognised | None:
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


EXT_JOURNAL = 0x4
EXT_JOURNAL_DEVICE = 0x8
EXT_ONLY_4 = 0x40 | 0x80 | 0x200 | 0x400 | 0x1000 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x20000


def _ext(head: Head) -> Recognised | None:
    """Linux's fs/ext4/ext4.h: the superblock is at 1024; features tell 2, 3 and 4 apart."""
    if head.bytes(1024 + 56, 2) != b"\x53\xef":
        return None
    log_block, compatible = head.number(1024 + 24, "<I"), head.number(1024 + 92, "<I")
    incompatible = head.number(1024 + 96, "<I")
    if log_block > 6:
        return None
    label, identity = head.text(1024 + 120, 16), head.uuid(1024 + 104)
    if incompatible & EXT_JOURNAL_DEVICE:
        return _not_yet("ext journal", "an external journal; it holds no files", uuid=identity)
    journal = "ext3" if compatible & EXT_JOURNAL else "ext2"
    name = "ext4" if incompatible & EXT_ONLY_4 else journal
    return Recognised(
        name=name,
        block_size=1024 << log_block,
        label=label,
        uuid=identity,
        length=head.number(1024 + 4, "<I") * (1024 << log_block),
    )


def _hfs(head: Head) -> Recognised | None:
    """TN1150: the volume header is at 1024. HFS may wrap an HFS+ volume."""
    magic = head.bytes(1024, 2)
    if magic in (b"H+", b"HX"):
        return Recognised(name="hfs+", block_size=head.number(1024 + 40, ">I"))
    if magic != b"BD":
        return None
    if head.bytes(1024 + 124, 2) == b"H+":
        return Recognised(name="hfs+")
    size = min(27, head.number(1024 + 36, ">B"))
    return _not_yet("hfs", label=head.text(1024 + 37, size, "mac_roman"))


def _disc(head: Head) -> Recognised | None:
    """ECMA-119 and ECMA-167: descriptors from 32768 on, 2048 bytes each. A disc may be both."""
    names = [head.bytes(32769 + 2048 * number, 5) for number in range(16)]
    if b"CD001" in names[:4]:
        return Recognised(name="iso9660", label=head.text(32768 + 40, 32), block_size=2048)
    return _not_yet("udf") if b"NSR02" in names or b"NSR03" in names else None


UFS_AT = (8192, 65536, 0, 262144)
UFS_MAGIC = (0x00011954, 0x19540119)


def _ufs(head: Head) -> Recognised | None:
    """FreeBSD's sys/ufs/ffs/fs.h: the magic is at byte 1372 of the superblock, either order."""
    for place in UFS_AT:
        for order in "<>":
            if head.number(place + 1372, order + "I") in UFS_MAGIC:
                block = head.number(place + 52, order + "I")
                return Recognised(name="ufs", block_size=block if 512 <= block <= 65536 else 0)
    return None


def _apfs(head: Head) -> Recognised | None:
    if head.bytes(32, 4) != b"NXSB":
        return None
    block = head.number(36, "<I")
    return _not_yet("apfs", uuid=head.uuid(72), block_size=block if block <= 65536 else 0)


def _xfs(head: Head) -> Recognised | None:
    if head.bytes(0, 4) != b"XFSB":
        return None
    return _not_yet("xfs", label=head.text(108, 12), uuid=head.uuid(32))


def _btrfs(head: Head) -> Recognised | None:
    if head.bytes(65536 + 64, 8) != b"_BHRfS_M":
        return None
    return _not_yet("btrfs", label=head.text(65536 + 299, 256), uuid=head.uuid(65536 + 32))


def _f2fs(head: Head) -> Recognised | None:
    if head.number(1024, "<I") != 0xF2F52010:
        return None
    label = head.text(1024 + 124, 1024, "utf-16-le")
    return _not_yet("f2fs", label=label, uuid=head.uuid(1024 + 108))


def _lvm(head: Head) -> Recognised | None:
    """LVM2's label is in one of the first four sectors."""
    for sector in range(4):
        if head.bytes(sector * 512, 8) == b"LABELONE" and (
            head.bytes(sector * 512 + 24, 8) == b"LVM2 001"
        ):
            reason = "holds logical volumes, which this version cannot assemble"
            return _not_yet("lvm", reason, uuid=head.text(sector * 512 + 32, 32))
    return None


def _md(head: Head) -> Recognised | None:
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
            return _not_yet(
                "md", reason, uuid=head.uuid(place + 16), label=head.text(place + 32, 32)
            )
        if version == "0.90" and head.number(place + 4, "<I") == 0:
            return _mirror(head, place)
    return None


def _mirror(head: Head, place: int) -> Recognised:
    """MD 0.90 lies at the end. The file system of a RAID 1 begins where the volume begins."""
    level = struct.unpack("<i", head.bytes(place + 28, 4))[0]
    reason = f"part of a Linux RAID (0.90, level {level}), which this version cannot assemble"
    return _not_yet("md", reason)


SWAP = {
    b"SWAPSPACE2": "",
    b"SWAP-SPACE": "",
    b"S1SUSPEND\0": "it holds a hibernation image",
    b"S2SUSPEND\0": "it holds a hibernation image",
    b"ULSUSPEND\0": "it holds a hibernation image",
    b"LINHIB0001": "it holds a hibernation image",
}


def _swap(head: Head) -> Recognised | None:
    """Linux's swap.h: the magic is in the last ten bytes of the first page (4 to 64 KiB)."""
    for page in (4096, 8192, 16384, 65536):
        magic = head.bytes(page - 10, 10)
        if magic in SWAP:
            reason = SWAP[magic] or "memory that was paged out; no files"
            return _not_yet("swap", reason, label=head.text(1052, 16), uuid=head.uuid(1036))
    return None


ZFS_UBERBLOCK = 0x00BAB10C


def _zfs(head: Head) -> Recognised | None:
    """Uberblocks lie from 128 KiB of each of the labels at 0 and 256 KiB, each 1 KiB or more."""
    for label in (0, 262144):
        ring = head.bytes(label + 131072, 131072)
        for place in range(0, len(ring), 1024):
            if ring[place : place + 8] in (
                ZFS_UBERBLOCK.to_bytes(8, "little"),
                ZFS_UBERBLOCK.to_bytes(8, "big"),
            ):
                return _not_yet("zfs")
    return None


def _vmfs(head: Head) -> Recognised | None:
    """The volume's own magic at 1 MiB, or the file system's at 18 MiB."""
    if head.number(1 << 20, "<I") == 0xC001D00D or head.number(18 << 20, "<I") == 0x2FABF15E:
        return _not_yet("vmfs")
    return None


def _core_storage(head: Head) -> Recognised | None:
    """libfvde's notes: `CS` at 88 of the volume header, whose block type at 8 is 16."""
    if head.bytes(88, 2) != b"CS" or head.number(10, "<H") != 0x10:
        return None
    reason = "Apple Core Storage, mostly FileVault: the password is needed"
    return Recognised(name="core storage", state=VolumeState.ENCRYPTED, reason=reason)


SIMPLE: tuple[tuple[str, int, bytes, int, int], ...] = (
    ("jfs", 32768, b"JFS1", 32768 + 152, 32768 + 136),
    ("reiserfs", 65536 + 52, b"ReIsErFs", 65536 + 100, 65536 + 84),
    ("reiserfs", 65536 + 52, b"ReIsEr2Fs", 65536 + 100, 65536 + 84),
    ("reiserfs", 65536 + 52, b"ReIsEr3Fs", 65536 + 100, 65536 + 84),
    ("reiserfs", 8192 + 52, b"ReIsErFs", 0, 0),
    ("reiser4", 65536, b"ReIsEr4", 0, 0),
    ("squashfs", 0, b"hsqs", 0, 0),
    ("erofs", 1024, b"\xe2\xe1\xf5\xe0", 0, 1024 + 48),
    ("nilfs2", 1024 + 6, b"\x34\x34", 0, 1024 + 152),
    ("bcache", 4096 + 24, bytes.fromhex("c68573f64e1a45ca8265f57f48ba6d81"), 0, 0),
    ("bcachefs", 4096 + 24, bytes.fromhex("c68573f666ce90a9d96a60cf803df7ef"), 0, 0),
    ("storage spaces", 4096, b"SPACEDB ", 0, 0),
    ("ldm", 6 * 512, b"PRIVHEAD", 0, 0),
    ("oracle asm", 32, b"ORCLDISK", 0, 0),
)
"""Name, where its magic is, the magic, where a 16-byte label is, where the UUID is (0: nowhere)."""


def _simple(head: Head) -> Recognised | None:
    for name, place, magic, label, identity in SIMPLE:
        if head.bytes(place, len(magic)) == magic:
            return _not_yet(
                name,
                label=head.text(label, 16) if label else "",
                uuid=head.uuid(identity) if identity else "",
            )
    return None


_TESTS: tuple[Callable[[Head], Recognised | None], ...] = (
    _luks, _bitlocker, _md, _lvm, _core_storage,
    _ntfs, _exfat, _refs, _apfs, _xfs, _fat,
    _ext, _hfs, _f2fs, _disc, _btrfs, _swap, _simple, _ufs, _zfs, _vmfs,
)  # fmt: skip
