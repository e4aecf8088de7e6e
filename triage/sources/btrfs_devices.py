"""btrfs of several devices: those that are here are put together, by the number and UUID that each
bears and chunks name.

What they make is their bytes, one behind the other, with a table of them (`btrfs_table`): the tree
finds in it what lies where.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b

from triage.sources.arrays import Assembly
from triage.sources.btrfs_nodes import DAMAGED, Nodes
from triage.sources.btrfs_superblock import BtrfsDevice, Superblock, superblock_of
from triage.sources.btrfs_table import MARK, table_of
from triage.sources.bytes import Bytes
from triage.sources.joined import ConcatenatedBytes
from triage.sources.overlaid import OverlaidBytes
from triage.sources.reader import ContentError
from triage.sources.signatures import Head, Recognised, not_yet
from triage.sources.signatures.linux import BTRFS_DEVICES_AT, btrfs

BEHIND = 1
"""Changes that a device may have missed: the power may be cut between two superblocks."""
MOST_ROOTS = 100_000
WORDS = "one of {count} devices of a btrfs"
STALE = "it is stale: {count} changes of the file system are not on it"
OTHERWISE = "it was changed apart from the others"
TWICE = "another says that it is the same device"
ANOTHER = "it is of another file system"


def recognise(head: Head) -> Recognised | None:
    """A btrfs that says it has several devices; one has no need of a layer."""
    found = None if head.bytes(0, len(MARK)) == MARK else btrfs(head)
    count = head.number(BTRFS_DEVICES_AT, "<Q") if found is not None else 0
    if found is None or count < 2:
        return None
    return not_yet(
        "btrfs",
        WORDS.format(count=f"{count:,}"),
        label=found.label,
        uuid=found.uuid,
        part_of=f"btrfs {found.uuid}",
    )


def open_(held: Bytes) -> Mapping[str, Bytes]:
    """What lies on this one, and what is the same on it as on others."""
    return join([held]).gives


def join(members: Sequence[Bytes]) -> Assembly:
    """Put them together. Raises ContentError if none has a superblock."""
    said: dict[int, Superblock] = {}
    left_out: dict[int, str] = {}
    for number, held in enumerate(members):
        try:
            said[number] = superblock_of(held)
        except ContentError as error:
            left_out[number] = error.reason
    if not said:
        raise ContentError(next(iter(left_out.values())))
    newest = max(said, key=lambda number: (said[number].generation, -number))
    chosen = {newest: said[newest]}
    for number, one in said.items():
        if number == newest:
            continue
        why = _unfit(members[number], one, members[newest], said[newest], chosen)
        if why:
            left_out[number] = why
        else:
            chosen[number] = one
    used = tuple(sorted(chosen))
    count = said[newest].devices
    return Assembly(
        words=f"a btrfs of {count:,} devices",
        gives={"": _together([members[n] for n in used], [chosen[n] for n in used])},
        used=used,
        left_out=left_out,
        missing=f"without {count - len(used):,} of them" if len(used) < count else "",
    )


def _together(members: Sequence[Bytes], said: Sequence[Superblock]) -> Bytes:
    generation = max(each.generation for each in said)
    devices: list[BtrfsDevice] = []
    start = 0
    for held, one in zip(members, said, strict=True):
        late = one.generation < generation
        device = BtrfsDevice(identity=one.device, start=start, size=held.size, late=late)
        devices.append(device)
        start += held.size
    return OverlaidBytes(ConcatenatedBytes(members), {0: table_of(devices)})


def _unfit(
    held: Bytes,
    one: Superblock,
    newest: Bytes,
    of: Superblock,
    chosen: Mapping[int, Superblock],
) -> str:
    """Why a device is not used beside the newest."""
    if one.array != of.array or one.uuid != of.uuid or one.node != of.node:
        return ANOTHER
    if any(each.device == one.device for each in chosen.values()):
        return TWICE
    if of.generation - one.generation > BEHIND:
        return STALE.format(count=f"{of.generation - one.generation:,}")
    return OTHERWISE if _differs(held, one, newest, of) else ""


def _differs(held: Bytes, one: Superblock, newest: Bytes, of: Superblock) -> bool:
    """Whether halves of a mirror went ways of their own: what each has by itself of the roots that
    the newest superblock leads to is not the same, or is not there where it may be late."""
    if one.generation == of.generation and (one.root, one.chunk_root) != (of.root, of.chunk_root):
        return True
    try:
        wanted = _roots(newest, of)
    except ContentError:
        return False
    try:
        return _roots(held, replace(of, device=one.device)) != wanted
    except ContentError as error:
        return error.reason == DAMAGED and one.generation < of.generation


def _roots(held: Bytes, superblock: Superblock) -> bytes:
    """A digest of the roots of all trees as one device has them; each tells when its tree was
    changed. Raises ContentError."""
    told = blake2b()
    alone = [BtrfsDevice(identity=superblock.device, start=0, size=held.size)]
    nodes = Nodes(held, alone, superblock)
    for count, (key, item) in enumerate(nodes.items(superblock.root)):
        if count >= MOST_ROOTS:
            break
        told.update(repr(key).encode() + item)
    return told.digest()
