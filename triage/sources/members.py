"""Whether a whole disk is a member of a RAID that its mainboard or controller makes ("fake RAID").

Such a disk shows nothing at its beginning: what tells is in its last sectors. Layouts after
mdadm's super-intel.c, the SNIA's "Common RAID Disk Data Format Specification" 1.2, and libblkid's
list of the others, whose metadata is not public.

The half of a mirror is read as any disk. Of all other members the beginning of the first looks like
a disk with a table, whose volumes are pieces of what they claim to be.
"""

import struct
from dataclasses import dataclass

from triage.sources.bytes import Bytes
from triage.sources.reader import ContentError

SECTOR = 512
TAIL = 400 * SECTOR
"""Bytes at the end of a disk; what is looked for lies in them."""
MOST_VOLUMES = 16
MOST_MPB = 64 * 1024
"""Bytes of Intel's metadata; 255 disks take 13 KiB."""

INTEL = b"Intel Raid ISM Cfg Sig. "
DDF, DDF_VOLUME = 0xDE11DE11, b"\xee\xee\xee\xee"
DDF_SINGLE, DDF_MIRROR = 0x0F, 0x01
MOST_DDF_SECTORS = 1024

OTHERS: tuple[tuple[str, int, int, bytes], ...] = (
    *(("promise raid", sector, 0, b"Promise Technology, Inc.")
      for sector in (16, 63, 255, 256, 399)),
    ("nvidia raid", 2, 0, b"NVIDIA"),
    ("lsi raid", 1, 0, b"$XIDE$"),
    ("adaptec raid", 1, 256, b"DPTM"),
    ("highpoint raid", 11, 0, b"\xf3\x16\x78\x5a"),
    ("highpoint raid", 11, 0, b"\xfd\x16\x78\x5a"),
)  # fmt: skip
"""Name, sector from the end, offset in it, magic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayMember:
    """What the last sectors say."""

    name: str
    """As a volume's file system is named."""
    words: str
    """`an Intel RAID (levels 0, 1)`."""
    mirror: bool = False
    """The disk holds all of what the RAID holds, at the same places."""


def member_of(reader: Bytes, sector: int) -> ArrayMember | None:
    """`sector`: the disk's own, bytes. None of a disk that bears no such mark."""
    tail = _read(reader, max(0, reader.size - TAIL), TAIL)
    for size in dict.fromkeys((SECTOR, sector)):
        found = _intel(reader, tail, size) or _ddf(reader, tail, size)
        if found is not None:
            return found
    for name, from_end, offset, magic in OTHERS:
        at = len(tail) - from_end * SECTOR + offset
        if at >= 0 and tail[at : at + len(magic)] == magic:
            return ArrayMember(name=name, words=f"a RAID of the maker {name.split()[0].title()}")
    return None


def _intel(reader: Bytes, tail: bytes, sector: int) -> ArrayMember | None:
    """Intel Rapid Storage: the metadata begins in the last sector but one and goes on in those
    before it. Its sum must be right, or any file's end could be taken for it."""
    at = len(tail) - 2 * sector
    anchor = tail[at : at + sector] if at >= 0 else b""
    if not anchor.startswith(INTEL):
        return None
    length = struct.unpack_from("<I", anchor, 36)[0]
    if not 216 <= length <= MOST_MPB:
        return None
    further = -(-length // sector) - 1
    more = _read(reader, reader.size - (2 + further) * sector, further * sector)
    metadata = (anchor + more)[: length // 4 * 4]
    words = struct.unpack(f"<{len(metadata) // 4}I", metadata)
    if len(metadata) < length // 4 * 4 or (sum(words) - words[8]) & 0xFFFFFFFF != words[8]:
        return None
    levels = _intel_levels(metadata)
    if not levels:
        return None
    mirror = all(level == 1 and members == 2 for level, members in levels)
    return ArrayMember(name="intel raid", words=_words("an Intel RAID", levels), mirror=mirror)


def _intel_levels(metadata: bytes) -> list[tuple[int, int]]:
    """Level and count of members of each volume of the array."""
    disks, volumes = metadata[56], metadata[57]
    at, levels = 216 + 48 * disks, list[tuple[int, int]]()
    for _ in range(min(volumes, MOST_VOLUMES)):
        if at + 164 > len(metadata):
            break
        level, members = metadata[at + 112 + 15], metadata[at + 112 + 16]
        levels.append((level, members))
        migrates = metadata[at + 88]
        at += 164 + 4 * max(0, members - 1)
        if migrates and at + 16 < len(metadata):
            at += 52 + 4 * max(0, metadata[at + 16] - 1)
    return levels


def _ddf(reader: Bytes, tail: bytes, sector: int) -> ArrayMember | None:
    """SNIA's format: the last sector names the first header, which bears the same magic."""
    anchor = tail[-sector:][:SECTOR]
    if len(anchor) < SECTOR or struct.unpack_from(">I", anchor)[0] != DDF:
        return None
    primary = struct.unpack_from(">Q", anchor, 96)[0]
    if primary >= reader.size // sector or _read(reader, primary * sector, 4) != anchor[:4]:
        return None
    offset, length = struct.unpack_from(">II", anchor, 216)
    config = _read(reader, (primary + offset) * sector, min(length, MOST_DDF_SECTORS) * sector)
    found = [
        (config[at + 67], struct.unpack_from(">H", config, at + 64)[0], config[at + 69])
        for at in range(0, len(config) - SECTOR + 1, sector)
        if config[at : at + 4] == DDF_VOLUME
    ]
    mirror = bool(found) and all(
        stacked == 1 and (level == DDF_MIRROR or (level == DDF_SINGLE and members == 1))
        for level, members, stacked in found
    )
    words = _words("a RAID of the format DDF", [(level, members) for level, members, _ in found])
    return ArrayMember(name="ddf raid", words=words, mirror=mirror)


def _words(what: str, levels: list[tuple[int, int]]) -> str:
    told = sorted({level for level, _ in levels})
    if not told:
        return what
    return f"{what} (level{'s' if len(told) > 1 else ''} {', '.join(map(str, told))})"


def _read(reader: Bytes, offset: int, length: int) -> bytes:
    """Nothing where it cannot be read."""
    try:
        return reader.read_at(offset, length)
    except ContentError:
        return b""
