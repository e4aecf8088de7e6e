"""VDI: VirtualBox' image of a disk, after VirtualBox' VDICore.h. Numbers are little-endian."""

import struct
from collections.abc import Mapping

from triage.sources.blocked import ZEROS, BlockedBytes, Table, upon
from triage.sources.bytes import Bytes, all_of
from triage.sources.reader import ContentError
from triage.sources.signatures import Head, Recognised, not_yet

MAGIC_AT, MAGIC = 64, 0xBEDA107F
DIFFERING = 4
NOWHERE = 0xFFFFFFFE
"""From here on there is nothing, or zeros."""
WORDS = "the image of a disk, as VirtualBox makes it (VDI)"


class VdiBytes(BlockedBytes):
    """The disk that it is of."""

    def __init__(self, held: Bytes) -> None:
        """Raises ContentError."""
        raw = all_of(held, 0, 512)
        version, _, kind = struct.unpack_from("<III", raw, 68)
        table, self._data = struct.unpack_from("<II", raw, 340)
        size, block, self._extra, count = struct.unpack_from("<QIII", raw, 368)
        if version >> 16 != 1:
            raise ContentError(f"version {version >> 16}, which is not known")
        if kind == DIFFERING:
            raise upon("of VirtualBox, by its UUID alone")
        super().__init__(held, size, block)
        self._table = Table(held, table, count, "<I")

    def place(self, number: int) -> int:
        """As `BlockedBytes` has it."""
        block = self._table[number]
        if block >= NOWHERE:
            return ZEROS
        return int(self._data + block * (self.block + self._extra) + self._extra)


def recognise(head: Head) -> Recognised | None:
    """By the magic behind the text that it begins with."""
    known = head.bytes(0, 4) == b"<<< " and head.number(MAGIC_AT, "<I") == MAGIC
    return not_yet("vdi", WORDS) if known else None


def open_(held: Bytes) -> Mapping[str, Bytes]:
    """As `Layer` has it."""
    return {"": VdiBytes(held)}
