"""Linux's formats but ext, from its headers, and from the definitions of LVM2 and LUKS."""

import uuid

from triage.evidence import VolumeState
from triage.sources.md_superblock import MdSuperblock, superblock_in
from triage.sources.signatures.head import NEEDS_KEY, Head, Recognised, no_files, not_yet


def xfs(head: Head) -> Recognised | None:
    """`XFSB` at the very beginning."""
    if head.bytes(0, 4) != b"XFSB":
        return None
    length = head.number(4, ">I") * head.number(8, ">Q")
    return Recognised(name="xfs", label=head.text(108, 12), uuid=head.uuid(32), length=length)


BTRFS_DEVICES_AT = 65536 + 136
"""Where the superblock says how many devices it has."""


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


def md(head: Head) -> Recognised | None:
    """Linux's md_p.h: 1.1 at the start, 1.2 at 4 KiB, 1.0 and 0.90 near the end.

    Not a mirror whose data begins where the volume begins: what that holds is recognised first.
    """
    said = superblock_in(head)
    return None if said is None or said.is_whole_from_its_beginning else _md(said)


def md_mirror(head: Head) -> Recognised | None:
    """A mirror that holds nothing that is recognised by itself."""
    said = superblock_in(head)
    return None if said is None else _md(said)


def holds_mirror(head: Head) -> str:
    """Whether a superblock near the end says that all of a RAID 1 lies before it: which one."""
    said = superblock_in(head)
    return part_of(said) if said is not None and said.is_whole_from_its_beginning else ""


def part_of(said: MdSuperblock) -> str:
    """Which array it is a part of."""
    return f"md {said.array}"


def _md(said: MdSuperblock) -> Recognised:
    reason = f"part of a Linux RAID ({said.version}, level {said.level})"
    identity = str(uuid.UUID(hex=said.array)) if said.version != "0.90" else ""
    return not_yet("md", reason, uuid=identity, label=said.name, part_of=part_of(said))


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
