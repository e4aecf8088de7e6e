"""Apple's formats: TN1150, the APFS reference, and the libyal project's notes on Core Storage."""

from collections.abc import Callable

from triage.evidence import VolumeState
from triage.sources.signatures.extended import NOT_REPLAYED
from triage.sources.signatures.head import Head, Recognised, not_yet

JOURNALED, IN_VOLUME, JOURNAL_MAGIC = 0x2000, 0x1, 0x4A4E4C78
FUSION, APFS_BLOCK = 0x100, 4096
ONE_OF_TWO = "one of the two disks of a Fusion drive, which this version cannot put together"


def hfs(head: Head) -> Recognised | None:
    """TN1150: the volume header is at 1024. HFS may wrap an HFS+ volume."""
    magic = head.bytes(1024, 2)
    if magic in (b"H+", b"HX"):
        block = head.number(1024 + 40, ">I")
        unread = (NOT_REPLAYED,) if _has_journal_to_replay(head, block) else ()
        length = head.number(1024 + 44, ">I") * block
        return Recognised(name="hfs+", block_size=block, length=length, unread=unread)
    if magic != b"BD":
        return None
    if head.bytes(1024 + 124, 2) == b"H+":
        return Recognised(name="hfs+")
    size = min(27, head.number(1024 + 36, ">B"))
    return not_yet("hfs", label=head.text(1024 + 37, size, "mac_roman"))


def _has_journal_to_replay(head: Head, block: int) -> bool:
    """TN1150: a volume whose header says that it has a journal, which is not empty."""
    info = head.number(1024 + 12, ">I") * block
    if not head.number(1024 + 4, ">I") & JOURNALED or not head.number(info, ">I") & IN_VOLUME:
        return False
    journal = head.number(info + 36, ">Q")
    for order in "<>":
        if head.number(journal, order + "I") == JOURNAL_MAGIC:
            return head.number(journal + 8, order + "Q") != head.number(journal + 16, order + "Q")
    return False


def hfs_backup(head: Head) -> Recognised | None:
    """The alternate volume header begins 1024 bytes before the end."""
    at = head.size - 1024
    if head.bytes(at, 2) not in (b"H+", b"HX") or head.number(at + 2, ">H") not in (4, 5):
        return None
    return Recognised(name="hfs+", block_size=head.number(at + 40, ">I"))


def apfs(head: Head) -> Recognised | None:
    """The container's superblock: `NXSB` at 32."""
    if head.bytes(32, 4) != b"NXSB":
        return None
    block = head.number(36, "<I")
    if not 4096 <= block <= 65536:
        return not_yet("apfs", "its superblock is damaged", uuid=head.uuid(72))
    if head.number(64, "<Q") & FUSION:
        return not_yet("apfs", ONE_OF_TWO, uuid=head.uuid(72), block_size=block)
    length = block * head.number(40, "<Q")
    return Recognised(name="apfs", uuid=head.uuid(72), block_size=block, length=length)


def apfs_backup(head: Head) -> Recognised | None:
    """A checkpoint's superblock, in one of the blocks that are mostly behind the first. (A volume
    in a container has its own superblock where the container's was.)"""
    at = apfs_copy(head.bytes)
    if at < 0 or head.bytes(32, 4) == b"APSB":
        return None
    length = APFS_BLOCK * head.number(at + 40, "<Q")
    return Recognised(name="apfs", uuid=head.uuid(at + 72), block_size=APFS_BLOCK, length=length)


def apfs_copy(read: Callable[[int, int], bytes]) -> int:
    """Where the first superblock behind the beginning lies, bytes; -1: nowhere near."""
    for at in range(APFS_BLOCK, 16 * APFS_BLOCK, APFS_BLOCK):
        raw = read(at, 40)
        if raw[32:36] == b"NXSB" and int.from_bytes(raw[36:40], "little") == APFS_BLOCK:
            return at
    return -1


def core_storage(head: Head) -> Recognised | None:
    """libfvde's notes: `CS` at 88 of the volume header, whose block type at 8 is 16."""
    if head.bytes(88, 2) != b"CS" or head.number(10, "<H") != 0x10:
        return None
    reason = "Apple Core Storage, mostly FileVault: the password is needed"
    return Recognised(name="core storage", state=VolumeState.ENCRYPTED, reason=reason)
