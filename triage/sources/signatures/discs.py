"""Discs (ECMA-119, ECMA-167): descriptors from 32768 on, 2048 bytes each. A disc may be both.

A later session of a disc has descriptors of its own, 16 sectors behind where it begins: at once
behind the end of the one before in an image, and 11,400 sectors (6,900 from the third on) further
on a CD, for the lead-out and lead-in between them.
"""

import struct

from triage.sources.bytes import Bytes
from triage.sources.reader import ContentError
from triage.sources.signatures.head import Head, Recognised, not_yet

SECTOR = 2048
DESCRIPTORS_AT = 16 * SECTOR
PRIMARY = b"\x01CD001\x01"
SEARCHED = 24 << 20
"""Bytes behind the end of a session in which the next one is looked for."""
PIECE = 64 * 1024
MOST_FAILURES = 4
"""Pieces that cannot be read before the gap between sessions is crossed in large steps."""
STRIDE = 1 << 20

UDF = "beside the ISO 9660 tree there is a UDF tree, which was not read"
SESSION = "a later session of the disc was not read: what was added to it or changed in it"
GOES_ON = "the disc goes on behind its first session, where it could not be read"


def disc(head: Head) -> Recognised | None:
    """ISO 9660, with a word on UDF if it is there too; UDF alone is not read."""
    names = [head.bytes(DESCRIPTORS_AT + 1 + SECTOR * number, 5) for number in range(16)]
    has_udf = b"NSR02" in names or b"NSR03" in names
    if b"CD001" in names[:4]:
        label = head.text(DESCRIPTORS_AT + 40, 32)
        unread = (UDF,) if has_udf else ()
        length = _sectors(head.bytes(DESCRIPTORS_AT, SECTOR)) * SECTOR
        return Recognised(
            name="iso9660", label=label, block_size=SECTOR, length=length, unread=unread
        )
    return not_yet("udf") if has_udf else None


def later_session(reader: Bytes, offset: int, size: int) -> tuple[str, ...]:
    """What is to be said of the sessions behind the first one, which begins at `offset`."""
    first = (_read(reader, offset + DESCRIPTORS_AT, SECTOR) or b"").ljust(SECTOR, b"\0")
    end = max(struct.unpack_from("<I", first, 80)[0] * SECTOR, DESCRIPTORS_AT + SECTOR)
    here, stop, failures = end, min(size, end + SEARCHED), 0
    while here < stop:
        piece = _read(reader, offset + here, min(PIECE, stop - here))
        if piece is None:
            failures += 1
            here += PIECE if failures < MOST_FAILURES else STRIDE
            continue
        if _begins_in(piece, size):
            return (SESSION,)
        here += PIECE
    return (GOES_ON,) if failures and size - end > SEARCHED // 2 else ()


def _begins_in(piece: bytes, size: int) -> bool:
    """Whether a session's first descriptor is among these sectors, and is one that can be."""
    at = piece.find(PRIMARY)
    while at >= 0:
        descriptor = piece[at : at + SECTOR]
        if at % SECTOR == 0 and _sectors(descriptor) and _root(descriptor) < size:
            return True
        at = piece.find(PRIMARY, at + 1)
    return False


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
