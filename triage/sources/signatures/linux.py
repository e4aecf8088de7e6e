"""Linux's formats but ext, from its headers, and from the definitions of LVM2 and LUKS."""

from triage.evidence import VolumeState
from triage.sources.signatures.head import NEEDS_KEY, Head, Recognised, no_files, not_yet


def xfs(head: Head) -> Recognised | None:
    """`XFSB` at the very beginning."""
    if head.bytes(0, 4) != b"XFSB":
        return None
    length = head.number(4, ">I") * head.number(8, ">Q")
    return Recognised(name="xfs", label=head.text(108, 12), uuid=head.uuid(32), length=length)


def btrfs(head: Head) -> Recognised | None:
    """The superblock at 64 KiB, its magic 64 bytes in."""
    if head.bytes(65536 + 64, 8) != b"_BHRfS_M":
        return None
    label, identity = head.text(65536 + 299, 256), head.uuid(65536 + 32)
    return Recognised(name="btrfs", label=label, uuid=identity)


def btrfs_backup(head: Head) -> Recognised | None:
    """The second superblock is at 64 MiB, and says so."""
    at = 64 << 20
    if head.bytes(at + 64, 8) != b"_BHRfS_M" or head.number(at + 48, "<Q") != at:
        return None
    return Recognised(name="btrfs", label=head.text(at + 299, 256), uuid=head.uuid(at + 32))


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


MD_MAGIC = 0xA92B4EFC


def md(head: Head) -> Recognised | None:
    """Linux's md_p.h: 1.1 at the start, 1.2 at 4 KiB, 1.0 and 0.90 near the end.

    Not a mirror whose data begins where the volume begins: what that holds is recognised first.
    """
    found = _md(head)
    return None if found is not None and holds_mirror(head) else found


def md_mirror(head: Head) -> Recognised | None:
    """A mirror that holds nothing that is recognised by itself."""
    return _md(head)


def holds_mirror(head: Head) -> bool:
    """Whether a superblock near the end says that all of a RAID 1 lies before it."""
    late, old = _late(head), _old(head)
    if head.number(late, "<I") == MD_MAGIC and head.number(late + 4, "<I") == 1:
        return head.number(late + 72, "<i") == 1 and head.number(late + 128, "<Q") == 0
    if head.number(old, "<I") == MD_MAGIC and head.number(old + 4, "<I") == 0:
        return head.number(old + 28, "<i") == 1
    return False


def _late(head: Head) -> int:
    """Where the superblock of version 1.0 is."""
    return ((head.size // 512 - 16) & ~7) * 512


def _old(head: Head) -> int:
    """Where that of version 0.90 is."""
    return (head.size & ~65535) - 65536


def _md(head: Head) -> Recognised | None:
    for version, place in (("1.1", 0), ("1.2", 4096), ("1.0", _late(head)), ("0.90", _old(head))):
        if place < 0 or head.number(place, "<I") != MD_MAGIC:
            continue
        major, level = head.number(place + 4, "<I"), head.number(place + 72, "<i")
        if version == "0.90" and major == 0:
            level = head.number(place + 28, "<i")
            return not_yet("md", _md_words(version, level))
        if version != "0.90" and major == 1:
            identity, label = head.uuid(place + 16), head.text(place + 32, 32)
            return not_yet("md", _md_words(version, level), uuid=identity, label=label)
    return None


def _md_words(version: str, level: int) -> str:
    return f"part of a Linux RAID ({version}, level {level}), which this version cannot assemble"


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
            return no_files("swap", reason, label=head.text(1052, 16), uuid=head.uuid(1036))
    return None
