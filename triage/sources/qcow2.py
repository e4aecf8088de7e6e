"""qcow2: QEMU's image of a disk, after docs/interop/qcow2.txt of QEMU. Numbers are big-endian.

Read by ourselves: libqcow gave zeros for packed clusters, without an error.
"""

import struct
from collections.abc import Mapping

from triage.sources.blocked import PACKED, ZEROS, BlockedBytes, Table, Tables, upon
from triage.sources.bytes import Bytes, all_of
from triage.sources.reader import ContentError
from triage.sources.signatures import Head, Recognised, not_yet
from triage.sources.unpacking import BARE, inflated, of_zstandard

MAGIC = b"QFI\xfb"
ADDRESS = 0x00FFFFFFFFFFFE00
IS_PACKED, IS_ZERO = 1 << 62, 1
CORRUPT, ELSEWHERE, OTHER_PACKING, SUBCLUSTERS = 2, 4, 8, 16
KNOWN = 1 | CORRUPT | OTHER_PACKING
"""Features that a reader must know, and that this one does; 1: it was not closed cleanly."""
MOST_L1 = 4 << 20
KEPT_TABLES = 256
SNAPSHOTS = "it has {count:,} snapshots of its own, which were not read"
WORDS = "the image of a disk, as QEMU makes it"


class Qcow2Bytes(BlockedBytes):
    """The disk that it is of."""

    def __init__(self, held: Bytes) -> None:
        """Raises ContentError."""
        raw = all_of(held, 0, 112)
        version, backing, backing_length, bits, size, secret, first, table = struct.unpack_from(
            ">IQIIQIIQ", raw, 4
        )
        features = struct.unpack_from(">Q", raw, 72)[0] if version >= 3 else 0
        if version == 1:
            raise ContentError("its version 1 (qcow), which this version cannot read")
        if version not in (2, 3) or not 9 <= bits <= 21:
            raise ContentError(f"version {version} with clusters of 2^{bits}, which is not known")
        if secret:
            raise ContentError("it is encrypted: the key or password is needed")
        if backing:
            name = held.read_at(backing, min(backing_length, 1023))
            raise upon(name.decode(errors="replace"))
        if features & ELSEWHERE:
            raise ContentError("its content lies in another file, which is not here")
        if features & ~KNOWN:
            raise ContentError("it has features that this version does not know")
        super().__init__(held, size, 1 << bits)
        self._bits = bits
        self._zstandard = bool(features & OTHER_PACKING and raw[104] == 1)
        self._per_table = self.block // 8
        self._first = Table(held, table, min(first, MOST_L1), ">Q")
        self._tables = Tables(held, self._per_table, ">Q", kept=KEPT_TABLES)

    def _entry(self, number: int) -> int:
        which, within = divmod(number, self._per_table)
        at = self._first[which] & ADDRESS
        if not at:
            return 0
        return self._tables[at][within]

    def place(self, number: int) -> int:
        """As `BlockedBytes` has it."""
        entry = self._entry(number)
        if entry & IS_PACKED:
            return PACKED
        return ZEROS if entry & IS_ZERO else entry & ADDRESS or ZEROS

    def unpacked(self, number: int) -> bytes:
        """As `BlockedBytes` has it: it ends somewhere in the last of so many sectors."""
        entry = self._entry(number)
        of_address = 62 - (self._bits - 8)
        at = entry & ((1 << of_address) - 1)
        sectors = (entry >> of_address & ((1 << self._bits - 8) - 1)) + 1
        packed = self.held.read_at(at, sectors * 512 - (at & 511))
        plain = (
            of_zstandard(packed, self.block)
            if self._zstandard
            else inflated(packed, self.block, BARE)
        )
        if len(plain) != self.block:
            raise ContentError("a packed cluster is shorter than a cluster")
        return plain


def recognise(head: Head) -> Recognised | None:
    """By the magic at its beginning."""
    if head.bytes(0, 4) != MAGIC or head.number(4, ">I") not in (1, 2, 3):
        return None
    count = head.number(60, ">I") if head.number(4, ">I") > 1 else 0
    found = not_yet("qcow2", WORDS)
    return found if not count else _with(found, SNAPSHOTS.format(count=count))


def _with(found: Recognised, unread: str) -> Recognised:
    return Recognised(name=found.name, state=found.state, reason=found.reason, unread=(unread,))


def open_(held: Bytes) -> Mapping[str, Bytes]:
    """As `Layer` has it."""
    return {"": Qcow2Bytes(held)}
