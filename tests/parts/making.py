"""Makes thumbnail caches, byte by byte, as Windows and Linux write them."""

import io
import sqlite3
import struct
import zlib
from collections.abc import Collection, Mapping, Sequence

from PIL import Image

FREE, END, FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
SECTOR, MINI, CUTOFF = 512, 64, 4096


def shrunk(picture: bytes, side: int = 160, kind: str = "JPEG") -> bytes:
    """A thumbnail as a program would make it."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.thumbnail((side, side))
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def thumbs_db(pictures: Mapping[str, bytes]) -> bytes:
    """A Thumbs.db of Windows XP: picture's name to thumbnail."""
    streams = {"Catalog": _catalog(list(pictures))}
    for index, thumbnail in enumerate(pictures.values(), 1):
        streams[str(index)[::-1]] = struct.pack("<III", 12, 1, len(thumbnail)) + thumbnail
    return compound_file(streams)


def compound_file(streams: Mapping[str, bytes], gone: Collection[str] = ()) -> bytes:
    """A compound file of version 3; short streams lie in the root's. Those that are `gone` have
    neither name nor sectors any more."""
    sectors: list[bytes] = []
    fat: list[int] = []

    def place(data: bytes) -> int:
        if not data:
            return END
        first = len(sectors)
        count = -(-len(data) // SECTOR)
        for number in range(count):
            sectors.append(data[number * SECTOR : (number + 1) * SECTOR].ljust(SECTOR, b"\x00"))
            fat.append(first + number + 1 if number + 1 < count else END)
        return first

    mini, mini_fat = bytearray(), list[int]()
    entries = []
    for name, data in streams.items():
        if len(data) >= CUTOFF:
            start = place(data)
        else:
            start, count = len(mini_fat), -(-len(data) // MINI)
            mini += data.ljust(count * MINI, b"\x00")
            mini_fat += [start + n + 1 if n + 1 < count else END for n in range(count)]
            if name in gone:
                mini_fat[start:] = [FREE] * count
        if name not in gone:
            entries.append(_directory_entry(name, 2, start, len(data)))
        elif len(data) >= CUTOFF:
            fat[start:] = [FREE] * (len(fat) - start)
    root = _directory_entry("Root Entry", 5, place(bytes(mini)), len(mini))
    mini_sectors = -(-4 * len(mini_fat) // SECTOR)
    mini_fat += [FREE] * (mini_sectors * (SECTOR // 4) - len(mini_fat))
    first_mini_fat = place(struct.pack(f"<{len(mini_fat)}I", *mini_fat))
    first_directory = place(b"".join([root, *entries]))
    fat_sectors = 1
    while fat_sectors * (SECTOR // 4) < len(fat) + fat_sectors:
        fat_sectors += 1
    fat_places = list(range(len(sectors), len(sectors) + fat_sectors))
    fat += [FAT_SECTOR] * fat_sectors
    fat += [FREE] * (fat_sectors * (SECTOR // 4) - len(fat))
    table = struct.pack(f"<{len(fat)}I", *fat)
    header = bytearray(b"\xff" * SECTOR)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<16xHHHHH6xII", header, 8, 0x3E, 3, 0xFFFE, 9, 6, 0, fat_sectors)
    struct.pack_into(
        "<I4xIIIII", header, 48, first_directory, CUTOFF, first_mini_fat, mini_sectors, END, 0
    )
    listed = fat_places[:109]  # the rest would be a DIFAT's
    struct.pack_into(f"<{len(listed)}I", header, 76, *listed)
    return bytes(header) + b"".join(sectors) + table


def _directory_entry(name: str, kind: int, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le") + b"\x00\x00"
    entry = bytearray(128)
    entry[: len(raw)] = raw
    struct.pack_into("<HBB", entry, 64, len(raw), kind, 1)
    struct.pack_into("<IIIIQ", entry, 68, FREE, FREE, FREE, 0, 0)
    struct.pack_into("<IQ", entry, 116, start, size)
    return bytes(entry)


def _catalog(names: Sequence[str]) -> bytes:
    data = struct.pack("<HHIII", 16, 7, len(names), 96, 96)
    for index, name in enumerate(names, 1):
        raw = name.encode("utf-16-le") + b"\x00\x00\x00\x00"
        data += struct.pack("<IIQ", 16 + len(raw), index, 0x01D9_0000_0000_0000) + raw
    return data


def thumbcache(pictures: Mapping[int, bytes], *, version: int = 32) -> bytes:
    """A thumbcache_256.db: entry hash to thumbnail; padded by an entry without data."""
    body = b"".join(cache_entry(hash_, data, version) for hash_, data in pictures.items())
    blank = cache_entry(0, b"", version, size=4096)
    header = b"CMMM" + struct.pack("<IIIII", version, 4, 0, 24, 24 + len(body))
    return header + body + blank


def cache_entry(hash_: int, data: bytes, version: int, *, size: int = 0) -> bytes:
    """One entry of a thumbcache, filled with zeros up to `size`."""
    name = f"{hash_:x}".encode("utf-16-le")
    extension = "jpg".encode("utf-16-le") + b"\x00\x00" if version == 20 else b""
    sizes = struct.pack("<III", len(name), 2, len(data))
    more = bytes(12 if version > 21 else 4)
    middle = extension + sizes + more + bytes(16) + name + b"\x00\x00" + data
    whole = size or 16 + len(middle)
    return (b"CMMM" + struct.pack("<IQ", whole, hash_) + middle).ljust(whole, b"\x00")


def quicklook(pictures: Sequence[tuple[str, str, bytes, int]]) -> tuple[bytes, bytes]:
    """index.sqlite and thumbnails.data of macOS: folder, name, thumbnail and CGBitmapInfo."""
    data = bytearray(b"\x00" * 64)
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE files (folder TEXT, file_name TEXT, fs_id TEXT)")
        database.execute(
            "CREATE TABLE thumbnails (file_id INTEGER, size REAL, width INTEGER, height INTEGER, "
            "bitspercomponent INTEGER, bitsperpixel INTEGER, bytesperrow INTEGER, "
            "bitmapinfo INTEGER, bitmapdata_location INTEGER, bitmapdata_length INTEGER)"
        )
        for folder, name, thumbnail, info in pictures:
            image = Image.open(io.BytesIO(thumbnail)).convert("RGBA")
            padding = 16  # rows are aligned
            raw = _as_stored(image, info, padding)
            file = database.execute("INSERT INTO files VALUES (?, ?, 'x.1')", (folder, name))
            database.execute(
                "INSERT INTO thumbnails VALUES (?, 160, ?, ?, 8, 32, ?, ?, ?, ?)",
                (file.lastrowid, image.width, image.height, 4 * image.width + padding, info,
                 len(data), len(raw)),
            )  # fmt: skip
            data += raw
        database.commit()
        index = bytearray(database.serialize())
    index[18:20] = b"\x02\x02"  # as macOS leaves it: with a write-ahead log
    return bytes(index), bytes(data)


def _as_stored(image: Image.Image, info: int, padding: int) -> bytes:
    """Four bytes a pixel, in the order that CGBitmapInfo says."""
    red, green, blue, alpha = (plane.tobytes() for plane in image.split())
    planes = [alpha, red, green, blue] if info & 0x1F in {2, 4, 6} else [red, green, blue, alpha]
    if info & 0x2000:
        planes.reverse()
    pixels = bytes(byte for pixel in zip(*planes, strict=True) for byte in pixel)
    rows = range(0, len(pixels), 4 * image.width)
    return b"".join(pixels[at : at + 4 * image.width] + bytes(padding) for at in rows)


def linux_thumbnail(picture: bytes, uri: str, *, side: int = 128) -> bytes:
    """A PNG of ~/.cache/thumbnails/normal."""
    png = shrunk(picture, side, "PNG")
    chunks = [("Thumb::URI", uri), ("Thumb::MTime", "1700000000"), ("Software", "a desktop")]
    texts = b"".join(_chunk(b"tEXt", f"{key}\x00{text}".encode("latin-1")) for key, text in chunks)
    return png[:33] + texts + png[33:]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_exif_thumbnail(picture: bytes, thumbnail: bytes, *, order: str = "<") -> bytes:
    """The JPEG with an EXIF segment whose second directory holds the thumbnail."""
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    first = struct.pack(order + "HI", 0, 14)  # no tags; the next directory is at 14
    second = struct.pack(order + "H", 2)
    at = 14 + 2 + 24 + 4
    second += struct.pack(order + "HHII", 513, 4, 1, at)
    second += struct.pack(order + "HHII", 514, 4, 1, len(thumbnail)) + struct.pack(order + "I", 0)
    tiff = mark + struct.pack(order + "I", 8) + first + second + thumbnail
    body = b"Exif\x00\x00" + tiff
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(body) + 2) + body + picture[2:]
