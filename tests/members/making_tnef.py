"""Makes Outlook's packing, TNEF: attachments with their names, and messages in messages."""

import struct
from collections.abc import Mapping, Sequence

DATA, EMBEDDED, BINARY = 0x3701, 0x0D, 0x102
_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")


def tnef(attached: "Mapping[str, bytes | Mapping[str, bytes]]") -> bytes:
    """Long names are properties, short ones titles; both are there."""
    out = b"\x78\x9f\x3e\x22\x01\0"
    out += _attribute(1, 0x00089006, b"\0\0\x01\0") + _attribute(1, 0x00069007, bytes(8))
    for name, held in attached.items():
        if isinstance(held, Mapping):
            out += attachment(name, long_property(DATA, EMBEDDED, _MESSAGE + tnef(held)))
        else:
            out += attachment(name, data=[held])
    return out


def attachment(
    name: str, *told: bytes, data: Sequence[bytes] = (), count: int | None = None
) -> bytes:
    """One, with further properties than its name. `count`: of those that it is said to have."""
    out = _attribute(2, 0x00069002, struct.pack("<HIIII", 1, 0xFFFFFFFF, 0, 0, 0)[:14])
    out += _attribute(2, 0x00018010, name[:12].encode("cp1252", "replace") + b"\0")
    all_told = [_named(), _number(0x3705, 1 if data else 5), _name(name), *told]
    out += b"".join(_attribute(2, 0x0006800F, each) for each in data)
    said = len(all_told) if count is None else count
    return out + _attribute(2, 0x00069005, struct.pack("<I", said) + b"".join(all_told))


def _attribute(level: int, which: int, data: bytes) -> bytes:
    head = struct.pack("<BII", level, which, len(data))
    return head + data + struct.pack("<H", sum(data) & 0xFFFF)


def _number(which: int, value: int) -> bytes:
    return struct.pack("<HHI", 0x03, which, value)


def _name(name: str) -> bytes:
    return long_property(0x3707, 0x1F, name.encode("utf-16-le") + b"\0\0")


def _named() -> bytes:
    """A property that is told by a text, and has several values."""
    text = "x".encode("utf-16-le") + b"\0\0"
    head = struct.pack("<HH", 0x1003, 0x8001) + bytes(16) + struct.pack("<II", 1, len(text)) + text
    return head + struct.pack("<III", 2, 7, 8)


def long_property(which: int, kind: int, value: bytes) -> bytes:
    """One whose value says how long it is."""
    return struct.pack("<HHII", kind, which, 1, len(value)) + value + bytes(-len(value) % 4)
