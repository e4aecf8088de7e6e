"""Partition tables, byte by byte: GPT (UEFI 2.10, section 5), MBR, extended boot records."""

import struct
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

TYPES = {
    "linux": "0fc63daf-8483-4772-8e79-3d69d8477de4",
    "basic data": "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7",
    "efi": "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
    "swap": "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f",
    "reserved": "e3c9e316-0b5c-4db8-817d-f92df00215ae",
    "bios boot": "21686148-6449-6e6f-744e-656564454649",
    "ldm data": "af9b60a0-1431-4f62-bc68-3311714a69ad",
    "ldm metadata": "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3",
    "raid": "a19d880f-05fc-4d3b-a006-743f0f84911e",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A partition: first sector, count of sectors, type (GPT word, or MBR number), name."""

    first: int
    count: int
    type: str | int
    name: str = ""


def gpt(size: int, parts: Sequence[Part], *, sector: int = 512) -> dict[int, bytes]:
    """Bytes to write at which offsets, for a device of `size` bytes."""
    last = size // sector - 1
    per_table = -(-128 * 128 // sector)
    raw = b"".join(_gpt_entry(number, part) for number, part in enumerate(parts, 1))
    raw = raw.ljust(128 * 128, b"\0")
    header = partial(_gpt_header, last=last, per_table=per_table, raw=raw, sector=sector)
    primary = header(1, last, table=2)
    backup = header(last, 1, table=last - per_table)
    return {
        0: mbr([Part(1, min(last, 0xFFFFFFFF), 0xEE)]),
        sector: primary,
        2 * sector: raw,
        (last - per_table) * sector: raw,
        last * sector: backup,
    }


def _gpt_entry(number: int, part: Part) -> bytes:
    return struct.pack(
        "<16s16sQQQ72s",
        uuid.UUID(TYPES[str(part.type)]).bytes_le,
        uuid.UUID(int=number).bytes_le,
        part.first,
        part.first + part.count - 1,
        0,
        part.name.encode("utf-16-le"),
    )


def _gpt_header(
    here: int, other: int, *, table: int, last: int, per_table: int, raw: bytes, sector: int
) -> bytes:
    def header(crc: int) -> bytes:
        return struct.pack(
            "<8sIIIIQQQQ16sQIII",
            b"EFI PART", 0x10000, 92, crc, 0, here, other, 2 + per_table, last - per_table - 1,
            uuid.UUID(int=7).bytes_le, table, 128, 128, zlib.crc32(raw),
        )  # fmt: skip

    return header(zlib.crc32(header(0))).ljust(sector, b"\0")


def mbr(parts: Sequence[Part]) -> bytes:
    """A boot record of 512 bytes with up to four entries."""
    entries = b"".join(
        struct.pack("<B3sB3sII", 0, b"\0\2\0", part.type, b"\xff\xff\xff", part.first, part.count)
        for part in parts
    )
    return bytes(446) + entries.ljust(64, b"\0") + b"\x55\xaa"


def extended(first: int, logical: Sequence[Part], *, sector: int = 512) -> dict[int, bytes]:
    """The chain of extended boot records from sector `first`, each just before its partition."""
    writes = {}
    for number, part in enumerate(logical):
        here = part.first - 1
        entries = [Part(1, part.count, part.type)]
        if number + 1 < len(logical):
            following = logical[number + 1]
            entries.append(Part(following.first - 1 - first, following.count + 1, 0x05))
        writes[here * sector] = mbr(entries)
    return writes
