"""Harnesses for file systems that seek reads by itself: whole volumes, without their zeros."""

import lzma
import struct
import tempfile
from pathlib import Path

from tests.fuzz.harness import Harness
from tests.making.stacks import MIB, xfs_volume
from tests.making.udf import udf_volume
from triage.errors import SeekError
from triage.evidence import Storage, Volume, VolumeState
from triage.sources import ContentError
from triage.sources.bytes import MadeBytes
from triage.sources.discs import DiscTree
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


def discs(data: bytes) -> None:
    """All entries of all trees."""
    held = Sparse(data)
    volume = Volume(id="d0v1", device_id="d0", offset=0, size=held.size, file_system="iso9660",
                    state=VolumeState.READABLE)  # fmt: skip
    tree = DiscTree(held, volume)
    for _ in tree.walk(0, most_entries=MOST_ENTRIES):
        pass
    tree.names("")


def _discs() -> tuple[bytes, ...]:
    files = {"a.txt": b"a" * 300, "large": b"l" * 7000, "gone": b"g" * 900}
    seeds = []
    with tempfile.TemporaryDirectory() as name:
        for metadata in (True, False):
            path = Path(name, "disc")
            udf_volume(path, files, metadata=metadata, deleted=("gone",))
            seeds.append(packed(path.read_bytes()))
    for name in ("cd-multisession", "iso-empty-udf-full"):
        raw = lzma.decompress((IMAGES / f"{name}.xz").read_bytes())
        seeds.append(packed(raw))
    return tuple(seeds)


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
    Harness(name="discs", run=discs, seeds=_discs, answers=(ContentError, SeekError)),
)  # fmt: skip
