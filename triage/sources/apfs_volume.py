"""APFS: one volume: its superblock, its tree of files as it is now, and as its snapshots have it.

After Apple's File System Reference. A sealed volume (that of macOS itself) keeps the pieces of its
files in a tree of their own.
"""

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from triage.evidence import Protector, ProtectorKind, VolumeState
from triage.sources.apfs_container import (
    FLAGS_AT,
    HALF,
    KEY_AT,
    KEY_BYTES,
    OPENED,
    VOLUME_MAGIC,
    superblock_in,
)
from triage.sources.apfs_nodes import (
    PHYSICAL,
    STORED,
    VOLUME,
    BTree,
    Map,
    Objects,
    by_type,
    pair,
)
from triage.sources.apfs_records import (
    LARGEST_NUMBER,
    LENGTH,
    MOST_EXTENTS,
    SNAPSHOT,
    Extent,
    Inode,
    inode_of,
)
from triage.sources.bytes import Bytes
from triage.sources.reader import ContentError
from triage.sources.signatures import Head, Recognised

UNENCRYPTED, ONE_KEY = 0x1, 0x8
SEALED = 0x20
MOST_SNAPSHOTS = 10_000
ROLES = {
    0x1: "System", 0x2: "User", 0x4: "Recovery", 0x8: "VM", 0x10: "Preboot", 0x20: "Installer",
    0x40: "Data", 0x80: "Baseband", 0xC0: "Update", 0x100: "xART", 0x140: "Hardware",
    0x180: "Backup", 0x240: "Enterprise", 0x2C0: "Prelogin",
}  # fmt: skip
NO_VOLUME = "its superblock is damaged"
FILEVAULT = "FileVault: the password of one who uses it is needed, or the recovery key"
BY_FILE = "encrypted file by file, by the chip of the machine that it belongs to"


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeSuperblock:
    """What a volume says of itself."""

    block: int
    transaction: int
    features: int
    map: int
    root: int
    root_stored: int
    """How its tree's nodes are named."""
    snapshots: int
    """The block of the tree of its snapshots."""
    flags: int
    extents: int
    extents_stored: int


def volume_superblock(raw: bytes, block: int) -> VolumeSuperblock:
    """From the volume's own half of its first block."""
    kind = struct.unpack_from("<I", raw, 116)[0]
    map_, root, _, snapshots = struct.unpack_from("<QQQQ", raw, 128)
    extents, extents_kind = struct.unpack_from("<QI", raw, 1032)
    return VolumeSuperblock(
        block=block,
        transaction=struct.unpack_from("<Q", raw, 16)[0],
        features=struct.unpack_from("<Q", raw, 56)[0],
        map=map_,
        root=root,
        root_stored=kind & STORED,
        snapshots=snapshots,
        flags=struct.unpack_from("<Q", raw, FLAGS_AT)[0],
        extents=extents,
        extents_stored=extents_kind & STORED,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApfsSnapshot:
    """One of a volume's snapshots."""

    number: int
    """Of the transaction that it is of."""
    superblock: int
    """The block of the volume's superblock as it was."""
    made: float
    """Seconds since 1970."""
    name: bytes


class FileTree:
    """The files of a volume at one time."""

    def __init__(
        self,
        objects: Objects,
        where: Map,
        superblock: VolumeSuperblock,
        at: int,
        *,
        key: bytes,
    ) -> None:
        """`at`: the transaction; `key`: by which what is read was deciphered. Raises
        ContentError."""
        self.objects = objects
        self.key = key
        self.tree = BTree(
            objects,
            superblock.root,
            by_type,
            where=None if superblock.root_stored == PHYSICAL else where,
            at=at,
        )
        self._extents: BTree | None = None
        if superblock.features & SEALED and superblock.extents:
            named = None if superblock.extents_stored == PHYSICAL else where
            self._extents = BTree(
                objects, superblock.extents, pair, fixed=(16, 16), where=named, at=at
            )

    def inode(self, number: int) -> Inode:
        """All of one, but for the names in it. Raises ContentError."""
        return inode_of(self.tree, number)

    def extents(self, stream: int) -> list[Extent]:
        """The pieces under an identifier. Raises ContentError."""
        if self._extents is None:
            return self.inode(stream).extents
        found: list[Extent] = []
        for key, _, value in self._extents.records(stream << 64):
            if key >> 64 != stream or len(found) >= MOST_EXTENTS:
                break
            if len(value) >= 16:
                length, block = struct.unpack_from("<QQ", value)
                found.append((key & 0xFFFFFFFFFFFFFFFF, length & LENGTH, block, 0))
        return found

    @property
    def keeps_extents_apart(self) -> bool:
        """Whether an inode's own records do not say where its content lies."""
        return self._extents is not None


class ApfsVolume:
    """A volume that can be read. Raises ContentError."""

    def __init__(self, held: Bytes) -> None:
        """`held`: the container as this volume has it."""
        first = held.read_at(0, 2 * HALF)
        container = superblock_in(first[HALF:])
        if container is None or first[32:36] != VOLUME_MAGIC:
            raise ContentError(NO_VOLUME)
        self.objects = Objects(held, container.block)
        self.superblock = volume_superblock(first, container.block)
        opened = self.superblock.flags & OPENED
        self._key = first[KEY_AT : KEY_AT + KEY_BYTES] if opened else b""
        self._map = Map(self.objects, self.superblock.map)
        self.now = FileTree(
            self.objects,
            self._map,
            self.superblock,
            self.superblock.transaction,
            key=self._key,
        )

    def snapshots(self, lost: Counter[str] | None = None) -> Iterator[ApfsSnapshot]:
        """All of them, the oldest first. Raises ContentError if `lost` is None."""
        if not self.superblock.snapshots:
            return
        try:
            tree = BTree(self.objects, self.superblock.snapshots, by_type)
        except ContentError:
            if lost is None:
                raise
            lost[SNAPSHOTS_LOST] += 1
            return
        left = MOST_SNAPSHOTS
        for key, _, value in tree.records(0, lost):
            if key & 0xF != SNAPSHOT or key >> 4 == LARGEST_NUMBER:
                continue
            if len(value) < 50 or left <= 0:
                if lost is not None:
                    lost[SNAPSHOTS_CLOSED] += 1
                continue
            left -= 1
            superblock, made = struct.unpack_from("<QQ", value, 8)
            length = int.from_bytes(value[48:50], "little")
            name = value[50 : 50 + length].partition(b"\0")[0]
            yield ApfsSnapshot(number=key >> 4, superblock=superblock, made=made * 1e-9, name=name)

    def as_of(self, snapshot: ApfsSnapshot) -> FileTree:
        """The files as a snapshot has them. Raises ContentError."""
        raw = self.objects.object(snapshot.superblock, (VOLUME,))
        if raw[32:36] != VOLUME_MAGIC:
            raise ContentError(NO_VOLUME)
        superblock = volume_superblock(raw, self.superblock.block)
        return FileTree(self.objects, self._map, superblock, snapshot.number, key=self._key)


SNAPSHOTS_LOST = "the list of its snapshots could not be read"
SNAPSHOTS_CLOSED = "snapshots that could not be read"


def recognise(head: Head) -> Recognised | None:
    """A volume of a container, as the container gives it."""
    if head.bytes(32, 4) != VOLUME_MAGIC or superblock_in(head.bytes(HALF, HALF)) is None:
        return None
    role = head.number(964, "<H")
    found = Recognised(
        name="apfs",
        label=head.text(704, 256),
        uuid=head.uuid(240),
        block_size=head.number(HALF + 36, "<I"),
        reason=f"macOS has it for: {ROLES[role]}" if role in ROLES else "",
    )
    flags = head.number(FLAGS_AT, "<Q")
    if flags & (UNENCRYPTED | OPENED):
        return found
    reason, protectors = BY_FILE, tuple[Protector, ...]()
    if flags & ONE_KEY:
        reason, protectors = FILEVAULT, (Protector(kind=ProtectorKind.PASSWORD),)
    reason = "; ".join(filter(None, (reason, found.reason)))
    return replace(found, state=VolumeState.ENCRYPTED, reason=reason, protectors=protectors)
