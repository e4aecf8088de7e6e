"""VMDK: VMware's image of a disk, after its "Virtual Disk Format" 5.0. Numbers are little-endian.

What grows, packed or not, is in one file. Where a text names several files, each that is raw
(`-flat.vmdk`) can be given by itself.
"""

import struct
from collections.abc import Mapping

from triage.sources.blocked import PACKED, ZEROS, BlockedBytes, Table, Tables, upon
from triage.sources.bytes import Bytes, all_of
from triage.sources.reader import TOO_SHORT, ContentError
from triage.sources.signatures import Head, Recognised, not_yet
from triage.sources.unpacking import inflated

MAGIC = b"KDMV"
SECTOR = 512
IS_PACKED = 1 << 16
AT_THE_END = 0xFFFFFFFFFFFFFFFF
MOST_DESCRIPTION = 64 << 10
KEPT_TABLES = 1024
WORDS = "the image of a disk, as VMware makes it (VMDK)"


class VmdkBytes(BlockedBytes):
    """The disk that it is of."""

    def __init__(self, held: Bytes) -> None:
        """Raises ContentError."""
        raw = all_of(held, 0, SECTOR)
        if struct.unpack_from("<Q", raw, 56)[0] == AT_THE_END:
            raw = all_of(held, held.size - 2 * SECTOR, SECTOR)
        flags, capacity, grain, text_at, text = struct.unpack_from("<IQQQQ", raw, 8)
        per_table, _, directory = struct.unpack_from("<IQQ", raw, 44)
        _refuse_differing(held, text_at * SECTOR, text * SECTOR)
        if raw[:4] != MAGIC or not 1 <= per_table <= 4096:
            raise ContentError("its header says what cannot be")
        super().__init__(held, capacity * SECTOR, grain * SECTOR)
        self._packed = bool(flags & IS_PACKED)
        self._per_table = per_table
        tables = -(-capacity // max(1, grain * per_table))
        self._directory = Table(held, directory * SECTOR, tables, "<I")
        self._tables = Tables(held, per_table, "<I", kept=KEPT_TABLES)

    def _sector(self, number: int) -> int:
        which, within = divmod(number, self._per_table)
        at = self._directory[which]
        if not at:
            return 0
        return self._tables[at * SECTOR][within]

    def place(self, number: int) -> int:
        """As `BlockedBytes` has it; sector 1 means zeros."""
        sector = self._sector(number)
        if sector <= 1:
            return ZEROS
        return PACKED if self._packed else sector * SECTOR

    def unpacked(self, number: int) -> bytes:
        """As `BlockedBytes` has it: before it stand its number and length."""
        at = self._sector(number) * SECTOR
        length = struct.unpack_from("<I", all_of(self.held, at, 12), 8)[0]
        if length > 2 * self.block + SECTOR:
            raise ContentError(TOO_SHORT)
        return inflated(self.held.read_at(at + 12, length), self.block)


def _refuse_differing(held: Bytes, at: int, length: int) -> None:
    """Raise ContentError for an image that was made upon another."""
    said: dict[str, str] = {}
    for line in held.read_at(at, min(length, MOST_DESCRIPTION)).split(b"\0")[0].splitlines():
        key, _, value = line.decode(errors="replace").partition("=")
        said[key.strip().lower()] = value.strip().strip('"')
    if said.get("parentcid", "ffffffff").lower() != "ffffffff":
        raise upon(said.get("parentfilenamehint", ""))


def recognise(head: Head) -> Recognised | None:
    """By the magic at its beginning."""
    known = head.bytes(0, 4) == MAGIC and head.number(4, "<I") in (1, 2, 3)
    return not_yet("vmdk", WORDS) if known else None


def open_(held: Bytes) -> Mapping[str, Bytes]:
    """As `Layer` has it."""
    return {"": VmdkBytes(held)}
