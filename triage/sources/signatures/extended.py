"""ext2, ext3 and ext4, after Linux's fs/ext4/ext4.h: the superblock, and what it says is unread."""

from triage.sources.signatures.head import Head, Recognised, no_files

SUPERBLOCK = 1024
MAGIC = b"\x53\xef"
HAS_JOURNAL = 0x4
ONLY_4 = 0x40 | 0x80 | 0x200 | 0x400 | 0x1000 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x20000
RECOVER, JOURNAL_DEVICE, META_GROUPS, ENCRYPT = 0x4, 0x8, 0x10, 0x10000
"""Features that a reader has to know."""
ORPHANS_PRESENT = 0x10000
"""A feature that a writer has to know."""

NOT_REPLAYED = (
    "its journal was not replayed: what was written last, before the power was cut, may be missing"
)
ORPHANS = "files that were deleted while they were open were not looked at"
SCATTERED = "which of its files are encrypted could not be told"


def ext(head: Head) -> Recognised | None:
    """The superblock is at 1024; features tell 2, 3 and 4 apart."""
    return _superblock(head, SUPERBLOCK)


def ext_backup(head: Head) -> Recognised | None:
    """A backup of the superblock, where block group 1 begins; it must say that it is that one."""
    for log_block in range(3):
        block = 1024 << log_block
        at = 8 * block * block + (block if log_block == 0 else 0)
        group = head.number(at + 90, "<H")
        if head.number(at + 24, "<I") == log_block and group == 1:
            return _superblock(head, at)
    return None


def _superblock(head: Head, at: int) -> Recognised | None:
    if head.bytes(at + 56, 2) != MAGIC:
        return None
    log_block, compatible = head.number(at + 24, "<I"), head.number(at + 92, "<I")
    incompatible, for_writers = head.number(at + 96, "<I"), head.number(at + 100, "<I")
    if log_block > 6:
        return None
    length = head.number(at + 4, "<I") << (10 + log_block)
    block, label, identity = 1024 << log_block, head.text(at + 120, 16), head.uuid(at + 104)
    if incompatible & JOURNAL_DEVICE:
        return no_files("ext journal", "an external journal; it holds no files", uuid=identity)
    journal = "ext3" if compatible & HAS_JOURNAL else "ext2"
    name = "ext4" if incompatible & ONLY_4 else journal
    return Recognised(
        name=name,
        block_size=block,
        label=label,
        uuid=identity,
        length=length,
        unread=tuple(_unread(head, at, compatible, incompatible, for_writers)),
    )


def _unread(head: Head, at: int, compatible: int, incompatible: int, for_writers: int) -> list[str]:
    unread = []
    if compatible & HAS_JOURNAL and incompatible & RECOVER:
        unread.append(NOT_REPLAYED)
    if head.number(at + 232, "<I") or for_writers & ORPHANS_PRESENT:
        unread.append(ORPHANS)
    if incompatible & ENCRYPT and incompatible & META_GROUPS:
        unread.append(SCATTERED)
    return unread
