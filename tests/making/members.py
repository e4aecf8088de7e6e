"""The marks of mainboards' and controllers' RAIDs in the last sectors of a disk, byte by byte.

Layouts after mdadm's super-intel.c (`imsm`) and the SNIA's "Common RAID Disk Data Format
Specification" 1.2.
"""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

from tests.making.imsm import Imsm, imsm_metadata, write_imsm

SECTOR = 512


def imsm(path: Path, volumes: Sequence[tuple[int, int]], *, migrates: bool = False) -> None:
    """Intel's metadata of an array with volumes of (level, count of members)."""
    count = max(members for _, members in volumes)
    raids = [Imsm(level=level, members=members, each=1 << 29) for level, members in volumes]
    write_imsm(path, imsm_metadata(raids, [f"SERIAL{n}" for n in range(count)], migrates=migrates))


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
