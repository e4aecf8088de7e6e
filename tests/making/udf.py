"""A UDF volume, after ECMA-167 and OSTA's UDF 2.60, with or without a metadata partition.

udfinfo reads it so, as far as it looks: to the set of files, through the metadata partition.
"""

import struct
from collections.abc import Mapping
from pathlib import Path

BLOCK = 2048
PARTITION, FILES_AT = 300, 64
"""Where the partition begins, and where in it what is no metadata does; blocks."""
METADATA_AT, MIRROR_AT, METADATA_BLOCKS = 2, 3, 40
FIRST_METADATA = 8
SHORT, INSIDE = 0, 3


def _tagged(tag: int, block: int, body: bytes) -> bytes:
    """A descriptor: its tag, and then what it says."""
    length = len(body)
    head = struct.pack("<HHBBHHHI", tag, 3, 0, 0, 1, _crc(body), length, block)
    return head[:4] + bytes([sum(head) & 0xFF]) + head[5:] + body


def _crc(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = crc << 1 ^ (0x1021 if crc & 0x8000 else 0)
    return crc & 0xFFFF


def _long(length: int, block: int, reference: int) -> bytes:
    return struct.pack("<IIH6x", length, block, reference)


def _entry(block: int, kind: int, size: int, form: int, listed: bytes, *, newer: bool) -> bytes:
    """A file entry, of UDF 2.00 and newer or of all."""
    icb = struct.pack("<IHHHBBIHH", 0, 4, 0, 1, 0, kind, 0, 0, form)
    when = struct.pack("<HHBBBBBBBB", 0x1000, 2026, 5, 4, 3, 2, 1, 0, 0, 0)
    body = icb + struct.pack("<IIIHBBIQ", 0, 0, 0x14A5, 1, 0, 0, 0, size)
    if newer:
        body += struct.pack("<QQ", size, 1) + when * 4 + struct.pack("<I4x", 1) + bytes(32)
    else:
        body += struct.pack("<Q", 1) + when * 3 + struct.pack("<I", 1) + bytes(16)
    body += bytes(32) + struct.pack("<QII", block, 0, len(listed)) + listed
    return _tagged(266 if newer else 261, block, body)


def _name(name: str, block: int, reference: int, flags: int) -> bytes:
    raw = b"" if flags & 8 else b"\x10" + name.encode("utf-16-be")
    body = struct.pack("<HBB", 1, flags, len(raw)) + _long(BLOCK, block, reference)
    made = _tagged(257, block, body + struct.pack("<H", 0) + raw)
    return made + bytes(-len(made) % 4)


def udf_volume(
    path: Path,
    files: Mapping[str, bytes],
    *,
    metadata: bool = True,
    deleted: tuple[str, ...] = (),
    kind_of_map: bytes = b"*UDF Metadata Partition",
) -> None:
    """A volume with these files in its root. Those of at most 500 bytes lie in their file entry."""
    blocks: dict[int, bytes] = {}
    reference = 1 if metadata else 0
    base = PARTITION + (FIRST_METADATA if metadata else 0)

    def put(block: int, raw: bytes) -> None:
        """Into what the names are in."""
        blocks[base + block] = raw.ljust(BLOCK, b"\0")

    names = _name("", 1, reference, 0x0A)
    at = FILES_AT
    for number, (name, content) in enumerate(files.items(), 3):
        names += _name(name, number, reference, 4 if name in deleted else 0)
        if len(content) <= 500:
            put(number, _entry(number, 5, len(content), INSIDE, content, newer=metadata))
            continue
        # What is not in the metadata partition is named by long descriptors.
        listed, half = b"", len(content) // 2 // BLOCK * BLOCK
        for piece in filter(None, (content[:half], content[half:])):
            listed += _long(len(piece), at, 0)
            blocks.update(_blocks(PARTITION + at, piece))
            at += len(piece) // BLOCK + 2
        put(number, _entry(number, 5, len(content), 1, listed, newer=metadata))
    put(0, _tagged(256, 0, _set(reference)))
    put(1, _entry(1, 4, len(names), 1, _long(len(names), FILES_AT - 8, 0), newer=metadata))
    blocks.update(_blocks(PARTITION + FILES_AT - 8, names))
    if metadata:
        listed = struct.pack("<II", METADATA_BLOCKS * BLOCK, FIRST_METADATA)
        for place in (METADATA_AT, MIRROR_AT):
            kind = 250 if place == METADATA_AT else 251
            blocks[PARTITION + place] = _entry(
                place, kind, METADATA_BLOCKS * BLOCK, SHORT, listed, newer=True
            )
    for number, sign in enumerate((b"BEA01", b"NSR03", b"TEA01"), 16):
        blocks[number] = b"\0" + sign + b"\1"
    size = PARTITION + at + 300
    blocks[256] = _tagged(2, 256, struct.pack("<IIII", 16 * BLOCK, 32, 16 * BLOCK, 32) + bytes(480))
    described = (
        (1, _primary()),
        (5, _partition(size - PARTITION - 2)),
        (6, _logical(metadata=metadata, kind=kind_of_map, reference=reference)),
        (8, bytes(496)),
    )
    for number, (tag, body) in enumerate(described, 32):
        blocks[number] = _tagged(tag, number, body)
    with path.open("wb") as file:
        file.truncate(size * BLOCK)
        for number, raw in blocks.items():
            file.seek(number * BLOCK)
            file.write(raw)


def _blocks(first: int, content: bytes) -> dict[int, bytes]:
    """Where each block of it lies."""
    starts = range(0, len(content), BLOCK)
    return {first + n: content[start : start + BLOCK] for n, start in enumerate(starts)}


def _primary() -> bytes:
    return struct.pack("<II", 0, 0) + b"\x08name".ljust(31, b"\0") + b"\5" + bytes(456)


def _partition(count: int) -> bytes:
    body = struct.pack("<IHH", 1, 1, 0) + b"\0+NSR03".ljust(32, b"\0") + bytes(128)
    return (body + struct.pack("<III", 1, PARTITION, count)).ljust(496, b"\0")


def _logical(*, metadata: bool, kind: bytes, reference: int) -> bytes:
    maps = struct.pack("<BBHH", 1, 6, 1, 0)
    if metadata:
        told = b"\0" + kind.ljust(23, b"\0") + struct.pack("<HBB4x", 0x0260, 0, 0)
        each = struct.pack("<BBH", 2, 64, 0) + told + struct.pack("<HH", 1, 0)
        maps += (each + struct.pack("<IIIIHB", METADATA_AT, MIRROR_AT, 0xFFFFFFFF, 32, 1, 1)).ljust(
            64, b"\0"
        )
    body = struct.pack("<I", 1) + bytes(64) + b"\x08name".ljust(127, b"\0") + b"\5"
    body += struct.pack("<I", BLOCK) + b"\0*OSTA UDF Compliant".ljust(24, b"\0") + b"\x60\2"
    body = body.ljust(248 - 16, b"\0") + _long(BLOCK, 0, reference)
    body += struct.pack("<II", len(maps), 2 if metadata else 1)
    return body.ljust(440 - 16, b"\0") + maps


def _set(reference: int) -> bytes:
    told = bytes(12) + struct.pack("<HHIIII", 3, 3, 1, 1, 0, 0)
    body = told.ljust(400 - 16, b"\0") + _long(BLOCK, 1, reference)
    return (body + b"\0*OSTA UDF Compliant".ljust(24, b"\0") + b"\x60\2").ljust(496, b"\0")
