"""RAR 2.9 to 4: its blocks, read whether they are encrypted or not, and written anew without that.

Format: technote.txt of RAR 3 and 4. Only the main header, files and what tells of the end are kept.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple
from zlib import crc32

from triage.containers.probe import number
from triage.members.member import ContainerBytes, DamagedError
from triage.members.patchwork import BLOCK, AesKey, decrypted

MAIN, FILE, END = 0x73, 0x74, 0x7B
THE_END = bytes.fromhex("c43d7b00400700") + bytes(BLOCK)
"""An archive's last block, and a few bytes: libarchive reads ahead."""
NO_HEADER = "a header does not hold together"
CUT_OFF = "it ends before the archive does"
HEADERS_ENCRYPTED = 0x0080
SERVICE = 0x7A
STREAM = b"STM"
"""Name of a block that holds an alternate stream of NTFS."""
_ENCRYPTED, _SALTED, _LARGE, _HAS_DATA, _SPLIT = 0x0004, 0x0400, 0x0100, 0x8000, 0x0003
_FIXED, _FILE_FIXED, _LARGE_FIELDS = 7, 32, 8
_SALT_BYTES = 8
_AES_SINCE = 29
"""Version that is needed to unpack it; older ones were encrypted in other ways."""
_STORED = 0x30
_MOST_BLOCKS = 100_000

KeyOf = Callable[[bytes], AesKey]
"""By a salt."""


class Rar4Block(NamedTuple):
    """One header, from its checksum to its end, and where its data lies."""

    kind: int
    flags: int
    header: bytes
    data_at: int
    data_size: int


class Rar4File(NamedTuple):
    """A file's own fields."""

    block: Rar4Block
    size: int
    """Unpacked."""
    crc: int
    is_stored: bool
    salt: bytes
    """Empty where it is not encrypted, or not in a way that is known."""


def blocks(content: ContainerBytes, at: int, key_of: KeyOf | None = None) -> Iterator[Rar4Block]:
    """Every block from one place; `key_of`: where headers are encrypted. Ends with the
    archive. Raises DamagedError, also where the content ends before that."""
    for _ in range(_MOST_BLOCKS):
        if at >= content.size:
            raise DamagedError(CUT_OFF)
        header, end = _encrypted(content, at, key_of) if key_of else _plain(content, at)
        block = _block(header, end)
        yield block
        if block.kind == END:
            return
        at = end + block.data_size
    raise DamagedError(NO_HEADER)


def _plain(content: ContainerBytes, at: int) -> tuple[bytes, int]:
    """A header and where it ends."""
    size = _sized(content.read_at(at, _FIXED))
    return _checked(content.read_at(at, size), size), at + size


def _encrypted(content: ContainerBytes, at: int, key_of: KeyOf) -> tuple[bytes, int]:
    """A salt, and the header padded to whole blocks."""
    salt = content.read_at(at, _SALT_BYTES)
    if len(salt) < _SALT_BYTES:
        raise DamagedError(NO_HEADER)
    aes, at = key_of(salt), at + _SALT_BYTES
    size = _sized(decrypted(content.read_at(at, BLOCK), aes))
    stored = -(-size // BLOCK) * BLOCK
    return _checked(decrypted(content.read_at(at, stored), aes), size), at + stored


def _sized(begins: bytes) -> int:
    size = number(begins, 5, 2)
    if size < _FIXED:
        raise DamagedError(NO_HEADER)
    return size


def _checked(data: bytes, size: int) -> bytes:
    data = data[:size]
    kind = number(data, 2, 1)
    # Of other kinds of header the checksum is of a part, or of the data as well.
    odd = kind in {MAIN, FILE} and crc32(data[2:]) & 0xFFFF != number(data, 0, 2)
    if len(data) < size or odd or not MAIN <= kind <= END:
        raise DamagedError(NO_HEADER)
    return data


def _block(header: bytes, end: int) -> Rar4Block:
    kind, flags = header[2], number(header, 3, 2)
    has_data = kind in {FILE, SERVICE} or flags & _HAS_DATA
    size = number(header, 7, 4) if has_data else 0
    if kind in {FILE, SERVICE} and flags & _LARGE:
        size |= number(header, _FILE_FIXED, 4) << 32
    return Rar4Block(kind, flags, header, end, size)


def file_of(block: Rar4Block) -> Rar4File:
    """Raises DamagedError."""
    header = block.header
    if len(header) < _salt_at(header, block.flags):
        raise DamagedError(NO_HEADER)
    high = number(header, _FILE_FIXED + 4, 4) << 32 if block.flags & _LARGE else 0
    salt_at = _salt_at(header, block.flags)
    known = block.flags & _ENCRYPTED and block.flags & _SALTED and header[24] >= _AES_SINCE
    whole = not block.flags & _SPLIT
    return Rar4File(
        block=block,
        size=number(header, 11, 4) | high,
        crc=number(header, 16, 4),
        is_stored=header[25] == _STORED,
        salt=header[salt_at : salt_at + _SALT_BYTES] if known and whole else b"",
    )


def is_stream(block: Rar4Block) -> bool:
    """Whether it holds an alternate stream of the file before it, which nobody here takes out."""
    begin = _FILE_FIXED + (_LARGE_FIELDS if block.flags & _LARGE else 0)
    name = block.header[begin : begin + number(block.header, 26, 2)]
    return block.kind == SERVICE and name == STREAM


def _salt_at(header: bytes, flags: int) -> int:
    """Behind the name."""
    return _FILE_FIXED + (_LARGE_FIELDS if flags & _LARGE else 0) + number(header, 26, 2)


def plain_file(file: Rar4File, length: int) -> bytes:
    """Its header as if it had never been encrypted, with so many bytes of data."""
    block = file.block
    flags = block.flags & ~(_ENCRYPTED | _SALTED)
    salt_at = _salt_at(block.header, block.flags)
    header = bytearray(block.header[:salt_at] + block.header[salt_at + _SALT_BYTES :])
    header[7:11] = (length & 0xFFFFFFFF).to_bytes(4, "little")
    if flags & _LARGE:
        header[_FILE_FIXED : _FILE_FIXED + 4] = (length >> 32).to_bytes(4, "little")
    return _written(header, flags)


def plain_main(block: Rar4Block) -> bytes:
    """The main header of an archive whose headers are not encrypted."""
    return _written(bytearray(block.header), block.flags & ~HEADERS_ENCRYPTED)


def _written(header: bytearray, flags: int) -> bytes:
    header[3:5] = flags.to_bytes(2, "little")
    header[5:7] = len(header).to_bytes(2, "little")
    header[:2] = (crc32(header[2:]) & 0xFFFF).to_bytes(2, "little")
    return bytes(header)
