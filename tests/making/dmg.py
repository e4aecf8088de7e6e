"""Apple's images of disks (UDIF), as `qemu-img` and 7-Zip read them."""

import base64
import bz2
import lzma
import struct
import zlib
from collections.abc import Callable, Sequence

SECTOR = 512
CHUNK = 256 * 1024
KINDS = {"zero": 0, "raw": 1, "ignored": 2, "adc": 0x80000004, "zlib": 0x80000005,
         "bzip2": 0x80000006, "lzfse": 0x80000007, "lzma": 0x80000008}  # fmt: skip


def _lzfse(plain: bytes) -> bytes:
    """As it packs what does not pack: a block as it is."""
    return b"bvx-" + struct.pack("<I", len(plain)) + plain + b"bvx$"


PACK: dict[str, Callable[[bytes], bytes]] = {
    "zlib": zlib.compress,
    "bzip2": bz2.compress,
    "lzma": lzma.compress,
    "lzfse": _lzfse,
    "raw": bytes,
    "adc": bytes,
}


def dmg(disk: bytes, *kinds: str, tables: int = 1, sectors: int = -1) -> bytes:
    """An image of a disk, whose chunks are packed in these ways in turn; zeros are left out.
    `tables`: in how many the chunks are told; `sectors`: how many it says there are."""
    data = bytearray()
    rows: list[tuple[int, int, int, int, int]] = []
    for number, at in enumerate(range(0, len(disk), CHUNK)):
        plain = disk[at : at + CHUNK]
        kind = kinds[number % len(kinds)] if plain.strip(b"\0") else "ignored"
        packed = PACK[kind](plain) if kind in PACK else b""
        place = len(data) if packed else 0
        rows.append((KINDS[kind], at // SECTOR, len(plain) // SECTOR, place, len(packed)))
        data += packed
    each = -(-len(rows) // tables)
    parts = [rows[at : at + each] for at in range(0, len(rows), each)]
    return ended(bytes(data), parts, len(disk) // SECTOR if sectors < 0 else sectors)


def ended(data: bytes, parts: Sequence[Sequence[tuple[int, int, int, int, int]]],
          sectors: int) -> bytes:  # fmt: skip
    """The data with a list of chunks behind it: kind, sector, sectors, place and bytes of each."""
    listed = _list([_table(part) for part in parts])
    koly = bytearray(512)
    struct.pack_into(">4sIIIQQQ", koly, 0, b"koly", 4, 512, 1, 0, 0, len(data))
    struct.pack_into(">II", koly, 56, 1, 1)
    struct.pack_into(">QQ", koly, 216, len(data), len(listed))
    struct.pack_into(">IQ", koly, 488, 1, sectors)
    return data + listed + bytes(koly)


def _table(rows: Sequence[tuple[int, int, int, int, int]]) -> bytes:
    first = rows[0][1]
    end = max(sector + count for _, sector, count, _, _ in rows)
    head = struct.pack(">4sIQQQII", b"mish", 1, first, end - first, 0, 2048, 0xFFFFFFFE)
    chunks = [struct.pack(">IIQQQQ", kind, 0, sector - first, count, place, length)
              for kind, sector, count, place, length in rows]  # fmt: skip
    chunks.append(struct.pack(">IIQQQQ", 0xFFFFFFFF, 0, end - first, 0, 0, 0))
    return head.ljust(200, b"\0") + struct.pack(">I", len(chunks)) + b"".join(chunks)


def _list(tables: Sequence[bytes]) -> bytes:
    told = "".join(
        f"<dict><key>Attributes</key><string>0x0050</string><key>CFName</key><string>disk {n}"
        f"</string><key>Data</key>\n<data>\n{base64.encodebytes(table).decode()}</data>\n"
        f"<key>ID</key><string>{n}</string><key>Name</key><string>disk {n}</string></dict>"
        for n, table in enumerate(tables)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict><key>resource-fork'
        f"</key><dict><key>blkx</key>\n<array>{told}</array></dict></dict></plist>\n"
    ).encode()
