"""The superblock of a member of a Linux RAID, as Linux's md_p.h has it: versions 0.90 and 1.x.

All places and lengths are in bytes here. Nothing of it is believed: what cannot be is refused by
whoever puts the array together.
"""

import struct
from dataclasses import dataclass
from typing import Protocol

MAGIC = 0xA92B4EFC
SECTOR = 512
LENGTH = 4096
"""Of a superblock; one of version 1 has the roles of 1,920 members in it."""
FAULTY = 0xFFFD
"""From here on a number is no role: faulty, spare, journal."""
MOST_ROLES = 1920
LINEAR, MIRROR = -1, 1
BY_DATA = frozenset({LINEAR, 0})
"""Levels whose members give as much as each of them has."""
RECOVERING, RESHAPES, REPLACES, MOVES, OF_RAID_0 = 2, 4, 16, 64, 4096
"""Bits of what a superblock of version 1 says of its member."""
OLD_RESHAPES = 91
"""The minor version of 0.90 while its form is changed."""


class SuperblockHolder(Protocol):
    """A volume's beginning: `signatures.Head`."""

    size: int

    def bytes(self, offset: int, length: int) -> bytes:
        """Zeros where there is nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MdSuperblock:
    """What a member says of its array and of itself."""

    version: str
    at: int
    """Where in the volume it lies."""
    array: str
    """The array's UUID, 32 digits."""
    name: str
    level: int
    layout: int
    chunk: int
    members: int
    """How many the array has."""
    role: int
    """Which of them this is; from FAULTY on none."""
    device: bytes
    """What tells it from the other members, whatever its role."""
    events: int
    offset: int
    """Where what it gives begins."""
    size: int
    """How much of it the array uses."""
    changes: bool
    """Its form was being changed when it was last written."""
    partly: bool
    """It was being filled: not all of it is there."""
    sound: bool
    """Its sum is right."""

    @property
    def form(self) -> tuple[int, ...]:
        """What every member must say in the same way."""
        return self.level, self.layout, self.chunk, self.members

    @property
    def is_whole_from_its_beginning(self) -> bool:
        """Half of a mirror that begins where the volume begins: it can be read as it is."""
        return self.level == MIRROR and self.offset == 0


def superblock_in(head: SuperblockHolder) -> MdSuperblock | None:
    """1.1 at the start, 1.2 at 4 KiB, 1.0 and 0.90 near the end."""
    late = ((head.size // SECTOR - 16) & ~7) * SECTOR
    for version, place in (("1.1", 0), ("1.2", 4096), ("1.0", late)):
        raw = head.bytes(place, LENGTH) if place >= 0 else b""
        if raw[:8] == struct.pack("<II", MAGIC, 1):
            return _new(version, place, raw)
    old = (head.size & ~65535) - 65536
    raw = head.bytes(old, LENGTH) if old >= 0 else b""
    return _old(old, raw) if raw[:8] == struct.pack("<II", MAGIC, 0) else None


def _new(version: str, at: int, raw: bytes) -> MdSuperblock:
    features = struct.unpack_from("<I", raw, 8)[0]
    level, layout, size, chunk, members = struct.unpack_from("<iIQII", raw, 72)
    offset, there = struct.unpack_from("<QQ", raw, 128)
    number = struct.unpack_from("<I", raw, 160)[0]
    events = struct.unpack_from("<Q", raw, 200)[0]
    most = min(struct.unpack_from("<I", raw, 220)[0], MOST_ROLES)
    known = number < most
    role = struct.unpack_from("<H", raw, 256 + 2 * number)[0] if known else 0xFFFF
    name = raw[32:64].split(b"\0")[0].decode(errors="replace")
    used = there if level in BY_DATA else min(size or there, there)
    return MdSuperblock(
        version=version,
        at=at,
        array=raw[16:32].hex(),
        name="".join(each for each in name if each.isprintable())[:40],
        level=level,
        layout=layout,
        chunk=chunk * SECTOR,
        members=members,
        role=role,
        device=raw[168:184],
        events=events,
        offset=offset * SECTOR,
        size=used * SECTOR,
        changes=bool(features & (RESHAPES | MOVES)),
        partly=bool(features & (RECOVERING | REPLACES)),
        sound=_sum(raw[: 256 + 2 * most], 216) == struct.unpack_from("<I", raw, 216)[0],
    )


def _old(at: int, raw: bytes) -> MdSuperblock:
    words = struct.unpack("<1024I", raw)
    level = struct.unpack_from("<i", raw, 28)[0]
    is_faulty, is_active = words[996] & 1, words[996] & 2 and words[996] & 4
    size = at if level in BY_DATA else words[8] * 1024
    return MdSuperblock(
        version="0.90",
        at=at,
        array="".join(f"{words[n]:08x}" for n in (5, 13, 14, 15)),
        name="",
        level=level,
        layout=words[64],
        chunk=words[65],
        members=words[10],
        role=words[995] if is_active and not is_faulty else 0xFFFF,
        device=raw[3968 : 3968 + 128],
        events=words[39] | words[40] << 32,
        offset=0,
        size=min(size, at),
        changes=words[2] >= OLD_RESHAPES,
        partly=False,
        sound=_sum(raw, 38 * 4) == words[38],
    )


def _sum(raw: bytes, at: int) -> int:
    """Of all numbers of 32 bits, but for where the sum itself lies."""
    raw = raw[:at] + bytes(4) + raw[at + 4 :]
    total: int = sum(struct.unpack_from(f"<{len(raw) // 4}I", raw))
    total += int.from_bytes(raw[len(raw) // 4 * 4 :], "little")
    return ((total & 0xFFFFFFFF) + (total >> 32)) & 0xFFFFFFFF
