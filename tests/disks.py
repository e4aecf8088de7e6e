"""Real disks for tests, the demo and the bench: made here, without root, with known answers.

    volume images   ntfs_volume, ext_volume, fat_volume, exfat_volume, zeros, noise
    devices         gpt_disk, mbr_disk            volumes behind a partition table, their offsets
    whole stories   sample_suspect_disk           four volumes, three notable pictures
                    many_files                    a volume with tens of thousands of files

Only benign content: what the caller gives, text, and random bytes.
"""

import hashlib
import os
import random
import shutil
import struct
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.making import exfat, ntfs, others
from tests.making.tables import Part, extended, gpt, mbr

MIB = 1 << 20
ALIGNED = MIB
WORDS = ("bread", "train", "garden", "letter", "window", "river", "clock", "paper", "bridge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A file of which everything is known."""

    volume: str
    """Label of the volume that it lies in."""
    path: str
    content: bytes = field(repr=False)
    stream: str = ""
    allocated: bool = True

    @property
    def sha256(self) -> str:
        """Of its content, lower-case hex."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAnswers:
    """What lies on a disk that was made here."""

    path: Path
    files: tuple[Known, ...]
    notable: tuple[Known, ...]
    """Those of `files` that a scan should find."""


def ntfs_volume(
    path: Path,
    size: int,
    files: Mapping[str, bytes],
    *,
    label: str = "",
    deleted: Sequence[str] = (),
    streams: Mapping[tuple[str, str], bytes] | None = None,
    compressed: Mapping[str, bytes] | None = None,
    sparse: Mapping[str, tuple[int, bytes]] | None = None,
    links: Mapping[str, str] | None = None,
) -> None:
    """An NTFS volume.

    `streams`: (path, name) to content. `compressed`: files in compressed directories, which must
    differ from those of `files`. `sparse`: path to (bytes not stored, content behind them).
    `links`: new name to the file that it also names.
    """
    ntfs.make(path, size, label=label)
    compressed, sparse, streams = compressed or {}, sparse or {}, streams or {}
    with ntfs.filling(path) as volume:
        made: set[str] = set()
        for name in (*files, *sparse):
            _ntfs_above(volume, name, made, compressed=False)
        for name in compressed:
            _ntfs_above(volume, name, made, compressed=True)
        for name, content in files.items():
            own = {stream: data for (of, stream), data in streams.items() if of == name}
            volume.file(f"/{name}", content, streams=own)
        for name, content in compressed.items():
            volume.file(f"/{name}", content)
        for name, (hole, content) in sparse.items():
            volume.file(f"/{name}", content, hole=hole)
        for name, other in (links or {}).items():
            volume.link(f"/{other}", f"/{name}")
        for name in deleted:
            volume.delete(f"/{name}")


def _ntfs_above(volume: ntfs.Filling, name: str, made: set[str], *, compressed: bool) -> None:
    parts = name.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        above = "/".join(parts[:depth])
        if above not in made:
            volume.directory(f"/{above}", compressed=compressed)
            made.add(above)


def ntfs_valid_data(path: Path, content: bytes, valid: int) -> None:
    """Set the valid data length of the file whose content is `content` to `valid` bytes.

    What lies behind it on the disk stays: a reader of clusters sees it, NTFS says zeros. Written
    into the MFT record (initialised size, byte 56 of a non-resident attribute).
    """
    raw = bytearray(path.read_bytes())
    for at, size in ntfs_data_attributes(raw):
        if size == len(content):
            struct.pack_into("<Q", raw, at + 56, valid)
    path.write_bytes(raw)


def ntfs_data_attributes(raw: bytes | bytearray) -> list[tuple[int, int]]:
    """Where the non-resident $DATA attributes of all MFT records begin, and their real sizes."""
    found = []
    for at in range(0, len(raw), 1024):
        if raw[at : at + 4] != b"FILE":
            continue
        here = at + struct.unpack_from("<H", raw, at + 20)[0]
        while here < at + 960 and raw[here : here + 4] != b"\xff\xff\xff\xff":
            type_, length = struct.unpack_from("<II", raw, here)
            if type_ == ntfs.DATA and raw[here + 8]:
                found.append((here, struct.unpack_from("<Q", raw, here + 48)[0]))
            here += max(length, 8)
    return found


def ext_volume(
    path: Path, size: int, files: Mapping[str, bytes] | Mapping[bytes, bytes], **options: object
) -> None:
    """An ext volume; options as for `others.make_ext`: kind, label, block, deleted, commands."""
    others.make_ext(path, size, files, **options)  # type: ignore[arg-type]


def fat_volume(path: Path, size: int, files: Mapping[str, bytes], **options: object) -> None:
    """A FAT volume; options as for `others.make_fat`: bits, label, deleted, sector."""
    others.make_fat(path, size, files, **options)  # type: ignore[arg-type]


def exfat_volume(
    path: Path,
    size: int,
    files: Mapping[str, bytes],
    *,
    label: str = "",
    deleted: Sequence[str] = (),
    fragmented: Sequence[str] = (),
    claimed: Mapping[str, int] | None = None,
) -> None:
    """An exFAT volume. `claimed`: the size that a file's entry claims, whatever it holds."""
    exfat.make(path, size, label=label)
    volume = exfat.Filling(path)
    for name, content in files.items():
        volume.file(
            name,
            content,
            fragmented=name in fragmented,
            claimed_size=(claimed or {}).get(name),
        )
    for name in deleted:
        volume.delete(name)
    volume.write()


def zeros(path: Path, size: int) -> None:
    """A volume of zeros."""
    with path.open("wb") as file:
        file.truncate(size)


def noise(path: Path, size: int, *, seed: int = 1) -> None:
    """A volume of random bytes, as a wiped or encrypted one looks."""
    path.write_bytes(random.Random(seed).randbytes(size))


def gpt_disk(
    path: Path,
    volumes: Sequence[Path],
    *,
    sector: int = 512,
    names: Sequence[str] = (),
    types: Sequence[str] = (),
    hybrid: bool = False,
) -> list[int]:
    """The volumes behind a GPT, aligned to 1 MiB. Gives their byte offsets."""
    offsets, end = _places(volumes)
    size = end + ALIGNED
    parts = [
        Part(
            offset // sector,
            volume.stat().st_size // sector,
            types[number] if types else "basic data",
            names[number] if names else "",
        )
        for number, (offset, volume) in enumerate(zip(offsets, volumes, strict=True))
    ]
    writes = gpt(size, parts, sector=sector)
    if hybrid:
        first = Part(parts[0].first, parts[0].count, 0x07)
        writes[0] = mbr([Part(1, parts[0].first - 1, 0xEE), first])
    _assemble(path, size, writes, volumes, offsets)
    return offsets


def mbr_disk(
    path: Path, volumes: Sequence[Path], *, types: Sequence[int] = (), primary: int = 4
) -> list[int]:
    """The volumes behind an MBR; those after the first `primary` are logical ones."""
    offsets, end = _places(volumes)
    parts = [
        Part(offset // 512, volume.stat().st_size // 512, types[number] if types else 0x83)
        for number, (offset, volume) in enumerate(zip(offsets, volumes, strict=True))
    ]
    logical = parts[primary:]
    entries, writes = parts[:primary], {}
    if logical:
        first = logical[0].first - 1
        entries = [*entries, Part(first, end // 512 - first, 0x0F)]
        writes = extended(first, logical)
    _assemble(path, end + ALIGNED, {**writes, 0: mbr(entries)}, volumes, offsets)
    return offsets


def _places(volumes: Sequence[Path]) -> tuple[list[int], int]:
    offsets, position = [], ALIGNED
    for volume in volumes:
        offsets.append(position)
        position += -(-volume.stat().st_size // ALIGNED) * ALIGNED + ALIGNED
    return offsets, position


def _assemble(
    path: Path,
    size: int,
    writes: Mapping[int, bytes],
    volumes: Sequence[Path],
    offsets: Sequence[int],
) -> None:
    with path.open("wb") as disk:
        disk.truncate(size)
        for offset, volume in zip(offsets, volumes, strict=True):
            with volume.open("rb") as source:
                _copy_sparse(source.fileno(), disk.fileno(), offset)
        for offset, data in writes.items():
            disk.seek(offset)
            disk.write(data)


def _copy_sparse(source: int, target: int, offset: int) -> None:
    position = 0
    while data := os.pread(source, MIB, position):
        if data.count(0) != len(data):
            os.pwrite(target, data, offset + position)
        position += len(data)


def sample_suspect_disk(path: Path, photos: Sequence[bytes], *, seed: int = 2026) -> KnownAnswers:
    """A suspect's disk: NTFS, ext4, FAT32 and exFAT behind a GPT, at least four photos.

    Notable are the first three: one given up on the FAT volume, one named .dat on the ext4 volume,
    one in an alternate stream on the NTFS volume. All others, and texts, are harmless.
    """
    if len(photos) < 4:
        raise ValueError("give at least four photos: three are the notable ones")
    unallocated, renamed, hidden, *harmless = photos
    texts = _texts(random.Random(seed), 60)
    ntfs_files, ext_files, fat_files, exfat_files = _shared_out(harmless, texts)
    fat_files["DCIM/100CANON/IMG_0007.JPG"] = unallocated
    ext_files["home/sam/.cache/app/blob-0007.dat"] = renamed
    carrier, stream = "Users/Sam/Documents/list.txt", "notes"
    ntfs_files[carrier] = b"eggs\nmilk\nbread\n"
    room = 2 * sum(map(len, photos)) + 16 * MIB
    room = -(-room // MIB) * MIB
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        parts = [Path(folder, name) for name in ("ntfs", "ext4", "fat32", "exfat")]
        ntfs_volume(parts[0], room, ntfs_files, label="Windows",
                    streams={(carrier, stream): hidden})  # fmt: skip
        ext_volume(parts[1], room, ext_files, label="home")
        fat_volume(parts[2], max(room, 40 * MIB), fat_files, label="CAMERA",
                   deleted=["DCIM/100CANON/IMG_0007.JPG"])  # fmt: skip
        exfat_volume(parts[3], room, exfat_files, label="BACKUP")
        gpt_disk(path, parts, names=["Windows", "home", "camera", "backup"],
                 types=["basic data", "linux", "basic data", "basic data"])  # fmt: skip
    notable = (
        Known(volume="CAMERA", path="DCIM/100CANON/IMG_0007.JPG", content=unallocated,
              allocated=False),
        Known(volume="home", path="home/sam/.cache/app/blob-0007.dat", content=renamed),
        Known(volume="Windows", path=carrier, stream=stream, content=hidden),
    )  # fmt: skip
    places = {(known.volume, known.path, known.stream) for known in notable}
    volumes = {"Windows": ntfs_files, "home": ext_files, "CAMERA": fat_files, "BACKUP": exfat_files}
    harmless_files = tuple(
        Known(volume=label, path=name, content=content)
        for label, files in volumes.items()
        for name, content in files.items()
        if (label, name, "") not in places
    )
    return KnownAnswers(path=path, files=(*notable, *harmless_files), notable=notable)


def _shared_out(
    photos: Sequence[bytes], texts: Sequence[bytes]
) -> tuple[dict[str, bytes], dict[str, bytes], dict[str, bytes], dict[str, bytes]]:
    """Photos and texts dealt to the four volumes."""
    folders = ("Users/Sam/Pictures", "home/sam/pictures", "DCIM/100CANON", "archive/2024")
    papers = ("Users/Sam/Documents", "home/sam/documents", "TEXTS", "archive/papers")
    volumes: tuple[dict[str, bytes], ...] = ({}, {}, {}, {})
    for number, photo in enumerate(photos):
        place = number % 4
        volumes[place][f"{folders[place]}/IMG_{number + 1001}.{_ending(photo)}"] = photo
    for number, text in enumerate(texts):
        place = number % 4
        volumes[place][f"{papers[place]}/NOTE{number + 1}.TXT"] = text
    return volumes[0], volumes[1], volumes[2], volumes[3]


def _ending(photo: bytes) -> str:
    return {b"\x89PNG": "PNG", b"RIFF": "WEBP", b"GIF8": "GIF"}.get(photo[:4], "JPG")


def _texts(chance: random.Random, count: int) -> list[bytes]:
    return [
        " ".join(chance.choices(WORDS, k=chance.randint(20, 2000))).encode() for _ in range(count)
    ]


def many_files(
    path: Path, file_system: str, count: int, total_bytes: int, *, seed: int = 1
) -> list[str]:
    """A bare NTFS or ext4 volume with `count` files of random bytes, 50 in a directory.

    Sizes vary from some bytes to some hundred KiB, summing to about `total_bytes`. Gives the paths.
    """
    chance = random.Random(seed)
    weights = [chance.lognormvariate(0, 1.3) for _ in range(count)]
    scale = total_bytes / sum(weights)
    sizes = [max(1, int(weight * scale)) for weight in weights]
    names = [f"dir{number // 50:05d}/file{number:06d}.bin" for number in range(count)]
    pool = chance.randbytes(4 * MIB)
    room = (int(total_bytes * 1.15) + count * 5632 + 128 * MIB) // MIB * MIB
    maker = {"ntfs": _many_ntfs, "ext4": _many_ext4}[file_system]
    maker(path, room, [(n, _slice(chance, pool, s)) for n, s in zip(names, sizes, strict=True)])
    return names


def _slice(chance: random.Random, pool: bytes, size: int) -> tuple[int, memoryview, int]:
    """Where in the pool a file's bytes begin, the pool, and how many; a salt makes each unlike."""
    return chance.randrange(1 << 62), memoryview(pool), size


def _bytes(what: tuple[int, memoryview, int]) -> bytes:
    salt, pool, size = what
    start = salt % max(1, len(pool) - size)
    return (salt.to_bytes(8, "little") + bytes(pool[start : start + max(0, size - 8)]))[:size]


def _many_ntfs(
    path: Path, room: int, files: Sequence[tuple[str, tuple[int, memoryview, int]]]
) -> None:
    ntfs.make(path, room, label="MANY")
    with ntfs.filling(path) as volume:
        made: set[str] = set()
        for name, what in files:
            _ntfs_above(volume, name, made, compressed=False)
            volume.file(f"/{name}", _bytes(what))


def _many_ext4(
    path: Path, room: int, files: Sequence[tuple[str, tuple[int, memoryview, int]]]
) -> None:
    folder = Path(tempfile.mkdtemp(dir=path.parent))
    try:
        for name, what in files:
            place = folder / name
            if name.endswith("0.bin"):
                place.parent.mkdir(exist_ok=True)
            place.write_bytes(_bytes(what))
        others.make_ext_from(path, room, folder, label="MANY")
    finally:
        shutil.rmtree(folder)
