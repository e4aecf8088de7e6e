"""RAR 5: its blocks, read whether they are encrypted or not, and written anew without that.

Format: RAR 5.0 archive format (rarlab.com). Of the blocks only files matter: a copy of all headers,
comments and what mends a damaged archive are left out of what is written.
"""

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import NamedTuple
from zlib import crc32

from triage.containers.probe import number
from triage.containers.rar import vint
from triage.members.archive_keys import Lock5
from triage.members.member import ContainerBytes, DamagedError
from triage.members.patchwork import BLOCK, AesKey, decrypted

MAIN, FILE, SERVICE, ENCRYPTION, END = 1, 2, 3, 4, 5
HAS_EXTRA, HAS_DATA = 0x01, 0x02
NO_HEADER = "a header does not hold together"
CUT_OFF = "it ends before the archive does"
STREAM = "STM"
"""Name of a block that holds an alternate stream of NTFS."""
_SPLIT = 0x08 | 0x10
_FOLDER, _HAS_TIME, _HAS_CRC, _SIZE_UNKNOWN = 0x01, 0x02, 0x04, 0x08
_SOLID = 0x40
_RECORD_ENCRYPTION, _RECORD_HASH = 1, 2
_HAS_CHECK, _HIDES_SUMS = 0x01, 0x02
_MOST_HEADER = 256 * 1024
"""Bytes. RAR's own bound is 2 MiB; names have 2,048 at most."""
_LONGEST_SIZE = 3
"""Bytes of the field that says how long a header is."""
_LARGEST = 2**63 - 1
_MOST_BLOCKS = 100_000
_SALT_BYTES = 16
_BLOCK_HEAD, _LAST_BLOCK = 6, 0x40
"""Bytes; the flag in the first of them."""


class Rar5Block(NamedTuple):
    """One header and where its data lies."""

    kind: int
    flags: int
    body: bytes
    """What is the kind's own."""
    extra: bytes
    data_at: int
    data_size: int


class Encryption(NamedTuple):
    """A file's record of it."""

    lock: Lock5
    vector: bytes
    hides_sums: bool
    """Its CRC and hash tell nothing of the content to whom does not have the password."""


class Rar5File(NamedTuple):
    """A file's own fields."""

    block: Rar5Block
    name: str
    size: int
    """Unpacked; -1: it does not say."""
    crc: int | None
    method: int
    """How it is compressed: version, solid, method, dictionary."""
    is_folder: bool
    encryption: Encryption | None
    """None, too, of one in a way that is not known: `is_encrypted` says so."""
    is_encrypted: bool

    @property
    def is_stored(self) -> bool:
        """It is not compressed."""
        return not self.method >> 7 & 7

    @property
    def is_solid(self) -> bool:
        """Nothing comes out of it without those in front of it."""
        return bool(self.method & _SOLID)

    @property
    def is_split(self) -> bool:
        """A part of it lies in another volume."""
        return bool(self.block.flags & _SPLIT)


def blocks(content: ContainerBytes, at: int, key: bytes = b"") -> Iterator[Rar5Block]:
    """Every block from one place; `key`: with which headers are encrypted. Ends with the archive.
    Raises DamagedError, also where the content ends before that."""
    for _ in range(_MOST_BLOCKS):
        if at >= content.size:
            raise DamagedError(CUT_OFF)
        header, end = _encrypted(content, at, key) if key else _plain(content, at)
        block = _block(header, end)
        yield block
        if block.kind == END:
            return
        at = end + block.data_size
    raise DamagedError(NO_HEADER)


def _plain(content: ContainerBytes, at: int) -> tuple[bytes, int]:
    """A header behind its checksum and size, and where it ends."""
    size, begin = _sized(content.read_at(at, BLOCK))
    return _checked(content.read_at(at, begin + size), begin, size), at + begin + size


def _encrypted(content: ContainerBytes, at: int, key: bytes) -> tuple[bytes, int]:
    """A vector, and the header padded to whole blocks."""
    vector = content.read_at(at, BLOCK)
    if len(vector) < BLOCK:
        raise DamagedError(NO_HEADER)
    aes = AesKey(key, vector)
    size, begin = _sized(decrypted(content.read_at(at + BLOCK, BLOCK), aes))
    stored = -(-(begin + size) // BLOCK) * BLOCK
    data = decrypted(content.read_at(at + BLOCK, stored), aes)
    return _checked(data, begin, size), at + BLOCK + stored


def _sized(begins: bytes) -> tuple[int, int]:
    size, begin = vint(begins, 4)
    if not 0 < size <= _MOST_HEADER or begin > 4 + _LONGEST_SIZE:
        raise DamagedError(NO_HEADER)
    return size, begin


def _checked(data: bytes, begin: int, size: int) -> bytes:
    data = data[: begin + size]
    if len(data) < begin + size or crc32(data[4:]) != int.from_bytes(data[:4], "little"):
        raise DamagedError(NO_HEADER)
    return data[begin:]


def _block(header: bytes, end: int) -> Rar5Block:
    kind, at = vint(header, 0)
    flags, at = vint(header, at)
    extra, at = vint(header, at) if flags & HAS_EXTRA else (0, at)
    data, at = vint(header, at) if flags & HAS_DATA else (0, at)
    if at + extra > len(header):
        raise DamagedError(NO_HEADER)
    middle = len(header) - extra
    return Rar5Block(kind, flags, header[at:middle], header[middle:], end, data)


def lock_of_headers(block: Rar5Block) -> Lock5 | None:
    """Of a block that says that all behind it is encrypted; None of a way that is not known."""
    version, at = vint(block.body, 0)
    flags, at = vint(block.body, at)
    return None if version else _lock(block.body[at:], flags, _SALT_BYTES)


def file_of(block: Rar5Block) -> Rar5File:
    """Raises DamagedError."""
    fields = _FileFields(block.body)
    begin = fields.method_at
    method, at = vint(block.body, begin)
    _, at = vint(block.body, at)
    length, at = vint(block.body, at)
    if at + length > len(block.body):
        raise DamagedError(NO_HEADER)
    record = dict(_records(block.extra)).get(_RECORD_ENCRYPTION)
    return Rar5File(
        block=block,
        name=block.body[at : at + length].decode("utf-8", "backslashreplace"),
        size=-1 if fields.flags & _SIZE_UNKNOWN or fields.size > _LARGEST else fields.size,
        crc=fields.crc,
        method=method,
        is_folder=bool(fields.flags & _FOLDER),
        encryption=_encryption(record) if record is not None else None,
        is_encrypted=record is not None,
    )


def is_stream(block: Rar5Block) -> bool:
    """Whether it holds an alternate stream of the file before it, which nobody here takes out."""
    return block.kind == SERVICE and file_of(block).name == STREAM


def _encryption(record: bytes) -> Encryption | None:
    version, at = vint(record, 0)
    flags, at = vint(record, at)
    lock = _lock(record[at:], flags, _SALT_BYTES + BLOCK)
    at += 1 + _SALT_BYTES
    vector = record[at : at + BLOCK]
    if version or lock is None or len(vector) < BLOCK:
        return None
    return Encryption(lock, vector, bool(flags & _HIDES_SUMS))


def _lock(data: bytes, flags: int, check_at: int) -> Lock5 | None:
    """How often it is hashed, its salt, and further on the check with a checksum of its own."""
    if len(data) < 1 + check_at:
        return None
    check, weighed = data[1 + check_at :][:8], data[1 + check_at + 8 :][:4]
    sound = len(weighed) == 4 and sha256(check).digest()[:4] == weighed
    usable = bool(flags & _HAS_CHECK) and sound
    return Lock5(data[0], data[1 : 1 + _SALT_BYTES], check if usable else b"")


class _FileFields:
    """Where a file's checksum is, if it has one, and what is in front of it and behind it."""

    def __init__(self, body: bytes) -> None:
        self.flags, at = vint(body, 0)
        self._flags_end = at
        self.size, at = vint(body, at)
        _, at = vint(body, at)
        self._crc_at = at + (4 if self.flags & _HAS_TIME else 0)
        has = bool(self.flags & _HAS_CRC)
        self.method_at = self._crc_at + (4 if has else 0)
        self.crc = number(body, self._crc_at, 4) if has else None
        self._body = body

    def without_crc(self) -> bytes:
        """The same fields, but no checksum."""
        between = self._body[self._flags_end : self._crc_at]
        return made_vint(self.flags & ~_HAS_CRC) + between + self._body[self.method_at :]


def _records(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each; the last one may be cut."""
    at = 0
    while at < len(extra):
        size, at = vint(extra, at)
        kind, begin = vint(extra, at)
        yield kind, extra[begin : at + size]
        at += size


def packed_length(data: ContainerBytes, size: int, goes_on: Callable[[], bool]) -> int:
    """Bytes of compressed data, without those that fill up the last block of the cipher: libarchive
    takes whatever is left for more data. Blocks say how long they are, and which is the last."""
    at = 0
    while at < size and goes_on():
        head = data.read_at(at, _BLOCK_HEAD)
        lengths = (number(head, 0, 1) >> 3 & 3) + 1
        at += 2 + lengths + number(head, 2, lengths)
        if len(head) < 2 + lengths or head[0] & _LAST_BLOCK:
            return min(at, size)
    return size


def plain_file(file: Rar5File, length: int) -> bytes:
    """Its header as if it had never been encrypted, with so many bytes of data."""
    hidden = file.encryption is not None and file.encryption.hides_sums
    dropped = {_RECORD_ENCRYPTION, *([_RECORD_HASH] if hidden else [])}
    extra = b"".join(
        made_vint(len(made_vint(kind) + data)) + made_vint(kind) + data
        for kind, data in _records(file.block.extra)
        if kind not in dropped
    )
    body = _FileFields(file.block.body).without_crc() if hidden else file.block.body
    return written(file.block._replace(body=body, extra=extra, data_size=length))


def written(block: Rar5Block) -> bytes:
    """A header with its checksum and size; data is what the flags say."""
    flags = block.flags & ~HAS_EXTRA | (HAS_EXTRA if block.extra else 0)
    header = made_vint(block.kind) + made_vint(flags)
    header += made_vint(len(block.extra)) if block.extra else b""
    header += made_vint(block.data_size) if flags & HAS_DATA else b""
    header += block.body + block.extra
    sized = made_vint(len(header)) + header
    return crc32(sized).to_bytes(4, "little") + sized


def made_vint(value: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*made, value))


THE_END = written(Rar5Block(END, 0, b"\0", b"", 0, 0)) + bytes(BLOCK)
"""An archive's last block; libarchive wants a few bytes behind the data of a last file."""
