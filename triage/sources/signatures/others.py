"""BSD's UFS, ZFS, VMFS, and those that one magic number tells."""

from triage.sources.signatures.head import Head, Recognised, not_yet

UFS_AT = (8192, 65536, 0, 262144)
UFS_MAGIC = (0x00011954, 0x19540119)


def ufs(head: Head) -> Recognised | None:
    """FreeBSD's sys/ufs/ffs/fs.h: the magic is at byte 1372 of the superblock, either order."""
    for place in UFS_AT:
        for order in "<>":
            if head.number(place + 1372, order + "I") in UFS_MAGIC:
                block = head.number(place + 52, order + "I")
                return Recognised(name="ufs", block_size=block if 512 <= block <= 65536 else 0)
    return None


ZFS_UBERBLOCK = 0x00BAB10C


def zfs(head: Head) -> Recognised | None:
    """Uberblocks lie from 128 KiB of each of the labels at 0 and 256 KiB, each 1 KiB or more."""
    for label in (0, 262144):
        ring = head.bytes(label + 131072, 131072)
        for place in range(0, len(ring), 1024):
            if ring[place : place + 8] in (
                ZFS_UBERBLOCK.to_bytes(8, "little"),
                ZFS_UBERBLOCK.to_bytes(8, "big"),
            ):
                return not_yet("zfs")
    return None


def vmfs(head: Head) -> Recognised | None:
    """The volume's own magic at 1 MiB, or the file system's at 18 MiB."""
    if head.number(1 << 20, "<I") == 0xC001D00D or head.number(18 << 20, "<I") == 0x2FABF15E:
        return not_yet("vmfs")
    return None


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
    ("oracle asm", 32, b"ORCLDISK", 0, 0),
)
"""Name, where its magic is, the magic, where a 16-byte label is, where the UUID is (0: nowhere)."""


LDM_MAGIC = b"PRIVHEAD"
LDM_NOT_READ = "Windows dynamic disk, not read"


def ldm(head: Head) -> Recognised | None:
    """The private header is in sector 6 of a disk with an MBR."""
    return not_yet("ldm", LDM_NOT_READ) if head.bytes(6 * 512, 8) == LDM_MAGIC else None


def simple(head: Head) -> Recognised | None:
    """What one magic number at one place tells."""
    for name, place, magic, label, identity in SIMPLE:
        if head.bytes(place, len(magic)) == magic:
            return not_yet(
                name,
                label=head.text(label, 16) if label else "",
                uuid=head.uuid(identity) if identity else "",
            )
    return None
