"""VHD: Microsoft's image of a disk, after its "Virtual Hard Disk Image Format Specification" 1.0.

Numbers are big-endian. A fixed one is the disk with a footer behind it; a dynamic one has blocks.
"""

import struct
from collections.abc import Mapping

from triage.sources.blocked import ZEROS, BlockedBytes, Table, upon
from triage.sources.bytes import Bytes, all_of, stretch_of
from triage.sources.reader import ContentError
from triage.sources.signatures import Head, Recognised, begins_as_a_disk, not_yet

COOKIE, SPARSE = b"conectix", b"cxsparse"
FOOTER = 512
FIXED, DYNAMIC, DIFFERING = 2, 3, 4
NOWHERE = 0xFFFFFFFF
WORDS = "the image of a disk, as Microsoft's Virtual PC and Hyper-V make it (VHD)"


class VhdBytes(BlockedBytes):
    """The disk that a dynamic one is of."""

    def __init__(self, held: Bytes, footer: bytes) -> None:
        """Raises ContentError."""
        at, size = struct.unpack_from(">Q", footer, 16)[0], struct.unpack_from(">Q", footer, 48)[0]
        raw = all_of(held, at, 1024)
        table, _, count, block = struct.unpack_from(">QIII", raw, 16)
        if raw[:8] != SPARSE:
            raise ContentError("its second header is not there")
        if struct.unpack_from(">I", footer, 60)[0] == DIFFERING:
            raise upon(raw[64:576].decode("utf-16-be", "replace").split("\0")[0])
        super().__init__(held, size, block)
        bits = block // 512 // 8
        self._before = -(-bits // 512) * 512
        """Bytes before a block's own that say which of its sectors were written."""
        self._table = Table(held, table, count, ">I")

    def place(self, number: int) -> int:
        """As `BlockedBytes` has it."""
        sector = self._table[number]
        return ZEROS if sector == NOWHERE else sector * 512 + self._before


def _footer(raw: bytes) -> bool:
    """Whether it is one: its sum must be right."""
    if not raw.startswith(COOKIE) or len(raw) < FOOTER:
        return False
    told = struct.unpack_from(">I", raw, 64)[0]
    return bool(~(sum(raw) - sum(raw[64:68])) & 0xFFFFFFFF == told)


def recognise(head: Head) -> Recognised | None:
    """By the footer, or by the copy of it that dynamic ones begin with. What begins as a disk is no
    dynamic one."""
    if not _footer(head.bytes(0, FOOTER)):
        footer = head.bytes(head.size - FOOTER, FOOTER)
        if not _footer(footer) or (_kind(footer) != FIXED and begins_as_a_disk(head)):
            return None
    return not_yet("vhd", WORDS)


def _kind(footer: bytes) -> int:
    return int.from_bytes(footer[60:64], "big")


def open_(held: Bytes) -> Mapping[str, Bytes]:
    """As `Layer` has it. A fixed one is all that lies before its footer."""
    footer = all_of(held, held.size - FOOTER, FOOTER)
    if not _footer(footer):
        footer = all_of(held, 0, FOOTER)
    if (kind := _kind(footer)) == FIXED:
        return {"": stretch_of(held, 0, held.size - FOOTER)}
    if kind not in (DYNAMIC, DIFFERING):
        raise ContentError(f"of a kind that is not known ({kind})")
    return {"": VhdBytes(held, footer)}
