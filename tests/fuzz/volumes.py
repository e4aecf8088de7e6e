"""Harnesses for file systems that seek reads by itself: whole volumes, without their zeros."""

import lzma
import struct
import tempfile
from pathlib import Path

from tests.fuzz.harness import Harness
from tests.making import ntfs
from tests.making import packed_by_windows as made_by_windows
from tests.making.dynamic_disks import Dynamic, private_header
from tests.making.dynamic_disks import dynamic_disks as make_dynamic_disks
from tests.making.imsm import Imsm, imsm_metadata
from tests.making.shadows import GUID, HEADER_AT, shadowed_volume
from tests.making.stacks import MIB, xfs_volume
from tests.making.udf import udf_volume
from triage.errors import SeekError
from triage.evidence import Storage, Volume, VolumeState
from triage.sources import ContentError
from triage.sources.bytes import MadeBytes
from triage.sources.discs import DiscTree
from triage.sources.imsm import join as join_imsm
from triage.sources.large_clusters import in_larger_sectors
from triage.sources.ldm import join as join_ldm
from triage.sources.mft_records import cluster_size
from triage.sources.runs import BytesContent
from triage.sources.signatures import Head
from triage.sources.sleuth_kit import SleuthKitTree
from triage.sources.wof import TAG, WofContent, packing_in
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


def large_clusters(data: bytes) -> None:
    """All entries of an NTFS whose boot sector The Sleuth Kit is given otherwise."""
    held = Sparse(data)
    volume = Volume(id="d0v1", device_id="d0", offset=0, size=held.size, file_system="ntfs",
                    state=VolumeState.READABLE)  # fmt: skip
    boot = in_larger_sectors(held.read_at(0, SECTOR))
    if not boot:
        return
    if cluster_size(boot) != cluster_size(held.read_at(0, SECTOR)):
        raise AssertionError("its clusters are of another size")
    for entry in SleuthKitTree(held, volume).walk(0, most_entries=MOST_ENTRIES):
        if entry.runs and not all(0 <= run.offset < held.size for run in entry.runs):
            raise AssertionError("its content lies outside of the volume")


def packed_by_windows(data: bytes) -> None:
    """An algorithm, a size, and a stream of packed units."""
    if len(data) < 4:
        return
    size = int.from_bytes(data[1:4], "little")
    packing = packing_in(struct.pack("<IHH", TAG, 16, 0) + made_by_windows.point(data[0] & 7))
    if packing is None:
        raise AssertionError("it is said to be packed")
    content = WofContent(BytesContent(data[4:]), size, packing)
    if len(content.read_at(0, 1 << 18)) != min(size, 1 << 18):
        raise AssertionError("it is not as long as it says")


def _packed_by_windows() -> tuple[bytes, ...]:
    plain = made_by_windows.text(20_000)
    head = len(plain).to_bytes(3, "little")
    by_xpress = [
        bytes([number]) + head + made_by_windows.packed(plain, made_by_windows.UNITS[number])
        for number in (0, 2, 3)
    ]
    by_lzx = [
        b"\1" + len(was).to_bytes(3, "little") + packed
        for packed, was in made_by_windows.LZX.values()
    ]
    return (*by_xpress, *by_lzx)


def shadow_copies(data: bytes) -> None:
    """All entries of an NTFS with shadow copies, and the beginning of what those have."""
    held = Sparse(data)
    volume = Volume(id="d0v1", device_id="d0", offset=0, size=held.size, file_system="ntfs",
                    state=VolumeState.READABLE)  # fmt: skip
    tree = SleuthKitTree(held, volume)
    for entry in tree.walk(0, most_entries=MOST_ENTRIES):
        if not all(run.offset + run.length <= held.size for run in entry.runs):
            raise AssertionError("its content lies outside of the volume")
        if entry.path.startswith("$Snapshots/") and entry.storage is Storage.FILE_SYSTEM:
            try:
                tree.content(entry).read_at(0, 65536)
            except ContentError:
                continue


def _shadow_copies() -> tuple[bytes, ...]:
    def first(volume: ntfs.Filling) -> None:
        volume.file("/a", b"a" * 9000)
        volume.file("/b", b"b")

    def second(volume: ntfs.Filling) -> None:
        volume.delete("/a")
        volume.append("/b", b"bb", 0)

    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "disk")
        shadowed_volume(path, [first, second])
        return (packed(_told(path.read_bytes())),)


def _told(raw: bytes) -> bytes:
    """Of an NTFS its boot sector, records in use, nodes, and what shadow copies have."""
    told = {0: SECTOR, HEADER_AT: SECTOR}
    for at in range(0, len(raw), 1024):
        is_record = raw[at : at + 4] == b"FILE" and raw[at + 22] & 1
        is_head = raw[at : at + 16] == GUID or raw[at + 3 : at + 7] == b"NTFS"
        if is_record or (is_head and at % 4096 == 0):
            told[at] = 1024
    told |= {at: 4096 for at in range(0, len(raw), 4096) if raw[at : at + 4] == b"INDX"}
    kept = bytearray(len(raw))
    for at, length in told.items():
        kept[at : at + length] = raw[at : at + length]
    return bytes(kept)


def _large_clusters() -> tuple[bytes, ...]:
    seeds = []
    with tempfile.TemporaryDirectory() as name:
        for cluster in (128 << 10, 512 << 10):
            path = Path(name, str(cluster))
            ntfs.make(path, 24 * MIB, cluster=cluster)
            with ntfs.filling(path) as volume:
                volume.file("/a", b"a" * 3000, streams={"more": b"b" * 900})
            raw, told = path.read_bytes(), {0: SECTOR}
            records = [
                at
                for at in range(0, len(raw), 1024)
                if raw[at : at + 4] == b"FILE" and raw[at + 22] & 1
            ]
            nodes = [at for at in range(0, len(raw), 4096) if raw[at : at + 4] == b"INDX"]
            told |= dict.fromkeys(records[:24], 1024) | dict.fromkeys(nodes[:2], 4096)
            kept = bytearray(len(raw))
            for at, length in told.items():
                kept[at : at + length] = raw[at : at + length]
            seeds.append(packed(bytes(kept)))
    return tuple(seeds)


def intel_raid(data: bytes) -> None:
    """Three disks that bear the same, its sum made right."""
    raw = bytearray(data[:8192].ljust(216, b"\0"))
    raw[:24] = b"Intel Raid ISM Cfg Sig. "
    struct.pack_into("<II", raw, 32, 0, len(raw))
    words = struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])
    struct.pack_into("<I", raw, 32, sum(words) & 0xFFFFFFFF)
    sectors = -(-len(raw) // SECTOR)
    whole = bytes(raw).ljust(sectors * SECTOR, b"\0")
    disk = bytes(MIB) + whole[SECTOR:] + whole[:SECTOR] + bytes(SECTOR)
    for made in join_imsm([InMemory(disk, f"SERIAL{n}") for n in range(3)]).gives.values():
        try:
            made.read_at(0, 65536)
            made.read_at(max(0, made.size - 4096), 4096)
        except ContentError:
            continue


def dynamic_disks(data: bytes) -> None:
    """A database behind a MiB of data, its private header as it must be."""
    table, behind = data[:512].ljust(512, b"\0"), data[512:16384]
    database = bytearray(2048 * SECTOR)
    database[2 * SECTOR : 3 * SECTOR] = table
    database[17 * SECTOR : 17 * SECTOR + len(behind)] = behind
    database[2047 * SECTOR :] = private_header(0, (63, MIB // SECTOR, 63 + MIB // SECTOR, 2048))
    for made in join_ldm([InMemory(bytes(MIB) + database)]).gives.values():
        try:
            made.read_at(0, 65536)
            made.read_at(max(0, made.size - 4096), 4096)
        except ContentError:
            continue


def _databases() -> tuple[bytes, ...]:
    seeds = []
    with tempfile.TemporaryDirectory() as name:
        for kind, disks in (("simple", (0,)), ("striped", (0, 1)), ("raid5", (0, 1, 2))):
            made = Dynamic(kind=kind, disks=disks)
            raw = make_dynamic_disks(Path(name), [(made, b"a" * MIB)])[0].read_bytes()
            database = raw[-2048 * SECTOR :]
            seeds.append(database[1024:1536] + database[17 * SECTOR :][:4096])
    return tuple(seeds)


class InMemory(MadeBytes):
    """A disk, with its serial number."""

    def __init__(self, content: bytes, serial: str = "") -> None:
        self._content = content
        self.size, self.serial = len(content), serial

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Bytes` has it."""
        return self._content[offset : offset + length] if offset >= 0 else b""


def _intel_raids() -> tuple[bytes, ...]:
    def volume(level: int, members: int, start: int = 0) -> Imsm:
        return Imsm(level=level, members=members, start=start, each=MIB // 2)

    serials = [f"SERIAL{n}" for n in range(3)]
    return (
        imsm_metadata([volume(5, 3)], serials),
        imsm_metadata([volume(0, 3), volume(1, 2, MIB // 2)], serials, migrates=True),
        imsm_metadata([volume(10, 4)], [*serials, "D"]),
    )


HARNESSES = (
    Harness(name="dynamic_disks", run=dynamic_disks, seeds=_databases, answers=(ContentError,)),
    Harness(name="intel_raid", run=intel_raid, seeds=_intel_raids, answers=(ContentError,)),
    Harness(name="xfs", run=xfs, seeds=_xfs_volumes, answers=(ContentError,)),
    Harness(name="discs", run=discs, seeds=_discs, answers=(ContentError, SeekError)),
    Harness(name="large_clusters", run=large_clusters, seeds=_large_clusters,
            answers=(ContentError, SeekError, OSError)),
    Harness(name="shadow_copies", run=shadow_copies, seeds=_shadow_copies,
            answers=(ContentError, SeekError, OSError)),
    Harness(name="packed_by_windows", run=packed_by_windows, seeds=_packed_by_windows,
            answers=(ContentError,)),
)  # fmt: skip
