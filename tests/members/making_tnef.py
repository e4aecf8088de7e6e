"""Makes Outlook's packing, TNEF: attachments with their names, and messages in messages."""

import struct
from collections.abc import Mapping

_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")


def tnef(attached: "Mapping[str, bytes | Mapping[str, bytes]]") -> bytes:
    """Long names are properties, short ones titles; both are there."""
    out = b"\x78\x9f\x3e\x22\x01\0"
    out += _attribute(1, 0x00089006, b"\0\0\x01\0") + _attribute(1, 0x00069007, bytes(8))
    for name, held in attached.items():
        out += _attribute(2, 0x00069002, struct.pack("<HIIII", 1, 0xFFFFFFFF, 0, 0, 0)[:14])
        out += _attribute(2, 0x00018010, name[:12].encode("cp1252", "replace") + b"\0")
        told = [_named(), _number(0x3705, 5 if isinstance(held, Mapping) else 1), _name(name)]
        if isinstance(held, Mapping):
            told.append(_long(0x3701, 0x0D, _MESSAGE + tnef(held)))
        else:
            out += _attribute(2, 0x0006800F, held)
        out += _attribute(2, 0x00069005, struct.pack("<I", len(told)) + b"".join(told))
    return out


def _attribute(level: int, which: int, data: bytes) -> bytes:
    head = struct.pack("<BII", level, which, len(data))
    return head + data + struct.pack("<H", sum(data) & 0xFFFF)


def _number(which: int, value: int) -> bytes:
    return struct.pack("<HHI", 0x03, which, value)


def _name(name: str) -> bytes:
    return _long(0x3707, 0x1F, name.encode("utf-16-le") + b"\0\0")


def _named() -> bytes:
    """A property that is told by a text, and has several values."""
    text = "x".encode("utf-16-le") + b"\0\0"
    head = struct.pack("<HH", 0x1003, 0x8001) + bytes(16) + struct.pack("<II", 1, len(text)) + text
    return head + struct.pack("<III", 2, 7, 8)


def _long(which: int, kind: int, value: bytes) -> bytes:
    return struct.pack("<HHII", kind, which, 1, len(value)) + value + bytes(-len(value) % 4)
