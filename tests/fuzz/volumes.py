"""Harnesses for file systems that seek reads by itself: whole volumes, without their zeros."""

import lzma
import struct
import tempfile
from pathlib import Path

from tests.fuzz.harness import Harness
from tests.making.stacks import MIB, xfs_volume
from triage.evidence import Storage, Volume, VolumeState
from triage.sources import ContentError
from triage.sources.bytes import MadeBytes
from triage.sources.signatures import Head
from triage.sources.xfs import XfsTree
from triage.sources.xfs_replay import recognise

SECTOR = 512
PIECE = struct.Struct(">IH")
IMAGES = Path(__file__).parents[1] / "images"
MOST_ENTRIES = 2000


class Sparse(MadeBytes):
    """A volume of 24 MiB, of which each piece says where it lies, how long it is, and all of it."""

    size = 24 * MIB

    def __init__(self, packed: bytes) -> None:
        self._sectors: dict[int, bytes] = {}
        at = 0
        while at + PIECE.size < len(packed):
            sector, count = PIECE.unpack_from(packed, at)
            at += PIECE.size
            for number in range(min(count, 64)):
                piece = packed[at : at + SECTOR].ljust(SECTOR, b"\0")
                self._sectors[(sector + number) % (self.size // SECTOR)] = piece
                at += SECTOR

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Bytes` has it."""
        length = max(0, min(length, self.size - offset))
        first, behind = offset // SECTOR, -(-(offset + length) // SECTOR)
        blank = bytes(SECTOR)
        raw = b"".join(self._sectors.get(n, blank) for n in range(first, behind))
        return raw[offset - first * SECTOR :][:length]


def packed(raw: bytes) -> bytes:
    """A volume as `Sparse` takes it."""
    out = bytearray()
    for at in range(0, len(raw), SECTOR):
        sector = raw[at : at + SECTOR]
        if sector.strip(b"\0"):
            out += PIECE.pack(at // SECTOR, 1) + sector
    return bytes(out)


def xfs(data: bytes) -> None:
    """All entries, the beginning of each, and what the log lays over it."""
    held = Sparse(data)
    volume = Volume(id="d0v1", device_id="d0", offset=0, size=held.size, file_system="xfs",
                    state=VolumeState.READABLE)  # fmt: skip
    recognise(Head(held, 0, held.size))
    tree = XfsTree(held, volume)
    tree.names("")
    for entry in tree.walk(0, most_entries=MOST_ENTRIES):
        if entry.storage is Storage.FILE_SYSTEM:
            tree.content(entry).read_at(0, 65536)


def _xfs_volumes() -> tuple[bytes, ...]:
    files = {f"a/{n}/{'n' * n}": b"x" * n for n in range(1, 30)}
    many = {f"a-long-name-for-a-directory-of-its-own-blocks-{n}": b"" for n in range(99)}
    seeds = []
    with tempfile.TemporaryDirectory() as name:
        for number, options in enumerate(((), ("-m", "crc=0"))):
            path = Path(name, str(number))
            xfs_volume(path, {**files, **many}, *options)
            seeds.append(packed(path.read_bytes()))
    seeds.append(packed(lzma.decompress((IMAGES / "xfs-power-cut.xz").read_bytes())))
    return tuple(seeds)


HARNESSES = (
    Harness(name="xfs", run=xfs, seeds=_xfs_volumes, answers=(ContentError,)),
)  # fmt: skip
