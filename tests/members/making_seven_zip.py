"""Encrypted 7z archives, made of the format's description: a folder for each group of files."""

import hashlib
import lzma
from collections.abc import Mapping
from dataclasses import dataclass, field
from zlib import crc32

from tests.members.making_rar import VECTOR, encrypted

_LZMA2 = {"id": lzma.FILTER_LZMA2, "dict_size": 1 << 16}
_LZMA = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}
PACKED = {
    "lzma2": (b"\x21", b"\x08", [_LZMA2]),
    "lzma": (b"\x03\x01\x01", b"\x5d" + (1 << 16).to_bytes(4, "little"), [_LZMA]),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Files that are packed together; without a password they are not encrypted."""

    files: Mapping[str, bytes]
    password: str = ""
    packed: str = "lzma2"
    """Empty: stored."""
    cycles: int = 4
    claims_cycles: int = -1
    salt: bytes = b""
    has_crc: bool = True


@dataclass(slots=True)
class _Streams:
    data: bytes = b""
    sizes: list[int] = field(default_factory=list)
    folders: list[bytes] = field(default_factory=list)
    unpacked: list[int] = field(default_factory=list)


def seven_zip(*groups: Group, names: Group | None = None, nameless: bool = False) -> bytes:
    """`names`: how the header is packed, its files aside; `nameless`: nothing in it has a name."""
    streams = _Streams()
    for group in groups:
        _add(streams, group, b"".join(group.files.values()))
    files = [name for group in groups for name in group.files]
    header = (
        b"\x01\x04"
        + _info(streams, 0)
        + _members(groups)
        + b"\0"
        + _named(files, [] if nameless else files)
        + b"\0"
    )
    if names is not None:
        own = _Streams()
        _add(own, names, header)
        at = len(streams.data)
        digest = b"\x0a\x01" + crc32(header).to_bytes(4, "little")
        streams.data += own.data
        header = b"\x17" + _info(own, at, digest) + b"\0"
    place = len(streams.data).to_bytes(8, "little") + len(header).to_bytes(8, "little")
    place += crc32(header).to_bytes(4, "little")
    start = b"7z\xbc\xaf\x27\x1c\0\x04" + crc32(place).to_bytes(4, "little") + place
    return start + streams.data + header


def key(password: str, cycles: int, salt: bytes) -> bytes:
    """Round by round."""
    secret = salt + password.encode("utf-16-le")
    if cycles == 63:
        return (secret + bytes(32))[:32]
    hashed = hashlib.sha256()
    for number in range(1 << cycles):
        hashed.update(secret + number.to_bytes(8, "little"))
    return hashed.digest()


def _add(streams: _Streams, group: Group, content: bytes) -> None:
    coders, sizes, data = [], [], content
    if group.packed:
        method, properties, filters = PACKED[group.packed]
        data = lzma.compress(data, format=lzma.FORMAT_RAW, filters=filters)
        coders.append(_coder(method, properties))
        sizes.append(len(content))
    if group.password:
        sizes.append(len(data))
        data = encrypted(data, key(group.password, group.cycles, group.salt))
        claimed = group.claims_cycles if group.claims_cycles >= 0 else group.cycles
        salted = bool(group.salt)
        first = claimed | 0x40 | 0x80 * salted
        second = max(0, len(group.salt) - 1) << 4 | len(VECTOR) - 1
        properties = bytes([first, second]) + group.salt + VECTOR
        coders.append(_coder(b"\x06\xf1\x07\x01", properties))
    if not coders:
        coders, sizes = [_coder(b"\0", b"")], [len(data)]
    pair = b"\0\x01" if len(coders) == 2 else b""
    streams.folders.append(_number(len(coders)) + b"".join(coders) + pair)
    streams.unpacked += sizes
    streams.sizes.append(len(data))
    streams.data += data


def _coder(method: bytes, properties: bytes) -> bytes:
    flags = len(method) | 0x20 * bool(properties)
    return bytes([flags]) + method + (_number(len(properties)) + properties if properties else b"")


def _info(streams: _Streams, at: int, digest: bytes = b"") -> bytes:
    made = b"\x06" + _number(at) + _number(len(streams.sizes))
    made += b"\x09" + b"".join(map(_number, streams.sizes)) + b"\0"
    made += b"\x07\x0b" + _number(len(streams.folders)) + b"\0" + b"".join(streams.folders)
    return made + b"\x0c" + b"".join(map(_number, streams.unpacked)) + digest + b"\0"


def _members(groups: tuple[Group, ...]) -> bytes:
    made = b"\x08\x0d" + b"".join(_number(len(group.files)) for group in groups)
    sizes = [len(each) for group in groups for each in list(group.files.values())[:-1]]
    made += b"\x09" + b"".join(map(_number, sizes)) if sizes else b""
    has = [group.has_crc for group in groups for _ in group.files]
    crcs = [crc32(each) for group in groups if group.has_crc for each in group.files.values()]
    bits = bytearray(-(-len(has) // 8))
    for at, each in enumerate(has):
        bits[at // 8] |= each << (7 - at % 8)
    made += b"\x0a\0" + bytes(bits) + b"".join(crc.to_bytes(4, "little") for crc in crcs)
    return made + b"\0"


def _named(files: list[str], said: list[str]) -> bytes:
    names = b"\0" + b"".join(name.encode("utf-16-le") + b"\0\0" for name in said)
    return b"\x05" + _number(len(files)) + b"\x11" + _number(len(names)) + names + b"\0"


def _number(value: int) -> bytes:
    """In one byte, in three, or in nine."""
    if value < 0x80:
        return bytes([value])
    if value < 0x1FFFFF:
        return bytes([0xC0 | value >> 16]) + (value & 0xFFFF).to_bytes(2, "little")
    return b"\xff" + value.to_bytes(8, "little")
