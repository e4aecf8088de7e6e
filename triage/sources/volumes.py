"""The volumes of a device, or of what a layer gives: what tables claim, clipped to what can be, and
the rest.

Their lengths sum to its size: sectors that no volume claims are
listed as volumes too.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from triage.evidence import WHOLE_DEVICE, Device, Volume, VolumeState
from triage.sources.bytes import Bytes, FencedBytes
from triage.sources.dynamic_disks import DYNAMIC, LDM, as_one
from triage.sources.holding import LDM_TABLE, MIRROR, held_in
from triage.sources.layers import layer_of
from triage.sources.layout import Piece, lay_out
from triage.sources.members import ArrayMember, member_of
from triage.sources.signatures import LDM_NOT_READ, Head, Recognised, is_mirror
from triage.sources.tables import (
    PartitionTable,
    Slot,
    read_gpt,
    read_mbr,
    read_other,
    sector_sizes,
)
from triage.sources.trees import reader_of, recognise, recognised

LOST = "not in the partition table"
MIB = 1 << 20
MOST_LOST = 32
SMALLEST_LOST = 64 * 1024
FURTHEST_LOST = 1 << 30
TELLING = frozenset({"ntfs", "ext2", "ext3", "ext4", "hfs+"})
"""File systems that open only if what lies far behind their beginning is where it belongs."""


def folder_volume(device: Device) -> Volume:
    """The one volume of a folder that was given as the source: `d0v0`."""
    return Volume(
        id=f"{device.id}v0",
        device_id=device.id,
        offset=0,
        size=0,
        description="folder, read through this machine's operating system",
        file_system="directory",
        state=VolumeState.READABLE,
    )


def volumes_on(reader: Bytes, device: Device) -> list[Volume]:
    """The volumes of a device or image in the order in which they lie."""
    pieces, table = _pieces(reader)
    volumes = [
        _volume(reader, device.id, f"{device.id}v{number}", piece)
        for number, piece in enumerate(pieces, 1)
    ]
    member = member_of(reader, device.sector_size)
    if member is None:
        return volumes
    fits = all(slot.end <= reader.size for slot in (table.slots if table else ()))
    return _as_member(volumes, member, device, reader.size, fits=fits)


def volumes_inside(plain: FencedBytes, volume: Volume, layer: str, first: int) -> Iterator[Volume]:
    """The volumes in what a layer over `volume` gives, numbered from `first`; they fill it."""
    if plain.refused:
        yield Volume(
            id=f"{volume.id}.{first}",
            device_id=volume.device_id,
            inside=volume.id,
            layer=layer,
            offset=0,
            size=0,
            state=VolumeState.UNSUPPORTED,
            reason=plain.refused,
        )
        return
    for number, piece in enumerate(_pieces(plain)[0], first):
        if not number - first and plain.claimed > plain.size:
            more = plain.claimed - plain.size
            piece.notes.append(f"it claims to be {more} bytes longer than what it lies in")
        found = _volume(plain, volume.device_id, f"{volume.id}.{number}", piece)
        there = plain.below(found.offset, found.size) if found.size else None
        yield replace(
            found,
            inside=volume.id,
            layer=layer,
            on_device=-1 if there is None else there,
            description="" if found.description == WHOLE_DEVICE else found.description,
        )


def _pieces(reader: Bytes) -> tuple[list[Piece], PartitionTable | None]:
    """What fills these bytes, and the table that says so."""
    layer = layer_of(reader)
    if layer is not None and layer[0].image:
        return [Piece(start=0, end=reader.size, description=WHOLE_DEVICE)], None
    table = _table(reader, reader.sector_size)
    whole = recognise(reader, 0, reader.size)
    if whole is not None and whole.part_of and _goes_beyond(reader, table):
        table = None  # it is the array's, of which this is the first member
    group = as_one(reader, table) if table is not None else ""
    is_whole = whole is not None and not group
    if table is None or (is_whole and not _is_partitioned(reader, table)):
        pieces = [Piece(start=0, end=reader.size, description=WHOLE_DEVICE)]
    else:
        pieces = lay_out(table.slots, reader.size)
        for piece in pieces:
            piece.part_of = f"ldm {group}" if group and piece.description == DYNAMIC else ""
        if pieces:
            pieces[0].notes.extend(table.notes)
        if pieces and not group:
            _say_what_is_passed_over(pieces[0], reader, table, whole)
    if whole is None or (whole.name == "ldm" and table is not None):
        pieces = [found for piece in pieces for found in _with_lost(reader, piece)]
    return pieces, table


def _goes_beyond(reader: Bytes, table: PartitionTable | None) -> bool:
    """Whether a table is of something larger."""
    return table is not None and any(slot.end > reader.size for slot in table.slots)


def _table(reader: Bytes, nominal: int) -> PartitionTable | None:
    """The table that rules: GPT before MBR before the others."""
    gpt = read_gpt(reader, nominal)
    if gpt is not None:
        hybrid = read_mbr(reader, gpt.sector_size)
        _add_hybrid(gpt, hybrid)
        return gpt
    candidates = [table for size in sector_sizes(nominal) if (table := read_mbr(reader, size))]
    if not candidates:
        return read_other(reader)
    return max(candidates, key=lambda table: len(_recognised_slots(reader, table)))


def _add_hybrid(gpt: PartitionTable, mbr: PartitionTable | None) -> None:
    """What a hybrid MBR claims beside the GPT."""
    known = {(slot.start, slot.end) for slot in gpt.slots}
    for slot in mbr.slots if mbr else ():
        if (slot.start, slot.end) not in known:
            words = f"{slot.description}, only in the MBR beside the GPT"
            gpt.slots.append(Slot(start=slot.start, end=slot.end, description=words))


def _recognised_slots(reader: Bytes, table: PartitionTable) -> list[str]:
    """What is recognised in its slots, by name."""
    found = [
        recognise(reader, slot.start, slot.end - slot.start)
        for slot in table.slots
        if slot.end <= reader.size
    ]
    return [each.name for each in found if each is not None]


def _is_partitioned(reader: Bytes, table: PartitionTable) -> bool:
    """Whether a table beside a file system that begins at sector 0 is to be believed.

    Boot code of a bare FAT or NTFS can look like a table; a hybrid ISO 9660 has both.
    """
    return table.kind == "GPT" or bool(_recognised_slots(reader, table))


def _say_what_is_passed_over(
    first: Piece, reader: Bytes, table: PartitionTable, whole: Recognised | None
) -> None:
    """Of a whole device that is a file system and has a table all the same: a disc with both, a
    table that was left over, the database of dynamic disks."""
    if is_mirror(reader, 0, reader.size):
        first.notes.append(MIRROR)
    elif whole is not None and whole.name == "ldm":
        first.unread.append(LDM_NOT_READ)
    elif whole is not None and whole.name not in _recognised_slots(reader, table):
        first.unread.append(f"the device as a whole is {whole.name} too, which was not read")


def _with_lost(reader: Bytes, piece: Piece) -> list[Piece]:
    """The piece, or, where nothing claims it, the file systems that still begin in it.

    A partition that was deleted from the table, or all of them, is found where partitions
    commonly begin: at the first whole MiB, at sector 63, behind one that was found, and then at
    every whole MiB of a GiB: Windows leaves zeros of 16 or 128 MiB before its own.
    """
    dynamic = _is_dynamic(reader, piece)
    if piece.claimed and piece.description != WHOLE_DEVICE and not dynamic:
        return [piece]
    found: list[Piece] = []
    position = piece.start
    for _ in range(MOST_LOST):
        here = _lost(reader, position, piece.end)
        here = here or _lost_further(reader, position, piece.end, piece.start if dynamic else 0)
        if here is None:
            break
        if here.start > position:
            found.append(Piece(start=position, end=here.start, description="", claimed=False))
        if dynamic:
            here.description = f"{LDM}, a volume in it"
        found.append(here)
        position = here.end
    if not found:
        return [piece]
    found[0].notes.extend(piece.notes)
    if position < piece.end:
        found.append(Piece(start=position, end=piece.end, description="", claimed=False))
    return found


def _is_dynamic(reader: Bytes, piece: Piece) -> bool:
    """Whether it is a partition of dynamic disks, whose volumes begin anywhere in it: those that
    are all of one piece are found as lost ones are."""
    is_one = piece.description.startswith(LDM) and not piece.description.startswith(LDM_TABLE)
    if piece.part_of:
        return False
    return is_one and recognise(reader, piece.start, piece.end - piece.start) is None


def _lost(reader: Bytes, start: int, end: int) -> Piece | None:
    first = -(-start // MIB) * MIB
    for place in dict.fromkeys((start, start + 63 * 512, first, first + MIB)):
        if not 0 < place < end - SMALLEST_LOST:
            continue
        found = recognise(reader, place, end - place)
        if found and reader_of(found.name) and SMALLEST_LOST <= found.length <= end - place:
            return Piece(start=place, end=place + found.length, description=LOST)
    return None


def _lost_further(reader: Bytes, start: int, end: int, base: int) -> Piece | None:
    """At every whole MiB, so far and no further: each place is a seek, and reads 68 KiB.

    `base`: from where MiBs are counted.
    """
    first = base - (base - start) // MIB * MIB
    for place in range(first, min(end - SMALLEST_LOST, first + FURTHEST_LOST), MIB):
        found = recognised(Head(reader, place, end - place)) if place else None
        if found and reader_of(found.name) and SMALLEST_LOST <= found.length <= end - place:
            return Piece(start=place, end=place + found.length, description=LOST)
    return None


def _volume(reader: Bytes, device_id: str, id_: str, piece: Piece) -> Volume:
    found = held_in(reader, piece)
    return Volume(
        id=id_,
        device_id=device_id,
        offset=piece.start,
        size=piece.end - piece.start,
        description=piece.description,
        file_system=found.name,
        label=found.label,
        uuid=found.uuid,
        block_size=found.block_size,
        state=found.state,
        reason="; ".join([found.reason, *piece.notes] if found.reason else piece.notes),
        part_of=found.part_of,
        protectors=found.protectors,
        unread=(*found.unread, *piece.unread),
    )


def _as_member(
    volumes: list[Volume], member: ArrayMember, device: Device, size: int, *, fits: bool
) -> list[Volume]:
    """The volumes of a disk that bears the mark of a RAID. `fits`: its table ends with the disk.

    A mirror's are what they are. Those of any other member are pieces, and are not listed, unless
    what is on the disk contradicts the mark: it may be left over from an earlier use. What can be
    put together is one volume, and listed inside it.
    """
    if member.mirror:
        note = f"the disk is one half of {member.words}, a mirror: it was read as it is"
        return _with_note(volumes, note)
    whole = any(
        v.state is VolumeState.READABLE
        and v.file_system in TELLING
        and not any(start <= v.offset < end for start, end in member.mirrored)
        for v in volumes
    )
    if whole and fits:
        said = f"the disk bears the mark of {member.words}, of which no more than this was read"
        at = next(n for n, v in enumerate(volumes) if v.state is VolumeState.READABLE)
        volumes[at] = replace(volumes[at], unread=(*volumes[at].unread, said))
        return volumes
    return [
        Volume(
            id=f"{device.id}v1",
            device_id=device.id,
            offset=0,
            size=size,
            description=WHOLE_DEVICE,
            file_system=member.name,
            state=VolumeState.UNSUPPORTED,
            part_of=member.part_of,
            reason=f"part of {member.words}"
            + ("" if member.part_of else ", which this version cannot assemble"),
        )
    ]


def _with_note(volumes: list[Volume], note: str) -> list[Volume]:
    """The note is with the first that anything was read of; with the first if there is none."""
    readable = [n for n, volume in enumerate(volumes) if volume.state is VolumeState.READABLE]
    at = readable[0] if readable else 0
    reason = "; ".join(filter(None, (volumes[at].reason, note)))
    volumes[at] = replace(volumes[at], reason=reason)
    return volumes
