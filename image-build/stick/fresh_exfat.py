"""One small file in the root directory of a fresh exFAT file system, with neither a mount nor a loop device.

Microsoft's exFAT specification, revision 1.00: sections 3 (boot sector), 6 and 7 (directory entries, sets and checksums).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

SECTOR = 512


def put_file(image: Path, name: str, content: bytes) -> None:
    """Write it behind what mkfs wrote; at most one cluster."""
    with image.open("r+b") as volume:
        boot = volume.read(SECTOR)
        sector = 1 << boot[108]
        cluster = sector << boot[109]
        fat_start = int.from_bytes(boot[80:84], "little") * sector
        heap = int.from_bytes(boot[88:92], "little") * sector
        root = int.from_bytes(boot[96:100], "little")
        free = first_free_cluster(volume, fat_start)
        write_at(volume, fat_start + 4 * free, (0xFFFFFFFF).to_bytes(4, "little"))
        write_at(volume, heap + (free - 2) * cluster, content)
        root_offset = heap + (root - 2) * cluster
        volume.seek(root_offset)
        directory = bytearray(volume.read(cluster))
        mark_in_bitmap(volume, directory, heap, cluster, free)
        slot = next(index for index in range(0, cluster, 32) if directory[index] == 0)
        write_at(volume, root_offset + slot, entry_set(name, free, len(content)))


def first_free_cluster(volume: Any, fat_start: int) -> int:
    """The first cluster that the allocation table does not use; the root directory is the last that mkfs made."""
    volume.seek(fat_start)
    table = volume.read(65536)
    return next(number for number in range(2, len(table) // 4) if table[4 * number : 4 * number + 4] == b"\0\0\0\0")


def mark_in_bitmap(volume: Any, directory: bytearray, heap: int, cluster: int, number: int) -> None:
    """Mark a cluster used in the allocation bitmap (directory entry type 0x81)."""
    entry = next(directory[index : index + 32] for index in range(0, len(directory), 32) if directory[index] == 0x81)
    first = int.from_bytes(entry[20:24], "little")
    place = heap + (first - 2) * cluster + (number - 2) // 8
    volume.seek(place)
    bits = volume.read(1)[0] | 1 << (number - 2) % 8
    write_at(volume, place, bytes([bits]))


def entry_set(name: str, cluster: int, size: int) -> bytes:
    """exFAT's three directory entries for one small file: file, stream extension, name."""
    attributes_read_only = 0x01
    units = name.encode("utf-16-le")
    stream = bytearray(32)
    stream[0], stream[1], stream[3] = 0xC0, 0x01, len(name)
    stream[4:6] = name_hash(name).to_bytes(2, "little")
    stream[8:16] = stream[24:32] = size.to_bytes(8, "little")
    stream[20:24] = cluster.to_bytes(4, "little")
    names = [b"\xc1\0" + units[start : start + 30].ljust(30, b"\0") for start in range(0, len(units), 30)]
    file = bytearray(32)
    file[0], file[1], file[4] = 0x85, 1 + len(names), attributes_read_only
    date = (0x21).to_bytes(2, "little")  # 1 January 1980; the true time is in the enrolment
    file[10:12] = file[14:16] = file[18:20] = date
    whole = bytearray(file + stream + b"".join(names))
    whole[2:4] = entry_checksum(whole).to_bytes(2, "little")
    return bytes(whole)


def name_hash(name: str) -> int:
    """exFAT's hash of a file name in upper case."""
    value = 0
    for byte in name.upper().encode("utf-16-le"):
        value = ((value >> 1) | (value << 15 & 0xFFFF)) + byte & 0xFFFF
    return value


def entry_checksum(entries: bytes | bytearray) -> int:
    """exFAT's checksum of a directory entry set; its own two bytes are left out."""
    value = 0
    for index, byte in enumerate(entries):
        if index not in (2, 3):
            value = ((value >> 1) | (value << 15 & 0xFFFF)) + byte & 0xFFFF
    return value


def write_at(volume: Any, place: int, data: bytes) -> None:
    """Write at a place."""
    volume.seek(place)
    volume.write(data)
