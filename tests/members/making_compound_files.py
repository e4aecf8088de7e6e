"""Makes compound files with storages in storages, and what Office and Outlook put into them."""

import struct
import zlib
from collections.abc import Mapping
from itertools import pairwise

from tests.parts.making import SECTOR, compound_file

Tree = Mapping[str, "bytes | Tree"]
"""Name to stream, or to a storage."""

STREAM, STORAGE, ROOT = 2, 1, 5
_NONE = 0xFFFFFFFF


def compound(tree: Tree) -> bytes:
    """A compound file; a folder's entries are a chain to the right."""
    flat: dict[str, bytes] = {}
    told: list[tuple[str, int]] = []
    links: dict[int, list[int]] = {0: []}

    def add(folder: Tree, parent: int) -> None:
        for name, held in folder.items():
            place = len(told) + 1
            told.append((name, STREAM if isinstance(held, bytes) else STORAGE))
            flat[f"{place}"] = held if isinstance(held, bytes) else b""
            links[parent].append(place)
            links[place] = []
            if not isinstance(held, bytes):
                add(held, place)

    add(tree, 0)
    made = bytearray(compound_file(flat))
    at = (struct.unpack_from("<I", made, 48)[0] + 1) * SECTOR
    for place, (name, kind) in enumerate(told, 1):
        raw = name.encode("utf-16-le") + b"\0\0"
        made[at + 128 * place : at + 128 * place + 64] = raw.ljust(64, b"\0")
        struct.pack_into("<HB", made, at + 128 * place + 64, len(raw), kind)
        if kind == STORAGE:  # begins nowhere, or 7z opens none of it
            struct.pack_into("<IQ", made, at + 128 * place + 116, 0, 0)
    for parent, children in links.items():
        for child, following in pairwise([*children, _NONE]):
            struct.pack_into("<I", made, at + 128 * child + 72, following)
        if children:
            struct.pack_into("<I", made, at + 128 * parent + 76, children[0])
    return bytes(made)


def blip(picture: bytes, kind: str = "jpg", *, digests: int = 1) -> bytes:
    """A picture in the record that Office keeps it in; [MS-ODRAW] 2.2.23."""
    record, instance = {
        "jpg": (0xF01D, 0x46A), "cmyk": (0xF02A, 0x6E2), "png": (0xF01E, 0x6E0),
        "tif": (0xF029, 0x6E4), "dib": (0xF01F, 0x7A8), "emf": (0xF01A, 0x3D4),
        "wmf": (0xF01B, 0x216),
    }[kind]  # fmt: skip
    if kind in ("emf", "wmf"):
        body = bytes(28) + struct.pack("<IBB", len(picture), 0, 0xFE) + zlib.compress(picture)
    else:
        body = b"\xff" + picture
    body = bytes(16 * digests) + body
    return struct.pack("<HHI", (instance + digests - 1) << 4, record, len(body)) + body


def ppt(*blips: bytes) -> bytes:
    """A show with these pictures."""
    return compound({"PowerPoint Document": bytes(600), "Pictures": b"".join(blips)})


def doc(*blips: bytes) -> bytes:
    """A text; each picture behind the header that Word has before it."""
    data = b"".join(struct.pack("<IH", 68 + len(each), 68) + bytes(62) + each for each in blips)
    return compound({"WordDocument": b"\xec\xa5" + bytes(600), "1Table": bytes(200), "Data": data})


def xls(*blips: bytes) -> bytes:
    """A workbook, whose records are cut."""
    group = b"\x0f\x00\x00\xf0" + struct.pack("<I", sum(map(len, blips))) + b"".join(blips)
    records = [b"\x09\x08\x10\x00" + bytes(16)]
    for number, at in enumerate(range(0, len(group), 8224)):
        piece = group[at : at + 8224]
        records.append(struct.pack("<HH", 0x3C if number else 0xEB, len(piece)) + piece)
    return compound({"Workbook": b"".join([*records, b"\x0a\x00\x00\x00"])})


def attachment(name: str, content: "bytes | Tree") -> Tree:
    """Of a message: a file, or a message."""
    held = "37010102" if isinstance(content, bytes) else "3701000D"
    return {
        "__substg1.0_3704001F": "SHORT~1.JPG".encode("utf-16-le"),
        "__substg1.0_3707001F": name.encode("utf-16-le"),
        f"__substg1.0_{held}": content,
    }


def msg(attached: Tree) -> Tree:
    """A message of Outlook's; name to file or message."""
    return {
        "__properties_version1.0": bytes(32),
        "__substg1.0_1000001F": "Hello".encode("utf-16-le") * 200,
        **{
            f"__attach_version1.0_#{number:08X}": attachment(name, content)
            for number, (name, content) in enumerate(attached.items())
        },
    }


def packaged(name: str, content: bytes) -> bytes:
    """A file that was put into a document: [MS-OLEDS] 2.3.6, as Windows writes it."""
    place = f"C:\\Temp\\{name}\0".encode()
    body = (
        b"\x02\x00" + f"{name}\0C:\\{name}\0".encode() + b"\0\0\x03\0"
        + struct.pack("<I", len(place)) + place + struct.pack("<I", len(content)) + content
    )  # fmt: skip
    return struct.pack("<I", len(body)) + body
