"""Disks of Intel's RAID, after mdadm's super-intel.c; `mdadm --examine` reads their metadata."""

import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.making.arrays import Md, spread
from tests.making.stacks import MIB

SECTOR = 512
LAYOUTS = {5: 0, 10: 0x102}
AT_END = 64 * 1024
"""Bytes of a disk that no volume takes."""


@dataclass(frozen=True, kw_only=True)
class Imsm:
    """A volume of an array."""

    level: int
    members: int = 3
    chunk: int = 64 * 1024
    name: str = "Volume0"
    start: int = 0
    each: int = 0
    """Bytes of each disk."""
    size: int = 0
    state: int = 0
    out: Collection[int] = ()
    """Roles that are not in step."""


def imsm_array(
    folder: Path,
    volumes: Sequence[tuple[Imsm, bytes]],
    *,
    serials: Sequence[str] = (),
    said: Collection[tuple[str, int]] = (),
) -> list[Path]:
    """Its disks, of which the volumes begin with that content, one behind the other on each.
    `said`: what all disks say otherwise, by the names of `imsm_metadata`."""
    folder.mkdir(parents=True, exist_ok=True)
    count = max(volume.members for volume, _ in volumes)
    held: list[bytes] = [b""] * count
    placed: list[Imsm] = []
    for volume, content in volumes:
        layout = LAYOUTS.get(volume.level, 0)
        md = Md(level=volume.level, members=volume.members, layout=layout, chunk=volume.chunk)
        data = spread(content, md)
        start = -(-max(map(len, held)) // MIB) * MIB
        each = max(map(len, data))
        placed.append(replace(volume, start=start, each=each, size=len(content)))
        data += [b""] * (count - len(data))
        held = [one.ljust(start, b"\0") + two for one, two in zip(held, data, strict=True)]
    size = -(-max(map(len, held)) // 4096) * 4096 + AT_END
    names = list(serials) or [f"SERIAL{number}" for number in range(count)]
    raw = imsm_metadata(placed, names, sectors=size // SECTOR, **dict(said))
    paths = [folder / f"disk{number}" for number in range(count)]
    for path, whole in zip(paths, held, strict=True):
        path.write_bytes(whole.ljust(size, b"\0"))
        write_imsm(path, raw)
    return paths


def imsm_metadata(
    volumes: Sequence[Imsm],
    serials: Sequence[str],
    *,
    generation: int = 7,
    migrates: int = 0,
    why: int = 1,
    sectors: int = 1 << 20,
    family: int = 0x5EEC0021,
) -> bytes:
    """What each disk bears; `why` it migrates: 0 it is being made, 1 rebuilt, 3 changed."""
    version = b"Intel Raid ISM Cfg Sig. 1.3.00"
    head = struct.pack("<32sIIIII", version, 0, 0, family, generation, 0)
    raw = bytearray(head.ljust(216, b"\0"))
    struct.pack_into("<I", raw, 52, 0x80000000)
    raw[56:58] = bytes([len(serials), len(volumes)])
    struct.pack_into("<I", raw, 64, family)
    for serial in serials:
        kept = serial.encode()[-16:]
        raw += struct.pack("<16sIIII", kept, sectors, 0, 0x13A, 0).ljust(48, b"\0")
    for volume in volumes:
        raw += _volume(volume, migrates=migrates, why=why)
    struct.pack_into("<I", raw, 36, len(raw))
    struct.pack_into("<I", raw, 32, sum(struct.unpack(f"<{len(raw) // 4}I", raw)) & 0xFFFFFFFF)
    return bytes(raw)


def _volume(volume: Imsm, *, migrates: int, why: int) -> bytes:
    sectors = (volume.size or volume.each) // SECTOR
    head = struct.pack("<16sQII", volume.name.encode(), sectors, 0, 0).ljust(80, b"\0")
    middle = struct.pack("<QBBBB", 0, migrates, why, 0, 0).ljust(32, b"\0")
    level = 1 if volume.level == 10 else volume.level
    domains = 2 if volume.level in (1, 10) else 1
    stripes = volume.each // max(1, volume.chunk)
    map_ = struct.pack(
        "<IIIHBBBBBB",
        volume.start // SECTOR,
        volume.each // SECTOR,
        stripes,
        min(volume.chunk // SECTOR, 0xFFFF),
        volume.state,
        level,
        volume.members,
        domains,
        0xFF,
        1,
    ).ljust(48, b"\0")
    numbers = [role | (role in volume.out) << 24 for role in range(volume.members)]
    whole = map_ + struct.pack(f"<{volume.members}I", *numbers)
    return head + middle + whole + (whole if migrates else b"")


def write_imsm(path: Path, raw: bytes) -> None:
    """The first sector last but one, the others before it."""
    sectors = -(-len(raw) // SECTOR)
    whole = raw.ljust(sectors * SECTOR, b"\0")
    size = path.stat().st_size
    with path.open("r+b") as disk:
        disk.seek(size - (1 + sectors) * SECTOR)
        disk.write(whole[SECTOR:] + whole[:SECTOR])
