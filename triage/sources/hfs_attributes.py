"""The attributes of files on HFS+ that The Sleuth Kit does not give: how macOS packed a file.

After Apple's TN1150 (B-trees, the volume header) and `hfs_format.h` of Apple's published sources.
The Sleuth Kit unpacks some of these files, gives the fork's size of others as theirs, and nothing
at all of those that are packed by zlib. So what is packed is read here, and unpacked by `decmpfs`.
"""

import struct
from bisect import bisect_right
from itertools import pairwise

from triage.sources.bytes import Bytes, all_of
from triage.sources.reader import ContentError

HEADER_AT, HEADER = 1024, 512
SIGNATURES = (b"H+", b"HX")
FORK_AT, EXTENTS_AT, EXTENTS = 352, 16, 8
"""Where the volume header has the fork of the tree of attributes, and where that its extents."""
SMALLEST_NODE, LARGEST_NODE = 512, 32768
DEEPEST = 16
LEAF, INDEX = 0xFF, 0x00
INLINE, INLINE_AT = 0x10, 16
DECMPFS = "com.apple.decmpfs".encode("utf-16-be")
BROKEN = "the attributes of the volume's files are damaged"
ELSEWHERE = "how it is packed lies elsewhere than in its record, where it is not read"

Key = tuple[int, bytes]
"""The file's number, and the attribute's name, UTF-16 with the higher byte first."""


class HfsAttributes:
    """The tree of attributes of one volume."""

    def __init__(self, held: Bytes) -> None:
        """`held`: the volume's bytes. Raises ContentError."""
        self._held = held
        header = all_of(held, HEADER_AT, HEADER)
        if header[:2] not in SIGNATURES:
            raise ContentError(BROKEN)
        self._block = int.from_bytes(header[40:44], "big")
        self._size = int.from_bytes(header[FORK_AT : FORK_AT + 8], "big")
        at = FORK_AT + EXTENTS_AT
        numbers = struct.unpack_from(f">{2 * EXTENTS}I", header, at)
        self._extents = list(zip(numbers[::2], numbers[1::2], strict=True))
        self._root = self._node_size = 0
        if self._size:
            first = self._read(0, 120)
            self._root, self._node_size = struct.unpack_from(">I12xH", first, 16)
            if not SMALLEST_NODE <= self._node_size <= LARGEST_NODE:
                raise ContentError(BROKEN)

    def packing(self, file: int) -> bytes | None:
        """What says how that file is packed; None if nothing does. Raises ContentError."""
        value = self._found((file, DECMPFS)) if self._root else None
        if value is None:
            return None
        if len(value) < INLINE_AT:
            raise ContentError(BROKEN)
        kind, size = struct.unpack_from(">I8xI", value)
        if kind != INLINE:
            raise ContentError(ELSEWHERE)
        if INLINE_AT + size > len(value):
            raise ContentError(BROKEN)
        return value[INLINE_AT : INLINE_AT + size]

    def _found(self, wanted: Key) -> bytes | None:
        number = self._root
        for _ in range(DEEPEST):
            kind, records = self._node(number)
            keys = [_key_of(record) for record in records]
            place = bisect_right(keys, wanted) - 1
            if place < 0:
                return None
            record = records[place]
            value = record[2 + int.from_bytes(record[:2], "big") :]
            if kind == LEAF:
                return value if keys[place] == wanted else None
            if kind != INDEX:
                break
            number = int.from_bytes(value[:4], "big")
        raise ContentError(BROKEN)

    def _node(self, number: int) -> tuple[int, list[bytes]]:
        """Its kind, and its records."""
        raw = self._read(number * self._node_size, self._node_size)
        count = int.from_bytes(raw[10:12], "big")
        if not 0 < count <= (self._node_size - 14) // 4:
            raise ContentError(BROKEN)
        offsets = struct.unpack_from(f">{count + 1}H", raw, self._node_size - 2 * (count + 1))[::-1]
        if offsets[0] < 14 or list(offsets) != sorted(offsets) or offsets[-1] > len(raw):
            raise ContentError(BROKEN)
        return raw[8], [raw[a:b] for a, b in pairwise(offsets)]

    def _read(self, at: int, length: int) -> bytes:
        """Of the tree's own fork. Raises ContentError."""
        pieces: list[bytes] = []
        if at + length > self._size:
            raise ContentError(BROKEN)
        for first, count in self._extents:
            here = count * self._block
            if at < here and length:
                part = min(length, here - at)
                pieces.append(all_of(self._held, first * self._block + at, part))
                at, length = at + part, length - part
            at -= min(at, here)
        if length:
            raise ContentError(BROKEN)
        return b"".join(pieces)


def _key_of(record: bytes) -> Key:
    if len(record) < 14:
        raise ContentError(BROKEN)
    file, _, length = struct.unpack_from(">IIH", record, 4)
    return file, record[14 : 14 + 2 * length]
