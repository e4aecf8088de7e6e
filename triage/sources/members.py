"""Whether a whole disk is a member of a RAID that its mainboard or controller makes ("fake RAID").

Such a disk shows nothing at its beginning: what tells is in its last sectors. Layouts after
the SNIA's "Common RAID Disk Data Format Specification" 1.2, and libblkid's
list of the others, whose metadata is not public.

The half of a mirror is read as any disk. Of all other members the beginning of the first looks like
a disk with a table, whose volumes are pieces of what they claim to be.
"""

import struct
from dataclasses import dataclass

from triage.sources.bytes import Bytes
from triage.sources.imsm_metadata import imsm_in
from triage.sources.reader import ContentError

SECTOR = 512
TAIL = 400 * SECTOR
"""Bytes at the end of a disk; what is looked for lies in them."""

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
    part_of: str = ""
    """Which array it can be put together with others to, as `Volume.part_of` has it."""
    mirrored: tuple[tuple[int, int], ...] = ()
    """Where on the disk halves of mirrors begin and end."""


def member_of(reader: Bytes, sector: int) -> ArrayMember | None:
    """`sector`: the disk's own, bytes. None of a disk that bears no such mark."""
    tail = _read(reader, max(0, reader.size - TAIL), TAIL)
    if (found := _intel(reader)) is not None:
        return found
    for size in dict.fromkeys((SECTOR, sector)):
        found = _ddf(reader, tail, size)
        if found is not None:
            return found
    for name, from_end, offset, magic in OTHERS:
        at = len(tail) - from_end * SECTOR + offset
        if at >= 0 and tail[at : at + len(magic)] == magic:
            return ArrayMember(name=name, words=f"a RAID of the maker {name.split()[0].title()}")
    return None


def _intel(reader: Bytes) -> ArrayMember | None:
    """Intel Rapid Storage: `imsm_metadata`."""
    said = imsm_in(reader)
    if said is None:
        return None
    levels = [(volume.level, len(volume.disks)) for volume in said.volumes]
    mirrors = [volume for volume in said.volumes if volume.level == 1]
    return ArrayMember(
        name="intel raid",
        words=_words("an Intel RAID", levels),
        part_of=f"imsm {said.family}",
        mirrored=tuple((each.start, each.start + each.each) for each in mirrors),
    )


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
