"""The marks of mainboards' and controllers' RAIDs in the last sectors of a disk, byte by byte.

Layouts after mdadm's super-intel.c and the SNIA's "Common RAID Disk Data Format Specification" 1.2.
"""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

SECTOR = 512


def imsm(path: Path, volumes: Sequence[tuple[int, int]], *, migrates: bool = False) -> None:
    """Intel's metadata of an array with volumes of (level, count of members)."""
    count = max(members for _, members in volumes)
    head = struct.pack("<32sIIIII", b"Intel Raid ISM Cfg Sig. 1.3.00", 0, 0, 7, 1, 0)
    raw = bytearray(head.ljust(216, b"\0"))
    raw[56:58] = bytes([count, len(volumes)])
    for number in range(count):
        raw += struct.pack("<16sIII", f"SERIAL{number}".encode(), 1 << 20, 0, 0xA).ljust(48, b"\0")
    for level, members in volumes:
        raw += _imsm_volume(level, members, migrates=migrates)
    struct.pack_into("<I", raw, 36, len(raw))
    struct.pack_into("<I", raw, 32, sum(struct.unpack(f"<{len(raw) // 4}I", raw)) & 0xFFFFFFFF)
    sectors = -(-len(raw) // SECTOR)
    whole = bytes(raw).ljust(sectors * SECTOR, b"\0")
    _write(path, path.stat().st_size - 2 * SECTOR, whole[:SECTOR])
    _write(path, path.stat().st_size - (1 + sectors) * SECTOR, whole[SECTOR:])


def _imsm_volume(level: int, members: int, *, migrates: bool) -> bytes:
    head = struct.pack("<16sQII", b"Volume", 1 << 21, 0, 0).ljust(80, b"\0")
    middle = struct.pack("<QBBBB", 0, migrates, 0, 0, 0).ljust(32, b"\0")
    map_ = struct.pack("<IIIHBBB", 0, 1 << 20, 0, 256, 0, level, members).ljust(48, b"\0")
    map_ += struct.pack(f"<{members}I", *range(members))
    return head + middle + map_ + (map_ if migrates else b"")


def ddf(path: Path, volumes: Sequence[tuple[int, int]]) -> None:
    """The SNIA's headers, and a configuration of volumes of (level, count of members)."""
    last = path.stat().st_size // SECTOR - 1
    primary, config = last - 64, 8
    header = bytearray(b"\xff" * SECTOR)
    struct.pack_into(">II24s8sII", header, 0, 0xDE11DE11, 0xFFFFFFFF, b"SEEK", b"01.02.00", 1, 0)
    struct.pack_into(">QQB", header, 96, primary, 0, 0)
    struct.pack_into(">II", header, 216, config, len(volumes))
    struct.pack_into(">I", header, 4, zlib.crc32(header))
    for place in (primary, last):
        _write(path, place * SECTOR, bytes(header))
    for number, (level, members) in enumerate(volumes):
        record = struct.pack(">II24sII24sHBBBBBB", 0xEEEEEEEE, 0, b"VD", 0, 0, b"", members, 7,
                             level, 0, 1, 0, 0)  # fmt: skip
        _write(path, (primary + config + number) * SECTOR, record.ljust(SECTOR, b"\xff"))


def _write(path: Path, place: int, data: bytes) -> None:
    with path.open("r+b") as disk:
        disk.seek(place)
        disk.write(data)
