"""Harnesses for what lies on several devices, of which each may lie, and for images of disks."""

import lzma
import struct

from tests.fuzz.harness import Harness
from tests.fuzz.volumes import IMAGES, PIECE, SECTOR, Sparse
from tests.making.dmg import dmg as made_dmg
from tests.making.stacks import MIB
from triage.errors import SeekError
from triage.evidence import Storage, Volume, VolumeState
from triage.sources import ContentError
from triage.sources.btrfs import BtrfsTree
from triage.sources.btrfs_devices import join
from triage.sources.btrfs_superblock import MAGIC
from triage.sources.bytes import MadeBytes
from triage.sources.udif import DmgBytes

BLOCK = 4096
NODE = 4 * BLOCK
MOST_ENTRIES = 300
FIRST = struct.pack("<Q", 65536)
OWNERS = (1, 3, 5)


class _Device(Sparse):
    size = 128 * MIB


def btrfs_devices(data: bytes) -> None:
    """All entries, and the beginning of each. Of two devices the first says how long it is."""
    first = int.from_bytes(data[:4], "big")
    made = join([_Device(data[4 : 4 + first]), _Device(data[4 + first :])])
    held = made.gives[""]
    if held.size != sum(_Device.size for _ in made.used):
        raise AssertionError("it is not as long as its devices")
    volume = Volume(id="d0v1", device_id="d0", offset=0, size=held.size, file_system="btrfs",
                    state=VolumeState.READABLE)  # fmt: skip
    tree = BtrfsTree(held, volume)
    for entry in tree.walk(0, most_entries=MOST_ENTRIES):
        places = (run for run in entry.runs if run.offset >= 0)
        if not all(run.offset + run.length <= held.size for run in places):
            raise AssertionError("its content lies outside of the devices")
        if entry.storage is Storage.FILE_SYSTEM:
            try:
                tree.content(entry).read_at(0, 65536)
            except ContentError:
                continue


def _leads_to_files(block: bytes) -> bool:
    """Whether it is the first superblock, or begins a node of the roots, the chunks, or files."""
    owner = struct.unpack_from("<Q", block, 88)[0]
    return block[48:56] == FIRST if block[64:72] == MAGIC else owner in OWNERS


class _File(MadeBytes):
    def __init__(self, raw: bytes) -> None:
        self._raw, self.size = raw, len(raw)

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Bytes` has it."""
        return self._raw[offset : offset + length]


def dmg(data: bytes) -> None:
    """The beginning, the end, and some of what is between."""
    held = DmgBytes(_File(data))
    for at in {0, held.size // 3 & ~511, max(0, held.size - 65536)}:
        try:
            read = held.read_at(at, 65536)
        except ContentError:
            continue
        if len(read) != min(65536, held.size - at):
            raise AssertionError("it is not as long as it says")


def _images() -> tuple[bytes, ...]:
    plain = bytes(range(256)) * 3 * 1024
    kinds = (("zlib", "bzip2"), ("lzma", "zlib"), ("zlib", "adc"))
    return tuple(made_dmg(plain, *each, tables=2) for each in kinds)


def _nodes(name: str) -> bytes:
    """Superblocks and nodes of one device, as `Sparse` takes them."""
    raw = lzma.decompress((IMAGES / f"{name}.blocks.xz").read_bytes())
    blocks = {
        struct.unpack_from("<Q", raw, at)[0]: raw[at + 8 : at + 8 + BLOCK]
        for at in range(8, len(raw), 8 + BLOCK)
    }
    of_this = blocks[65536][32:48]
    begun = [
        at for at, block in blocks.items() if block[32:48] == of_this and _leads_to_files(block)
    ]
    places = {at + further for at in begun for further in range(0, NODE, BLOCK)}
    out = bytearray()
    for at in sorted(places & blocks.keys()):
        for within in range(0, BLOCK, SECTOR):
            sector = blocks[at][within : within + SECTOR]
            if sector.strip(b"\0"):
                out += PIECE.pack((at + within) // SECTOR, 1) + sector
    return bytes(out)


def _devices() -> tuple[bytes, ...]:
    seeds = []
    for names in (("btrfs-raid0-1", "btrfs-raid0-2"), ("btrfs-raid10-1", "btrfs-raid10-4")):
        first, second = map(_nodes, names)
        seeds.append(len(first).to_bytes(4, "big") + first + second)
    return tuple(seeds)


HARNESSES = (
    Harness(name="dmg", run=dmg, seeds=_images, answers=(ContentError,)),
    Harness(
        name="btrfs_devices", run=btrfs_devices, seeds=_devices, answers=(ContentError, SeekError)
    ),
)
