"""Discs (ECMA-119, ECMA-167): descriptors from 32768 on, 2048 bytes each. A disc may be both.

A later session of a disc has descriptors of its own, 16 sectors behind where it begins: at once
behind the end of the one before in an image, and 11,400 sectors (6,900 from the third on) further
on a CD, for the lead-out and lead-in between them.
"""

import struct

from triage.sources.bytes import Bytes, stretch_of
from triage.sources.reader import ContentError
from triage.sources.signatures.head import Head, Recognised

SECTOR = 2048
DESCRIPTORS_AT = 16 * SECTOR
PRIMARY = b"\x01CD001\x01"
SEARCHED = 24 << 20
"""Bytes behind the end of a session in which the next one is looked for."""
PIECE = 64 * 1024
MOST_FAILURES = 4
"""Pieces that cannot be read before the gap between sessions is crossed in large steps."""
STRIDE = 1 << 20

MOST_SESSIONS = 100
SESSION = "a later session of the disc was not read: what was added to it or changed in it"
GOES_ON = "the disc goes on behind its first session, where it could not be read"


def disc(head: Head) -> Recognised | None:
    """ISO 9660, which may have UDF beside it; or UDF alone."""
    names = [head.bytes(DESCRIPTORS_AT + 1 + SECTOR * number, 5) for number in range(16)]
    has_udf = b"NSR02" in names or b"NSR03" in names
    if b"CD001" in names[:4]:
        label = head.text(DESCRIPTORS_AT + 40, 32)
        length = _sectors(head.bytes(DESCRIPTORS_AT, SECTOR)) * SECTOR
        return Recognised(name="iso9660", label=label, block_size=SECTOR, length=length)
    return Recognised(name="udf") if has_udf else None


def sessions_of(held: Bytes) -> tuple[list[int], bool]:
    """Where the descriptors of each session begin, the first one's first; and whether it could not
    be seen if there are more."""
    found, end, unsure = [DESCRIPTORS_AT], 0, False
    while len(found) < MOST_SESSIONS:
        raw = (_read(held, found[-1], SECTOR) or b"").ljust(SECTOR, b"\0")
        claimed = struct.unpack_from("<I", raw, 80)[0] * SECTOR
        end = max(end, claimed, found[-1] + SECTOR)
        following, unsure = _following(held, end)
        if following < 0:
            break
        found.append(following)
    return found, unsure


def later_session(reader: Bytes, offset: int, size: int) -> tuple[str, ...]:
    """What is to be said of sessions behind the last that is seen, of a disc at `offset`."""
    found, unsure = sessions_of(stretch_of(reader, offset, size))
    if len(found) == MOST_SESSIONS:
        return (SESSION,)
    return (GOES_ON,) if unsure else ()


def _following(held: Bytes, end: int) -> tuple[int, bool]:
    """Where a session's descriptors begin behind `end`, or -1; and whether that is unsure."""
    here, stop, failures = end, min(held.size, end + SEARCHED), 0
    while here < stop:
        piece = _read(held, here, min(PIECE, stop - here))
        if piece is None:
            failures += 1
            here += PIECE if failures < MOST_FAILURES else STRIDE
            continue
        at = _begins_in(piece, held.size)
        if at >= 0:
            return here + at, False
        here += PIECE
    return -1, bool(failures) and held.size - end > SEARCHED // 2


def _begins_in(piece: bytes, size: int) -> int:
    """Where among these sectors a session's first descriptor is that can be one; or -1."""
    at = piece.find(PRIMARY)
    while at >= 0:
        descriptor = piece[at : at + SECTOR]
        if at % SECTOR == 0 and _sectors(descriptor) and _root(descriptor) < size:
            return at
        at = piece.find(PRIMARY, at + 1)
    return -1


def _sectors(descriptor: bytes) -> int:
    """How many sectors a primary descriptor claims; 0 if it does not say so in both orders."""
    if len(descriptor) < SECTOR or not descriptor.startswith(PRIMARY):
        return 0
    little, big = struct.unpack_from("<I", descriptor, 80)[0], descriptor[84:88]
    block = struct.unpack_from("<H", descriptor, 128)[0]
    return int(little) if little.to_bytes(4, "big") == big and block == SECTOR else 0


def _root(descriptor: bytes) -> int:
    """Where the root directory lies, bytes; beyond any disc if its record is none."""
    little, big = struct.unpack_from("<I", descriptor, 158)[0], descriptor[162:166]
    is_record = descriptor[156] == 34 and little.to_bytes(4, "big") == big
    return int(little) * SECTOR if is_record else 1 << 63


def _read(reader: Bytes, offset: int, length: int) -> bytes | None:
    """None where it cannot be read."""
    try:
        return reader.read_at(offset, length)
    except ContentError:
        return None
