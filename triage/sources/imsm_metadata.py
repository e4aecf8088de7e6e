"""What Intel's RAID (Rapid Storage, "IMSM") writes at the end of each of its disks: the layout is
that which mdadm's super-intel.c describes.

It begins in the last sector but one and goes on in those before it. Each disk bears the same: a
table of disks, by their serial numbers, and the volumes that lie on them, each with numbers of
disks in that table in the order of its members. All places and lengths are in bytes here.
"""

import struct
from dataclasses import dataclass

from triage.sources.bytes import Bytes
from triage.sources.reader import ContentError

INTEL = b"Intel Raid ISM Cfg Sig. "
SECTOR_SIZES = (512, 4096)
MOST_VOLUMES = 16
MOST_LENGTH = 64 * 1024
"""Bytes of all of it; 255 disks take 13 KiB."""
HEAD, DISK, VOLUME, MAP = 216, 48, 112, 48
"""Bytes of the head, of a disk, and of a volume and a map without the numbers behind them."""
FAILED, REBUILT = 4, 1 << 24
"""A bit of a disk, and of a member's number."""
SERIAL = 16
"""Bytes that are kept of a serial number: the last, where it is longer."""
INITIALISED, VERIFIED, CHANGES_FORM, CHANGES_STATE, REPAIRED = 0, 2, 3, 4, 5
"""Why a volume is being migrated; what is left out is rebuilding."""
UNINITIALISED = 1
"""State of a volume whose members were never made to agree."""


@dataclass(frozen=True, slots=True)
class ImsmDisk:
    """A disk of the table."""

    serial: str
    failed: bool

    def is_called(self, serial: str) -> bool:
        """Whether a drive with that serial number is it: what is no letter or digit is left out of
        both, for systems tell it differently."""
        kept, told = _letters(self.serial), _letters(serial)
        if not kept or not told:
            return False
        return kept == told or (len(self.serial) == SERIAL and told.endswith(kept))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImsmVolume:
    """A RAID over the disks, or over a part of each."""

    name: str
    size: int
    """0: it is not said."""
    level: int
    """0, 1, 5 or 10; or what is not known."""
    chunk: int
    start: int
    """Where in each disk."""
    each: int
    """Bytes of each disk."""
    disks: tuple[int, ...]
    """By role: their numbers in the table."""
    not_in_step: frozenset[int]
    """Roles whose disk is gone, or was being filled."""
    changes: bool
    """Its form was being changed."""
    unmade: bool
    """Its parity was not all made yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImsmMetadata:
    """What a disk says."""

    family: str
    """The same on all disks, and kept when they are changed: 8 digits."""
    generation: int
    """How often it was written."""
    disks: tuple[ImsmDisk, ...]
    volumes: tuple[ImsmVolume, ...]

    @property
    def is_one_mirror(self) -> bool:
        """Each disk holds all that the RAID holds, at the same places."""
        first = self.volumes[0]
        return len(self.volumes) == 1 and first.level == 1 and first.start == 0


def imsm_in(held: Bytes) -> ImsmMetadata | None:
    """What the end of a disk says; its sum must be right, or any file's end could be taken for it,
    and it must name a volume."""
    for sector in dict.fromkeys((SECTOR_SIZES[0], held.sector_size, *SECTOR_SIZES)):
        raw = _whole(held, sector)
        if raw and (said := _said(raw, sector)).volumes:
            return said
    return None


def _whole(held: Bytes, sector: int) -> bytes:
    anchor = _read(held, held.size - 2 * sector, sector)
    if not anchor.startswith(INTEL):
        return b""
    length = struct.unpack_from("<I", anchor, 36)[0]
    if not HEAD <= length <= MOST_LENGTH:
        return b""
    further = -(-length // sector) - 1
    more = _read(held, held.size - (2 + further) * sector, further * sector)
    raw = (anchor + more)[: length // 4 * 4]
    words = struct.unpack(f"<{len(raw) // 4}I", raw)
    if len(raw) < length // 4 * 4 or (sum(words) - words[8]) & 0xFFFFFFFF != words[8]:
        return b""
    return raw


def _said(raw: bytes, sector: int) -> ImsmMetadata:
    family, generation = struct.unpack_from("<II", raw, 40)
    first = struct.unpack_from("<I", raw, 64)[0]
    count, volumes = raw[56], raw[57]
    at = HEAD + DISK * count
    return ImsmMetadata(
        family=f"{first or family:08x}",
        generation=generation,
        disks=tuple(_disk(raw[HEAD + DISK * n :][:DISK]) for n in range(count) if at <= len(raw)),
        volumes=tuple(_volumes(raw, at, min(volumes, MOST_VOLUMES), sector)),
    )


def _disk(raw: bytes) -> ImsmDisk:
    status = struct.unpack_from("<I", raw, 24)[0]
    return ImsmDisk(raw[:SERIAL].rstrip(b"\0").decode("latin-1"), bool(status & FAILED))


def _volumes(raw: bytes, at: int, count: int, sector: int) -> list[ImsmVolume]:
    found: list[ImsmVolume] = []
    while len(found) < count and at + VOLUME + MAP <= len(raw):
        now = at + VOLUME
        behind = now + _length(raw, now)
        migrates, why = raw[at + 88], raw[at + 89]
        before = behind if migrates and behind + MAP <= len(raw) else now
        found.append(_volume(raw, at, _Maps(now, before, why if migrates else None), sector))
        at = behind + (_length(raw, behind) if before != now else 0)
    return found


def _length(raw: bytes, at: int) -> int:
    """Of a map with its members' numbers, of which there is always one."""
    return MAP + 4 * max(1, raw[at + 16])


def _numbers(raw: bytes, at: int) -> tuple[int, ...]:
    there = raw[at + MAP :][: 4 * raw[at + 16]]
    return struct.unpack(f"<{len(there) // 4}I", there[: len(there) // 4 * 4])


@dataclass(frozen=True, slots=True)
class _Maps:
    """Where a volume's lie."""

    now: int
    before: int
    """As it was before what is under way began, which says who is in step."""
    why: int | None
    """What is under way."""


def _volume(raw: bytes, at: int, maps: _Maps, sector: int) -> ImsmVolume:
    now, before, why = maps.now, maps.before, maps.why
    place, each, _, strip, state, level, members = struct.unpack_from("<IIIHBBB", raw, now)
    higher = struct.unpack_from("<II", raw, now + 20)
    disks = tuple(number & REBUILT - 1 for number in _numbers(raw, now))
    was = _numbers(raw, before)
    name = raw[at : at + 16].split(b"\0")[0].decode("utf-8", "replace")
    return ImsmVolume(
        name="".join(each for each in name if each.isprintable()).strip(),
        size=struct.unpack_from("<Q", raw, at + 16)[0] * sector,
        level=10 if level == 1 and members > 2 else level,
        chunk=strip * sector,
        start=(place | higher[0] << 32) * sector,
        each=(each | higher[1] << 32) * sector,
        disks=disks if len(disks) == members else (),
        not_in_step=frozenset(role for role, number in enumerate(was) if number & REBUILT),
        changes=why in (CHANGES_FORM, CHANGES_STATE),
        unmade=why in (INITIALISED, REPAIRED) or raw[before + 14] == UNINITIALISED
        or state == UNINITIALISED,
    )  # fmt: skip


def _letters(serial: str) -> str:
    return "".join(each for each in serial if each.isalnum() and each.isascii())


def _read(held: Bytes, offset: int, length: int) -> bytes:
    """Nothing where it cannot be read."""
    try:
        return held.read_at(offset, length) if offset >= 0 else b""
    except ContentError:
        return b""
