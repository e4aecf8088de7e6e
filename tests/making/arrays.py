"""Members of Linux RAIDs, after md_p.h, raid0.c, raid5.c and raid10.c, as `mdadm --examine` reads
them.

What lies where was held against members that Linux itself wrote, byte by byte.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.making.stacks import MIB

ARRAY = bytes.fromhex("12345678123446789234567812345678")
CHUNK = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Md:
    """An array of Linux's."""

    level: int
    members: int = 3
    layout: int = 2
    chunk: int = CHUNK
    version: str = "1.2"
    events: int = 17
    array: bytes = ARRAY


def md_array(folder: Path, content: bytes, md: Md, name: str = "member") -> list[Path]:
    """Its members, in the order of their roles, of which content begins at the array's first
    byte; each is as large as it must be."""
    folder.mkdir(parents=True, exist_ok=True)
    data = _SPREAD[md.level](content, md)
    size = max(map(len, data))
    paths = []
    for role, held in enumerate(data):
        path = folder / f"{name}{role}"
        path.write_bytes(md_bytes(md, role, held if md.level < 1 else held.ljust(size, b"\0")))
        paths.append(path)
    return paths


def md_bytes(
    md: Md, role: int, data: bytes, *, features: int = 0, device: int | None = None, said: int = -1
) -> bytes:
    """One member. `said`: how long it says that what it holds is; `device`: its number among all
    that ever were members."""
    size = said if said >= 0 else len(data)
    if md.version == "0.90":
        at = -(-size // 65536) * 65536
        return data.ljust(at, b"\0") + _old(md, role, size).ljust(65536, b"\0")
    late = len(data) + 4096 & ~4095
    at = {"1.0": late, "1.1": 0, "1.2": 4096}[md.version]
    offset = 0 if md.version == "1.0" else MIB
    places = offset // 512, size // 512, at // 512
    raw = _new(md, role, places, features, device)
    if md.version == "1.0":
        return data.ljust(at, b"\0") + raw.ljust(8192, b"\0")
    return (bytes(at) + raw).ljust(offset, b"\0") + data


def _new(
    md: Md, role: int, places: tuple[int, int, int], features: int, device: int | None
) -> bytes:
    number = (role if role < md.members else 0) if device is None else device
    raw = bytearray(256 + 2 * 128)
    struct.pack_into("<IIII", raw, 0, 0xA92B4EFC, 1, features, 0)
    raw[16:32] = md.array
    raw[32:47] = b"server:pictures"
    struct.pack_into("<QiI", raw, 64, 0, md.level, md.layout)
    struct.pack_into("<QII", raw, 80, places[1], md.chunk // 512, md.members)
    struct.pack_into("<QQQ", raw, 128, *places)
    struct.pack_into("<II", raw, 160, number, 0)
    raw[168:184] = bytes([number + 1, role & 0xFF]) * 8
    struct.pack_into("<Q", raw, 200, md.events)
    struct.pack_into("<I", raw, 220, 128)
    roles = [*range(md.members)] + [0xFFFF] * (128 - md.members)
    roles[number] = role
    struct.pack_into("<128H", raw, 256, *roles)
    struct.pack_into("<I", raw, 216, _sum(bytes(raw)))
    return bytes(raw)


def _old(md: Md, role: int, size: int) -> bytes:
    words = [0] * 1024
    numbers = struct.unpack("<4I", md.array)
    words[0:12] = [0xA92B4EFC, 0, 90, 0, 0, numbers[0], 0, md.level, size // 1024, md.members,
                   md.members, 0]  # fmt: skip
    words[13:16] = numbers[1:]
    words[39], words[64], words[65] = md.events, md.layout, md.chunk
    words[992:997] = [role, 0, 0, role, 6]
    words[38] = _sum(struct.pack("<1024I", *words))
    return struct.pack("<1024I", *words)


def summed(member: bytearray) -> None:
    """Make the sum of a superblock of version 1.2 right."""
    length = 256 + 2 * min(struct.unpack_from("<I", member, 4096 + 220)[0], 1920)
    raw = member[4096 : 4096 + length]
    raw[216:220] = bytes(4)
    struct.pack_into("<I", member, 4096 + 216, _sum(bytes(raw)))


def _sum(raw: bytes) -> int:
    total: int = sum(struct.unpack(f"<{len(raw) // 4}I", raw))
    return ((total & 0xFFFFFFFF) + (total >> 32)) & 0xFFFFFFFF


def _chunks(content: bytes, md: Md, at_once: int) -> list[bytes]:
    """Whole rows of them."""
    row = md.chunk * at_once
    content = content.ljust(-(-len(content) // row) * row, b"\0")
    return [content[at : at + md.chunk] for at in range(0, len(content), md.chunk)]


def _striped(content: bytes, md: Md) -> list[bytes]:
    chunks = _chunks(content, md, md.members)
    return [b"".join(chunks[role :: md.members]) for role in range(md.members)]


def _mirrored(content: bytes, md: Md) -> list[bytes]:
    return [content] * md.members


def _in_line(content: bytes, md: Md) -> list[bytes]:
    each = -(-len(content) // md.members // md.chunk) * md.chunk
    return [
        content[at : at + each].ljust(each, b"\0")
        for at in range(0, each * md.members, each)
    ]  # fmt: skip


def _xor(pieces: Sequence[bytes]) -> bytes:
    total = 0
    for each in pieces:
        total ^= int.from_bytes(each, "big")
    return total.to_bytes(len(pieces[0]), "big")


def _with_parity(content: bytes, md: Md) -> list[bytes]:
    """As the comments at `ALGORITHM_` in raid5.h draw it."""
    data = md.members - 1
    chunks = _chunks(content, md, data)
    members: list[list[bytes]] = [[] for _ in range(md.members)]
    for row in range(len(chunks) // data):
        own = chunks[row * data : (row + 1) * data]
        down, up = data - row % md.members, row % md.members
        at = {4: data}.get(md.level, (down, up, down, up, 0, data)[md.layout])
        if md.level == 5 and md.layout in (2, 3):
            places = [(at + 1 + number) % md.members for number in range(data)]
        else:
            places = [role for role in range(md.members) if role != at]
        members[at].append(_xor(own))
        for role, chunk in zip(places, own, strict=True):
            members[role].append(chunk)
    return [b"".join(each) for each in members]


def _with_copies(content: bytes, md: Md) -> list[bytes]:
    """Near copies side by side; far ones in the next part of each member, one further; offset
    ones in the next line, one further."""
    near, far, shifts = md.layout & 0xFF, md.layout >> 8 & 0xFF, md.layout >> 16 & 1
    chunks = _chunks(content, md, md.members)
    lines: list[list[bytes]] = []
    copies = [chunk for chunk in chunks for _ in range(near)]
    for at in range(0, len(copies), md.members):
        row = copies[at : at + md.members]
        lines.append(row + [bytes(md.chunk)] * (md.members - len(row)))
    turned = [
        [row[-near * number :] + row[: -near * number] if number else row for row in lines]
        for number in range(far)
    ]
    if shifts:
        order = [turned[number][line] for line in range(len(lines)) for number in range(far)]
    else:
        order = [row for part in turned for row in part]
    return [b"".join(row[role] for row in order) for role in range(md.members)]


_SPREAD = {
    -1: _in_line,
    0: _striped,
    1: _mirrored,
    4: _with_parity,
    5: _with_parity,
    10: _with_copies,
}


def spread(content: bytes, md: Md) -> list[bytes]:
    """What each member holds of it, by role."""
    return _SPREAD[md.level](content, md)


def stale(md: Md, by: int = 5) -> Md:
    """The same some changes before."""
    return replace(md, events=md.events - by)
