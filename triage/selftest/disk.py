"""A small disk: a partition table, a FAT16 volume, and if wanted a volume that is locked.

FAT: Microsoft, "FAT: General Overview of On-Disk Format", 1.03. The table: a DOS boot record.
"""

import struct
from collections.abc import Mapping

_SECTOR = 512
_BEGINS = 64
"""Sectors before the volume."""
_SECTORS = 8192
"""Of the volume. Each is a cluster: 8095 of them, which is what makes it FAT16."""
_FAT = 32
"""Sectors of one of its two tables."""
_ROOT = 512
"""Entries of the root folder."""
_LOCKED = 4096
"""Sectors of the locked volume."""
_DATED = 0x5A21, 0x6000
"""2025-01-01, 12:00:00."""


def disk(files: Mapping[str, bytes], *, deleted: Mapping[str, bytes], locked: bool) -> bytes:
    """All of it. `files`: content by name (8.3, upper case); `deleted`: such whose names are given
    up and whose content is there still."""
    parts = [(0x06, _BEGINS, _SECTORS)]
    content = bytes(_BEGINS * _SECTOR) + _volume(files, deleted)
    if locked:
        parts.append((0x83, _BEGINS + _SECTORS, _LOCKED))
        content += _locked()
    return _record(parts) + content[_SECTOR:]


def _record(parts: list[tuple[int, int, int]]) -> bytes:
    record = bytearray(_SECTOR)
    for number, (kind, first, sectors) in enumerate(parts):
        struct.pack_into("<4xB3xII", record, 446 + 16 * number, kind, first, sectors)
    record[510:] = b"\x55\xaa"
    return bytes(record)


def _volume(files: Mapping[str, bytes], deleted: Mapping[str, bytes]) -> bytes:
    boot = bytearray(_SECTOR)
    struct.pack_into("<3s8sHBHBHHBHHHII", boot, 0, b"\xeb\x3c\x90", b"SEEKTEST", _SECTOR, 1, 1, 2,
                     _ROOT, _SECTORS, 0xF8, _FAT, 32, 64, _BEGINS, 0)  # fmt: skip
    struct.pack_into("<BBBI11s8s", boot, 36, 0x80, 0, 0x29, 0x5EE4, b"KNOWN      ", b"FAT16   ")
    boot[510:] = b"\x55\xaa"
    table, root, data = [0xFFF8, 0xFFFF], bytearray(), bytearray()
    for name, content in (*files.items(), *deleted.items()):
        first, count = len(table), -(-len(content) // _SECTOR)
        gone = name in deleted
        chain = [0] * count if gone else [*range(first + 1, first + count), 0xFFFF]
        table += chain
        root += _entry(name, first, len(content), gone=gone)
        data += content.ljust(count * _SECTOR, b"\0")
    fat = struct.pack(f"<{len(table)}H", *table).ljust(_FAT * _SECTOR, b"\0")
    whole = bytes(boot) + 2 * fat + bytes(root).ljust(_ROOT * 32, b"\0") + bytes(data)
    return whole.ljust(_SECTORS * _SECTOR, b"\0")


def _entry(name: str, cluster: int, size: int, *, gone: bool) -> bytes:
    stem, _, ending = name.partition(".")
    spelled = f"{stem:8}{ending:3}".encode("ascii")
    if gone:
        spelled = b"\xe5" + spelled[1:]
    day, time = _DATED
    return struct.pack("<11sB8xHHHHI", spelled, 0x20, 0, time, day, cluster, size)


def _locked() -> bytes:
    """LUKS1's header, without a key in any of its slots (LUKS On-Disk Format 1.2.3, 2.1)."""
    header = bytearray(_LOCKED * _SECTOR)
    struct.pack_into(">6sH32s32s32sII", header, 0, b"LUKS\xba\xbe", 1, b"aes", b"xts-plain64",
                     b"sha256", 4096, 64)  # fmt: skip
    header[168:208] = b"00000000-0000-4000-8000-000000000000".ljust(40, b"\0")
    for slot in range(8):
        struct.pack_into(">II32xII", header, 208 + 48 * slot, 0x0000DEAD, 0, 8 + 512 * slot, 4000)
    return bytes(header)
