"""The torture disk: good files among everything that has ever made a reader stall, swell or lie.

Benign content only. Pillow's own broken pictures come from its source package, if
tests/fetch.sh has fetched it.
"""

import io
import struct
import zipfile
import zlib
from pathlib import Path

from tests import fetched
from tests.disks import (
    MIB,
    exfat_volume,
    ext_volume,
    fat_volume,
    gpt_disk,
    ntfs_data_attributes,
    ntfs_volume,
)

BROKEN = ("crash", "timeout", "oom", "broken", "bad", "corrupt", "invalid", "truncat", "bomb")
GOOD = {f"good/note{n}.txt": f"good file {n}\n".encode() * (50 + n) for n in range(12)}
STREAMS = 3000
"""Of each file that has any: an attribute list has no room for many more."""
FILES_WITH_STREAMS = 67
"""201,000 streams in all."""
CLAIMED = 2**63 - 1
"""Bytes that a file of the exFAT volume claims: 8 EiB, the most that the format and C can say."""
ALL_THERE_IS = 2**64 - 1
"""Bytes that a file of an NTFS volume claims: 16 EiB."""


def pillow_pictures() -> dict[bytes, bytes]:
    """Pillow's broken pictures; none if its source package was not fetched."""
    named = {path.rpartition("/")[2]: each for path, each in fetched.pictures_of("pillow").items()}
    broken = {
        name: content
        for name, content in named.items()
        if len(content) < 8 * MIB and any(word in name for word in BROKEN)
    }
    return {
        f"pillow/{number:03}-{name}".encode(): content
        for number, (name, content) in enumerate(broken.items())
    }


def png_bomb(width: int, height: int) -> bytes:
    """A well-formed black picture of so many pixels, small as a file."""
    data = _zeros_packed(height * (1 + width * 3))
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", data),
             (b"IEND", b""))  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )


def _zeros_packed(size: int) -> bytes:
    """What zlib makes of so many zeros, without making it do so."""
    piece = 64 * MIB
    packer = zlib.compressobj(9)
    first = packer.compress(bytes(piece)) + packer.flush(zlib.Z_FULL_FLUSH)
    same = packer.compress(bytes(piece)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = packer.compress(bytes(size % piece)) + packer.flush()
    whole = size // piece
    checksum = struct.pack(">I", (size % 65521) << 16 | 1)
    return (first + same * (whole - 1) if whole else first[:2]) + rest[:-4] + checksum


def zip_bomb(levels: int = 3) -> bytes:
    """An archive of archives of zeros."""
    content = bytes(4 * MIB)
    for level in range(levels):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for copy in range(8):
                archive.writestr(f"{level}-{copy}", content)
        content = packed.getvalue()
    return content


def hostile_files() -> dict[bytes, bytes]:
    """Names and contents that attack the terminal, the report or a decoder."""
    small = png_bomb(16, 16)
    return {
        b"bombs/30000x30000.png": png_bomb(30_000, 30_000),
        b"bombs/claims.png": small[:16] + struct.pack(">II", 2**31 - 1, 2**31 - 1) + small[24:],
        b"bombs/archive.zip": zip_bomb(),
        b"bombs/zeros.gz": zlib.compress(bytes(64 * MIB)),
        b"bombs/claims.gif": b"GIF89a" + struct.pack("<HHBBB", 9999, 9999, 0xF7, 0, 0) + bytes(99),
        b"bombs/cut.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00" * 3
        + b"\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03" + bytes(500),
        b"names/line\nFINDING 99 after 0.1 s: forged": b"a name with a line feed",
        b"names/\x1b[2J\x1b[31mred\x1b]0;title\x07": b"a name with escape sequences",
        b"names/<script>alert(1)</script>&amp;.html": b"a name that is a script",
        "names/\u202egnp.exe".encode(): b"a name that reads backwards",
        b"names/not-utf8-\xff\xfe.txt": b"a name that is no text",
        b"names/" + b"n" * 255: b"a long name",
    }  # fmt: skip


def make(folder: Path) -> Path:
    """The whole disk."""
    kinds = {
        "ext4": _make_ext4,
        "ext2": _make_ext2,
        "streams": _make_streams,
        "torn": _make_torn,
        "claims": _make_claims,
        "fat": _make_fat,
        "exfat": _make_exfat,
    }
    parts = []
    for name, make_volume in kinds.items():
        make_volume(folder / name)
        parts.append(folder / name)
    disk = folder / "torture.img"
    gpt_disk(disk, parts)
    for part in parts:
        part.unlink()
    return disk


def _make_ext4(path: Path) -> None:
    """Hostile content and names, and a directory that holds itself."""
    files = {**{k.encode(): v for k, v in GOOD.items()}, **hostile_files(), **pillow_pictures()}
    files |= {b"loop/inner/file.txt": b"in a loop"}
    loops = ["ln /loop /loop/inner/again", "ln / /loop/root"]
    ext_volume(path, 160 * MIB, files, commands=loops)


def _make_ext2(path: Path) -> None:
    """Blocks that lie outside the volume, sizes that cannot be."""
    files = {**GOOD, **{f"outside{n}.bin": b"o" * 20_000 for n in range(3)}}
    ext_volume(path, 8 * MIB, files, kind="ext2", commands=[
        "sif /outside0.bin block[0] 4294967295",
        "sif /outside1.bin block[1] 99999999",
        "sif /outside2.bin size 9223372036854775807",
    ])  # fmt: skip


def stream_of(number: int) -> bytes:
    """What the stream of that number holds, in each of the files that have streams."""
    return b"stream %d" % number


def _make_streams(path: Path) -> None:
    """Files with thousands of alternate streams, some of them in clusters of their own."""
    names = [f"many/streams{n:02}.txt" for n in range(FILES_WITH_STREAMS)]
    many = {(name, f"s{n}"): stream_of(n) for name in names for n in range(STREAMS)}
    large = {(names[0], f"large{n}"): stream_of(n).ljust(9000) for n in range(40)}
    files = {**GOOD, **dict.fromkeys(names, b"main")}
    ntfs_volume(path, 96 * MIB, files, streams={**many, **large})


def _make_torn(path: Path) -> None:
    """A corrupted MFT."""
    names = {("many/streams.txt", f"s{n}"): stream_of(n) for n in range(3)}
    ntfs_volume(path, 24 * MIB, {**GOOD, "many/streams.txt": b"main"}, streams=names)
    _tear_mft(path)


def _make_claims(path: Path) -> None:
    """Files that claim 16 EiB, clusters outside the volume, more valid data than there is."""
    contents = {f"liar{n}.bin": bytes([65 + n]) * (9000 + n) for n in range(4)}
    ntfs_volume(path, 24 * MIB, {**GOOD, **contents})
    raw = bytearray(path.read_bytes())
    numbers = {len(content): n for n, content in enumerate(contents.values())}
    for start, size in ntfs_data_attributes(raw):
        number = numbers.get(size)
        if number is None:
            continue
        if number == 0:
            struct.pack_into("<QQQ", raw, start + 40, *[ALL_THERE_IS] * 3)
        elif number == 1:
            struct.pack_into("<QQQ", raw, start + 40, *[CLAIMED] * 3)
        elif number == 2:
            pairs = start + struct.unpack_from("<H", raw, start + 32)[0]
            raw[pairs : pairs + 6] = b"\x41\x03\xff\xff\xff\x7f"
        else:
            struct.pack_into("<Q", raw, start + 56, CLAIMED)
    path.write_bytes(raw)


def _tear_mft(path: Path) -> None:
    """Noise over every third record of the MFT but those of the file system itself."""
    raw = bytearray(path.read_bytes())
    records = [at for at in range(0, len(raw), 1024) if raw[at : at + 4] == b"FILE"]
    for at in records[64::3]:
        raw[at + 48 : at + 400] = bytes((n * 37 + at) & 0xFF for n in range(352))
    path.write_bytes(raw)


def _make_fat(path: Path) -> None:
    """Chains of clusters that run in circles."""
    files = {name.upper(): content for name, content in GOOD.items()}
    fat_volume(path, 40 * MIB, {**files, "RING.BIN": b"r" * 90_000, "ZRING.BIN": b"z" * 90_000})
    raw = bytearray(path.read_bytes())
    reserved, count, size = struct.unpack_from("<HB", raw, 14) + struct.unpack_from("<I", raw, 36)
    for number in range(count):
        start = reserved * 512 + number * size * 512
        table = struct.unpack_from("<4096I", raw, start)
        ends = [n for n in range(3, 4096) if table[n] & 0x0FFFFFF8 == 0x0FFFFFF8]
        for cluster in ends[-2:]:
            struct.pack_into("<I", raw, start + 4 * cluster, cluster - 2)
    path.write_bytes(raw)


def _make_exfat(path: Path) -> None:
    """Files that claim 8 EiB."""
    files = {**GOOD, **{f"claims{n}.bin": b"x" * 9000 for n in range(4)}}
    exfat_volume(path, 8 * MIB, files, claimed={f"claims{n}.bin": CLAIMED for n in range(4)})
