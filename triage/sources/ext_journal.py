"""The journal of ext3 and ext4, where the power was cut: what it holds is laid over the volume.

In memory: nothing is replayed onto the device. After Linux's jbd2.h; what is in the journal is
big-endian. Only transactions that end with their commit are taken, and no block that a later one
revokes. Without one, or where the journal is not understood, the volume is read as it is, and that
the journal was not replayed is said.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from triage.evidence import VolumeState
from triage.sources.bytes import Bytes
from triage.sources.overlaid import Laid, OverlaidBytes
from triage.sources.reader import ContentError
from triage.sources.signatures import Head, Recognised, named
from triage.sources.sleuth_kit import tried

SUPERBLOCK, MAGIC = 1024, b"\x53\xef"
HAS_JOURNAL, RECOVER, META_GROUPS, WIDE = 0x4, 0x4, 0x10, 0x80
EXTENTS = 0xF30A
JOURNAL = 0xC03B3998
DESCRIPTOR, COMMIT, REVOKE = 1, 2, 5
IS_64, TAGS_2, TAGS_3 = 0x2, 0x8, 0x10
ESCAPED, SAME_UUID, DELETED, LAST = 1, 2, 4, 8
MOST_BLOCKS = 1 << 20
"""Of a journal; Linux makes at most 1 GiB."""
MOST_LAID = 1 << 19
DEEPEST = 5
ODD = "its journal is not understood"
FAST_COMMITS, IN_BLOCKS, BLOCKS_USUALLY = 0x20, 84, 256
"""The feature, where the journal's superblock says how many of its last blocks are theirs, and how
many there are where that is 0."""
HEAD = 9
NOT_FAST = (
    "fast commits at the end of its journal were not replayed: what was written last, before the "
    "power was cut, may be missing"
)


@dataclass(frozen=True, slots=True)
class _Volume:
    """What its superblock says."""

    block: int
    first: int
    size: int
    """Of an inode."""
    descriptor: int
    journal: int
    """The journal's inode; it is in the first group."""


def recognise(head: Head) -> Recognised | None:
    """A volume whose journal holds what the volume does not have yet."""
    if head.bytes(SUPERBLOCK + 56, 2) != MAGIC:
        return None
    compatible, incompatible = (
        head.number(SUPERBLOCK + 92, "<I"),
        head.number(SUPERBLOCK + 96, "<I"),
    )
    if not compatible & HAS_JOURNAL or not incompatible & RECOVER:
        return None
    found = named(head)
    if found is None or not found.name.startswith("ext") or found.reason:
        return None
    held = head.held
    try:
        laid, fast = _laid(held)
    except (ContentError, struct.error):
        return None
    whole = replace(found, unread=(NOT_FAST,) if fast else ())
    opens = laid and tried(OverlaidBytes(held, laid), whole).state is VolumeState.READABLE
    return whole if opens else None


def open_(held: Bytes) -> Mapping[str, Bytes]:
    """As `Layer` has it."""
    return {"": OverlaidBytes(held, _laid(held)[0])}


def _laid(held: Bytes) -> tuple[dict[int, Laid], bool]:
    """What lies over the volume, by where; and whether there are fast commits besides. Raises
    ContentError, struct.error."""
    volume = _volume(held)
    blocks = _journal_blocks(held, volume)
    replay = _Replay(held, volume.block, blocks)
    over = replay.run()
    own = bytearray(OverlaidBytes(held, over).read_at(SUPERBLOCK, 1024))
    if not over or own[56:58] != MAGIC:
        return {}, False
    incompatible = struct.unpack_from("<I", own, 96)[0] & ~RECOVER
    struct.pack_into("<I", own, 96, incompatible)
    return _with_superblock(held, over, bytes(own), volume.block), replay.is_followed


def _with_superblock(held: Bytes, over: dict[int, Laid], own: bytes, block: int) -> dict[int, Laid]:
    """The superblock says no more that something is in the journal."""
    at = SUPERBLOCK // block * block
    whole = bytearray(OverlaidBytes(held, over).read_at(at, max(block, 1024)))
    whole[SUPERBLOCK - at : SUPERBLOCK - at + 1024] = own
    return {**over, at: bytes(whole)}


def _volume(held: Bytes) -> _Volume:
    raw = held.read_at(SUPERBLOCK, 1024)
    first, log_block = struct.unpack_from("<II", raw, 20)
    size = struct.unpack_from("<H", raw, 88)[0] or 128
    incompatible = struct.unpack_from("<I", raw, 96)[0]
    per_group, journal = struct.unpack_from("<I", raw, 40)[0], struct.unpack_from("<I", raw, 224)[0]
    wide = incompatible & WIDE
    descriptor = struct.unpack_from("<H", raw, 254)[0] if wide else 32
    if log_block > 6 or incompatible & META_GROUPS or not 0 < journal <= per_group:
        raise ContentError(ODD)
    return _Volume(1024 << log_block, first, size, descriptor, journal)


def _journal_blocks(held: Bytes, volume: _Volume) -> list[int]:
    """The blocks of the journal, in their order."""
    raw = held.read_at(max((volume.first + 1) * volume.block, SUPERBLOCK + 1024), 64)
    table = struct.unpack_from("<I", raw, 8)[0]
    if volume.descriptor >= 64:
        table |= struct.unpack_from("<I", raw, 40)[0] << 32
    at = table * volume.block + (volume.journal - 1) * volume.size
    inode = held.read_at(at, 128)
    length = struct.unpack_from("<I", inode, 4)[0] | struct.unpack_from("<I", inode, 108)[0] << 32
    wanted = length // volume.block
    if not 8 <= wanted <= MOST_BLOCKS:
        raise ContentError(ODD)
    tree = inode[40:100]
    if struct.unpack_from("<H", tree)[0] == EXTENTS:
        blocks = _of_extents(held, tree, volume.block)
    else:
        blocks = _of_lists(held, tree, volume.block)
    found = [block for block, _ in zip(blocks, range(wanted), strict=False)]
    if len(found) != wanted:
        raise ContentError(ODD)
    return found


def _of_extents(held: Bytes, node: bytes, block: int, depth: int = 0) -> Iterator[int]:
    magic, count, _, level = struct.unpack_from("<HHHH", node)
    if magic != EXTENTS or depth > DEEPEST or 12 + 12 * count > len(node):
        raise ContentError(ODD)
    for at in range(12, 12 + 12 * count, 12):
        if level:
            low, high = struct.unpack_from("<IH", node, at + 4)
            below = held.read_at((low | high << 32) * block, block)
            yield from _of_extents(held, below, block, depth + 1)
            continue
        length, high, low = struct.unpack_from("<HHI", node, at + 4)
        start = low | high << 32
        yield from range(start, start + (length & 0x7FFF))


def _of_lists(held: Bytes, direct: bytes, block: int) -> Iterator[int]:
    """As ext3 has it: twelve blocks, then lists of them, of lists, of lists of lists."""
    yield from struct.unpack_from("<12I", direct)
    for depth, at in enumerate((48, 52, 56), 1):
        yield from _of_list(held, struct.unpack_from("<I", direct, at)[0], block, depth)


def _of_list(held: Bytes, number: int, block: int, depth: int) -> Iterator[int]:
    if not number:
        return
    listed = struct.unpack(f"<{block // 4}I", held.read_at(number * block, block))
    for each in listed:
        if depth > 1:
            yield from _of_list(held, each, block, depth - 1)
        elif each:
            yield each


class _Replay:
    """Goes through a journal once."""

    def __init__(self, held: Bytes, block: int, blocks: list[int]) -> None:
        self._held, self._block, self._blocks = held, block, blocks
        raw = self._read(0)
        magic, kind = struct.unpack_from(">II", raw)
        if magic != JOURNAL or kind not in (3, 4):
            raise ContentError(ODD)
        size, most, self._first, self._sequence, self._start = struct.unpack_from(">IIIII", raw, 12)
        features = struct.unpack_from(">I", raw, 40)[0] if kind == 4 else 0
        fast = struct.unpack_from(">I", raw, IN_BLOCKS)[0] or BLOCKS_USUALLY
        self._most = min(most, len(blocks))
        self._fast = max(0, self._most - fast) if features & FAST_COMMITS and fast > 1 else 0
        """The block before fast commits; 0: there are none."""
        self._most = self._fast or self._most
        self.is_followed = False
        """Whether fast commits lie behind the last transaction."""
        self._is_64, self._tags_3 = bool(features & IS_64), bool(features & TAGS_3)
        self._tail = 4 if features & (TAGS_2 | TAGS_3) else 0
        if size != block or not 0 < self._first < self._most or self._start >= self._most:
            raise ContentError(ODD)

    def _read(self, number: int) -> bytes:
        raw = self._held.read_at(self._blocks[number] * self._block, self._block)
        if len(raw) != self._block:
            raise ContentError(ODD)
        return raw

    def _following(self, number: int) -> int:
        return number + 1 if number + 1 < self._most else self._first

    def run(self) -> dict[int, Laid]:
        """What the transactions that were ended lay where."""
        done: list[tuple[int, list[tuple[int, int, bool]]]] = []
        revoked: dict[int, int] = {}
        tags: list[tuple[int, int, bool]] = []
        revokes: list[int] = []
        at, sequence = self._start, self._sequence
        for _ in range(self._most if at else 0):
            raw = self._read(at)
            magic, kind, number = struct.unpack_from(">III", raw)
            if magic != JOURNAL or number != sequence:
                break
            at = self._following(at)
            if kind == DESCRIPTOR:
                for target, flags in self._tags(raw):
                    if not flags & DELETED:
                        tags.append((target, at, bool(flags & ESCAPED)))
                    at = self._following(at)
            elif kind == REVOKE:
                revokes += self._revokes(raw)
            elif kind == COMMIT:
                done.append((sequence, tags))
                revoked.update(dict.fromkeys(revokes, sequence))
                tags, revokes, sequence = [], [], sequence + 1
            else:
                break
            if sum(len(each) for _, each in done[-1:]) + len(tags) > MOST_LAID:
                raise ContentError(ODD)
        self.is_followed = bool(self._fast) and self._is_fast(sequence)
        return self._over(done, revoked)

    def _is_fast(self, sequence: int) -> bool:
        """Whether fast commits follow the transaction before that one (Linux's fast_commit.h)."""
        kind, _, _, number = struct.unpack_from("<HHII", self._read(self._fast + 1))
        return bool(kind == HEAD and number == sequence)

    def _over(
        self, done: list[tuple[int, list[tuple[int, int, bool]]]], revoked: dict[int, int]
    ) -> dict[int, Laid]:
        over: dict[int, Laid] = {}
        for sequence, tags in done:
            for target, place, escaped in tags:
                if revoked.get(target, -1) >= sequence:
                    continue
                laid: Laid = (self._blocks[place] * self._block, self._block)
                if escaped:  # its own beginning looked like the journal's
                    laid = struct.pack(">I", JOURNAL) + self._read(place)[4:]
                over[target * self._block] = laid
                if len(over) > MOST_LAID:
                    raise ContentError(ODD)
        return over

    def _tags(self, raw: bytes) -> Iterator[tuple[int, int]]:
        """The block that each is of, and its flags."""
        at, end = 12, self._block - self._tail
        each = 16 if self._tags_3 else (12 if self._is_64 else 8)
        while at + each <= end:
            if self._tags_3:
                low, flags, high = struct.unpack_from(">III", raw, at)
            else:
                low, _, flags = struct.unpack_from(">IHH", raw, at)
                high = struct.unpack_from(">I", raw, at + 8)[0] if self._is_64 else 0
            yield (low | high << 32 if self._is_64 else low), flags
            at += each + (0 if flags & SAME_UUID else 16)
            if flags & LAST:
                return

    def _revokes(self, raw: bytes) -> list[int]:
        end = min(struct.unpack_from(">I", raw, 12)[0], self._block - self._tail)
        width, form = (8, ">Q") if self._is_64 else (4, ">I")
        return [struct.unpack_from(form, raw, at)[0] for at in range(16, end - width + 1, width)]
