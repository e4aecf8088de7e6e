"""Linux RAID (MD): one half of a mirror whose data begins behind the superblock, read by itself.

After Linux's md_p.h. A mirror with its superblock at the end (1.0, 0.90) needs no layer: its data
begins where the disk does. Any other level needs the other members, and is named.
"""

import struct
from collections.abc import Mapping

from triage.sources.bytes import Bytes, stretch_of
from triage.sources.reader import ContentError
from triage.sources.signatures import Head, Recognised
from triage.sources.signatures.linux import MD_MAGIC, md

PLACES = (0, 4096)
"""Of 1.1 and of 1.2."""
SUPERBLOCK = 512
MIRROR, RECOVERING = 1, 2
FAULTY = 0xFFFD
"""From here on a number is no role: faulty, spare, journal."""
NO_MEMBER = "it says of itself that it is a spare, or was thrown out of the array"
NOT_WHOLE = "the array was being rebuilt onto it, and not all of it is there"


def recognise(head: Head) -> Recognised | None:
    """A mirror of version 1.1 or 1.2."""
    if not any(_is_mirror(head.bytes(at, SUPERBLOCK)) for at in PLACES):
        return None
    found = md(head)
    return found if found is not None and "level 1)" in found.reason else None


def _is_mirror(raw: bytes) -> bool:
    magic, major = struct.unpack_from("<II", raw)
    return (magic, major) == (MD_MAGIC, 1) and struct.unpack_from("<i", raw, 72)[0] == MIRROR


def open_(held: Bytes) -> Mapping[str, Bytes]:
    """What it holds, by the array's name."""
    for at in PLACES:
        raw = held.read_at(at, SUPERBLOCK)
        if len(raw) == SUPERBLOCK and _is_mirror(raw):
            return _opened(held, at, raw)
    raise ContentError("its superblock cannot be read")


def _opened(held: Bytes, at: int, raw: bytes) -> Mapping[str, Bytes]:
    features = struct.unpack_from("<I", raw, 8)[0]
    size, offset, there = (struct.unpack_from("<Q", raw, place)[0] for place in (80, 128, 136))
    number = struct.unpack_from("<I", raw, 160)[0]
    roles = held.read_at(at + 256 + 2 * min(number, 4096), 2)
    if features & RECOVERING:
        raise ContentError(NOT_WHOLE)
    if len(roles) < 2 or int.from_bytes(roles, "little") >= FAULTY:
        raise ContentError(NO_MEMBER)
    name = raw[32:64].split(b"\0")[0].decode(errors="replace")
    shown = "".join(each for each in name if each.isprintable())[:40]
    return {shown: stretch_of(held, offset * 512, min(size or there, there) * 512)}
