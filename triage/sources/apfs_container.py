"""APFS: a container, and the volumes that share its bytes. After Apple's File System Reference.

What was written last is told by checkpoints: superblocks in a ring of blocks, each with a sum and
the number of its transaction. The newest that is whole and leads to its volumes is taken. A volume
is given as the container's bytes, with a first block that is made here: the volume's superblock,
and behind it the container's.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from triage.evidence import VolumeState
from triage.sources.apfs_nodes import (
    LARGEST_BLOCK,
    SMALLEST_BLOCK,
    SUPERBLOCK,
    VOLUME,
    Map,
    Objects,
    is_whole,
)
from triage.sources.bytes import Bytes, MadeBytes
from triage.sources.joined import RefusedBytes
from triage.sources.reader import ContentError
from triage.sources.signatures import Head, Recognised, named
from triage.sources.signatures.apple import FUSION, ONE_OF_TWO

MAGIC, VOLUME_MAGIC = b"NXSB", b"APSB"
HALF = 2048
"""Bytes of each superblock in a volume's first block; both are shorter."""
FLAGS_AT, OPENED = 264, 1 << 63
KEY_AT, KEY_BYTES = 1984, 32
"""Where a volume's flags are; and, of one that was opened by its key, a flag and the key. Only the
first block that is made for it has them, in which no file lies."""
MOST_VOLUMES = 100
MOST_CHECKPOINTS = 32768
"""Blocks of the ring that are looked at; Apple's has some hundreds."""
IN_A_TREE = 0x80000000

NO_CHECKPOINT = "no checkpoint of it is whole"
OLDER = "its newest checkpoint is damaged: it is read as the one before that has it"
VOLUME_LOST = "its superblock, or what leads to it, is damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApfsContainer:
    """A container's superblock."""

    raw: bytes
    block: int
    blocks: int
    """How many the container has."""
    transaction: int
    features: int
    """Those without which it must not be read."""
    ring: int
    """The first block of the checkpoints."""
    ring_length: int
    map: int
    volumes: tuple[int, ...]
    """Identifiers of their superblocks."""


def superblock_in(raw: bytes) -> ApfsContainer | None:
    """The superblock that these bytes are; None if they are none."""
    if len(raw) < HALF or raw[32:36] != MAGIC:
        return None
    block, blocks = struct.unpack_from("<IQ", raw, 36)
    if not SMALLEST_BLOCK <= block <= LARGEST_BLOCK or block & (block - 1):
        return None
    most = min(struct.unpack_from("<I", raw, 180)[0], MOST_VOLUMES)
    volumes = struct.unpack_from(f"<{most}Q", raw, 184)
    return ApfsContainer(
        raw=raw,
        block=block,
        blocks=blocks,
        transaction=struct.unpack_from("<Q", raw, 16)[0],
        features=struct.unpack_from("<Q", raw, 64)[0],
        ring=struct.unpack_from("<Q", raw, 112)[0],
        ring_length=struct.unpack_from("<I", raw, 104)[0],
        map=struct.unpack_from("<Q", raw, 160)[0],
        volumes=tuple(dict.fromkeys(volume for volume in volumes if volume)),
    )


def recognise(head: Head) -> Recognised | None:
    """A container, by its first superblock; and whether it is read as it was before."""
    found = named(head)
    if found is None or found.name != "apfs":
        return None
    try:
        newest = _taken(head.held)[2]
    except ContentError:
        return found
    return found if newest else replace(found, unread=(*found.unread, OLDER))


def open_(held: Bytes) -> Mapping[str, Bytes]:
    """Its volumes, by their numbers. Raises ContentError."""
    container, where, _ = _taken(held)
    objects = Objects(held, container.block)
    return {
        f"volume {number}": _volume(held, container, objects, where, identifier)
        for number, identifier in enumerate(container.volumes, 1)
    }


def _taken(held: Bytes) -> tuple[ApfsContainer, Map, bool]:
    """The newest checkpoint that leads on, its map of objects, and whether none is newer. Raises
    ContentError."""
    trouble = NO_CHECKPOINT
    for number, container in enumerate(checkpoints(held)):
        if container.features & FUSION:
            raise ContentError(ONE_OF_TWO)
        try:
            where = Map(Objects(held, container.block), container.map)
        except ContentError as error:
            trouble = error.reason
            continue
        return container, where, not number and not _has_newer(held, container)
    raise ContentError(trouble)


def _has_newer(held: Bytes, container: ApfsContainer) -> bool:
    """Whether among its superblocks one is newer, which is not whole then."""
    others = map(superblock_in, _ring(held, container))
    return any(each is not None and each.transaction > container.transaction for each in others)


def tried(held: Bytes, found: Recognised) -> Recognised:
    """The same, if a checkpoint of it leads to its volumes. Raises ContentError."""
    return found if open_(held) else replace(found, state=VolumeState.DAMAGED)


def checkpoints(held: Bytes) -> Iterator[ApfsContainer]:
    """All whole superblocks, the newest first."""
    first = superblock_in(held.read_at(0, SMALLEST_BLOCK))
    if first is None:
        return
    found: dict[int, ApfsContainer] = {}
    for raw in _ring(held, first):
        container = superblock_in(raw) if is_superblock(raw) else None
        if container is not None and container.block == first.block:
            found[container.transaction] = container
    whole = held.read_at(0, first.block)
    if is_superblock(whole):
        found.setdefault(first.transaction, replace(first, raw=whole))
    for transaction in sorted(found, reverse=True):
        yield found[transaction]


def _ring(held: Bytes, first: ApfsContainer) -> Iterator[bytes]:
    """The blocks that may be superblocks."""
    if first.ring_length & IN_A_TREE:
        return
    for number in range(min(first.ring_length, MOST_CHECKPOINTS)):
        place = (first.ring + number) * first.block
        if place + first.block > held.size:
            return
        try:
            yield held.read_at(place, first.block)
        except ContentError:
            continue


def is_superblock(raw: bytes) -> bool:
    """Whether it is a container's superblock, and whole."""
    kind = int.from_bytes(raw[24:26], "little")
    return raw[32:36] == MAGIC and kind == SUPERBLOCK and is_whole(raw)


def _volume(
    held: Bytes, container: ApfsContainer, objects: Objects, where: Map, identifier: int
) -> Bytes:
    try:
        address, _, _ = where.place_of(identifier, container.transaction)
        raw = objects.object(address, (VOLUME,), identifier)
    except ContentError:
        return RefusedBytes(0, VOLUME_LOST)
    if raw[32:36] != VOLUME_MAGIC:
        return RefusedBytes(0, VOLUME_LOST)
    flags = int.from_bytes(raw[FLAGS_AT : FLAGS_AT + 8], "little") & ~OPENED
    own = raw[:FLAGS_AT] + flags.to_bytes(8, "little") + raw[FLAGS_AT + 8 : KEY_AT]
    return ApfsVolumeBytes(held, own.ljust(HALF, b"\0") + container.raw[:HALF], container.block)


class ApfsVolumeBytes(MadeBytes):
    """The container as one of its volumes has it."""

    def __init__(self, held: Bytes, first: bytes, block: int) -> None:
        self._held, self._first = held, first.ljust(block, b"\0")
        self.size, self.sector_size = held.size, held.sector_size

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Bytes` has it."""
        if offset >= len(self._first):
            return self._held.read_at(offset, length)
        first = self._first[offset : offset + length]
        rest = length - len(first)
        return first + self._held.read_at(len(self._first), rest) if rest > 0 else first

    def read_into(self, offset: int, view: memoryview) -> int:
        """As `Bytes` has it."""
        if offset >= len(self._first):
            return self._held.read_into(offset, view)
        return super().read_into(offset, view)

    def below(self, offset: int, length: int) -> int | None:
        """As `Bytes` has it."""
        return None if offset < len(self._first) else self._held.below(offset, length)
