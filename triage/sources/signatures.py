"""What a volume holds, by signature. (interim)"""

from dataclasses import dataclass

from triage.evidence import VolumeState
from triage.sources.reader import ContentError, Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What a signature says."""

    name: str
    state: VolumeState = VolumeState.READABLE
    label: str = ""
    uuid: str = ""
    reason: str = ""
    block_size: int = 0


def recognise(reader: Reader, offset: int, size: int) -> Recognised | None:
    """The file system or container at `offset`."""
    try:
        head = reader.read_at(offset, min(size, 70000))
    except ContentError:
        return None
    if head[3:11] == b"NTFS    ":
        return Recognised(name="ntfs")
    if head[3:11] == b"EXFAT   ":
        return Recognised(name="exfat")
    if head[1080:1082] == b"\x53\xef":
        return Recognised(name="ext4")
    if head[510:512] == b"\x55\xaa" and head[0] in (0xEB, 0xE9):
        name = "fat32" if head[82:87] == b"FAT32" else head[54:59].decode(errors="replace").lower()
        if name in ("fat12", "fat16", "fat32"):
            return Recognised(name=name)
    return None
